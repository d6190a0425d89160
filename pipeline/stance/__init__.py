"""Stance: who is praised or criticised, found by target, passage and scorer.

``targets`` says about whom, ``passages`` which sentences speak of them, a scorer (``lexicon``, ``nli``) how each
sentence speaks of its target, ``verdict`` what the sentences come to together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Polarity = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that speaks of a target, in the source language and in translation."""

    target: str
    source: str
    translation: str


class Scorer(Protocol):
    """How favorable and how adverse each statement is to its target: the one method a new model has to bring."""

    def score(self, statements: Sequence[Statement]) -> list[Polarity]:
        """A pair (favor, against) a statement, each 0 to 1."""
        ...

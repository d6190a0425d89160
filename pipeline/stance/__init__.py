"""Stance: who is praised or criticised, by whom.

``targets`` and ``finding`` say about whom, ``passages`` which sentences name them, a judge (``by_tagger``, ``by_nli``)
what the document says of each, ``holders`` who says so.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.document import Label, Segment
from pipeline.stance.targets import Target


@dataclass(frozen=True, slots=True)
class Question:
    """A document's segments, and the ``wanted`` targets; ``others`` are names that are not asked about.

    ``known`` may have for each segment the numbers of the wanted targets that it names, however it calls them.
    """

    segments: Sequence[Segment]
    wanted: Sequence[Target]
    others: Sequence[Target] = ()
    known: Sequence[Collection[int]] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a document says of a target. ``evidence`` are numbers of segments, the strongest first."""

    label: Label
    score: float
    evidence: list[int]


class Judge(Protocol):
    """The one method that a new model has to bring."""

    def judge(self, questions: Sequence[Question]) -> list[list[Judgement | None]]:
        """For each document a judgement a wanted target; None where it is not spoken of."""
        ...

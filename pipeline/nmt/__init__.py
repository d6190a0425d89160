"""The translation engine: sentences in, hypotheses with scores out.

``translator`` cuts, checks and joins; ``backends`` decode; ``checks`` tell what went wrong, ``retry`` mends it;
``memory`` keeps what was translated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pipeline.nmt.pieces import Pieces

BackendName = Literal["auto", "ctranslate2", "torch"]
Precision = Literal["auto", "int8", "float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation.

    ``score`` is the mean log-probability per target token (natural logarithm). ``truncated`` says that decoding
    ran into its length limit; ``parts`` is into how many clauses the source was cut; ``retried`` that the first
    translation failed a check and this one was found in another way.
    """

    text: str
    score: float
    truncated: bool = False
    parts: int = 1
    retried: bool = False


@dataclass(frozen=True, slots=True)
class Decoding:
    """How to search. ``hypotheses`` is how many of the beam are wanted; ``no_repeat_ngram`` forbids an n-gram twice."""

    beam: int = 4
    hypotheses: int = 1
    no_repeat_ngram: int = 0
    length_penalty: float = 1.0


class Backend(Protocol):
    """A loaded model that decodes. The same weights give the same text in each, at the same precision."""

    name: str
    precision: str
    device: str
    pieces: Pieces
    positions: int  # the longest source or target that the model takes, in pieces

    def decode(
        self, inputs: Sequence[Sequence[str]], limits: Sequence[int], decoding: Decoding
    ) -> list[list[Hypothesis]]:
        """The best hypotheses of each input, best first.

        ``inputs`` are pieces with the end mark, ``limits`` the most target pieces of each. Batches are the
        backend's affair; inputs of one limit may share one.
        """

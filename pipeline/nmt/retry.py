"""What to try when a translation fails a check, in order of cost, and how to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.nmt import Decoding, Hypothesis
from pipeline.nmt.checks import severity

_WIDE = 8  # beam of the wider search
_NGRAM = 4  # pieces


@dataclass(frozen=True, slots=True)
class Attempt:
    """Another way to decode: the rest of the beam, a wider one, without loops, or clause by clause."""

    least_beam: int = 1
    no_repeat_ngram: int = 0
    clauses: bool = False

    def decoding(self, first: Decoding) -> Decoding:
        """How to search, given how the first translation was searched."""
        beam = max(first.beam, self.least_beam)
        return replace(first, beam=beam, hypotheses=1 if self.clauses else beam, no_repeat_ngram=self.no_repeat_ngram)


ATTEMPTS = (
    Attempt(least_beam=4),
    Attempt(least_beam=_WIDE, no_repeat_ngram=_NGRAM),
    Attempt(clauses=True, no_repeat_ngram=_NGRAM),
)


def faults(source: str, hypothesis: Hypothesis, languages: tuple[str, str]) -> int:
    """How much is wrong with a translation; 0 is nothing."""
    return severity(source, hypothesis.text, languages=languages) + 3 * hypothesis.truncated + 5 * (not hypothesis.text)


def better(source: str, now: Hypothesis, tried: Sequence[Hypothesis], languages: tuple[str, str]) -> Hypothesis:
    """The translation with the fewest faults; among equals what stands, then the likelier."""
    best = min(tried, key=lambda h: (faults(source, h, languages), -h.score), default=now)
    if faults(source, best, languages) < faults(source, now, languages):
        return replace(best, retried=True)
    return now

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


def better(
    source: str, now: Hypothesis, wrong: int, tried: Sequence[Hypothesis], languages: tuple[str, str]
) -> tuple[Hypothesis, int]:
    """The translation with the fewest faults, and how many; among equals what stands, then the likelier.

    ``wrong`` is how many faults the standing translation has.
    """
    best, fewest = now, wrong
    for hypothesis in sorted(tried, key=lambda h: -h.score):
        if fewest == 0:
            break
        if (count := faults(source, hypothesis, languages)) < fewest:
            best, fewest = replace(hypothesis, retried=True), count
    return best, fewest

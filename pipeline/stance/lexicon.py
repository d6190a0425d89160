"""Polarity of the English side by VADER's lexicon and rules.

Hutto and Gilbert 2014, https://doi.org/10.1609/icwsm.v8i1.14550. It judges the sentence, not the target in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.stance import Polarity, Statement


class LexiconScorer:
    """VADER's compound score, split by its sign."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self.analyzer = SentimentIntensityAnalyzer()

    def score(self, statements: Sequence[Statement]) -> list[Polarity]:
        """A pair (favor, against) a statement."""
        compounds = [float(self.analyzer.polarity_scores(s.translation)["compound"]) for s in statements]
        return [(max(compound, 0.0), max(-compound, 0.0)) for compound in compounds]

"""Polarity of the English side by VADER's lexicon and rules.

Hutto and Gilbert 2014, https://doi.org/10.1609/icwsm.v8i1.14550. It judges the sentence, not the target in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.stance import Polarity, Statement

# A capital inside a sentence. The lexicon holds slang, in which Kia is praise.
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z]\w*")


class LexiconScorer:
    """VADER's compound score, split by its sign."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self.analyzer = SentimentIntensityAnalyzer()

    def score(self, statements: Sequence[Statement]) -> list[Polarity]:
        """A pair (favor, against) a statement."""
        return [self._polarity(statement) for statement in statements]

    def _polarity(self, statement: Statement) -> Polarity:
        text = _NAME.sub("_", statement.translation)
        for word in statement.target.split():
            text = re.sub(rf"\b{re.escape(word)}\b", "_", text)
        compound = float(self.analyzer.polarity_scores(text)["compound"])
        return (compound, 0.0) if compound > 0 else (0.0, -compound)

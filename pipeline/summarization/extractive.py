"""Extractive summary: choose the sentences that carry the text, can stand alone, and do not repeat each other.

The choice is maximal marginal relevance (Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.summarization.vectors import Matrix, tf_idf

_MOST = 1_000  # sentences that are compared: time and memory grow with their square
_RELEVANCE = 0.7  # MMR's lambda
_HANGING = 0.3  # what a sentence is worth that leans on one that is not chosen
_LEANS = re.compile(
    r"\W*(?:he|she|it|they|this|that|these|those|his|her|its|their|him|them|but|and|so|also|too|then|there|instead|"
    r"however|moreover|nevertheless|therefore|furthermore|besides|otherwise|both|such|the latter|the former|"
    r"according to (?:him|her|them)|as a result|because of (?:this|that)|for this|in addition)\b",
    re.IGNORECASE,
)


def choose(sentences: Sequence[str], relevance: Sequence[float], count: int) -> list[int]:
    """Indices of at most ``count`` sentences, in the order of the text, by their ``relevance``, 0 to 1.

    A sentence that begins with ``He`` or ``But`` is worth its relevance only beside the one before it.
    """
    best = sorted(sorted(range(len(sentences)), key=lambda i: -relevance[i])[:_MOST])
    if len(best) <= count:
        return best
    vectors = tf_idf([sentences[i] for i in best])
    leaning = np.array([bool(_LEANS.match(sentences[i])) for i in best])
    follows = np.array([i > 0 and best[i - 1] == best[i] - 1 for i in range(len(best))])
    chosen = _mmr(np.array([relevance[i] for i in best]), vectors @ vectors.T, leaning, follows, count)
    return sorted(best[i] for i in chosen)


def _mmr(
    relevance: NDArray[np.float64],
    similarity: Matrix,
    leaning: NDArray[np.bool_],
    follows: NDArray[np.bool_],
    count: int,
) -> list[int]:
    chosen: list[int] = []
    while len(chosen) < count:
        taken = np.zeros(len(relevance), bool)
        taken[chosen] = True
        held = follows & np.roll(taken, 1)
        worth = np.where(leaning & ~held, _HANGING * relevance, relevance)
        repeated = similarity[:, chosen].max(axis=1) if chosen else np.zeros(len(relevance))
        gain = _RELEVANCE * worth - (1 - _RELEVANCE) * repeated
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen

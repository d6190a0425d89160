"""Extractive summary: rank the sentences by centrality and position, choose with redundancy control.

Centrality is LexRank with continuous weights (Erkan and Radev 2004, https://doi.org/10.1613/jair.1523); the
choice is maximal marginal relevance (Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.summarization.vectors import Matrix, tf_idf

_DAMPING = 0.85  # LexRank's, from PageRank
_LEAD = 0.3  # weight of the position prior beside centrality: news tells the main thing first
_MOST = 1_000  # sentences that are ranked, from the first on: time and memory grow with their square
_RELEVANCE = 0.7  # MMR's lambda


def choose(sentences: Sequence[str], trust: Sequence[float], count: int) -> list[int]:
    """Indices of the sentences that carry the text, at most ``count``, in the order of the text.

    ``trust``, 0 to 1 a sentence, is how far its translation is to be relied on; relevance is in proportion to it.
    """
    sentences, trust = sentences[:_MOST], trust[:_MOST]
    if len(sentences) <= count:
        return list(range(len(sentences)))  # and below, at least two sentences
    similarity = (vectors := tf_idf(sentences)) @ vectors.T
    central = lexrank(similarity)
    lead = 1 / np.sqrt(1 + np.arange(len(sentences)))
    relevance = (1 - _LEAD) * central / central.max() + _LEAD * lead
    relevance *= np.asarray(trust)
    return sorted(_mmr(relevance, similarity, count))


def lexrank(similarity: Matrix) -> NDArray[np.float64]:
    """The centrality of each sentence from the cosine similarities, shape (n, n); sums to 1."""
    size = len(similarity)
    weights = similarity + 1e-9  # no row may sum to zero
    np.fill_diagonal(weights, 0)  # else a sentence that is like no other one would hold on to its share
    chain = _DAMPING * weights / weights.sum(axis=1, keepdims=True) + (1 - _DAMPING) / size
    central = np.full(size, 1 / size)
    for _ in range(100):
        following = central @ chain
        if np.abs(following - central).max() < 1e-9:
            break
        central = following
    return central


def _mmr(relevance: NDArray[np.float64], similarity: Matrix, count: int) -> list[int]:
    chosen: list[int] = []
    while len(chosen) < count:
        repeated = similarity[:, chosen].max(axis=1) if chosen else np.zeros(len(relevance))
        gain = _RELEVANCE * relevance - (1 - _RELEVANCE) * repeated
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen

"""LexRank with continuous weights, the baseline (Erkan and Radev 2004, https://doi.org/10.1613/jair.1523)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.summarization.vectors import Matrix

_DAMPING = 0.85  # from PageRank


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

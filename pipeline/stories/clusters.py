"""Which documents belong together: single-pass clustering within a window of time."""

from __future__ import annotations

import sys

import numpy as np

from pipeline.stories.entries import Days
from pipeline.stories.vectors import Vector

_OPEN = 4_096  # stories that a document is compared with; the one that has waited longest closes: 32 MB of vectors
_UNDATED = sys.maxsize


class SinglePass:
    """Puts each document into the most similar story that is near in time, or begins a new one with it.

    The single-pass method of on-line event detection (Yang, Pierce and Carbonell 1998,
    https://doi.org/10.1145/290941.290953): a story is the sum of its documents' vectors, similarity is the cosine, and
    the window is counted from the latest document. Documents must come by date, those without one last.
    """

    def __init__(self, dimension: int, *, similarity: float, days: int, most_open: int = _OPEN) -> None:
        self.similarity, self.days = similarity, days
        self._sums = np.zeros((most_open, dimension), np.float32)
        self._lengths = np.ones(most_open, np.float32)
        self._latest = np.zeros(most_open, np.int64)  # day of the latest document
        self._stories = np.zeros(most_open, np.int64)
        self._touched = np.zeros(most_open, np.int64)
        self._open = self._documents = self._begun = 0

    def assign(self, vector: Vector, days: Days | None) -> int:
        """The number of the document's story, from 0; ``days`` are its first and last day, None if it has no date."""
        slot = self._nearest(vector, days)
        if slot is None:
            slot = self._begin()
        self._sums[slot] += vector
        self._lengths[slot] = np.sqrt(np.einsum("i,i->", self._sums[slot], self._sums[slot])) or 1
        if days:
            self._latest[slot] = max(days[1], self._latest[slot])
        elif not self._latest[slot]:
            self._latest[slot] = _UNDATED
        self._touched[slot] = self._documents
        self._documents += 1
        return int(self._stories[slot])

    def _nearest(self, vector: Vector, days: Days | None) -> int | None:
        earliest = days[0] - self.days if days else 0
        near = np.flatnonzero(self._latest[: self._open] >= earliest)
        if not near.size:
            return None
        # einsum adds in one order whatever the number of threads, which a product by BLAS does not promise
        cosines = np.einsum("ij,j->i", self._sums[near], vector) / self._lengths[near]
        best = int(cosines.argmax())
        return int(near[best]) if cosines[best] >= self.similarity else None

    def _begin(self) -> int:
        slot = self._open
        if slot < len(self._sums):
            self._open += 1
        else:
            slot = int(self._touched.argmin())
        self._sums[slot] = 0
        self._latest[slot] = 0
        self._stories[slot] = self._begun
        self._begun += 1
        return slot

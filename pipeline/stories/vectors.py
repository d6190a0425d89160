"""Texts as vectors of one size, however many words the corpus has."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from pipeline.summarization.vectors import words

Vector = NDArray[np.float32]

DIMENSION = 2048
_BUCKETS = 2**20  # of document frequencies: far more than DIMENSION, so that a rare word is not taken for a common one


class HashedTerms:
    """TF-IDF vectors by the hashing trick (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206).

    Two passes: :meth:`count` every text, then :meth:`embed` them.
    """

    def __init__(self) -> None:
        self._texts = 0
        self._frequency = np.zeros(_BUCKETS, np.int32)

    def count(self, text: str) -> None:
        """Count a text of the corpus."""
        self._texts += 1
        for word in set(words(text)):
            self._frequency[_number(word) % _BUCKETS] += 1

    def embed(self, text: str) -> Vector:
        """The vector of a counted text, shape (DIMENSION,), of length 1; all zero without content words.

        Weights are (1 + log tf) * sqrt(1 + log(n / df)): with the root, rarity counts once in a cosine. Else the words
        that only one text has would drown what two texts share.
        """
        vector = np.zeros(DIMENSION)
        for word, times in Counter(words(text)).items():
            number = _number(word)
            rarity = np.sqrt(1 + np.log(self._texts / max(1, self._frequency[number % _BUCKETS])))
            sign = 1 if number >> 63 else -1  # collisions of words then cancel out on average
            vector[number % DIMENSION] += sign * (1 + np.log(times)) * rarity
        length = np.linalg.norm(vector)
        return (vector / length if length else vector).astype(np.float32)


def _number(word: str) -> int:
    """64 bits that are the same in every process, as those of ``hash`` are not."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")

"""Sentences as TF-IDF vectors, for the similarities that ranking and alignment need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Function words say nothing of what a sentence is about.
_STOP = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each even few for from further had has have
    having he her here hers him his how i if in into is it it's its just me more most my no nor not now of off
    on once only or other our out over own same she should so some such than that the their them then there
    these they this those through to too under until up us very was we were what when where which while who
    whom why will with would you your
    """.split()
)


def words(text: str) -> list[str]:
    """The content words of a text, lower-cased; a plural or possessive s is taken off."""
    found = (word.lower() for word in _WORD.findall(text))
    return [re.sub(r"['’]?s$", "", word) if len(word) > 3 else word for word in found if word not in _STOP]


def tf_idf(sentences: Sequence[str]) -> Matrix:
    """Unit-length TF-IDF vectors, shape (sentences, vocabulary); a sentence without content words is all zero.

    Weights are (1 + log tf) * (1 + log(n / df)).
    """
    if not sentences:
        return np.zeros((0, 1))
    counts = [Counter(words(sentence)) for sentence in sentences]
    vocabulary = {word: i for i, word in enumerate(sorted({word for count in counts for word in count}))}
    matrix = np.zeros((len(counts), max(1, len(vocabulary))))
    for row, count in enumerate(counts):
        for word, times in count.items():
            matrix[row, vocabulary[word]] = 1 + np.log(times)
    matrix *= 1 + np.log(len(counts) / np.maximum(1, (matrix > 0).sum(axis=0)))
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Matrix = np.divide(matrix, norms, out=np.zeros_like(matrix), where=norms > 0)
    return unit

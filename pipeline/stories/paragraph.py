"""A story in one paragraph: sentences of its documents' summaries, none said twice, none invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.stories.entries import Entry
from pipeline.summarization.vectors import tf_idf

_DOCUMENTS = 100  # whose sentences are compared, the latest: time and memory grow with their square
_RELEVANCE = 0.7  # MMR's lambda
_REPEATED = 0.5  # cosine from which a sentence says what another one has said


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a story: its text, the place of its document among the sources, and its segments there."""

    text: str
    source: int
    support: list[int]


@dataclass(frozen=True, slots=True)
class Story:
    """Related documents. ``sources`` begin with those that the sentences are from; ``title`` is one's headline."""

    title: str
    sentences: list[Told]
    sources: list[Entry]


def tell(entries: Sequence[Entry], count: int) -> Story:
    """The story of some documents, by date, in at most ``count`` sentences.

    The choice is maximal marginal relevance (Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025) to
    the centroid of all sentences (Radev et al. 2004, https://doi.org/10.1016/j.ipm.2003.10.006).
    """
    first = max(0, len(entries) - _DOCUMENTS)
    candidates = [(place, sentence) for place in range(first, len(entries)) for sentence in entries[place].sentences]
    chosen = _choose([sentence.text for _, sentence in candidates], count)
    told = [candidates[i] for i in sorted(chosen)]
    cited = list(dict.fromkeys(place for place, _ in told))
    order = cited + [place for place in range(len(entries)) if place not in cited]
    return Story(
        title=entries[candidates[chosen[0]][0] if chosen else 0].title,
        sentences=[Told(sentence.text, order.index(place), sentence.support) for place, sentence in told],
        sources=[entries[place] for place in order],
    )


def _choose(sentences: Sequence[str], count: int) -> list[int]:
    """Indices of at most ``count`` sentences that differ, the most relevant first."""
    if not sentences:
        return []
    vectors = tf_idf(sentences)
    similarity = vectors @ vectors.T
    relevance = similarity.sum(axis=1)
    relevance /= max(relevance.max(), 1e-9)
    chosen: list[int] = []
    said: list[int] = []  # sentences with the text of one that is chosen; some have no content words to compare
    while len(chosen) < min(count, len(sentences)):
        repeated = similarity[:, chosen].max(axis=1) if chosen else np.zeros(len(sentences))
        gain = _RELEVANCE * relevance - (1 - _RELEVANCE) * repeated
        gain[repeated >= _REPEATED] = -np.inf
        gain[said] = -np.inf
        best = int(gain.argmax())
        if gain[best] == -np.inf:
            break
        chosen.append(best)
        said += [i for i, text in enumerate(sentences) if text == sentences[best]]
    return chosen

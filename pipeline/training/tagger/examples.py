"""Labelled articles as inputs and labels."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.articles import Article
from pipeline.document import Document
from pipeline.segmentation.sentences import SentenceSplitter
from pipeline.stance.passages import Names
from pipeline.stance.targets import Target, find_names, same_name
from pipeline.summarization.oracle import oracle
from pipeline.summarization.vectors import words
from pipeline.tagging.layout import Layout, Mentions
from pipeline.tagging.tagger import CLASSES, LABELS

Array = NDArray[np.float32]
_SUMMARY = 3  # sentences
_WORDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """An article in one English, or its summary: ``sentences``, of an article with the title first.

    ``mentions`` has for each of the ``targets`` where each sentence names it: of those that are labelled, then of other
    ``names``, up to that number, then of other words. ``labels`` are the shares of each label, shape (targets, labels),
    ``classes`` the classes of the sentences, shape (targets, sentences): both of the first targets only, as far as they
    are known. ``summary`` is which sentences belong in one, ``spans`` where the targets stand: sentence, start, end.
    """

    targets: list[str]
    sentences: list[str]
    mentions: Sequence[Mentions]
    names: int
    labels: Array
    classes: NDArray[np.int64]
    summary: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    spans: list[tuple[int, int, int]] = field(default_factory=list)

    def outline(self, layout: Layout) -> list[int]:
        """Of each piece of an input whether it is outside of all spans, begins one or goes on with one."""
        found = []
        for place in layout.places:
            touching = [
                start for i, start, end in self.spans if i == place.sentence and place.start < end and start < place.end
            ]
            found.append(0 if not touching else 1 if place.start <= touching[0] else 2)
        return found

    @property
    def labelled(self) -> range:
        """The targets that have a label."""
        return range(len(self.labels))


def examples(articles: Sequence[Article], *englishes: Sequence[Document]) -> list[list[Example]]:
    """For each article an example in each of its Englishes, by the documents that hold them."""
    return [list(_variants(article, documents)) for article, *documents in zip(articles, *englishes, strict=True)]


def of_summary(article: Article) -> Example:
    """The reference summary as a short article on the targets that it names; it says of them what the article does."""
    sentences = [article.summary[start:end] for start, end in SentenceSplitter("en", article.summary)(article.summary)]
    mentions = Names([Target(target) for target in article.targets]).mentions(sentences, [()] * len(sentences))
    named = [i for i, places in enumerate(mentions) if any(places)]
    return Example(
        [article.targets[i] for i in named],
        sentences,
        [mentions[i] for i in named],
        len(named),
        _labels(article)[named],
        np.zeros((0, len(sentences)), np.int64),
    )


def _labels(article: Article) -> Array:
    labels = np.zeros((len(article.targets), len(LABELS)), np.float32)
    for stance in article.stances:
        labels[article.targets.index(stance.target), LABELS.index(stance.label)] = 1
    shares: Array = labels / labels.sum(axis=1, keepdims=True)
    return shares


def _variants(article: Article, documents: Sequence[Document]) -> Iterator[Example]:
    gold = [english for _, english in (article.title, *article.sentences)]
    other_names, other_words = _others(article, gold)
    targets = [*article.targets, *other_names, *other_words]
    names = Names([Target(target) for target in targets])
    named = [names.find(sentence) for sentence in gold]  # as the Dutch side tells which sentence names which target
    labels = _labels(article)
    classes = np.zeros((len(labels), len(gold)), np.int64)
    for stance in article.stances:
        classes[targets.index(stance.target), list(stance.evidence)] = CLASSES.index(stance.label)
    summary = np.zeros(len(gold), np.float32)
    summary[[1 + i for i in oracle(gold[1:], article.summary, _SUMMARY)]] = 1
    for document in documents:
        sentences = [segment.target or segment.source for segment in document.segments]
        mentions = names.mentions(sentences, named)
        spans = list(_spans(sentences, article.targets))
        yield Example(targets, sentences, mentions, len(targets) - len(other_words), labels, classes, summary, spans)


def _others(article: Article, sentences: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names without a label of which an article speaks, and some words by chance."""
    names = dict.fromkeys(name for sentence in sentences for name, _, _ in find_names(sentence, "en"))
    common = sorted({word for sentence in sentences for word in words(sentence) if word.isalpha() and len(word) > 3})
    random.Random(article.id).shuffle(common)
    return (
        [name for name in names if not any(same_name(name, target) for target in article.targets)],
        [word for word in common if not any(same_name(word, name) for name in (*article.targets, *names))][:_WORDS],
    )


def _spans(sentences: Sequence[str], targets: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where the targets stand, longer ones first."""
    names = "|".join(map(re.escape, sorted(targets, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    return [(i, *match.span()) for i, sentence in enumerate(sentences) for match in pattern.finditer(sentence)]

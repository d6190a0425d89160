"""A trained tagger at work: the encoder by CTranslate2 or torch, the heads by numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.document import Label
from pipeline.tagging.layout import Composer, Layout, Mentions

Array = NDArray[np.float32]
T = TypeVar("T")
CLASSES = ("none", "favor", "against", "neutral")  # of a sentence, for a target
LABELS: tuple[Label, ...] = ("favor", "against", "neutral")  # of a document, for a target
SPANS = ("outside", "begins", "goes on")  # of a piece: whether it is part of what a stance may be about
HEADS = "heads.safetensors"
_BATCH = 4_096  # pieces with padding
_SILENT = np.array([0, -30, -30, -30], np.float32)  # logits of a sentence that is not of the passage
_INSIDE = 0.05  # probability from which a piece may be part of a span; most targets are no likelier than that


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a document: the stance on each target, which has its ``mentions`` in the sentences.

    After those of the targets there may be mentions of others that are not asked about.
    """

    targets: Sequence[str]
    sentences: Sequence[str]
    mentions: Sequence[Mentions]


@dataclass(frozen=True, slots=True)
class Answer:
    """Probabilities: ``labels`` of the document, shape (targets, labels), ``classes`` of its sentences, shape
    (targets, sentences, classes); see ``LABELS`` and ``CLASSES``."""

    labels: Array
    classes: Array


@dataclass(frozen=True, slots=True)
class Outline:
    """``salience`` a sentence, 0 to 1, and the ``spans`` that a stance may be about."""

    salience: Array
    spans: list[Span]


@dataclass(slots=True)
class Span:
    """Characters of a sentence, and how likely somebody takes a stance on them."""

    sentence: int
    start: int
    end: int
    score: float


class Encoder(Protocol):
    """``where`` it computes and in which precision, in words."""

    where: str

    def forward_batch(self, ids: list[list[int]], token_type_ids: list[list[int]]) -> Any:
        """``last_hidden_state`` of the result has the shape (inputs, pieces, width), as ``ctranslate2.Encoder``'s."""
        ...


class Tagger:
    """An encoder and the ``weights`` of its heads."""

    def __init__(self, composer: Composer, encoder: Encoder, weights: dict[str, Array]) -> None:
        self.composer, self.encoder, self.weights = composer, encoder, weights
        self.temperature = weights["temperature"]
        self._outlines: dict[tuple[str, ...], Outline] = {}

    def outline(self, documents: Sequence[Sequence[str]]) -> list[Outline]:
        """What matters in each document, given as its sentences; those of the last call are known to the next stage."""
        asked = [tuple(sentences) for sentences in documents]
        known = {sentences: self._outlines[sentences] for sentences in asked if sentences in self._outlines}
        new = [sentences for sentences in dict.fromkeys(asked) if sentences not in known]
        self._outlines = known | dict(zip(new, self._outline(new), strict=True))
        return [self._outlines[sentences] for sentences in asked]

    def _outline(self, documents: Sequence[Sequence[str]]) -> list[Outline]:
        found = [Outline(np.zeros(len(sentences), np.float32), []) for sentences in documents]
        inputs = [
            (outline, layout)
            for outline, sentences in zip(found, documents, strict=True)
            for layout in self.composer.outline(sentences)
        ]
        for outline, layout, states in self._states(inputs):
            marks = states[layout.sentence_marks]
            outline.salience[layout.sentences] = _sigmoid(self._linear("carries", marks)[:, 0])
            inside = _softmax(self._linear("spans", states[[place.position for place in layout.places]]))
            outline.spans.extend(_spans(layout, inside))
        return found

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        """The stance of each document on each of its targets; sentences of no passage have the class ``none``."""
        # At least one row: what nothing was said of has labels all the same.
        said = [np.tile(_SILENT, (len(q.targets), max(1, len(q.sentences)), 1)) for q in questions]
        own = [np.zeros((len(q.targets), len(LABELS)), np.float32) for q in questions]
        inputs = [
            ((number, target, len(layouts)), layout)
            for number, q in enumerate(questions)
            for target, layouts in enumerate(self.composer.ask(q.targets, q.sentences, q.mentions))
            for layout in layouts
        ]
        for (number, target, windows), layout, states in self._states(inputs):
            said[number][target, layout.sentences] = self._classes(states[0], states[layout.sentence_marks])
            own[number][target] += self._linear("document", states[0]) / windows
        return [
            Answer(
                _softmax((mean + _log_sum(logits[..., 1:] - logits[..., :1])) / self.temperature),
                _softmax(logits[:, : len(q.sentences)]),
            )
            for q, logits, mean in zip(questions, said, own, strict=True)
        ]

    def _classes(self, target: Array, sentences: Array) -> Array:
        mixed = self._linear("target", target) + self._linear("sentence", sentences)
        return self._linear("classes", _gelu(mixed + self._linear("both", target * sentences)))

    def _linear(self, name: str, states: Array) -> Array:
        result: Array = states @ self.weights[f"{name}.weight"].T
        bias = self.weights.get(f"{name}.bias")
        return result if bias is None else result + bias

    def _states(self, inputs: Sequence[tuple[T, Layout]]) -> Iterator[tuple[T, Layout, Array]]:
        """Each input's states, shape (pieces, width), with what came with it; inputs of like length together."""
        left = sorted(inputs, key=lambda item: len(item[1].ids))
        while left:
            count = max(1, _BATCH // len(left[-1][1].ids))
            batch, left = left[-count:], left[:-count]
            output = self.encoder.forward_batch(
                [layout.ids for _, layout in batch], token_type_ids=[layout.types for _, layout in batch]
            )
            for (owner, layout), states in zip(batch, np.asarray(output.last_hidden_state), strict=True):
                yield owner, layout, states


def _spans(layout: Layout, chances: Array) -> Iterator[Span]:
    """Runs of pieces that may be part of one."""
    current: Span | None = None
    for place, (outside, begins, goes_on) in zip(layout.places, chances, strict=True):
        if outside > 1 - _INSIDE:
            if current:
                yield current
            current = None
        elif current and current.sentence == place.sentence and goes_on > begins:
            current.end, current.score = place.end, max(current.score, float(1 - outside))
        else:
            if current:
                yield current
            current = Span(place.sentence, place.start, place.end, float(1 - outside))
    if current:
        yield current


def _sigmoid(values: Array) -> Array:
    result: Array = np.reciprocal(1 + np.exp(-values))
    return result


def _softmax(values: Array) -> Array:
    result: Array = np.exp(values - _log_sum(values, axis=-1)[..., None])
    return result


def _log_sum(values: Array, axis: int = 1) -> Array:
    highest = values.max(axis=axis, keepdims=True)
    result: Array = np.log(np.exp(values - highest).sum(axis=axis)) + highest.squeeze(axis)
    return result


def _gelu(values: Array) -> Array:
    """In the form with tanh (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415), as it was trained."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (values + 0.044715 * values**3)
    result: Array = values * (1 + np.tanh(inner)) / 2
    return result

"""What a larger tagger says (Hinton et al. 2015, https://arxiv.org/abs/1503.02531), of targets without a label too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.tagging.tagger import Question, Tagger
from pipeline.training.tagger.examples import Array, Example

_TRUST = 0.5  # in the teacher, where there is a label
_TOGETHER = 32  # articles
_OTHERS = 4  # of an article that a teacher is asked about


def taught(articles: Sequence[Sequence[Example]], teacher: Tagger, cache: Path) -> list[list[Example]]:
    """The articles with all targets labelled: by what the teacher says of them in the articles' own English.

    ``cache`` keeps that, since it takes long.
    """
    if not cache.is_file():
        said: list[Array] = []
        for start in range(0, len(articles), _TOGETHER):
            said += _ask(teacher, articles[start : start + _TOGETHER])
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, *said)
    with np.load(cache) as stored:
        return [
            [replace(example, labels=_mixed(example.labels, stored[f"arr_{i}"])) for example in variants]
            for i, variants in enumerate(articles)
        ]


def _ask(teacher: Tagger, articles: Sequence[Sequence[Example]]) -> list[Array]:
    gold = [variants[0] for variants in articles]
    answers = teacher.answer([_question(example) for example in gold])
    return [answer.labels for answer in answers]


def _question(example: Example) -> Question:
    """About what is labelled and some of the rest, with the marks of all that has a name."""
    asked = len(example.labels) + _OTHERS
    return Question(example.targets[:asked], example.sentences, example.mentions[: max(asked, example.names)])


def _mixed(known: Array, said: Array) -> Array:
    mixed = said.copy()
    mixed[: len(known)] = (1 - _TRUST) * known + _TRUST * said[: len(known)]
    return mixed

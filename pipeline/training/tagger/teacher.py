"""What a larger tagger says (Hinton et al. 2015, https://arxiv.org/abs/1503.02531), of targets without a label too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from pipeline.atomic import atomic_path
from pipeline.tagging.tagger import Question, Tagger
from pipeline.training.tagger.examples import Array, Example

_TRUST = 0.5  # in the teacher, where there is a label
_TOGETHER = 32  # articles
_OTHERS = 4  # of an article that a teacher is asked about


def taught(articles: Sequence[Sequence[Example]], teacher: Tagger, weights: str, cache: Path) -> list[list[Example]]:
    """The articles with all targets labelled: by what the teacher says of them in the articles' own English.

    ``cache`` keeps that, since it takes long, with a digest of the questions and of ``weights``, which names those of
    the teacher; where it differs, the teacher is asked again.
    """
    questions = [_question(variants[0]) for variants in articles]
    digest = hashlib.sha256(repr((weights, questions)).encode()).hexdigest()
    said = _kept(cache, digest)
    if said is None:
        said = []
        for start in range(0, len(questions), _TOGETHER):
            said += [answer.labels for answer in teacher.answer(questions[start : start + _TOGETHER])]
        with atomic_path(cache) as temporary, temporary.open("wb") as file:
            np.savez(file, *said, digest=np.array(digest))
    return [
        [replace(example, labels=_mixed(example.labels, labels)) for example in variants]
        for variants, labels in zip(articles, said, strict=True)
    ]


def _kept(cache: Path, digest: str) -> list[Array] | None:
    """The answers in the file, if it is whole and they are those to what has this digest."""
    try:
        with np.load(cache) as stored:
            same = str(stored["digest"]) == digest
            return [stored[f"arr_{i}"] for i in range(len(stored) - 1)] if same else None
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def _question(example: Example) -> Question:
    """About what is labelled and some of the rest, with the marks of all that has a name."""
    asked = len(example.labels) + _OTHERS
    return Question(example.targets[:asked], example.sentences, example.mentions[: max(asked, example.names)])


def _mixed(known: Array, said: Array) -> Array:
    mixed = said.copy()
    mixed[: len(known)] = (1 - _TRUST) * known + _TRUST * said[: len(known)]
    return mixed

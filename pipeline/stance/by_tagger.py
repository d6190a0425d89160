"""Judgements by the embedded tagger, on the English side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.stance import Judgement, Question
from pipeline.stance.passages import Names
from pipeline.tagging import tagger
from pipeline.tagging.layout import Mentions
from pipeline.tagging.tagger import CLASSES, LABELS, Array, Tagger

_EVIDENCE = 3
_SUPPORTS = 0.3  # from this probability on a sentence is evidence, besides the strongest


class TaggerJudge:
    """Asks the tagger of all documents together."""

    def __init__(self, tagger: Tagger) -> None:
        self.tagger = tagger

    def judge(self, questions: Sequence[Question]) -> list[list[Judgement | None]]:
        """See :class:`pipeline.stance.Judge`."""
        translated = [[i for i, s in enumerate(question.segments) if s.target] for question in questions]
        mentions = [_mentions(question, indices) for question, indices in zip(questions, translated, strict=True)]
        spoken = [
            [number for number, _ in enumerate(question.wanted) if any(places[number])]
            for question, places in zip(questions, mentions, strict=True)
        ]
        answers = self.tagger.answer(
            [
                tagger.Question(
                    [question.wanted[number].name for number in numbers],
                    [question.segments[i].target or "" for i in indices],
                    [*(places[number] for number in numbers), *places[len(question.wanted) :]],
                )
                for question, indices, places, numbers in zip(questions, translated, mentions, spoken, strict=True)
            ]
        )
        found: list[list[Judgement | None]] = [[None] * len(question.wanted) for question in questions]
        for judgements, answer, indices, numbers in zip(found, answers, translated, spoken, strict=True):
            for number, labels, classes in zip(numbers, answer.labels, answer.classes, strict=True):
                judgements[number] = _judgement(labels, classes, indices)
        return found


def _mentions(question: Question, indices: Sequence[int]) -> list[Mentions]:
    """Where the translated segments name each wanted target, and after them the others."""
    names = Names([*question.wanted, *question.others])
    known = [
        {*names.find(question.segments[i].source), *(question.known[i] if question.known else ())} for i in indices
    ]
    return [*names.mentions([question.segments[i].target or "" for i in indices], known)]


def _judgement(labels: Array, classes: Array, indices: Sequence[int]) -> Judgement:
    label = LABELS[int(labels.argmax())]
    says = classes[:, CLASSES.index(label)]
    strongest = [int(i) for i in np.argsort(-says, kind="stable")[:_EVIDENCE]]
    evidence = [i for rank, i in enumerate(strongest) if rank == 0 or says[i] >= _SUPPORTS]
    return Judgement(label, round(float(labels.max()), 3), [indices[i] for i in evidence])

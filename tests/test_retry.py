"""What fails a check is decoded again, and the least bad is kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.nmt import Decoding, Hypothesis
from pipeline.nmt.retry import ATTEMPTS, better, faults
from pipeline.nmt.translator import Translator

LANGUAGES = ("nl", "en")
BAD = Hypothesis("There are 1,000 dealers.", -0.1)
GOOD = Hypothesis("There are 10,000 dealers.", -0.9)
SOURCE = "Er zijn 10.000 dealers."


class Scripted:
    """A backend that answers by a function of source text and decoding; its pieces are words."""

    name = precision = device = "scripted"
    positions = 128

    def __init__(self, answer) -> None:
        self.pieces, self.answer = self, answer
        self.asked: list[tuple[list[str], Decoding]] = []

    def encode(self, text: str) -> list[str]:
        return [*text.split(), "</s>"]

    def decode(self, inputs: Sequence[Sequence[str]], limits: Sequence[int], decoding: Decoding):
        texts = [" ".join(pieces[:-1]) for pieces in inputs]
        self.asked.append((texts, decoding))
        return [self.answer(text, decoding) for text in texts]


def test_fewer_faults_win_and_say_so() -> None:
    assert (faults(SOURCE, GOOD, LANGUAGES), faults(SOURCE, BAD, LANGUAGES)) == (0, 2)
    assert better(SOURCE, BAD, 2, [BAD, GOOD], LANGUAGES) == (Hypothesis(GOOD.text, GOOD.score, retried=True), 0)


def test_among_equals_the_first_translation_stands() -> None:
    other = Hypothesis("There are 2,000 dealers.", -0.01)
    assert better(SOURCE, BAD, 2, [other], LANGUAGES) == (BAD, 2)
    assert better(SOURCE, BAD, 2, [], LANGUAGES) == (BAD, 2)


def test_only_what_fails_is_decoded_again_and_equal_sentences_once() -> None:
    backend = Scripted(lambda text, d: [BAD, GOOD][: d.hypotheses] if text == SOURCE else [Hypothesis("Yes, sir.", -1)])
    found = Translator(backend).translate([SOURCE, "Ja, meneer.", SOURCE])
    assert [h.text for h in found] == [GOOD.text, "Yes, sir.", GOOD.text]
    assert [h.retried for h in found] == [True, False, True]
    assert [texts for texts, _ in backend.asked] == [[SOURCE, "Ja, meneer."], [SOURCE]]


def test_every_way_is_tried_until_one_is_clean() -> None:
    backend = Scripted(lambda text, d: [BAD] * d.hypotheses)
    (found,) = Translator(backend).translate([SOURCE])
    assert found == BAD
    assert len(backend.asked) == 1 + len(ATTEMPTS)
    assert backend.asked[2][1] == Decoding(beam=8, hypotheses=8, no_repeat_ngram=4)


def test_clauses_are_joined() -> None:
    source = "Wie in november langs het meer rijdt, krijgt bij die wolken altijd weer heimwee, en hij weet niet waarom."
    clause = {
        "Wie": "Whoever drives along the lake in November,",
        "krijgt": "gets homesick at the sight of those clouds,",
    }

    def answer(text: str, decoding: Decoding) -> list[Hypothesis]:
        if text == source:
            return [Hypothesis("gone gone gone gone", -0.1)] * decoding.hypotheses
        return [Hypothesis(clause.get(text.split()[0], "and does not know why."), -0.5)]

    (found,) = Translator(Scripted(answer)).translate([source])
    assert found.retried
    assert found.parts > 1
    assert found.text.endswith("and does not know why.")


@pytest.mark.parametrize("retry", [True, False])
def test_without_retry_the_first_translation_stands(retry: bool) -> None:
    backend = Scripted(lambda text, d: [BAD, GOOD][: d.hypotheses])
    (found,) = Translator(backend, retry=retry).translate([SOURCE])
    assert (found.text == GOOD.text) is retry


def test_beam_of_one_has_a_beam_to_choose_from_when_it_fails() -> None:
    assert ATTEMPTS[0].decoding(Decoding(beam=1)) == Decoding(beam=4, hypotheses=4)

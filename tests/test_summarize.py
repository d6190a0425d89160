"""Extractive summaries: what is chosen, and that every sentence names its segments."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.device import Runtime
from pipeline.document import Document, Segment
from pipeline.evaluation.lexrank import lexrank
from pipeline.stages.summarize import Summarize, SummarizeConfig
from pipeline.summarization.extractive import choose
from pipeline.summarization.facts import invented
from pipeline.summarization.vectors import tf_idf

TEXT = [
    "The brand opens ten showrooms in Europe next year.",
    "Showrooms in Europe are open to every brand of the group.",
    "The brand opens ten showrooms in Europe next year, it says.",
    "Its new car costs less than the one of its rival.",
    "The weather in the mountains was fine.",
    "A new car of the brand costs little in Europe.",
]


def test_a_repeated_sentence_is_not_chosen_twice() -> None:
    chosen = choose(TEXT, [1.0] * len(TEXT), 3)
    assert len(chosen) == 3
    assert not {0, 2} <= set(chosen)


def test_a_translation_without_trust_is_not_chosen() -> None:
    first = choose(TEXT, [1.0] * 6, 1)[0]
    trust = [1.0] * 6
    trust[first] = 0.05
    assert choose(TEXT, trust, 1) != [first]


def test_centrality_sums_to_one_and_favors_the_connected() -> None:
    vectors = tf_idf(TEXT)
    central = lexrank(vectors @ vectors.T)
    assert central.sum() == pytest.approx(1)
    assert central.argmin() == 4


def test_a_sentence_that_leans_on_another_is_chosen_beside_it_only() -> None:
    text = ["Kia opens a factory.", "Sales rose last year.", "He calls that a miracle.", "Anna Berg leads the firm."]
    assert choose(text, [0.5, 0.6, 0.9, 0.7], 2) == [1, 3]
    assert choose(text, [0.1, 0.9, 0.9, 0.2], 2) == [1, 2]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=12), st.integers(1, 5))
def test_any_sentences_give_distinct_ones_in_order(sentences: list[str], count: int) -> None:
    chosen = choose(sentences, [0.5] * len(sentences), count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, len(sentences))
    assert np.isfinite(tf_idf(sentences)).all()


def summarize(*segments: Segment) -> Document:
    stage = Summarize(SummarizeConfig(), Runtime("cpu"))
    stage.load()
    return stage.process([Document("a", "", segments=list(segments))])[0]


def segment(target: str | None, kind: str = "sentence", *flags: str) -> Segment:
    return Segment("bron", 0, 4, 0, kind, "nl", target, -0.1, list(flags))


def test_headings_crumbs_and_doubtful_translations_are_left_out() -> None:
    long = "This is a sentence that carries the article well"
    document = summarize(
        segment("A heading that has more than six words", "heading"),
        segment("How?"),
        segment(f"{long} one."),
        segment(f"{long} two.", "sentence", "truncated"),
        segment(f"{long} three."),
        segment(None, "sentence", "no-model"),
    )
    assert document.summary
    assert [(s.text, s.support) for s in document.summary.sentences] == [(f"{long} one.", [2]), (f"{long} three.", [4])]


def test_a_sentence_that_stands_twice_is_told_once() -> None:
    long = "This is a sentence that carries the article well"
    document = summarize(*(segment(f"{long} {name}.") for name in ("one", "two", "one")))
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[0], [1]]


def test_crumbs_fill_up_a_summary_of_one() -> None:
    document = summarize(
        segment("It is a long sentence about a new car."), segment("A crumb."), segment("Heading", "heading")
    )
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[0], [1]]


def test_an_english_text_is_summarized_like_a_translated_one() -> None:
    def passed(target: str, kind: str = "sentence", language: str = "en") -> Segment:
        return replace(segment(target, kind, "passthrough"), language=language)

    long = "This is a sentence that carries the article well"
    title = passed("A heading that has more than six words", "heading")
    document = summarize(title, passed("Read more."), passed(f"{long} one."), passed("* * * * * *", language="nl"))
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[1], [2]]
    document = summarize(title, passed("Read more."), *(passed(f"{long} {i}.") for i in "ab"))
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[2], [3]]


def test_a_title_is_not_told_beside_the_only_sentence() -> None:
    document = summarize(segment("Heading", "heading"), segment("It is a long sentence about a new car."))
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[1]]


def test_a_text_of_crumbs_still_has_a_summary_and_an_empty_one_a_note() -> None:
    document = summarize(segment("How?"))
    assert document.summary
    assert [s.support for s in document.summary.sentences] == [[0]]
    empty = summarize(segment(None, "sentence", "no-model"))
    assert empty.summary
    assert empty.summary.sentences == []
    assert empty.notes["summarize"] == ["no translated sentence to summarize"]


@pytest.mark.parametrize(
    ("sentence", "new"),
    [
        ("By 2030 there will be 10,000 dealers.", []),
        ("Lei Jun's brand plans to open showrooms.", []),
        ("The brand opens 12 showrooms in Asia.", ["12", "Asia"]),
        ("Tesla opens ten thousand showrooms.", ["Tesla"]),
        ("Toyota's showrooms are in Europe. China has dealers.", ["Toyota's", "China"]),
        ("However, Lei Juns brand plans showrooms.", []),
        ("Moreover, dealers say it's Europe's plan.", []),
        ("Critics say it's planned. Meanwhile, the brand opens.", []),
        ("It's 10,000 dealers, despite what Europe planned. Despite this, it opens.", []),
        ("The brand is a Model S.", ["Model", "S"]),
    ],
)
def test_figures_and_names_that_no_support_has_are_invented(sentence: str, new: list[str]) -> None:
    text = ["The brand opens showrooms in Europe.", "Ten thousand dealers are planned by 2030, Lei Jun says."]
    assert invented(sentence, text) == new


class Writes:
    """A summarizer that writes one thing."""

    def __init__(self, summary: str) -> None:
        self.summary = summary

    def summarize(self, sentences: list[str]) -> str:
        return self.summary


def test_what_the_text_does_not_say_is_left_out_of_a_written_summary() -> None:
    stage = Summarize(SummarizeConfig(method="abstractive"), Runtime("cpu"))
    stage.summarizer = Writes("Kia opens two factories in Spain. Sales of Kia rose by 90 per cent. Bread is baked.")  # type: ignore[assignment]
    text = ["Kia opens two factories.", "They are in Spain, the firm says.", "Sales rose by 9 per cent last year."]
    document = stage.process([Document("a", "", segments=[segment(sentence) for sentence in text])])[0]
    assert document.summary
    assert [(s.text, s.support) for s in document.summary.sentences] == [
        ("Kia opens two factories in Spain.", [0, 1]),
        (text[2], [2]),
    ]
    assert document.notes["summarize"] == [
        "unsupported, left out: 'Sales of Kia rose by 90 per cent.' (not in the text: 90)",
        "unsupported, left out: 'Bread is baked.' (not in the text: any of it)",
    ]

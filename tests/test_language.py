"""Language of documents and segments."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.device import Runtime
from pipeline.document import Document
from pipeline.pairs import read_pairs
from pipeline.stages.language import Language, LanguageConfig
from pipeline.stages.split import split

GOLD = Path(__file__).parent / "data" / "gold.tsv"


def detect(text: str, **options: object) -> Document:
    stage = Language(LanguageConfig(**options), Runtime())
    stage.load()
    document = Document("a", text, segments=split(text, "nl"))
    return stage.process([document])[0]


DUTCH = "Voormalige BMW-mensen gaan bij Xiaomi aan de slag. Pas nou maar op. Onderschat ze niet."


def test_english_saying_in_a_dutch_article() -> None:
    document = detect(f"If you can’t beat them, join them. {DUTCH}")
    assert document.language == "nl"
    assert [segment.language for segment in document.segments] == ["en", "nl", "nl", "nl"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Bij het Chinese EV-merk heet dit het Xiaomi Customization Service.",
        "Sonderwunsch!",
        "Yes we can!",
        "Xiaomi in Europa",
        "Studente Alina Yıldız huilde toen de bloembakken werden weggetakeld.",
        "12.345",
        "”",
    ],
)
def test_names_and_crumbs_are_in_the_language_of_their_document(sentence: str) -> None:
    assert {segment.language for segment in detect(f"{DUTCH}\n\n{sentence}").segments} == {"nl"}


def test_other_languages_are_told_apart() -> None:
    assert detect("Der Vorstand hat gestern beschlossen, dass die Fabrik geschlossen wird.").language == "de"
    assert detect("The board decided yesterday that the factory will be closed.").language == "en"


def test_one_expected_language_needs_no_detector() -> None:
    assert detect("The board decided yesterday.", expected=["nl"]).language == "nl"


def test_text_without_letters_gets_a_note() -> None:
    document = detect("123 – 456")
    assert document.language == "nl"
    assert "no letters" in document.notes["language"][0]


GIBBERISH = (
    "asdfg qwerty zxcvbn lkjhg poiuy mnbvc asdf qwer zxcv fghj vbnm rtyu dfgh cvbn wert sdfg xcvb ghjk tyui iop bnmk"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GIBBERISH, None),
        ("Zarząd postanowił wczoraj, że fabryka zostanie zamknięta. Pracownicy protestują na ulicy, ponieważ nie chcą "
         "stracić pracy, a związki zawodowe domagają się rozmów z rządem.", "pl"),
        ("Совет директоров решил закрыть завод.", "ru"),
        ("小米公司昨天宣布关闭工厂。", "zh"),
        ("ꙮꙮꙮ ꙮ", None),
    ],
)  # fmt: skip
def test_a_document_in_none_of_the_expected_languages_is_noted(text: str, code: str | None) -> None:
    document = detect(text)
    assert document.language not in ("nl", "en", "de", "fr")
    if code:
        assert document.language == code
    assert {segment.language for segment in document.segments} == {document.language}
    (note,) = document.notes["language"]
    assert note.startswith("in none of the expected languages (nl, en, de, fr); it looks like ")


def test_a_dutch_sentence_in_a_foreign_document_is_dutch() -> None:
    foreign = "Zarząd postanowił wczoraj, że fabryka zostanie zamknięta, a pracownicy protestują na ulicy. " * 3
    document = detect(foreign + "De raad besloot gisteren dat de fabriek wordt gesloten.")
    assert [segment.language for segment in document.segments] == ["pl", "pl", "pl", "nl"]


@pytest.mark.parametrize("sentence", ["小米公司昨天宣布关闭工厂。", "Совет директоров вчера решил закрыть завод."])
def test_a_sentence_in_another_script_has_no_known_language(sentence: str) -> None:
    document = detect(f"{DUTCH}\n\n{sentence}\n\nDe naam 小米 betekent dat niet, zegt hij.")
    assert [segment.language for segment in document.segments] == ["nl", "nl", "nl", None, "nl"]


def test_dutch_is_taken_for_dutch_however_short_its_documents() -> None:
    for source, _ in read_pairs(GOLD):
        document = detect(source, expected=["nl", "fr"])
        assert document.language in ("nl", "fr")
        if len(source.split()) > 20:
            assert document.language == "nl"


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_has_an_expected_language_or_a_note(text: str) -> None:
    document = detect(text)
    assert (document.language not in ("nl", "en", "de", "fr")) == ("none of" in str(document.notes))
    allowed = {"nl", "en", "de", "fr", document.language, None}
    assert {segment.language for segment in document.segments} <= allowed

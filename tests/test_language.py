"""Language of documents and segments."""

import pytest

from pipeline.device import Runtime
from pipeline.document import Document
from pipeline.stages.language import Language, LanguageConfig
from pipeline.stages.split import split


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

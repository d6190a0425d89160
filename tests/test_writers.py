"""File names, whole files, and text that Markdown must not take for markup."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.atomic import atomic_file
from pipeline.document import Document, Segment, Stance, Summary, SummarySentence
from pipeline.writers import open_writers
from pipeline.writers.jsonl import json_line
from pipeline.writers.markdown import brief, brief_path, headline, linked
from pipeline.writers.names import safe_name

WINDOWS = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}


def assert_safe(name: str) -> None:
    assert 0 < len(name) <= 120
    assert name == name.lower()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name[0] not in ".-"
    assert name[-1] not in ".-"
    assert name.split(".")[0] not in WINDOWS


@given(st.text())
def test_any_id_makes_a_safe_name(document_id: str) -> None:
    assert_safe(safe_name(document_id))


@given(st.lists(st.text(alphabet="aAbé/.- 😀", max_size=6), unique=True))
def test_names_stay_unique_where_case_is_ignored(ids: list[str]) -> None:
    assert len({safe_name(document_id).casefold() for document_id in ids}) == len(ids)


@pytest.mark.parametrize(
    "document_id", ["../../x", "/etc/passwd", "a/b", "a\\b", "CON", "con", "com1.txt", "x" * 300, "😀", "", ".", "a\0b"]
)
def test_awkward_ids_stay_in_the_folder(tmp_path: Path, document_id: str) -> None:
    assert_safe(safe_name(document_id))
    path = brief_path(tmp_path, document_id)
    assert path.resolve().parent == tmp_path / "briefs"
    for writer in open_writers(["markdown"], tmp_path):
        with writer:
            writer.write(Document(document_id, "Zin."))
    assert path.is_file()


def test_plain_ids_are_kept_and_a_digest_cannot_be_forged() -> None:
    assert safe_name("000_f806ccd67436b9d6") == "000_f806ccd67436b9d6"
    forged = safe_name("A/b")
    assert safe_name(forged) != forged


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with suppress(RuntimeError), atomic_file(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == "old"
    with atomic_file(path) as file:
        file.write("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def document() -> Document:
    return Document(
        id="a|b<script>",
        source="Kop *één*\n\nDe auto is | goed. <script>alert(1)</script>",
        language="nl",
        metadata={"date": "2025-03", "title": "# [Titel](http://x)"},
        segments=[
            Segment("Kop *één*", 0, 9, 0, "heading", "nl", "Head *one*", -0.1),
            Segment("De auto is | goed. <script>", 11, 38, 1, "sentence", "nl", "The car is | good. <script>", -0.2),
            Segment("alert(1)</script>", 38, 55, 1, "sentence", "nl", None, None, ["no-model"]),
        ],
        summary=Summary([SummarySentence("The car is | good.", [1])], "extractive"),
        stances=[
            Stance("a|uto", "favor", 0.7, [1]),
            Stance("niemand", "neutral", 1.0, []),
            Stance("misschien", "against", 0.59, [0]),
        ],
        notes={"translate": ["a <b> note"]},
    )


def test_json_form() -> None:
    data = document().to_dict()
    assert list(data) == ["id", "language", "source", "metadata", "segments", "summary", "stances", "notes"]
    assert list(data["segments"][0]) == "source target start end paragraph kind language score flags links".split()
    assert list(data["summary"]) == ["sentences", "method", "model"]
    assert list(data["stances"][0]) == ["target", "label", "score", "evidence", "holder"]
    assert Document.from_dict(json.loads(json.dumps(data))) == document()


def test_markdown_shows_text_as_it_is() -> None:
    text = brief(document())
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert text.startswith("# \\# \\[Titel\\]")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for row in rows:
        assert row.replace("\\|", "").count("|") in (5, 7)
    assert "no-model" in text
    assert "The car is \\| good. [2]" in text
    assert "> [2] De auto is \\| goed." in text
    assert "translate: a \\<b\\> note" in text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.nl/a_b_/?a=1&b=2#top", "https://x.nl/a_b_/?a=1&amp;b=2#top"),
        (" http://x.nl/a <b>\nc ", "http://x.nl/a%20%3Cb%3E%0Ac"),
        ("https://x.nl/*a*`b`", "https://x.nl/*a*%60b%60"),
    ],
)
def test_the_address_of_a_page_is_a_link(url: str, expected: str) -> None:
    text = brief(Document("a", "Zin.", metadata={"source": "x_ y", "url": url})).split("\n\n")[1]
    assert re.sub("<a href=.*?>|</a>", "", MarkdownIt("commonmark").render(text)).startswith("<p>x_ y · http")
    assert f'<a href="{expected}">' in MarkdownIt("commonmark").render(text)


def test_what_is_no_address_of_a_page_is_shown_as_it_is() -> None:
    assert linked("javascript:a(*b*) <c>") == "javascript:a(\\*b\\*) \\<c\\>"


def test_a_brief_tells_of_the_stances_that_are_likely_enough() -> None:
    text = brief(document())
    assert "| a\\|uto | praised |" in text
    assert "No side taken, or not clear: niemand, misschien." in text
    assert [stance.target for stance in document().told] == ["a|uto", "niemand"]


@pytest.mark.parametrize("text", ["~~~ x", "1. Item", "- minus", "+ plus", "12) x", "= x", "&copy;", "# x", "_x_ a_b"])
def test_text_that_would_be_markup_at_the_start_of_a_line(text: str) -> None:
    doc = Document("a", text, segments=[Segment(text, 0, 1, 0, target=text)])
    doc.summary = Summary([SummarySentence(text, [0])], "extractive")
    line = brief(doc).splitlines()[4]
    assert line.replace("\\", "") == f"{text} [1]"
    assert "\\" in line


def test_lines_of_json_are_lines_to_every_reader() -> None:
    line = json_line({"a": "x\u2028y\u2029z\x85"})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"a": "x\u2028y\u2029z\x85"}


def test_headline_is_title_or_short_lead_or_first_sentence() -> None:
    doc = document()
    assert headline(doc) == "# [Titel](http://x)"
    doc.metadata["title"] = "Kop *één*"  # which the text begins with
    assert headline(doc) == "Head *one*"
    doc.segments[0].target = None
    assert headline(doc) == "Kop *één*"
    doc = document()
    del doc.metadata["title"]
    assert headline(doc) == "Head *one*"
    long = [Segment(f"Zin {i}.", 0, 1, 0, target=f"Sentence {i} " + "x" * 80) for i in range(3)]
    assert headline(Document("a", "", segments=long)).startswith("Sentence 0")
    assert headline(Document("empty", "")) == "empty"


def test_a_brief_says_what_is_doubtful_wherever_it_quotes() -> None:
    doubtful = document()
    doubtful.segments[1].flags = ["numbers", "retried"]
    text = brief(doubtful)
    assert "The car is \\| good. [2, numbers, retried]" in text
    assert "[2, numbers, retried] | De auto is" in text

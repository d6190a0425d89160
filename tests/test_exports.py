"""Exports, read back by the tools that their users use."""

import csv
import json
import string
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import datasets
import duckdb
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from translate.storage import factory
from translate.storage.tmx import tmxfile
from translate.storage.xliff import xlifffile

from pipeline.document import Document, Segment, Stance, Summary, SummarySentence
from pipeline.writers import WRITERS, open_writers
from pipeline.writers.stances import COLUMNS

XML = "{http://www.w3.org/XML/1998/namespace}"
REVIEW = "needs-review-translation"
DATA = Path(__file__).parent / "data"
NASTY = '<b>"Kia" & co</b> =1+1 | ”écht” 😀 ]]>'


def document(number: int, *pairs: tuple[str, str | None]) -> Document:
    """A document of sentences with their translations, the first of them its summary and the evidence of a stance."""
    made = Document(f"map/{number}", "\n".join(source for source, _ in pairs), language="nl")
    made.metadata = {"date": "2026-01-02"}
    start = 0
    for paragraph, (source, target) in enumerate(pairs):
        flags = ["no-model"] if target is None else ["numbers"] if any(c.isdigit() for c in source) else []
        end = start + len(source)
        score = None if target is None else -0.25
        made.segments.append(Segment(source, start, end, paragraph, "sentence", "nl", target, score, flags))
        start = end + 1
    made.segments.append(Segment("Ready.", start, start + 6, 9, "sentence", "en", "Ready.", None, ["passthrough"]))
    made.summary = Summary([SummarySentence(pairs[0][1] or "", [0])], "extractive", "stance-mini")
    made.stances = [Stance("Kia", "favor", 0.75, [0], "Anna Berg"), Stance(NASTY, "against", 0.5, [])]
    return made


DOCUMENTS = [
    document(0, ("Kia groeit, zegt Berg.", "Kia grows, says Berg."), ("In 2027 ook.", "In 2028 too.")),
    document(1, (NASTY, NASTY.upper()), ("Und dann?", None)),
]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with all exports of the documents."""
    return write(tmp_path, DOCUMENTS)


def write(folder: Path, documents: list[Document], formats: Sequence[str] = tuple(WRITERS)) -> Path:
    for writer in open_writers(formats, folder):
        with writer:
            for one in documents:
                writer.write(one)
    return folder


def test_segments_open_in_pandas_polars_duckdb_and_datasets(out: Path) -> None:
    path = str(out / "segments.parquet")
    rows = pandas.read_parquet(path)
    assert list(rows["source"]) == [segment.source for one in DOCUMENTS for segment in one.segments]
    assert list(rows["summary"]) == [True, False, False] * 2
    assert [list(flags) for flags in rows["flags"]] == [s.flags for one in DOCUMENTS for s in one.segments]
    for row in rows.to_dict("records"):
        source = DOCUMENTS[int(row["document"][-1])].source
        assert row["kind"] == "sentence"
        assert source[row["start"] : row["end"]] in (row["source"], "")
    assert polars.read_parquet(path)["target"].null_count() == 1
    ((count, mean),) = duckdb.sql(f"select count(*), avg(score) from '{path}' where document = 'map/0'").fetchall()
    assert (count, mean) == (3, -0.25)
    loaded = datasets.load_dataset("parquet", data_files=path, split="train", cache_dir=str(out / "cache"))
    assert loaded[1]["flags"] == ["numbers"]
    assert loaded[4]["target"] is None


def test_stances_open_in_a_spreadsheet(out: Path) -> None:
    rows = pandas.read_csv(out / "stances.csv", keep_default_na=False)
    assert tuple(rows.columns) == COLUMNS
    assert list(rows["target"]) == ["Kia", NASTY] * 2
    assert rows.loc[0, "translation"] == "Kia grows, says Berg."
    assert rows.loc[2, "source"] == NASTY


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula_to_a_spreadsheet(tmp_path: Path, start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    one = document(0, (text, text))
    one.id, one.metadata["date"], one.stances = text, text, [Stance(text, "favor", 0.75, [0], text)]
    write(tmp_path, [one], ["stances"])
    with (tmp_path / "stances.csv").open(newline="", encoding="utf-8") as file:
        _, row = csv.reader(file)
    safe = f"'{text}"
    assert row == [safe, safe, safe, "favor", "0.75", safe, "0", safe, safe]


def test_the_translation_memory_is_valid_and_opens_in_translate_toolkit(out: Path) -> None:
    path = out / "bitext.tmx"
    assert valid(path, "tmx14.dtd")
    store = factory.getobject(str(path))
    assert isinstance(store, tmxfile)
    pairs = [(s.source, s.target) for one in DOCUMENTS for s in one.segments if s.target and s.language == "nl"]
    assert [(unit.source, unit.target) for unit in store.units] == pairs
    assert store.translate("In 2027 ook.") == "In 2028 too."
    properties = [{p.get("type"): p.text for p in unit.xmlelement.iter("prop")} for unit in store.units]
    assert properties[1] == {"x-document": "map/0", "x-segment": "1", "x-flags": "numbers", "x-score": "-0.25"}


def test_the_work_for_translators_is_valid_and_says_what_needs_review(out: Path) -> None:
    path = out / "bitext.xliff"
    assert valid(path, "xliff12.dtd")
    store = factory.getobject(str(path))
    assert isinstance(store, xlifffile)
    assert [(unit.source, unit.target) for unit in store.units] == [
        (segment.source, segment.target) for one in DOCUMENTS for segment in one.segments
    ]
    assert sorted(store.getfilenames()) == ["map/0", "map/1"]
    states = [target.get("state") for target in etree.parse(path).iter("{*}target")]
    assert states == ["translated", REVIEW, "translated", REVIEW, "translated"]
    assert store.units[1].isfuzzy() or "numbers" in store.units[1].getnotes()


def test_the_work_for_translators_is_valid_without_any(tmp_path: Path) -> None:
    for documents in ([], [Document("a", "...")]):
        write(tmp_path, documents, ["xliff"])
        assert valid(tmp_path / "bitext.xliff", "xliff12.dtd")
        assert xlifffile.parsefile(str(tmp_path / "bitext.xliff")).units == []


def valid(path: Path, dtd: str) -> bool:
    """Whether the XML is valid by a document type definition of ours, which has the rules for what we write."""
    definition = etree.DTD(str(DATA / dtd))
    tree = etree.parse(str(path), etree.XMLParser(load_dtd=False, no_network=True))
    assert definition.validate(tree), definition.error_log
    return True


def test_the_bitext_is_line_by_line(out: Path) -> None:
    dutch, english = ((out / f"bitext.{code}").read_text().split("\n") for code in ("nl", "en"))
    assert list(zip(dutch, english, strict=True)) == [
        ("Kia groeit, zegt Berg.", "Kia grows, says Berg."),
        ("In 2027 ook.", "In 2028 too."),
        (NASTY, NASTY.upper()),
        ("", ""),
    ]


def test_the_digest_counts_and_links(out: Path) -> None:
    text = (out / "digest.md").read_text()
    assert "2 documents, 6 segments, 3 of them doubtful." in text
    assert "| Kia | 2 | 0 | 0 |" in text
    for path in out.glob("briefs/*.md"):
        assert f"](briefs/{path.name})" in text
    assert "Kia grows, says Berg." in text
    assert "<b>" not in text


def test_a_date_is_no_markup_in_the_digest(tmp_path: Path) -> None:
    one = document(0, ("Kia groeit.", "Kia grows."))
    one.metadata["date"] = "2026 *<b>*\n# [x](y)"
    write(tmp_path, [one], ["digest"])
    assert "**Kia grows., 2026 \\*\\<b\\>\\* \\# \\[x\\](y)**\n" in (tmp_path / "digest.md").read_text()


def test_the_digest_links_to_no_briefs_that_are_not_written(tmp_path: Path) -> None:
    write(tmp_path, DOCUMENTS, ["digest"])
    text = (tmp_path / "digest.md").read_text()
    assert "**Kia grows, says Berg., 2 January 2026**" in text
    assert "](" not in text


TEXT = st.text(st.characters(codec="utf-8", exclude_characters=""), max_size=12) | st.text(string.printable, max_size=9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_any_text_makes_files_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    out = write(tmp_path_factory.mktemp("out"), [document(0, *pairs)])
    assert list(polars.read_parquet(out / "segments.parquet")["source"])[:-1] == [source for source, _ in pairs]
    assert valid(out / "bitext.tmx", "tmx14.dtd")
    assert valid(out / "bitext.xliff", "xliff12.dtd")
    lines = [(out / f"bitext.{code}").read_text().count("\n") for code in ("nl", "en")]
    assert lines == [len(pairs)] * 2
    with (out / "stances.csv").open(newline="", encoding="utf-8") as file:
        assert [len(row) for row in csv.reader(file)] == [len(COLUMNS)] * 3
    assert json.loads((out / "documents.jsonl").read_text())["id"] == "map/0"


def test_an_error_leaves_the_old_files(out: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}

    before = contents()
    for writer in open_writers([name for name in WRITERS if name != "markdown"], out):
        with suppress(AttributeError), writer:
            writer.write(DOCUMENTS[0])
            writer.write(None)  # type: ignore[arg-type]
    assert contents() == before
    for writer in open_writers(list(WRITERS), out):
        writer.discard()
    assert contents() == {}

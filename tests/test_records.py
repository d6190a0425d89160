"""Files that hold many documents, datasets, Markdown and web pages."""

import csv
import datetime
import gzip
import io
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import datasets
import pyarrow
import pytest
from conftest import ROOT, polderbrief, read_lines
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline.config import InputConfig
from pipeline.document import Document, Failure
from pipeline.readers.fields import plain
from pipeline.readers.reader import Reader

ROWS = [
    {
        "id": "a1",
        "text": "Het café is open.",
        "title": "Open",
        "date": "2025-03-01T10:00:00Z",
        "url": "https://x.nl/1",
        "section": "",
    },
    {"id": "a2", "text": "De trein rijdt.", "title": "", "date": None, "url": "", "section": "verkeer"},
]


def read(*paths: Path | str, **options: object) -> list[Document | Failure]:
    return list(Reader(InputConfig(**options)).read([str(path) for path in paths]))


def reasons(*paths: Path | str, **options: object) -> list[str]:
    return [item.reason for item in read(*paths, **options) if isinstance(item, Failure)]


def write_rows(folder: Path, suffix: str, rows: list[dict] = ROWS) -> Path:
    path = folder / f"news.{suffix}"
    if suffix == "parquet":
        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        return path
    if suffix.startswith("jsonl"):
        text = "\n".join(json.dumps(row) for row in rows) + "\n"
    else:
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(dict.fromkeys(key for row in rows for key in row)), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
        text = buffer.getvalue()
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet", "jsonl.gz", "csv.gz"])
def test_rows_become_documents(tmp_path: Path, suffix: str) -> None:
    path = write_rows(tmp_path, suffix)
    first, second = read(path)
    assert (first.id, second.id) == ("a1", "a2")
    assert first.source == "Open\n\nHet café is open."  # the title is translated as well
    assert {key: first.metadata[key] for key in ("title", "date", "url", "path")} == {
        "title": "Open",
        "date": "2025-03-01",
        "url": "https://x.nl/1",
        "path": path.name,
    }
    assert second.source == "De trein rijdt."
    assert second.metadata["section"] == "verkeer"
    assert not {"title", "date", "url"} & second.metadata.keys()
    known = {"jsonl": 2, "parquet": 2}
    assert Reader(InputConfig()).count([str(path)]) == known.get(suffix)


def test_rows_are_counted_with_and_without_a_last_end_of_line(tmp_path: Path) -> None:
    path = write_rows(tmp_path, "jsonl")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert Reader(InputConfig()).count([str(path)]) == 2
    path.write_bytes(b"")
    assert Reader(InputConfig()).count([str(path)]) == 0


def test_columns_are_named_by_the_configuration(tmp_path: Path) -> None:
    path = write_rows(tmp_path, "jsonl", [{"guid": 7, "body": "Een zin.", "kop": "Kop", "path": "elders"}])
    (document,) = read(path, fields={"id": "guid", "text": "body", "title": "kop"})
    assert (document.id, document.source) == ("7", "Kop\n\nEen zin.")
    assert document.metadata == {"title": "Kop", "path": "news.jsonl", "path_": "elders"}
    (reason,) = reasons(path)
    assert reason == (
        "row 1: it has no field 'text' for the text; name one of 'guid', 'body', 'kop', 'path' by input.fields.text"
    )


def test_a_column_that_is_named_wins_over_one_that_is_called_so(tmp_path: Path) -> None:
    row = {"text": "Een zin.", "date": "2020-01-01", "published": "2025-09-26", "title": "crawl", "headline": "Kop"}
    path = write_rows(tmp_path, "jsonl", [row, row | {"published": None}])
    first, second = read(path, fields={"date": "published", "title": "headline"})
    left = {"date_": "2020-01-01", "title_": "crawl", "path": "news.jsonl"}
    assert first.metadata == {"title": "Kop", "date": "2025-09-26"} | left
    assert second.metadata == {"title": "Kop"} | left


def test_a_target_language_of_the_input_is_not_that_of_the_translations(tmp_path: Path) -> None:
    (from_row,) = read(write_rows(tmp_path, "jsonl", [{"text": "Een zin.", "target_language": None}]))
    assert from_row.metadata == {"target_language_": None, "path": "news.jsonl"}
    path = tmp_path / "a.md"
    path.write_text("---\ntarget_language: de\n---\nEen zin.")
    (from_front_matter,) = read(path)
    assert from_front_matter.metadata == {"target_language_": "de", "path": "a.md"}


def test_a_column_can_be_two_fields_but_the_text_is_no_title(tmp_path: Path) -> None:
    path = write_rows(tmp_path, "jsonl", [{"title": "Een zin.", "url": "https://x.nl/1"}])
    (document,) = read(path, fields={"id": "url", "text": "title"})
    assert (document.id, document.source) == ("https://x.nl/1", "Een zin.")
    assert document.metadata == {"url": "https://x.nl/1", "path": "news.jsonl"}


def test_a_title_that_opens_the_text_is_not_said_twice(tmp_path: Path) -> None:
    (document,) = read(write_rows(tmp_path, "jsonl", [{"title": "Kop", "text": "Kop\n\nEen zin."}]))
    assert document.source == "Kop\n\nEen zin."


def test_a_title_is_no_text(tmp_path: Path) -> None:
    assert reasons(write_rows(tmp_path, "jsonl", [{"title": "Kop", "text": " "}])) == ["row 1: it holds no text"]


def test_a_row_that_is_wrong_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    lines = [
        b'{"id": "a", "text": "Goed."}',
        b'{"id": "b", "text": ',
        b"[1, 2]",
        b'{"id": "a", "text": "Ook goed."}',
        b"",
        b'{"text": 7}',
        b'{"text": "  "}',
        b'{"text": "half \\ud800 teken"}',
        b'{"text": "' + b"lang " * 100 + b'"}',
        b'{"text": "' + b"lang " * 1000 + b'"}',
        b'{"id": "l", "text": "caf\xe9 caf\xc3\xa9 caf\xc3\xa9"}',
        b"[" * 100_000,
        b'{"text": "diep", "more": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"text": "Zonder naam."}',
    ]
    path.write_bytes(b"\n".join(lines))
    found = read(path, max_characters=400)
    assert [(d.id, d.source) for d in found if isinstance(d, Document)] == [
        ("a", "Goed."),
        ("a-2", "Ook goed."),
        ("news-13", "Zonder naam."),
    ]
    assert found[3].notes == {"read": ["another document has the id 'a' too"]}
    assert [(f.id, f.reason.split(":")[0]) for f in found if isinstance(f, Failure)] == [
        (f"news-{row}", f"row {row}") for row in (2, 3, 5, 6, 7, 8, 9, 10, 11, 12)
    ]
    assert [f.reason.split(": ")[1][:24] for f in found if isinstance(f, Failure)] == [
        "no JSON",
        "no JSON object; a line m",
        "its field 'text' holds n",
        "it holds no text",
        "it holds half a characte",
        "too long (500 characters",
        "too long (a line of more",
        "byte 0xe9 is not in the ",
        "too long (a line of more",
        "it holds a value that is",
    ]


def test_csv_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('id,text\na,Goed.\nb,Te,veel.\nc,"Fout"en.\nd,"Twee\nregels."\n', encoding="utf-8")
    found = read(path)
    assert [(d.id, d.source) for d in found if isinstance(d, Document)] == [("a", "Goed."), ("d", "Twee\nregels.")]
    assert [f.reason for f in found if isinstance(f, Failure)] == [
        "row 2: 3 fields under a header of 2; is one not quoted?",
        "row 3: no CSV: ',' expected after '\"'",
    ]
    path.write_text("text,text\na,b\n")
    assert reasons(path) == ["the header names 'text' twice"]
    path.write_text("")
    assert reasons(path) == ["no header"]
    path.write_text('text,"kop\na\n')
    assert reasons(path) == ["no CSV: unexpected end of data in the header"]
    path.write_text('text,"kop, over\ntwee regels"\nGoed.,Een\n')
    assert [d.metadata["kop, over\ntwee regels"] for d in read(path) if isinstance(d, Document)] == ["Een"]
    path.write_bytes("text;kop\nEén café.;Koffie\n".encode("cp1252"))
    (document,) = read(path)
    assert document.source == "Eén café."


@pytest.mark.parametrize(
    ("rows", "good", "lines"),
    [
        ('1,"Hij zei "ja" daar.\nDaarna, ging hij.\nEinde."\n2,Goed\n', ["2"], [3]),
        ('1,"Hij zei "ja\nen nee" daar.\nDaarna, ging hij."\n2,Goed\n', ["2"], [3]),
        ('1,"Hij zei "ja" daar.\r\n"Nee", zei zij.\r\nEinde."\r\n2,Goed\r\n', ["2"], [3]),
        ('1,"Hij zei: "Ja."\nDaarna, ging hij."\n2,Goed\n', ["2"], [2]),
        ('1,"Een "a" b."\n2,"Een "c" d."\n3,Goed\n', ["3"], [1, 1]),
        ('1,"Een 5" scherm.\nDaarna, ging hij.\nEinde."\n2,Goed\n3,"Ook, goed."\n', ["3"], [4]),
        ('1,"Onaf\n2,"Goed"\n3,"Goed"\n', ["3"], [2]),
        ('1,"Een 5" scherm, een "thuis"\nDaarna, ging hij."\n2,"Goed"\n', ["2"], [2]),
        ('1,Goed\n2,"Een 5" scherm."\n3,Goed\n', ["1"], [2]),
        ('1,Goed\n2,"Onaf\n3,Goed\n', ["1"], [2]),
    ],
)
def test_text_of_a_csv_row_with_broken_quotes_is_no_row(
    tmp_path: Path, rows: str, good: list[str], lines: list[int]
) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(f"id,text\n{rows}".encode())
    found = read(path)
    assert [item.id for item in found if isinstance(item, Document)] == good
    reasons = [item.reason for item in found if isinstance(item, Failure)]
    assert [int(match[1]) if (match := re.search(r"of (\d+) lines", each)) else 1 for each in reasons] == lines


def test_tabs_and_marks_for_what_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "news.tsv"
    path.write_bytes("id\ttext\na\tCafé één, één.\nb\tCaf".encode() + b"\xe9\n")
    good, bad = read(path)
    assert isinstance(good, Document)
    assert (good.id, good.source) == ("a", "Café één, één.")
    assert isinstance(bad, Failure)
    assert "byte 0xe9 is not in the encoding of the rest" in bad.reason
    assert read(path, errors="replace")[1].source == "Caf\ufffd"


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_byte_order_mark_is_no_part_of_a_table(tmp_path: Path, encoding: str, suffix: str) -> None:
    path = write_rows(tmp_path, suffix)
    mark = "\ufeff" if encoding in ("utf-8", "utf-16-le") else ""
    path.write_bytes((mark + path.read_text(encoding="utf-8")).encode(encoding))
    assert [item.id for item in read(path, encoding=encoding)] == ["a1", "a2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_too_many_costs_only_its_row(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes("text,id\nHallo,1\n".encode(encoding) + b"x")
    good, bad = read(path, encoding=encoding)
    assert isinstance(good, Document)
    assert (good.id, good.source) == ("1", "Hallo")
    assert isinstance(bad, Failure)
    assert bad.reason.startswith("row 2: byte 0x")


def test_parquet_with_pages_or_values_that_cannot_be_read(tmp_path: Path) -> None:
    path = write_rows(tmp_path, "parquet", [{"id": str(row), "text": f"Zin {row}."} for row in range(100)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 40 + whole[44:])
    (reason,) = reasons(path)
    assert reason.startswith("no Parquet that can be read: ")
    texts = pyarrow.array([b"Goed.", b"caf\xe9", b"Ook goed."]).view(pyarrow.string())
    days = pyarrow.array([0, 0, 2**31 - 1], pyarrow.int32()).view(pyarrow.date32())
    parquet.write_table(pyarrow.table({"text": texts}), path)
    first, second, third = read(path)
    assert [item.source for item in (first, third) if isinstance(item, Document)] == ["Goed.", "Ook goed."]
    assert isinstance(second, Failure)
    assert second.reason.startswith("row 2: a value cannot be read: 'utf-8' codec can't decode byte 0xe9")
    parquet.write_table(pyarrow.table({"text": ["Een.", "Twee.", "Drie."], "date": days}), path)
    (reason,) = reasons(path)
    assert reason.startswith("row 3: a value cannot be read: days=2147483647")


def test_parquet_that_is_broken_and_values_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    path.write_bytes(b"PAR1 geen parquet")
    (reason,) = reasons(path)
    assert reason.startswith("no Parquet that can be read: ")
    row = {
        "text": "Een zin.",
        "date": datetime.date(2025, 3, 1),
        "at": datetime.datetime(2025, 3, 1, 10),
        "price": Decimal("1.5"),
        "score": float("nan"),
        "image": b"abc",
        "tags": ["a", "b"],
        "more": {"x": 1},
    }
    (document,) = read(write_rows(tmp_path, "parquet", [row]))
    assert document.metadata == {
        "date": "2025-03-01",
        "at": "2025-03-01T10:00:00",
        "price": "1.5",
        "score": None,
        "image": "3 bytes",
        "tags": ["a", "b"],
        "more": {"x": 1},
        "path": "news.parquet",
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.datetimes(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_any_value_gets_a_form_that_json_has(value: object) -> None:
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == plain(value)


def test_datasets_of_disk_by_name_and_by_path(tmp_path: Path) -> None:
    rows = datasets.Dataset.from_list([{"id": "a", "text": "Een."}, {"id": "b", "text": "Twee."}])
    rows.save_to_disk(tmp_path / "saved")
    datasets.DatasetDict({"train": rows, "test": rows.select([1])}).save_to_disk(tmp_path / "splits")
    assert [item.id for item in read(tmp_path / "saved")] == ["a", "b"]
    assert [item.id for item in read(f"dataset:{tmp_path / 'saved'}")] == ["a", "b"]
    assert [item.id for item in read(tmp_path / "splits", split="test")] == ["b"]
    assert reasons(tmp_path / "splits", split="dev") == ["there is no split 'dev'; input.split may be train, test"]
    folder = tmp_path / "files"
    folder.mkdir()
    write_rows(folder, "jsonl", [{"body": "Drie."}])
    (document,) = read(f"dataset:{folder}", fields={"text": "body"})
    assert document.source == "Drie."
    assert Reader(InputConfig()).count([f"dataset:{folder}"]) is None


def test_a_dataset_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    (reason,) = reasons("dataset:nobody/nothing-of-this-name")
    assert reason.startswith("the dataset cannot be read: ")
    assert "nobody/nothing-of-this-name" in reason


def test_markdown_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "bericht.md"
    path.write_text(
        "---\ntitle: De kop\ndate: 2025-03-01\n---\n# De kop\n\nEen *zin* met een [link](https://x.nl) en `code`,\n"
        "over twee regels.\n\n- Eerste punt.\n- Tweede punt.\n\n```python\nprint()\n```\n\n"
        "| a | b |\n|---|---|\n| c | d |\n"
    )
    (document,) = read(path)
    assert document.metadata == {"title": "De kop", "date": "2025-03-01", "path": "bericht.md"}
    assert document.source.split("\n\n") == [
        "De kop",
        "Een zin met een link en code,\nover twee regels.",
        *["Eerste punt.", "Tweede punt.", "a", "b", "c", "d"],
    ]
    for date in ("2025-09-26T10:00:00+02:00", "'2025-09-26 10:00'", "2025-09-26"):
        path.write_text(f"---\ndate: {date}\n---\nEen zin.")
        assert read(path)[0].metadata["date"] == "2025-09-26"
    path.write_text("---\ntitle: De kop\n---\nEen zin.")
    (document,) = read(path)
    assert document.source == "De kop\n\nEen zin."
    path.write_text("---\ntitle: De kop\n---\n")
    assert reasons(path) == ["it holds no text"]
    path.write_text("---\nmore: &more [*more]\n---\nEen zin.")
    assert reasons(path) == ["it holds a value that is nested too deeply (more than 100 levels)"]
    path.write_text(f"---\nmore: {'[' * 5_000}\n---\nTekst.")
    assert isinstance(read(path)[0], Document)
    path.write_text("---\nGeen yaml: [\n---\nTekst.")
    (document,) = read(path)
    assert "Tekst." in document.source


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_any_text_can_be_markdown(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.md"
    path.write_text(text, encoding="utf-8")
    (item,) = read(path)
    assert isinstance(item, Document) or "no text" in item.reason or "HTML" in item.reason


PAGE = """<!DOCTYPE html><html lang="nl"><head><title>De kop | Krant</title>
<meta property="og:title" content="De kop"><meta property="article:published_time" content="2025-03-01T10:00:00Z">
<link rel="canonical" href="https://krant.nl/de-kop"></head><body><nav><a href="/">Voorpagina</a> <a>Sport</a></nav>
<article><h1>De kop</h1><p>Het café is open, zegt de eigenaar. Daar is iedereen blij mee, want
er was al jaren geen plek meer om koffie te drinken.
De gemeente heeft lang getwijfeld, maar gaf vorige week toch een vergunning.</p>
<p>De trein rijdt ook weer, en dat is goed nieuws voor de reizigers in het noorden van het land. De
vervoerder verwacht dat het station elke dag tweeduizend mensen trekt, meer dan voor de verbouwing van het spoor.</p>
</article>
<footer>Alle rechten voorbehouden. Cookies.</footer></body></html>"""


def test_the_main_text_of_a_web_page(tmp_path: Path) -> None:
    path = tmp_path / "pagina.html"
    path.write_text(PAGE, encoding="utf-8")
    (document,) = read(path)
    assert document.source.startswith("De kop\nHet café is open, zegt de eigenaar.")
    assert "De trein rijdt ook weer" in document.source
    assert "Cookies" not in document.source
    assert "Voorpagina" not in document.source
    assert document.metadata["date"] == "2025-03-01"
    assert document.metadata["title"] == "De kop"
    path.write_text("<html></html>")
    assert reasons(path) == ["no main text was found in the page"]
    (tmp_path / "pagina.txt").write_text(PAGE)
    assert "--set input.format=html" in reasons(tmp_path / "pagina.txt")[0]
    assert isinstance(read(tmp_path / "pagina.txt", format="html")[0], Document)


def test_without_trafilatura_a_page_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (tmp_path / "pagina.html").write_text(PAGE)
    assert reasons(tmp_path / "pagina.html") == ["a web page is read by trafilatura: pip install 'polderbrief[html]'"]


def test_a_folder_of_everything_through_the_command(tmp_path: Path) -> None:
    """What a user has in a folder, through the real command; every input ends in the output or in the failures."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_rows(folder, "jsonl")
    write_rows(folder, "csv.gz", [{"id": "a1", "text": "Nog een met deze naam."}])
    (folder / "a.txt").write_bytes("Eén café.".encode("cp1252"))
    (folder / "b.md").write_text("# Kop\n\nEen zin.")
    (folder / "pagina.html").write_text(PAGE)
    (folder / "kapot.parquet").write_bytes(b"nee")
    config = tmp_path / "my.yaml"
    config.write_text("stages: [split, language]\noutput: {formats: [jsonl]}\n")
    done = polderbrief("run", folder, "--config", config, "--output", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    documents = read_lines(tmp_path / "out" / "documents.jsonl")
    assert {document["id"] for document in documents} == {"a", "b", "a1", "a1-2", "a2", "pagina"}
    assert [failure["id"] for failure in read_lines(tmp_path / "out" / "failures.jsonl")] == ["kapot"]


def test_rows_on_standard_input(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("stages: [split]\noutput: {formats: [jsonl]}\ninput: {format: jsonl}\n")
    options = ["--config", tmp_path / "my.yaml", "--output", tmp_path / "o"]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", "run", "-", *options],
        input=b'{"text": "Een."}\n{"text": "Twee."}\n',
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [document["id"] for document in read_lines(tmp_path / "o" / "documents.jsonl")] == ["stdin-1", "stdin-2"]

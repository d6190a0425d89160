"""Text files: the seeds' header, marks and line ends, and everything that can be wrong with a file."""

import bz2
import gzip
import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SEED_BMW, SEED_XIAOMI, SEEDS, read_lines
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import InputConfig
from pipeline.document import Document, Failure
from pipeline.errors import ReadError
from pipeline.readers.encoding import decode
from pipeline.readers.files import expand
from pipeline.readers.reader import Reader
from pipeline.readers.text import split_header


def read(*paths: Path, **options: object) -> list[Document | Failure]:
    return list(Reader(InputConfig(**options)).read([str(path) for path in paths]))


def reason(path: Path, **options: object) -> str:
    (item,) = read(path, **options)
    assert isinstance(item, Failure)
    assert item.path == str(path)
    assert "\n" not in item.reason
    return item.reason


def test_seeds_have_their_date_as_metadata_and_their_text_whole() -> None:
    first, second = read(SEEDS)
    assert (first.id, first.metadata["date"]) == ("000_f806ccd67436b9d6", "2025-09-26")
    assert (second.id, second.metadata["date"]) == ("003_403e8a1f482a6582", "2025-03")
    assert first.source.startswith("Hij noemt het concurrerende model")
    assert second.source.startswith("If you can’t beat them, join them.")
    for document, path in ((first, SEED_XIAOMI), (second, SEED_BMW)):
        assert path.read_text(encoding="utf-8").endswith(document.source)


@pytest.mark.parametrize(
    ("text", "date", "rest"),
    [
        (" date 2025-09-26 Hij noemt", "2025-09-26", "Hij noemt"),
        ("date 2025-03 If you", "2025-03", "If you"),
        ("date: 2025-03-01 Zin.", "2025-03-01", "Zin."),
        ("date 2025-03\n\nKop", "2025-03", "Kop"),
        ("Gewone tekst.", None, "Gewone tekst."),
        (" date 2025-13 Geen datum", None, " date 2025-13 Geen datum"),
        ("date 2025-02-30 Geen datum", None, "date 2025-02-30 Geen datum"),
        ("date 2025-021 Geen datum", None, "date 2025-021 Geen datum"),
        ("De date 2025-03 stond vast.", None, "De date 2025-03 stond vast."),
    ],
)
def test_header(text: str, date: str | None, rest: str) -> None:
    assert split_header(text) == (rest, {"date": date} if date else {})


@given(st.text(alphabet=st.characters(blacklist_characters="\r\0", blacklist_categories=["Cs"])))
def test_text_after_a_header_is_whole(text: str) -> None:
    rest, metadata = split_header(f"date 2025-03-01 {text}")
    assert metadata == {"date": "2025-03-01"}
    assert rest == text.lstrip()


def test_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffdate 2025-03-01 Één zin.\r\nNog een.\rDerde.".encode())
    (document,) = read(path)
    assert document.source == "Één zin.\nNog een.\nDerde."
    assert document.metadata["date"] == "2025-03-01"


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("Eén café", "cp1252", "cp1252"),
        ("Eén café was ’s avonds open, zei de coöperatie.", "cp1252", "cp1252"),
        ("Das Auto fährt über die Straße. Schöne Grüße aus Köln.", "latin-1", "cp1252"),
        ("Сегодня в Москве прошла встреча министров иностранных дел. " * 3, "cp1251", "cp1251"),
        ("Сегодня в Москве прошла встреча министров иностранных дел. " * 3, "koi8-r", "koi8_r"),
        ("Η κυβέρνηση ανακοίνωσε νέα μέτρα για την οικονομία. " * 3, "cp1253", "cp1253"),
        ("Eén zin.", "utf-16", "utf-16"),
        ("Eén zin.", "utf-32", "utf-32"),
    ],
)
def test_encodings_are_told_and_reported(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    (document,) = read(path)
    assert document.source == text
    (note,) = document.notes["read"]
    assert note.startswith(f"read as {found}")
    (document,) = read(path, encoding=encoding)
    assert (document.source, document.notes) == (text, {})


def test_nothing_is_lost_in_decoding_unless_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    whole = "Eén café, één coöperatie en één überwinnaar."
    path.write_bytes(whole.encode() + b"\xe9")
    assert reason(path).startswith("UTF-8 that is broken: byte 0xe9 at offset 52")
    (document,) = read(path, errors="replace")
    assert document.source == f"{whole}\ufffd"
    assert document.notes["read"] == ["1 characters could not be decoded and are lost"]
    assert reason(path, encoding="ascii").startswith("not ascii: byte 0xc3 at offset 1; give another input.encoding")


@given(text=st.text(alphabet=st.characters(blacklist_characters="\r\0\ufeff", blacklist_categories=["Cs"]), min_size=1))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    assert decode(text.encode(), InputConfig()) == (text, [])


def test_binary_empty_blank_and_too_long(tmp_path: Path) -> None:
    for name, content, expected in [
        ("binary", b"PK\x03\x04\0\0", "binary file (zero byte at offset 4)"),
        ("empty", b"", "no text"),
        ("page", b"<!DOCTYPE html><p>Zin.", "an HTML page"),
        ("blank", b" \n\t\n", "no text"),
        ("dateonly", b" date 2025-03 ", "no text"),
        ("long", b"woord " * 100_000, "too long (600,000 characters"),
        ("huge", b"x" * 2_100_000, "too long (2,100,000 bytes"),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        assert expected in reason(path)
    assert isinstance(read(tmp_path / "long", max_characters=600_000)[0], Document)


def test_missing_file_dangling_link_and_pipe(tmp_path: Path) -> None:
    assert "No such file" in reason(tmp_path / "nowhere.txt")
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere.txt")
    assert "No such file" in reason(tmp_path / "link.txt")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in reason(tmp_path / "pipe")


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user whom permissions bind, when the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_file_and_folder_without_permission(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    for name in ("a.txt", "closed/b.txt", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Zin.")
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "closed").chmod(0)
    with as_nobody():
        denied, good, closed = read(tmp_path)
    assert isinstance(denied, Failure)
    assert "Permission denied" in denied.reason
    assert isinstance(good, Document)
    assert isinstance(closed, Failure)
    assert (closed.id, closed.reason) == ("closed", "a folder that cannot be listed; check its permissions")


def test_folder_is_walked_in_order_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/y.md", ".hidden.txt", ".git/c.txt", "c.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Zin.")
    assert [item.id for item in read(tmp_path)] == ["b", "c", "a/y", "a/z"]
    assert [item.id for item in read(tmp_path, pattern="*.txt")] == ["b", "a/z"]
    assert Reader(InputConfig()).count([str(tmp_path)]) == 4


def test_ids_are_unique_and_a_file_is_read_once(tmp_path: Path) -> None:
    for name in ("x/a.txt", "y/a.txt", "y/a.md", "z/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    ids = [item.id for item in read(tmp_path / "x", tmp_path / "y", tmp_path / "z", tmp_path / "x" / "a.txt")]
    assert ids == ["a", "a.md", "a.txt", "a.txt-2"]


def test_file_names_of_any_bytes(tmp_path: Path) -> None:
    for name in (b"a\nb.txt", b"caf\xe9.txt", "café.txt".encode()):
        with open(os.path.join(os.fsencode(tmp_path), name), "w") as file:
            file.write("Zin.")
    assert sorted(item.id for item in read(tmp_path)) == ["a\\nb", "caf\\udce9", "café"]


def test_folders_of_results_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "out" / ".polderbrief").mkdir(parents=True)
    (tmp_path / "out" / "documents.jsonl").write_text("{}")
    (tmp_path / "a.txt").write_text("Zin.")
    assert [item.id for item in read(tmp_path)] == ["a"]


def test_globs_find_no_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.md", "news/b.md", "news/out/digest.md", "news/out/briefs/b.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("Zin.")
    Path("news/out/.polderbrief").mkdir()
    assert expand(["**/*.md"]) == ["a.md", "news/b.md"]
    assert expand([f"{tmp_path}/n*/*"]) == [f"{tmp_path}/news/b.md"]
    assert [item.id for item in read(*expand(["news/**"]))] == ["b"]
    with pytest.raises(ReadError, match=r"o\*/\*\.md: no file or folder is like that, outside the output folders"):
        expand(["news/o*/*.md"])
    assert expand(["news/out/*.md", "news/out/briefs"]) == ["news/out/digest.md", "news/out/briefs"]  # spelt out


COMPRESSORS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_text(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bericht.txt.{suffix}"
    path.write_bytes(COMPRESSORS[suffix]("date 2025-03-01 Café open.".encode()))
    (item,) = read(path)
    assert isinstance(item, Document)
    assert (item.id, item.source, item.metadata["date"]) == ("bericht", "Café open.", "2025-03-01")


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_text_that_is_broken_or_without_end(tmp_path: Path, suffix: str) -> None:
    whole = COMPRESSORS[suffix](b"Goed. " * 1_000)
    path = tmp_path / f"a.txt.{suffix}"
    for broken in (whole[: len(whole) // 2], b"Geen archief.", whole[:10] + b"\xff" * 20 + whole[30:]):
        path.write_bytes(broken)
        assert reason(path).startswith("cannot be decompressed: ")
    path.write_bytes(COMPRESSORS[suffix](b"Nul. " * 1_000_000))
    assert reason(path, max_characters=100_000).startswith("too long (more than 400,000 bytes")


def test_globs_are_found_in_order_and_a_file_that_is_called_like_one_is_itself(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.txt", "a.txt", "a[1].txt", "sub/c.txt", "sub/d.md"):
        (tmp_path / name).write_text("Tekst.", encoding="utf-8")
    assert expand([f"{tmp_path}/*.txt"]) == [f"{tmp_path}/{name}" for name in ("a.txt", "a[1].txt", "b.txt")]
    assert len(expand([f"{tmp_path}/**/*.txt"])) == 4
    assert expand([f"{tmp_path}/a[1].txt", "-"]) == [f"{tmp_path}/a[1].txt", "-"]
    for nothing in ("*.csv", "none.txt", "no\0thing"):
        with pytest.raises(ReadError, match="no "):
            expand([f"{tmp_path}/{nothing}"])


def test_standard_input_through_the_command(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "run", "-", "--output", tmp_path / "out"],
            input=b"Het is mooi weer. De trein rijdt.",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    (document,) = read_lines(tmp_path / "out" / "documents.jsonl")
    assert document["id"] == "stdin"
    assert len(document["segments"]) == 2
    assert b"Nothing to do" in done.stdout

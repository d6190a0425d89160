"""Plain text files, one document each, with or without the seeds' header (`` date 2025-09-26 Lead ...``)."""

from __future__ import annotations

import codecs
import datetime
import fnmatch
import itertools
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.document import Document, Failure
from pipeline.errors import ReadError
from pipeline.resources import WORK_FOLDER

if TYPE_CHECKING:
    from pipeline.config import InputConfig

# The date, to the day or to the month, is metadata; what follows it is the lead.
_HEADER = re.compile(r"\s*date:?[ \t]+(?P<date>\d{4}-\d{2}(?:-\d{2})?)(?:\s+|$)")
_HTML = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_UTF8_BYTES = 4  # at most, per character


class TextReader:
    """Reads text files and folders of them, recursively.

    Hidden files are left out, and so are folders that a run has written to; links to folders are not followed.
    The id of a document is its path below the folder that was named, without suffix. CRLF becomes LF.
    """

    def __init__(self, config: InputConfig) -> None:
        self.config = config

    def count(self, paths: list[str]) -> int:
        """The number of files; their content is not looked at."""
        return sum(1 for _ in self._files(paths))

    def read(self, paths: list[str]) -> Iterator[Document | Failure]:
        """A Document for each readable file, a Failure for each other one, sorted within each folder."""
        taken: set[str] = set()
        for path, name in self._files(paths):
            document_id, shown = _free_id(_printable(name), taken), _printable(str(path))
            taken.add(document_id)
            try:
                text, metadata = split_header(self._text(path))
                if not text.strip():
                    raise ReadError("the file holds no text")
            except ReadError as error:
                yield Failure(document_id, shown, "read", str(error))
            except OSError as error:
                yield Failure(document_id, shown, "read", f"cannot be opened: {error.strerror}")
            else:
                yield Document(id=document_id, source=text, metadata={**metadata, "path": _printable(name)})

    def _files(self, paths: list[str]) -> Iterator[tuple[Path, str]]:
        """Each file once, with the name that its id is made from."""
        seen: set[str] = set()
        for given in map(Path, paths):
            found = _walk(given, self.config.pattern) if os.path.isdir(given) else [(given, given.name)]
            for path, name in found:
                real = os.path.realpath(path)
                if real not in seen:
                    seen.add(real)
                    yield path, name

    def _text(self, path: Path) -> str:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ReadError("a folder that cannot be listed; check its permissions")
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("not a regular file")
        limit = self.config.max_characters
        if status.st_size > limit * _UTF8_BYTES:
            raise ReadError(_too_long(f"{status.st_size:,} bytes", limit))
        data = path.read_bytes()
        text = _decode(data, self.config.encoding)
        if len(text) > limit:
            raise ReadError(_too_long(f"{len(text):,} characters", limit))
        return text.replace("\r\n", "\n").replace("\r", "\n")


def split_header(text: str) -> tuple[str, dict[str, Any]]:
    """Take the seeds' header off: the text after it, and ``{"date": ...}`` or nothing.

    A date that no calendar has is not a header but text.
    """
    header = _HEADER.match(text)
    if not header:
        return text, {}
    date = header["date"]
    try:
        datetime.date.fromisoformat(date if len(date) == 10 else f"{date}-01")
    except ValueError:
        return text, {}
    return text[header.end() :], {"date": date}


def _walk(folder: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """The files below a folder, then the folders below it that cannot be listed."""
    closed: list[str] = []
    for here, folders, files in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_output(Path(here, name)))
        for name in sorted(files):
            if not name.startswith(".") and fnmatch.fnmatch(name, pattern):
                path = Path(here, name)
                yield path, path.relative_to(folder).as_posix()
    for path in map(Path, closed):
        yield path, path.relative_to(folder).as_posix() if path != folder else folder.resolve().name or "root"


def _is_output(folder: Path) -> bool:
    return os.path.isdir(folder / WORK_FOLDER)


def _printable(name: str) -> str:
    """A file name fit for JSON and for one line: control characters and bytes that are not UTF-8 are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _free_id(name: str, taken: set[str]) -> str:
    """The name without suffix; with it when that is taken, then numbered."""
    stem = str(PurePosixPath(name).with_suffix(""))
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(free for free in itertools.chain((stem, name), numbered) if free not in taken)


def _too_long(size: str, limit: int) -> str:
    return f"too long ({size}; input.max_characters is {limit:,}): split the file or raise the limit"


def _decode(data: bytes, encoding: str) -> str:
    if b"\0" in data and not encoding.lower().startswith(("utf-16", "utf_16", "utf-32", "utf_32")):
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise ReadError("UTF-16 text: pass --set input.encoding=utf-16")
        raise ReadError(f"a binary file (zero byte at offset {data.index(0)}); the text reader reads plain text")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"not {encoding}: byte 0x{data[error.start]:02x} at offset {error.start}; "
            f"pass its encoding, probably --set input.encoding={_likely_encoding(data, encoding)}"
        ) from error
    if _HTML.match(text):
        raise ReadError("an HTML page; the text reader reads plain text")
    return text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")  # the byte order mark


def _likely_encoding(data: bytes, failed: str) -> str:
    """Western European text that is not UTF-8 is nearly always Windows-1252, else Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        if encoding == failed:
            continue
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"

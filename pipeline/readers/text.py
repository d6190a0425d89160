"""Plain text files, one document each, with or without the seeds' header (`` date 2025-09-26 Lead ...``)."""

from __future__ import annotations

import bz2
import codecs
import datetime
import gzip
import itertools
import lzma
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.document import Document, Failure
from pipeline.errors import ReadError
from pipeline.readers.files import STDIN, files

if TYPE_CHECKING:
    from pipeline.config import InputConfig

# The date, to the day or to the month, is metadata; what follows it is the lead.
_HEADER = re.compile(r"\s*date:?[ \t]+(?P<date>\d{4}-\d{2}(?:-\d{2})?)(?:\s+|$)")
_HTML = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_COMPRESSED: dict[str, Callable[[Path], BufferedIOBase]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
_UTF8_BYTES = 4  # at most, per character


class TextReader:
    """Reads text files, folders of them, and standard input.

    The id of a document is its path below the folder that was named, without suffix. CRLF becomes LF.
    """

    def __init__(self, config: InputConfig) -> None:
        self.config = config

    def count(self, paths: list[str]) -> int:
        """The number of files; their content is not looked at."""
        return sum(1 for _ in files(paths, self.config.pattern))

    def read(self, paths: list[str]) -> Iterator[Document | Failure]:
        """A Document for each readable file, a Failure for each other one, sorted within each folder."""
        taken: set[str] = set()
        for path, name in files(paths, self.config.pattern):
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

    def _text(self, path: Path) -> str:
        limit = self.config.max_characters
        data = sys.stdin.buffer.read(limit * _UTF8_BYTES + 1) if str(path) == STDIN else _bytes(path, limit)
        if len(data) > limit * _UTF8_BYTES:
            raise ReadError(_too_long(f"more than {limit * _UTF8_BYTES:,} bytes", limit))
        text = _decode(data, self.config.encoding)
        if len(text) > limit:
            raise ReadError(_too_long(f"{len(text):,} characters", limit))
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: Path, limit: int) -> bytes:
    """The content of a file, decompressed if its name says so, and no more of it than shows it too long."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ReadError("a folder that cannot be listed; check its permissions")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("not a regular file")
    if status.st_size > limit * _UTF8_BYTES:
        raise ReadError(_too_long(f"{status.st_size:,} bytes", limit))
    opener = _COMPRESSED.get(path.suffix.lower())
    if opener is None:
        return path.read_bytes()
    try:
        with opener(path) as file:
            return file.read(limit * _UTF8_BYTES + 1)
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise ReadError(f"cannot be decompressed: {error}") from error
    except OSError as error:
        if error.errno is None:  # bz2 has no error of its own
            raise ReadError(f"cannot be decompressed: {error}") from error
        raise


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


def _printable(name: str) -> str:
    """A file name fit for JSON and for one line: control characters and bytes that are not UTF-8 are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _free_id(name: str, taken: set[str]) -> str:
    """The name without suffix; with it when that is taken, then numbered."""
    bare = PurePosixPath(name)
    stem = str((bare.with_suffix("") if bare.suffix.lower() in _COMPRESSED else bare).with_suffix(""))
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

"""All inputs of a run as documents, each under an id of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.document import Document, Failure
from pipeline.errors import ReadError
from pipeline.ondisk import Table
from pipeline.readers.contents import COMPRESSED, suffix, too_long
from pipeline.readers.dataset import read_dataset
from pipeline.readers.fields import plain, record_of
from pipeline.readers.files import DATASET, STDIN, files
from pipeline.readers.markup import read_html, read_markdown
from pipeline.readers.record import Record
from pipeline.readers.tables import count_rows, read_csv, read_jsonl, read_parquet
from pipeline.readers.text import read_text
from pipeline.writers.jsonl import json_line

if TYPE_CHECKING:
    from pipeline.config import InputConfig

_BY_SUFFIX = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_ONE: dict[str, Callable[[Path, InputConfig], Record]] = {  # a document a file
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
}
_MANY: dict[str, Callable[[Path, InputConfig], Iterator[dict[str, Any] | ReadError]]] = {  # a document a row
    "jsonl": read_jsonl,
    "csv": read_csv,
    "parquet": read_parquet,
}
_OURS = ("path", "target_language")  # metadata that the run fills in


class Reader:
    """Reads files of every format, folders of them, standard input and datasets.

    The id of a document is its path below the folder that was named, without suffix; that of a row is what its field
    for the id says, else the id of its file with the number of the row.
    """

    def __init__(self, config: InputConfig) -> None:
        self.config = config

    def count(self, inputs: Sequence[str]) -> int | None:
        """The number of documents, None where only reading everything would tell."""
        total = 0
        for path, name in files(inputs, self.config.pattern):
            kind = self._kind(str(path), name)
            rows = 1 if kind in _ONE else _rows(path, kind)
            if rows is None:
                return None
            total += rows
        return total

    def read(self, inputs: Sequence[str]) -> Iterator[Document | Failure]:
        """A Document for each text that can be read, a Failure for each other one, in a fixed order."""
        taken = Table()
        for path, name in files(inputs, self.config.pattern):
            kind = self._kind(str(path), name)
            if kind in _ONE:
                yield self._one(path, name, _ONE[kind], taken)
            else:
                yield from self._many(path, name, kind, taken)

    def _kind(self, path: str, name: str) -> str:
        if path.startswith(DATASET):
            return "dataset"
        return _BY_SUFFIX.get(suffix(name), "text") if self.config.format == "auto" else self.config.format

    def _one(
        self, path: Path, name: str, parse: Callable[[Path, InputConfig], Record], taken: Table
    ) -> Document | Failure:
        free = _free([_stem(name), _printable(name)], taken)
        try:
            record = parse(path, self.config)
            record.metadata = plain(record.metadata)
            return self._document(free, record, _printable(name))
        except (ReadError, OSError) as error:
            return Failure(free, _printable(str(path)), "read", _reason(error))

    def _many(self, path: Path, name: str, kind: str, taken: Table) -> Iterator[Document | Failure]:
        stem = _printable(name) if kind == "dataset" else _stem(name)
        row = 0
        try:
            for row, found in enumerate(self._rows(path, kind), start=1):
                numbered = f"{stem}-{row}"
                try:
                    if isinstance(found, ReadError):
                        raise found
                    record = record_of(found, self.config.fields)
                    wanted = _printable(record.id or numbered)
                    document = self._document(wanted, record, _printable(name))
                    document.id = _free([wanted], taken)
                    if document.id != wanted and record.id:
                        document.note("read", f"another document has the id {wanted!r} too")
                    yield document
                except ReadError as error:
                    failed = _free([numbered], taken)
                    yield Failure(failed, _printable(str(path)), "read", f"row {row}: {error}")
        except (ReadError, OSError) as error:
            after = f"after row {row}: " if row else ""
            yield Failure(_free([stem], taken), _printable(str(path)), "read", after + _reason(error))

    def _rows(self, path: Path, kind: str) -> Iterator[dict[str, Any] | ReadError]:
        return read_dataset(str(path), self.config) if kind == "dataset" else _MANY[kind](path, self.config)

    def _document(self, document_id: str, record: Record, name: str) -> Document:
        if not record.text.strip():
            raise ReadError("it holds no text")
        if len(record.text) > self.config.max_characters:
            raise too_long(f"{len(record.text):,} characters", self.config.max_characters)
        metadata = {f"{key}_" if key in _OURS else key: value for key, value in record.metadata.items()}
        document = Document(document_id, record.text, metadata={**metadata, "path": name})
        for note in record.notes:
            document.note("read", note)
        try:
            json_line(document.to_dict()).encode()
        except UnicodeEncodeError as error:
            raise ReadError("it holds half a character (a lone surrogate), which no file can hold") from error
        return document


def _rows(path: Path, kind: str) -> int | None:
    try:
        return None if kind == "dataset" or str(path) == STDIN else count_rows(path, kind)
    except (OSError, ValueError):  # which reading it will tell of
        return None


def _reason(error: ReadError | OSError) -> str:
    return str(error) if isinstance(error, ReadError) else f"cannot be opened: {error.strerror}"


def _stem(name: str) -> str:
    """The name without suffix, and without that of its compression."""
    path = PurePosixPath(_printable(name))
    return str((path.with_suffix("") if path.suffix.lower() in COMPRESSED else path).with_suffix(""))


def _printable(name: str) -> str:
    """A name fit for JSON and for one line: control characters and bytes that are not UTF-8 are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _free(wanted: list[str], taken: Table) -> str:
    """The first of the names that is free, else the last one with a number; then it is taken."""
    numbered = (f"{wanted[-1]}-{number}" for number in itertools.count(2))
    free = next(name for name in itertools.chain(wanted, numbered) if name not in taken)
    taken[free] = ""
    return free

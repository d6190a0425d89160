"""Rows of files that hold many documents: JSON lines, CSV and Parquet. A row that is broken costs only itself.

One of CSV with broken quotes costs the lines after it, too, that may be its text.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.broken import BrokenRecord
from pipeline.readers.contents import COMPRESSED, opened, too_long
from pipeline.readers.encoding import find_encoding

if TYPE_CHECKING:
    from pipeline.config import InputConfig

log = logging.getLogger(__name__)
Row = dict[str, Any]
_SAMPLE = 1 << 18  # bytes that the encoding is told by
_CHUNK = 1 << 20
_COUNTED = 1 << 30  # bytes of a file that is read once more to count its lines
_BATCH = 64  # rows of a Parquet file that are held at a time
_BESIDE = 4  # a row may be so many times as long as the longest text: it has other fields too
_ESCAPE = "polderbrief.escape"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Lone surrogates for bytes that cannot be decoded: surrogateescape has none for those of ASCII."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_ESCAPE, _escape)


def read_jsonl(path: Path, config: InputConfig) -> Iterator[Row | ReadError]:
    """An object a line; blank lines are none."""
    longest = _BESIDE * config.max_characters
    with _decoded(path, config, "\n") as lines:
        while line := lines.readline(longest + 1):
            if len(line) > longest:
                while line and not line.endswith("\n"):
                    line = lines.readline(_CHUNK)
                yield too_long(f"a line of more than {longest:,} characters", config.max_characters)
            elif line.strip():
                yield _object(line)


def _object(line: str) -> Row | ReadError:
    try:
        row = json.loads(line)
    except ValueError as error:
        return _undecoded(line) or ReadError(f"no JSON: {error}")
    except RecursionError:
        return ReadError("no JSON that can be read: it is nested too deeply")
    if not isinstance(row, dict):
        return ReadError('no JSON object; a line must be like {"text": ...}')
    return _undecoded(line) or row


def read_csv(path: Path, config: InputConfig) -> Iterator[Row | ReadError]:
    """A row under its header; what divides the fields is what the header has most of: comma, semicolon or tab."""
    csv.field_size_limit(_BESIDE * config.max_characters)
    with _decoded(path, config, "") as lines:
        header = lines.readline(_CHUNK)
        divider = max(",;\t", key=header.count)
        records = _records(chain([header], lines), divider)
        names, _ = next(records, ([], []))
        if isinstance(names, csv.Error):
            raise ReadError(f"no CSV: {names} in the header")
        if not header.strip() or (twice := [name for name, count in Counter(names).items() if count > 1]):
            raise ReadError(f"the header names {twice[0]!r} twice" if header.strip() else "no header")
        broken: BrokenRecord | None = None
        for fields, its_lines in records:
            row = None if isinstance(fields, csv.Error) else fields
            if broken and not (broken.ended if row is None else broken.is_before(row, its_lines, len(names))):
                broken.add(its_lines)
                continue
            if broken:
                yield ReadError(str(broken))
            broken = BrokenRecord(str(fields), divider, its_lines) if row is None else None
            if row:
                yield _under(names, row)
        if broken:
            yield ReadError(str(broken))


def _records(lines: Iterable[str], divider: str) -> Iterator[tuple[list[str] | csv.Error, list[str]]]:
    """The fields of each record, or why it has none, with its lines, which are only good until the next one."""
    its_lines: list[str] = []

    def noted() -> Iterator[str]:
        for line in lines:
            its_lines.append(line)
            yield line

    rows = csv.reader(noted(), delimiter=divider, strict=True)
    while True:
        its_lines.clear()
        try:
            yield next(rows), its_lines
        except StopIteration:
            return
        except csv.Error as error:
            yield error, its_lines


def _under(names: list[str], fields: list[str]) -> Row | ReadError:
    if len(fields) > len(names):
        return ReadError(f"{len(fields)} fields under a header of {len(names)}; is one not quoted?")
    return _undecoded("".join(fields)) or dict(zip(names, fields, strict=False))


def read_parquet(path: Path, config: InputConfig) -> Iterator[Row | ReadError]:
    """The rows of a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from _values(batch)
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ReadError(f"no Parquet that can be read: {' '.join(str(error).split())}") from error


def _values(batch: Any) -> Iterator[Row | ReadError]:
    """The rows of a batch; one with a value that Python has no form for, such as text that is not UTF-8, is none."""
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError) as error:
        if batch.num_rows > 1:
            for row in range(batch.num_rows):
                yield from _values(batch.slice(row, 1))
        else:
            yield ReadError(f"a value cannot be read: {error}")


def count_rows(path: Path, kind: str) -> int | None:
    """How many rows a file has, None where only reading much would tell."""
    if kind == "parquet":
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)
    if kind == "jsonl" and path.suffix.lower() not in COMPRESSED and path.stat().st_size <= _COUNTED:
        lines, last = 0, b"\n"
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                lines, last = lines + chunk.count(b"\n"), chunk[-1:]
        return lines + (last != b"\n")
    return None


@contextmanager
def _decoded(path: Path, config: InputConfig, newline: str) -> Iterator[IO[str]]:
    """The lines of a file; a byte that cannot be decoded becomes a lone surrogate, so that it costs only its row."""
    with opened(path) as file:
        stream = io.BufferedReader(file, _SAMPLE)  # type: ignore[type-var]
        sample = stream.peek(_SAMPLE)
        encoding, notes = find_encoding(sample, config, rows=True)
        for note in notes:
            log.warning("%s: %s", path, note)
        mark = "\ufeff".encode(encoding, "ignore")  # which utf-8-sig, utf-16 and utf-32 take off themselves
        if sample.startswith(mark):
            stream.read(len(mark))
        errors = _ESCAPE if config.errors == "strict" else config.errors
        lines = io.TextIOWrapper(stream, encoding, errors, newline=newline)
        try:
            yield lines
        finally:
            lines.detach()


def _undecoded(text: str) -> ReadError | None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) & 0xFF
        return ReadError(
            f"byte 0x{byte:02x} is not in the encoding of the rest; input.errors=replace puts a mark for it"
        )
    return None

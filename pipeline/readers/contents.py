"""The bytes of a file or of standard input, decompressed if the name says so."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, Any

from pipeline.errors import ReadError
from pipeline.readers.files import STDIN

COMPRESSED: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
_UTF8_BYTES = 4  # at most, per character


def suffix(name: str) -> str:
    """What a file is by its name, in lower case and without the suffix of its compression: ``.csv`` of a.CSV.gz."""
    path = PurePath(name)
    return (path.with_suffix("") if path.suffix.lower() in COMPRESSED else path).suffix.lower()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file as a stream; raises ReadError when it is none, or when what is read of it is broken."""
    if str(path) == STDIN:
        yield sys.stdin.buffer
        return
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise ReadError("a folder that cannot be listed; check its permissions")
    if not stat.S_ISREG(mode):
        raise ReadError("not a regular file")
    opener = COMPRESSED.get(path.suffix.lower())
    if opener is None:
        with path.open("rb") as file:
            yield file
        return
    try:
        with opener(path) as file:
            yield file
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise ReadError(f"cannot be decompressed: {error}") from error
    except OSError as error:
        if error.errno is None:  # bz2 has no error of its own
            raise ReadError(f"cannot be decompressed: {error}") from error
        raise


def whole(path: Path, limit: int) -> bytes:
    """All bytes, and no more of them than show that they are more than ``limit`` characters (ReadError)."""
    most = limit * _UTF8_BYTES
    with opened(path) as file:
        if str(path) != STDIN and path.suffix.lower() not in COMPRESSED and (size := path.stat().st_size) > most:
            raise too_long(f"{size:,} bytes", limit)
        data = file.read(most + 1)
    if len(data) > most:
        raise too_long(f"more than {most:,} bytes", limit)
    return data


def too_long(size: str, limit: int) -> ReadError:
    """The complaint over a document of that size."""
    return ReadError(f"too long ({size}; input.max_characters is {limit:,}): split it or raise the limit")

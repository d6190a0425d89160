"""Which encoding bytes are in."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from pipeline.errors import ReadError

if TYPE_CHECKING:
    from pipeline.config import InputConfig

AUTO = "auto"
_MARKS = {  # the longer ones first: that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WIDE = re.compile("utf[-_]?(16|32)", re.IGNORECASE)
_SEQUENCE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")  # how UTF-8 writes the letters that European text is full of
# So few letters with accents tell a detector nothing, and no more than that has Western text.
_FEW, _SHARE = 20, 0.3
_WESTERN_SHARE = 0.05


def decode(data: bytes, config: InputConfig) -> tuple[str, list[str]]:
    """The text, without byte order mark, and notes on what was doubtful; raises ReadError.

    Nothing is lost in it unless ``input.errors`` asks for that.
    """
    encoding, notes = find_encoding(data, config)
    try:
        text = data.decode(encoding, config.errors)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"not {encoding}: byte 0x{data[error.start]:02x} at offset {error.start}; give another input.encoding "
            f"({AUTO} finds it), or input.errors=replace to put a mark for what is lost"
        ) from error
    if config.errors == "replace" and (lost := text.count("\ufffd")):
        notes = [*notes, f"{lost} characters could not be decoded and are lost"]
    return text.removeprefix("\ufeff"), notes


def find_encoding(data: bytes, config: InputConfig, *, rows: bool = False) -> tuple[str, list[str]]:
    """The encoding of a text that begins with ``data``, and a note if it is not the expected one; raises ReadError.

    ``rows`` says that the text may go on, and that what is broken in it costs only its row.
    """
    if config.encoding != AUTO:
        if not _WIDE.match(config.encoding):
            _refuse_binary(data)
        return config.encoding, []
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding, [] if encoding == "utf-8-sig" else [f"read as {encoding}"]
    _refuse_binary(data)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not rows)
    except UnicodeDecodeError as error:
        if (rows or config.errors == "replace") and _mostly_utf8(data):
            return "utf-8", []
        found = _detect(data, error)
        return found, [f"read as {found}, since it is not UTF-8"]
    return "utf-8", []


def _refuse_binary(data: bytes) -> None:
    if b"\0" in data:
        raise ReadError(f"a binary file (zero byte at offset {data.index(0)}), or input.encoding is utf-16")


def _detect(data: bytes, error: UnicodeDecodeError) -> str:
    """By charset-normalizer (https://charset-normalizer.readthedocs.io), and Windows-1252 where that cannot tell."""
    from charset_normalizer import from_bytes

    if _mostly_utf8(data):
        raise ReadError(
            f"UTF-8 that is broken: byte 0x{data[error.start]:02x} at offset {error.start}; mend it, or pass "
            "--set input.errors=replace to put a mark for what is lost"
        )
    best = from_bytes(data).best()
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = None
    if western is not None and (best is None or str(best) == western or _tells_nothing(data)):
        return "cp1252"
    if best is None:
        raise ReadError(f"in no known encoding: byte 0x{data[error.start]:02x} at offset {error.start}; is it text?")
    return str(best.encoding)


def _tells_nothing(data: bytes) -> bool:
    high, length = _high(data), len(data)
    return high < _WESTERN_SHARE * length or (high < _FEW and high < _SHARE * length)


def _mostly_utf8(data: bytes) -> bool:
    return 2 * sum(map(len, _SEQUENCE.findall(data))) > _high(data)


def _high(data: bytes) -> int:
    """The number of bytes beyond ASCII."""
    return len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))

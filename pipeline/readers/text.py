"""Plain text files, one document each, with or without the seeds' header (`` date 2025-09-26 Lead ...``)."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.contents import too_long, whole
from pipeline.readers.encoding import decode
from pipeline.readers.record import Record

if TYPE_CHECKING:
    from pipeline.config import InputConfig

# The date, to the day or to the month, is metadata; what follows it is the lead.
_HEADER = re.compile(r"\s*date:?[ \t]+(?P<date>\d{4}-\d{2}(?:-\d{2})?)(?:\s+|$)")
_HTML = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)


def read_text(path: Path, config: InputConfig) -> Record:
    """The document of a file; CRLF becomes LF. Raises ReadError."""
    text, notes = decoded(path, config)
    if _HTML.match(text):
        raise ReadError("an HTML page: call it .html, or pass --set input.format=html")
    text, metadata = split_header(text)
    return Record(text, metadata, notes=notes)


def decoded(path: Path, config: InputConfig) -> tuple[str, list[str]]:
    """The text of a file with LF at the ends of its lines, and notes on its encoding; raises ReadError."""
    text, notes = decode(whole(path, config.max_characters), config)
    if len(text) > config.max_characters:
        raise too_long(f"{len(text):,} characters", config.max_characters)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


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

"""XML that is written as it goes, so that its size costs no memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, even as references
Attributes = Mapping[str, str]


class XmlStream:
    """Elements into a text file, each on a line of its own; what no XML can hold becomes U+FFFD."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._line('<?xml version="1.0" encoding="utf-8"?>')

    def doctype(self, name: str, system: str) -> None:
        """The type of the document."""
        self._line(f'<!DOCTYPE {name} SYSTEM "{system}">')

    def open(self, name: str, attributes: Attributes | None = None) -> None:
        """The beginning of an element."""
        self._line(f"<{_tag(name, attributes)}>")

    def close(self, name: str) -> None:
        """The end of an element."""
        self._line(f"</{name}>")

    @contextmanager
    def inside(self, name: str, attributes: Attributes | None = None) -> Iterator[None]:
        """An element that holds what is written in the block."""
        self.open(name, attributes)
        yield
        self.close(name)

    def empty(self, name: str, attributes: Attributes) -> None:
        """An element that holds nothing."""
        self._line(f"<{_tag(name, attributes)}/>")

    def leaf(self, name: str, text: str, attributes: Attributes | None = None) -> None:
        """An element that holds text."""
        self._line(f"<{_tag(name, attributes)}>{escape(_safe(text), {chr(13): '&#13;'})}</{name}>")

    def _line(self, text: str) -> None:
        self._file.write(text + "\n")


def _tag(name: str, attributes: Attributes | None) -> str:
    return name + "".join(f" {key}={quoteattr(_safe(value))}" for key, value in (attributes or {}).items())


def _safe(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)

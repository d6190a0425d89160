"""``documents.jsonl``: one document a line in its documented JSON form."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from pipeline.atomic import atomic_file
from pipeline.document import Document
from pipeline.writers.base import Writer

_LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # to str.splitlines and some JSON readers


def json_line(data: dict[str, Any]) -> str:
    """One line of JSON in UTF-8, keys in the order given, and a line also to readers that end lines at U+2028."""
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(data, ensure_ascii=False)) + "\n"


class JsonlWriter(Writer):
    """Writes ``documents.jsonl``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._open = ExitStack()
        self._file: TextIO

    def __enter__(self) -> JsonlWriter:
        """Begin a new file; the old one stays until it is complete."""
        self._file = self._open.enter_context(atomic_file(self.folder / "documents.jsonl"))
        return self

    def write(self, document: Document) -> None:
        """Append one line."""
        self._file.write(json_line(document.to_dict()))

    def discard(self) -> None:
        """Remove ``documents.jsonl``."""
        (self.folder / "documents.jsonl").unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the file, or drop it after an error."""
        self._open.__exit__(kind, error, trace)

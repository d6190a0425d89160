"""``documents.jsonl``: one document a line in its documented JSON form."""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.document import Document
from pipeline.writers.files import FileWriter

_LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # to str.splitlines and some JSON readers


def json_line(data: dict[str, Any]) -> str:
    """One line of JSON in UTF-8, keys in the order given, and a line also to readers that end lines at U+2028."""
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(data, ensure_ascii=False)) + "\n"


class JsonlWriter(FileWriter):
    """Writes ``documents.jsonl``."""

    names = ("documents.jsonl",)

    def write(self, document: Document) -> None:
        """Append one line."""
        self.files[0].write(json_line(document.to_dict()))

"""Writers turn finished documents into files. They only read the documents."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.writers.base import Writer
from pipeline.writers.jsonl import JsonlWriter
from pipeline.writers.markdown import MarkdownWriter

WRITERS: dict[str, type[Writer]] = {"jsonl": JsonlWriter, "markdown": MarkdownWriter}


def open_writers(formats: Sequence[str], folder: Path) -> list[Writer]:
    """One writer for each format that a configuration names."""
    return [WRITERS[name](folder) for name in dict.fromkeys(formats)]

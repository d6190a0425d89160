"""Writers turn finished documents into files. They only read the documents."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.writers.base import Writer
from pipeline.writers.digest import DigestWriter
from pipeline.writers.jsonl import JsonlWriter
from pipeline.writers.markdown import MarkdownWriter
from pipeline.writers.moses import MosesWriter
from pipeline.writers.parquet import ParquetWriter
from pipeline.writers.report import ReportWriter
from pipeline.writers.stances import StancesWriter
from pipeline.writers.tmx import TmxWriter
from pipeline.writers.xliff import XliffWriter

WRITERS: dict[str, type[Writer]] = {
    "jsonl": JsonlWriter,
    "markdown": MarkdownWriter,
    "digest": DigestWriter,
    "parquet": ParquetWriter,
    "stances": StancesWriter,
    "tmx": TmxWriter,
    "xliff": XliffWriter,
    "moses": MosesWriter,
    "report": ReportWriter,
}
# The files and folders that are a run's own, whatever its formats.
NAMES = ("failures.jsonl", "manifest.json", *(name for writer in WRITERS.values() for name in writer.names))


def open_writers(formats: Sequence[str], folder: Path) -> list[Writer]:
    """One writer for each format that a configuration names."""
    return [WRITERS[name](folder, formats) for name in dict.fromkeys(formats)]

"""What the parts of a run share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.document import Document, Failure
from pipeline.errors import OutputError
from pipeline.ondisk import Table
from pipeline.pipeline import Pipeline
from pipeline.resources import WORK_FOLDER
from pipeline.shards import ShardStore


@dataclass(slots=True)
class Report:
    """What a run came to. ``shown`` are its first documents, ``new`` counts the inputs not done before.

    ``stopped`` says that it was stopped before its end: what is done is committed, and there are no new results.
    """

    folder: Path
    documents: int = 0
    failures: int = 0
    new: int = 0
    shown: list[Document] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Inputs that a pipeline turns into an output folder. ``failed`` has the failures of stages, as JSON, by digest."""

    pipeline: Pipeline
    inputs: Sequence[str]
    output: Path
    store: ShardStore
    report: Report
    failed: Table = field(default_factory=Table)

    @property
    def order(self) -> Path:
        """The file with a line for each input, in their order: its digest, or why it could not be read."""
        return self.output / WORK_FOLDER / "order.jsonl"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system says against writing there into an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or path}: cannot be written: {error.strerror or error}") from error

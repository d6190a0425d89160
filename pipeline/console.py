"""What a run shows: a bar on a terminal, plain lines elsewhere, and the table at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from pipeline.document import Document, Failure
from pipeline.runner import Report
from pipeline.writers.markdown import brief_path

_PIPED_WIDTH = 250  # a file or a pipe has no width; narrow columns would break ids and paths


def console(*, stderr: bool = False) -> Console:
    """A console that does not break lines where there is no terminal."""
    found = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=_PIPED_WIDTH)


class Lines:
    """Progress as plain lines, for pipes and files."""

    def __init__(self, to: Console) -> None:
        self.console = to
        self.total: int | None = None
        self.inputs = self.failures = 0
        self.began = time.perf_counter()

    def begin(self, total: int | None) -> None:
        """Say how much there is."""
        self.total = total
        self._say(f"{'?' if total is None else total} inputs")

    def loading(self, models: Sequence[str]) -> None:
        """Say which models are loaded."""
        if models:
            self._say(f"loading {', '.join(models)}")

    def stage(self, name: str, documents: int) -> None:
        """Say which stage begins."""
        self._say(f"{name}: {documents} documents")

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """Say how far the run is."""
        self.inputs += inputs
        self.failures += len(failures)
        was = "already done" if reused else "done"
        self._say(f"{self.inputs} of {'?' if self.total is None else self.total} {was}, {self.failures} failed")

    def _say(self, text: str) -> None:
        self.console.print(f"[{time.perf_counter() - self.began:7.1f} s] {text}", markup=False)


class Bar(AbstractContextManager["Bar"]):
    """Progress as a bar, for terminals."""

    def __init__(self, to: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=to,
        )
        self.task = self.progress.add_task("reading", total=None)
        self.failures = 0

    def __enter__(self) -> Bar:
        """Show the bar."""
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self.progress.stop()

    def begin(self, total: int | None) -> None:
        """Set the length of the bar."""
        self.progress.update(self.task, total=total)

    def loading(self, models: Sequence[str]) -> None:
        """Say which models are loaded."""
        self.progress.update(self.task, description=f"loading {', '.join(models)}")

    def stage(self, name: str, documents: int) -> None:
        """Say which stage begins."""
        self.progress.update(self.task, description=f"{name}: {documents} documents")

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """Move the bar."""
        self.failures += len(failures)
        self.progress.update(self.task, advance=inputs, description=f"{self.failures} failed")


def summary_table(report: Report) -> Table:
    """Document, sentences, flagged, stance per target, path of the brief: a row for each document shown."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("document", "sentences", "flagged", "stance per target", "brief"):
        table.add_column(column, justify="right" if column in ("sentences", "flagged") else "left", overflow="fold")
    for document in report.shown:
        flagged = sum(bool(segment.flags) for segment in document.segments)
        brief = brief_path(report.folder, document.id)
        table.add_row(
            Text(document.id),  # as it is: square brackets are markup to rich
            str(len(document.segments)),
            str(flagged),
            Text(_stances(document)),
            Text(str(brief) if brief.exists() else ""),
        )
    return table


def _stances(document: Document) -> str:
    return ", ".join(f"{stance.target}: {stance.label}" for stance in document.stances)

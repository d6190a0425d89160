"""What a run shows: a bar on a terminal, plain lines elsewhere, and the table at its end."""

from __future__ import annotations

import datetime
import json
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

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

from pipeline.document import Document
from pipeline.job import Report
from pipeline.pipeline import Batch
from pipeline.progress import Count
from pipeline.writers.markdown import brief_path

_PIPED_WIDTH = 250  # a file or a pipe has no width; narrow columns would break ids and paths


def console(*, stderr: bool = False) -> Console:
    """A console that does not break lines where there is no terminal."""
    found = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=_PIPED_WIDTH)


class Lines(AbstractContextManager["Lines"]):
    """Progress as plain lines for pipes and files: at the beginning, every 30 seconds, and when all is done."""

    def __init__(self, to: Console, every: float = 30) -> None:
        self.console, self.every = to, every
        self.count = Count()
        self.said = time.monotonic()
        self.working = ""
        self._over = threading.Event()

    def __enter__(self) -> Self:
        """Begin to say something now and then, also in the middle of a long stage."""
        threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say no more."""
        self._over.set()

    def _tick(self) -> None:
        while not self._over.wait(self.every / 10):
            self._now_and_then()

    def begin(self, total: int | None) -> None:
        """Say how much there is."""
        self.count.total = total
        self._say("begins", f"{_known(total)} documents")

    def loading(self, models: Sequence[str]) -> None:
        """Say which models are loaded."""
        if models:
            self._say("loading", f"loading {', '.join(models)}")

    def stage(self, name: str, documents: int) -> None:
        """Remember which stage begins."""
        self.working = f", now {name} of {documents}"

    def done(self, batch: Batch, *, reused: int) -> None:
        """Count."""
        self.count.add(batch, reused)
        self.working = ""

    def end(self) -> None:
        """Say how far the run came."""
        self._say("ends", _progress(self.count))

    def _now_and_then(self) -> None:
        if time.monotonic() - self.said >= self.every:
            self._say("progress", _progress(self.count) + self.working)

    def _say(self, event: str, text: str) -> None:
        self.said = time.monotonic()
        self._print(event, text)

    def _print(self, event: str, text: str) -> None:
        self.console.print(f"[{self.count.elapsed:7.1f} s] {text}", markup=False)


class JsonLines(Lines):
    """The same as JSON objects, for programs."""

    def _print(self, event: str, text: str) -> None:
        count, left = self.count, self.count.left
        line = {
            "event": event,
            "text": text,
            "seconds": round(count.elapsed, 1),
            "documents": count.documents,
            "total": count.total,
            "reused": count.reused,
            "failures": count.failures,
            "sentences": count.sentences,
            "sentences_per_second": round(count.sentences_per_second, 1),
            "seconds_left": None if left is None else round(left),
        }
        self.console.out(json.dumps(line, ensure_ascii=False), highlight=False)


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
        self.count = Count()

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
        self.count.total = total
        self.progress.update(self.task, total=total)

    def loading(self, models: Sequence[str]) -> None:
        """Say which models are loaded."""
        self.progress.update(self.task, description=f"loading {', '.join(models)}")

    def stage(self, name: str, documents: int) -> None:
        """Say which stage begins."""
        self.progress.update(self.task, description=f"{name}: {documents} documents")

    def done(self, batch: Batch, *, reused: int) -> None:
        """Move the bar."""
        self.count.add(batch, reused)
        self.progress.update(self.task, completed=self.count.documents, description=_pace(self.count))

    def end(self) -> None:
        """Say that only the files are left to write."""
        self.progress.update(self.task, description=f"{_pace(self.count)}, writing the results")


def _known(total: int | None) -> str:
    return "?" if total is None else str(total)


def _progress(count: Count) -> str:
    done = f"{count.documents} of {_known(count.total)} done" + (f" ({count.reused} before)" if count.reused else "")
    return f"{done}, {_pace(count)}"


def _pace(count: Count) -> str:
    """Sentences, how many a second, time left, failures."""
    pace = f"{count.sentences} sentences, {count.sentences_per_second:.1f} a second, " if count.sentences else ""
    left = f"{datetime.timedelta(seconds=round(count.left))} left, " if count.left else ""
    return f"{pace}{left}{count.failures} failed"


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
    return ", ".join(f"{stance.target}: {stance.label}" for stance in document.told)

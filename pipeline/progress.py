"""Who is told how a run goes on, and what there is to tell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.pipeline import Batch


class Observer(Protocol):
    """Is told how a run goes on."""

    def begin(self, total: int | None) -> None:
        """The run begins; ``total`` documents, if that is known."""

    def loading(self, models: Sequence[str]) -> None:
        """The models are about to be loaded."""

    def stage(self, name: str, documents: int) -> None:
        """A stage begins work on a batch."""

    def done(self, batch: Batch, *, reused: int) -> None:
        """A shard is committed, an input could not be read, or ``reused`` documents were done already."""

    def end(self) -> None:
        """All inputs are done, or the run was stopped; the results come next."""


class Silent:
    """An observer that does nothing."""

    def begin(self, total: int | None) -> None:
        """Nothing."""

    def loading(self, models: Sequence[str]) -> None:
        """Nothing."""

    def stage(self, name: str, documents: int) -> None:
        """Nothing."""

    def done(self, batch: Batch, *, reused: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


@dataclass(slots=True)
class Count:
    """How far a run is. Times are in seconds."""

    total: int | None = None
    documents: int = 0
    reused: int = 0
    failures: int = 0
    sentences: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, batch: Batch, reused: int) -> None:
        """Count what an observer was told of."""
        self.documents += len(batch.documents) + len(batch.failures) + reused
        self.reused += reused
        self.failures += len(batch.failures)
        self.sentences += sum(len(document.segments) for document in batch.documents)

    @property
    def elapsed(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.began

    @property
    def sentences_per_second(self) -> float:
        """Over the whole run, the loading of models included."""
        return self.sentences / max(self.elapsed, 1e-9)

    @property
    def left(self) -> float | None:
        """How long the rest takes at the pace so far; None where nothing tells."""
        worked = self.documents - self.reused
        if self.total is None or not worked:
            return None
        return self.elapsed * max(0, self.total - self.documents) / worked

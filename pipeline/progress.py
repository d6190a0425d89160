"""Who is told how a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.document import Failure


class Observer(Protocol):
    """Is told how a run goes on."""

    def begin(self, total: int | None) -> None:
        """The run begins; ``total`` inputs, if that is known."""

    def loading(self, models: Sequence[str]) -> None:
        """The models are about to be loaded."""

    def stage(self, name: str, documents: int) -> None:
        """A stage begins work on a batch."""

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """A shard is committed, or was already (``reused``)."""


class Silent:
    """An observer that does nothing."""

    def begin(self, total: int | None) -> None:
        """Nothing."""

    def loading(self, models: Sequence[str]) -> None:
        """Nothing."""

    def stage(self, name: str, documents: int) -> None:
        """Nothing."""

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """Nothing."""

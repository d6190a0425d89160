"""Writers of one file, or a few side by side, for all documents together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from pipeline.atomic import atomic_file
from pipeline.writers.base import Writer


class FileWriter(Writer):
    """Appends to the files ``names``, text unless ``open`` says otherwise.

    They take their names together when the ``with`` block has ended well.
    """

    def __init__(self, folder: Path, formats: Sequence[str] = ()) -> None:
        super().__init__(folder, formats)
        self._open = ExitStack()
        self.files: list[TextIO] = []

    def __enter__(self) -> Self:
        """Begin new files; the old ones stay until these are complete."""
        self.open(self._open)
        self.begin()
        return self

    def open(self, stack: ExitStack) -> None:
        """Open the files in a stack that closes them."""
        self.files = [stack.enter_context(atomic_file(self.folder / name)) for name in self.names]

    def begin(self) -> None:
        """Write what stands before the first document."""
        return

    def end(self) -> None:
        """Write what stands behind the last document."""
        return

    def discard(self) -> None:
        """Remove the files."""
        for name in self.names:
            (self.folder / name).unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the files, or drop them after an error."""
        if error is not None:
            self._open.__exit__(kind, error, trace)
            return
        with self._open:
            self.end()

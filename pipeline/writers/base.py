"""What a writer is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from pipeline.document import Document, Segment

_HOW_IT_WAS_MADE = frozenset({"passthrough", "split", "retried"})


class Writer(AbstractContextManager["Writer"], ABC):
    """Writes one format below ``folder``. Files are complete when the ``with`` block has ended well.

    ``names`` are the files and folders in it that are the writer's own, ``formats`` all that the run writes.
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(self, folder: Path, formats: Sequence[str] = ()) -> None:
        self.folder, self.formats = folder, formats

    @abstractmethod
    def write(self, document: Document) -> None:
        """Write one document."""

    def finish(self) -> None:
        """Make what needs all files of the run, when they are complete."""
        return

    def forget(self, document_id: str) -> None:
        """Remove the file of one document, where each has its own."""
        return

    def discard(self) -> None:
        """Remove the file of all documents together, where there is one."""
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def translated(document: Document) -> Iterator[tuple[int, Segment, str]]:
    """The segments that were translated, with their numbers and targets; not what passed through as it was."""
    for index, segment in enumerate(document.segments):
        if segment.target is not None and "passthrough" not in segment.flags:
            yield index, segment, segment.target


def target_language(document: Document) -> str:
    """The code of the language that the targets are in."""
    return str(document.metadata.get("target_language", "en"))


def doubtful(segment: Segment) -> bool:
    """Whether somebody should look at the translation: it has a flag that says more than how it was made."""
    return not _HOW_IT_WAS_MADE.issuperset(segment.flags)

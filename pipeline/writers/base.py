"""What a writer is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from pipeline.document import Document


class Writer(AbstractContextManager["Writer"], ABC):
    """Writes one format below ``folder``. Files are complete when the ``with`` block has ended well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def write(self, document: Document) -> None:
        """Write one document."""

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

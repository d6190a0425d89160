"""Readers turn inputs into documents. What cannot be read comes out as a Failure, and the reading goes on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from pipeline.document import Document, Failure
from pipeline.readers.text import TextReader

if TYPE_CHECKING:
    from pipeline.config import InputConfig


class Reader(Protocol):
    """Yields a document or a failure for each input, in a fixed order."""

    def read(self, paths: list[str]) -> Iterator[Document | Failure]:
        """Read files and folders; ids are unique within one call."""
        ...

    def count(self, paths: list[str]) -> int | None:
        """How many items :meth:`read` will yield, if that is cheap to know."""
        ...


def open_reader(config: "InputConfig") -> Reader:
    """The reader that a configuration names."""
    return {"text": TextReader}[config.reader](config)

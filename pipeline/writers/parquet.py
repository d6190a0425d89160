"""``segments.parquet``: one segment a row, for pandas, polars, DuckDB and ``datasets``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from pipeline.atomic import atomic_path
from pipeline.document import Document
from pipeline.writers.files import FileWriter

if TYPE_CHECKING:
    import pyarrow

_ROWS = 10_000  # of a row group


def schema() -> pyarrow.Schema:
    """The columns; ``docs/outputs.md`` says what they mean."""
    import pyarrow as pa

    return pa.schema(
        {
            "document": pa.string(),
            "date": pa.string(),
            "segment": pa.int32(),
            "paragraph": pa.int32(),
            "kind": pa.string(),
            "language": pa.string(),
            "source": pa.string(),
            "target": pa.string(),
            "start": pa.int32(),
            "end": pa.int32(),
            "score": pa.float64(),
            "flags": pa.list_(pa.string()),
            "summary": pa.bool_(),
        }
    )


class ParquetWriter(FileWriter):
    """Writes ``segments.parquet`` in row groups, so that memory stays the same whatever its size."""

    names = ("segments.parquet",)

    def open(self, stack: ExitStack) -> None:
        """Open the file with its schema."""
        import pyarrow.parquet as pq

        path = stack.enter_context(atomic_path(self.folder / self.names[0]))
        self._file = stack.enter_context(pq.ParquetWriter(path, schema(), compression="zstd"))
        self._rows: list[dict[str, Any]] = []

    def write(self, document: Document) -> None:
        """Append the document's segments."""
        chosen = {i for s in document.summary.sentences for i in s.support} if document.summary else set()
        for index, segment in enumerate(document.segments):
            self._rows.append(
                {
                    "document": document.id,
                    "date": None if (date := document.metadata.get("date")) is None else str(date),
                    "segment": index,
                    "paragraph": segment.paragraph,
                    "kind": segment.kind,
                    "language": segment.language,
                    "source": segment.source,
                    "target": segment.target,
                    "start": segment.start,
                    "end": segment.end,
                    "score": segment.score,
                    "flags": segment.flags,
                    "summary": index in chosen,
                }
            )
        if len(self._rows) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        self._file.write_table(pa.Table.from_pylist(self._rows, schema()))
        self._rows.clear()

    def end(self) -> None:
        """Write the last row group."""
        if self._rows:
            self._flush()

"""``report/``: pages for a browser, made when ``documents.jsonl`` is complete."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.writers.base import Writer


class ReportWriter(Writer):
    """Makes the report; see :mod:`pipeline.report.build`."""

    names = ("report",)

    def write(self, document: Document) -> None:
        """Nothing: the report reads what the others write."""
        return

    def finish(self) -> None:
        """Make the pages."""
        from pipeline.report.build import build

        build(self.folder)

    def discard(self) -> None:
        """Remove the pages."""
        from pipeline.report.build import discard

        discard(self.folder)

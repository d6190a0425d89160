"""``stances.csv``: one stance a row, for a spreadsheet."""

from __future__ import annotations

import csv

from pipeline.document import Document
from pipeline.writers.files import FileWriter

COLUMNS = ("document", "date", "target", "label", "score", "holder", "segment", "source", "translation")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class StancesWriter(FileWriter):
    """Writes ``stances.csv`` as RFC 4180 has it, in UTF-8, with the strongest evidence of each stance."""

    names = ("stances.csv",)

    def begin(self) -> None:
        """Write the names of the columns."""
        self._rows = csv.writer(self.files[0])
        self._rows.writerow(COLUMNS)

    def write(self, document: Document) -> None:
        """Append the document's stances."""
        for stance in document.stances:
            index = stance.evidence[0] if stance.evidence else None
            quote = None if index is None else document.segments[index]
            evidence = (index, quote.source, quote.target) if quote else (None, None, None)
            date = document.metadata.get("date")
            row = (document.id, date, stance.target, stance.label, stance.score, stance.holder, *evidence)
            self._rows.writerow(map(_no_formula, row))


def _no_formula(value: object) -> object:
    """Text that a spreadsheet does not compute: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

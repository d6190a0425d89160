"""How far a CSV record goes whose quotes are broken: a parser goes on after its first wrong line."""

from __future__ import annotations

from collections.abc import Sequence


class BrokenRecord:
    """A record that could not be parsed, and the lines after it that may be its text.

    It has ended where its quotes are even in number and the last one closes a field. What comes before that is a row
    only if it has a field that begins with a quote, which text hardly has right behind the mark that divides fields.
    """

    def __init__(self, why: str, divider: str, lines: Sequence[str]) -> None:
        self.why, self.divider = why, divider
        self.lines = self._quotes = 0
        self._closed = True
        self.add(lines)

    def add(self, lines: Sequence[str]) -> None:
        """Take lines for part of the record."""
        self.lines += len(lines)
        for line in lines:
            if '"' in line:
                rest = line.rstrip("\r\n").rpartition('"')[2]
                self._closed = not rest or rest.startswith(self.divider)
                self._quotes += line.count('"')

    @property
    def ended(self) -> bool:
        """Whether the next line seems to begin a record."""
        return self._closed and self._quotes % 2 == 0

    def is_before(self, fields: Sequence[str], lines: Sequence[str], columns: int) -> bool:
        """Whether lines that were parsed to these fields are a row of so many columns, and not part of the record."""
        text = "".join(lines)
        opens = f'{self.divider}"' in text
        return len(fields) == columns and text.count('"') % 2 == 0 and (opens or self.ended)

    def __str__(self) -> str:
        """What is wrong, and what to do where it costs more than a line."""
        if self.lines == 1:
            return f"no CSV: {self.why}"
        return f"no CSV: {self.why}, in a record that may be of {self.lines:,} lines; write a quote within quotes twice"

"""What a story needs of each document, kept on disk and given back in the order that is asked for."""

from __future__ import annotations

import json
import sqlite3
from calendar import monthrange
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from pipeline.document import Document, SummarySentence
from pipeline.writers.markdown import headline

Days: TypeAlias = tuple[int, int]  # first and last, as proleptic Gregorian ordinals
_TABLES = """
    CREATE TABLE entry (number INTEGER PRIMARY KEY, first INTEGER, last INTEGER, id TEXT, data TEXT);
    CREATE TABLE member (place INTEGER PRIMARY KEY, entry INTEGER, story INTEGER);
"""
_STORIES = """
    SELECT story, data FROM member JOIN entry ON entry.number = member.entry
    JOIN (SELECT story, COUNT(*) AS size FROM member GROUP BY story) USING (story) ORDER BY size DESC, story, place
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as its story shows it: its headline, and the sentences of its summary."""

    id: str
    title: str
    date: str | None
    url: str | None
    sentences: list[SummarySentence]

    @classmethod
    def of(cls, document: Document) -> Entry:
        """The entry of a document that has a summary."""
        day, url = (document.metadata.get(key) for key in ("date", "url"))
        return cls(
            id=document.id,
            title=headline(document),
            date=None if day is None else str(day),
            url=None if url is None else str(url),
            sentences=document.summary.sentences if document.summary else [],
        )

    @property
    def text(self) -> str:
        """What the document is about, in English as far as it is translated."""
        return " ".join([self.title, *(sentence.text for sentence in self.sentences)])

    @property
    def days(self) -> Days | None:
        """The first and the last day that the date can mean: one, or those of a month; None without a date."""
        try:
            day = datetime.fromisoformat(self.date or "").date().toordinal()
            return day, day
        except ValueError:
            pass
        try:
            month = date.fromisoformat(f"{self.date}-01")
        except ValueError:
            return None
        return month.toordinal(), month.toordinal() + monthrange(month.year, month.month)[1] - 1


class Shelf(AbstractContextManager["Shelf"]):
    """The entries of a corpus in an SQLite file, so that memory does not grow with them."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode=OFF")  # nothing of it outlives the run
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_TABLES)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._database.close()

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        first, last = entry.days or (None, None)
        row = (first, last, entry.id, json.dumps(asdict(entry)))
        self._database.execute("INSERT INTO entry (first, last, id, data) VALUES (?, ?, ?, ?)", row)

    def by_date(self) -> Iterator[tuple[int, Entry]]:
        """The entries with their numbers, by date and then by id; those without a date last."""
        query = "SELECT number, data FROM entry ORDER BY first IS NULL, first, id"
        for number, data in self._database.execute(query):
            yield number, _entry(data)

    def join(self, number: int, story: int) -> None:
        """Put an entry behind those that its story has."""
        self._database.execute("INSERT INTO member (entry, story) VALUES (?, ?)", (number, story))

    def stories(self) -> Iterator[list[Entry]]:
        """The entries of each story in the order in which they joined it; the story with the most comes first."""
        for _, rows in groupby(self._database.execute(_STORIES), key=itemgetter(0)):
            yield [_entry(data) for _, data in rows]


def _entry(data: str) -> Entry:
    fields = json.loads(data)
    return Entry(**fields | {"sentences": [SummarySentence(**sentence) for sentence in fields["sentences"]]})

"""A mapping that lies on the disk, so that memory does not grow with the number of its keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, MutableMapping

from pipeline.errors import OutputError


class Table(MutableMapping[str, str]):
    """Strings by strings, in the order in which they came, for as long as the process lives.

    SQLite keeps what does not fit its cache of 2 MB in a nameless temporary file
    (https://sqlite.org/inmemorydb.html#temp_db).
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._execute("PRAGMA journal_mode = OFF")
        self._execute("CREATE TABLE pair (key TEXT PRIMARY KEY, value TEXT)")

    def _execute(self, statement: str, *values: str) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"no room for temporary files ({error}); SQLITE_TMPDIR may name another folder"
            ) from error

    def __getitem__(self, key: str) -> str:
        row = self._execute("SELECT value FROM pair WHERE key = ?", key).fetchone()
        if row is None:
            raise KeyError(key)
        value: str = row[0]
        return value

    def __setitem__(self, key: str, value: str) -> None:
        self._execute(
            "INSERT INTO pair VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value
        )

    def __delitem__(self, key: str) -> None:
        if not self._execute("DELETE FROM pair WHERE key = ?", key).rowcount:
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._execute("SELECT key FROM pair ORDER BY rowid"))

    def __len__(self) -> int:
        count: int = self._execute("SELECT COUNT(*) FROM pair").fetchone()[0]
        return count

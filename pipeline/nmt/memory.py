"""The translation memory: what a model has translated once it need not translate again, in any run.

One SQLite file in the cache folder, shared by all processes (WAL). It holds nothing that cannot be made again, so
whatever is wrong with it is a warning and never stops a run.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.nmt import Hypothesis

log = logging.getLogger(__name__)

MAX_BYTES = 512 * 2**20
_KEPT = 0.75  # share of the entries that stay when the file is too large
_WAIT = 5.0  # seconds for another process's write
_DAY = 86_400  # seconds: how exactly it is known when an entry was last used
_MANY = 500  # keys in one question; SQLite takes 32,766 at most
_TABLE = """CREATE TABLE IF NOT EXISTS hypotheses (
    key BLOB PRIMARY KEY, text TEXT NOT NULL, score REAL NOT NULL, truncated INTEGER NOT NULL, parts INTEGER NOT NULL,
    retried INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"""


class Memory:
    """Translations by model, decoding options and source text.

    ``setting`` names everything that a translation depends on besides its source.
    """

    def __init__(self, path: Path, setting: str, *, max_bytes: int = MAX_BYTES) -> None:
        self.path, self.setting, self.max_bytes = path, setting, max_bytes
        self._connection: sqlite3.Connection | None = None
        self._owner = 0
        self._off = False

    def get(self, sources: Iterable[str]) -> dict[str, Hypothesis]:
        """What is known, by source; it counts as used."""
        now = int(time.time())
        keys = {self._key(source): source for source in sources}
        found: dict[str, Hypothesis] = {}
        try:
            if (connection := self._open()) is None:
                return {}
            wanted = list(keys)
            for start in range(0, len(wanted), _MANY):
                chunk = wanted[start : start + _MANY]
                marks = ",".join("?" * len(chunk))
                rows = connection.execute(
                    f"SELECT key, text, score, truncated, parts, retried, used FROM hypotheses WHERE key IN ({marks})",
                    chunk,
                )
                long_ago = []
                for key, text, score, truncated, parts, retried, used in rows:
                    found[keys[key]] = Hypothesis(text, score, bool(truncated), parts, bool(retried))
                    if used < now - _DAY:
                        long_ago.append((now, key))
                if long_ago:
                    with connection:
                        connection.executemany("UPDATE hypotheses SET used = ? WHERE key = ?", long_ago)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return {}
        return found

    def put(self, translations: Mapping[str, Hypothesis]) -> None:
        """Remember; when the file has grown too large, the entries go that were not used for longest."""
        now = int(time.time())
        rows = [
            (self._key(source), h.text, h.score, h.truncated, h.parts, h.retried, now)
            for source, h in translations.items()
        ]
        try:
            if not rows or (connection := self._open()) is None:
                return
            with connection:
                connection.executemany("INSERT OR REPLACE INTO hypotheses VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._prune(connection)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _key(self, source: str) -> bytes:
        return hashlib.sha256(f"{self.setting}\0{source}".encode("utf-8", "surrogatepass")).digest()

    def _open(self) -> sqlite3.Connection | None:
        if self._off:
            return None
        if self._connection is None or self._owner != os.getpid():  # a connection must not be taken through a fork
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_WAIT)
            self._connection, self._owner = connection, os.getpid()
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(_TABLE)
        return self._connection

    def _prune(self, connection: sqlite3.Connection) -> None:
        ((pages,), (size,)) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
        ((free,),) = connection.execute("PRAGMA freelist_count").fetchall()
        if (pages - free) * size <= self.max_bytes:
            return
        with connection:
            ((count,),) = connection.execute("SELECT count(*) FROM hypotheses").fetchall()
            connection.execute(
                "DELETE FROM hypotheses WHERE key IN (SELECT key FROM hypotheses ORDER BY used LIMIT ?)",
                (int(count * (1 - _KEPT)) + 1,),
            )

    def _fail(self, error: sqlite3.Error | OSError) -> None:
        """Go on without; a file that is no database is set aside, so that the next run has a new one."""
        self.close()
        self._off = True
        if isinstance(error, sqlite3.OperationalError | OSError):  # locked, read-only, full: another run may use it yet
            log.warning("%s cannot be used (%s); translating without a memory", self.path, error)
            return
        aside = self.path.with_name(f"{self.path.name}.damaged")
        with suppress(OSError):
            os.replace(self.path, aside)
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        log.warning("%s is damaged (%s); set aside as %s, translating without a memory", self.path, error, aside.name)

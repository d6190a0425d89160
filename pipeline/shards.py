"""Shards: the unit of work and of commit.

A shard is a run of documents that are processed together. Its result is one file, written whole and renamed into
place. Each document in it stands under the digest of what it was made from, so that after a kill, and on the next run,
whatever is unchanged is done, wherever among the inputs it stands now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.atomic import atomic_file, sync_folder
from pipeline.document import Document
from pipeline.errors import OutputError
from pipeline.ondisk import Table
from pipeline.writers.jsonl import json_line

_KEY = '{"digest": "'
_DIGEST_END = len(_KEY) + 64


def digest_of(document: Document) -> str:
    """A sha256 over what a document is before any stage has seen it, in hexadecimal."""
    return hashlib.sha256(json_line(document.to_dict()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shard:
    """Documents that are processed and committed together, by their digests."""

    documents: dict[str, Document]

    @property
    def key(self) -> str:
        """The digest of the first document."""
        return next(iter(self.documents))

    def __str__(self) -> str:
        first, *others = self.documents.values()
        return f"{first.id} and {len(others)} more" if others else first.id


@dataclass(frozen=True, slots=True)
class ShardHead:
    """What a shard says of itself: on which device it was made, and the seconds in each stage."""

    device: str
    seconds: dict[str, float]


class ShardStore:
    """The committed shards of one output folder, found by digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places = Table()  # shard and offset in bytes
        self._numbers = sorted(int(path.stem) for path in folder.glob("*.jsonl") if path.stem.isdigit())
        for number in self._numbers:
            self._index(number)

    def __contains__(self, digest: str) -> bool:
        return digest in self._places

    def __len__(self) -> int:
        return len(self._places)

    def commit(self, digests: Sequence[str], documents: Sequence[Document], head: ShardHead) -> None:
        """Write the finished documents of a shard, each under its digest."""
        number = self._numbers[-1] + 1 if self._numbers else 0
        with atomic_file(self._path(number)) as file:
            file.write(json_line({"device": head.device, "seconds": head.seconds}))
            for digest, document in zip(digests, documents, strict=True):
                file.write(json_line({"digest": digest, "document": document.to_dict()}))
        sync_folder(self.folder)
        self._numbers.append(number)
        self._index(number)

    def read(self, digest: str) -> Document:
        """A committed document; raises OutputError when its shard is damaged."""
        number, offset = map(int, self._places[digest].split())
        path = self._path(number)
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return Document.from_dict(json.loads(file.readline())["document"])
        except (ValueError, KeyError, TypeError) as error:
            raise OutputError(f"{path}: is damaged; run with --fresh to do everything anew") from error

    def heads(self) -> Iterator[ShardHead]:
        """The heads of all shards."""
        for number in self._numbers:
            with self._path(number).open(encoding="utf-8") as file:
                try:
                    head: dict[str, Any] = json.loads(file.readline())
                    yield ShardHead(head["device"], head["seconds"])
                except (ValueError, KeyError, TypeError):
                    continue  # a damaged head costs only its timings

    def digests(self) -> Iterator[str]:
        """The digests of all committed documents."""
        return iter(self._places)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.jsonl"

    def _index(self, number: int) -> None:
        offset = 0
        with self._path(number).open("rb") as file:
            for line in file:
                if line.startswith(_KEY.encode()):
                    self._places[line[len(_KEY) : _DIGEST_END].decode()] = f"{number} {offset}"
                offset += len(line)

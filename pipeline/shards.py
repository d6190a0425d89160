"""Shards: the unit of work and of commit.

A shard is a fixed run of inputs. Its result is one file, written whole and renamed into place, that begins with the
signature of what it was made from: after a kill, and on the next run, a shard whose signature still holds is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.atomic import atomic_file
from pipeline.document import Document, Failure
from pipeline.pipeline import Batch
from pipeline.writers.jsonl import json_line

Item = Document | Failure


def signature(items: Sequence[Item]) -> str:
    """A sha256 over the inputs of a shard: ids, texts, metadata, and what could not be read."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(json_line(item.to_dict()).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class ShardStore:
    """The committed shards of one output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, number: int) -> Path:
        """The file of a shard."""
        return self.folder / f"{number:06d}.jsonl"

    def head(self, number: int) -> dict[str, Any] | None:
        """The first line of a committed shard: signature, counts, device, seconds. None if there is none."""
        try:
            with self.path(number).open(encoding="utf-8") as file:
                head = json.loads(file.readline())
        except (FileNotFoundError, ValueError):
            return None
        return head if isinstance(head, dict) and "signature" in head else None

    def commit(self, number: int, signed: str, batch: Batch) -> None:
        """Write the result of a shard."""
        with atomic_file(self.path(number)) as file:
            counts = {"documents": len(batch.documents), "failures": len(batch.failures)}
            file.write(json_line({"signature": signed, **counts, "device": batch.device, "seconds": batch.seconds}))
            for document in batch.documents:
                file.write(json_line({"document": document.to_dict()}))
            for failure in batch.failures:
                file.write(json_line({"failure": failure.to_dict()}))

    def read(self, number: int) -> Iterator[Item]:
        """The documents and failures of a committed shard."""
        with self.path(number).open(encoding="utf-8") as file:
            file.readline()
            for line in file:
                record = json.loads(line)
                if "document" in record:
                    yield Document.from_dict(record["document"])
                else:
                    yield Failure(**record["failure"])

    def numbers(self) -> list[int]:
        """The committed shards, in order."""
        return sorted(int(path.stem) for path in self.folder.glob("*.jsonl") if path.stem.isdigit())

    def drop(self, number: int) -> list[str]:
        """Take a shard back; returns the ids of its documents."""
        ids = [item.id for item in self.read(number) if isinstance(item, Document)]
        self.path(number).unlink()
        return ids

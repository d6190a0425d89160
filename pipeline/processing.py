"""The first half of a run: what is not done yet is processed and committed, shard by shard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pipeline.atomic import atomic_file
from pipeline.document import Document, Failure
from pipeline.engines import open_engine
from pipeline.errors import OutputError, PolderbriefError
from pipeline.job import Job, writing
from pipeline.pipeline import Batch
from pipeline.progress import Observer
from pipeline.readers.reader import Reader
from pipeline.shards import Shard, ShardHead, ShardStore, digest_of
from pipeline.writers.jsonl import json_line

_HOPELESS = 8  # documents; when each of them fails in the same stage, and none was ever done, so will the rest


def process(job: Job, observer: Observer, stop: Callable[[], bool]) -> None:
    """Process and commit what is not committed yet, and leave the order of all inputs in ``job.order``.

    Raises OutputError when there is nothing to read, and PolderbriefError when a stage fails for every document.
    """
    observer.begin(Reader(job.pipeline.config.input).count(job.inputs))
    with _order(job.order) as write:
        shards = _Shards(job, observer, write, stop)
        for shard, batch in open_engine(job.pipeline, observer).process(iter(shards)):
            _commit(job, shard, batch)
            job.report.new += len(shard.documents)
            observer.done(batch, reused=0)
            _check_hope(job.store, batch)
    observer.end()
    job.report.stopped = shards.stopped
    if not shards.read and not shards.stopped:
        pattern = job.pipeline.config.input.pattern
        raise OutputError(f"nothing to read in {', '.join(job.inputs)}; input.pattern is {pattern!r}")


class _Shards:
    """The shards of what is not committed yet; ``write`` gets a line for every input."""

    def __init__(
        self, job: Job, observer: Observer, write: Callable[[dict[str, Any]], None], stop: Callable[[], bool]
    ) -> None:
        self.job, self.observer, self.write, self.stop = job, observer, write, stop
        self.read = 0
        self.stopped = False

    def __iter__(self) -> Iterator[Shard]:
        config = self.job.pipeline.config
        waiting: dict[str, Document] = {}
        characters = 0
        for item in Reader(config.input).read(self.job.inputs):
            if self.stopped or self.stop():
                self.stopped = True
                return
            self.read += 1
            if isinstance(item, Failure):
                self.write({"failure": item.to_dict()})
                self.observer.done(Batch([], [item]), reused=0)
                continue
            digest = digest_of(item)
            self.write({"digest": digest})
            if digest in self.job.store:
                self.observer.done(Batch([]), reused=1)
                continue
            waiting[digest] = item
            characters += len(item.source)
            if len(waiting) == config.engine.shard_size or characters >= config.engine.shard_characters:
                yield Shard(waiting)
                waiting, characters = {}, 0
        if waiting:
            yield Shard(waiting)


@contextmanager
def _order(path: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Writes lines of ``order.jsonl``; what goes wrong in that is told from what goes wrong in the work."""
    with ExitStack() as stack:
        with writing(path):
            file = stack.enter_context(atomic_file(path))

        def write(record: dict[str, Any]) -> None:
            with writing(path):
                file.write(json_line(record))

        yield write
        with writing(path):
            stack.close()


def _commit(job: Job, shard: Shard, batch: Batch) -> None:
    digests = {document.id: digest for digest, document in shard.documents.items()}
    job.failed.update((digests[failure.id], json.dumps(failure.to_dict())) for failure in batch.failures)
    if batch.documents:
        done = [digests[document.id] for document in batch.documents]
        with writing(job.store.folder):
            job.store.commit(done, batch.documents, ShardHead(batch.device, batch.seconds))


def _check_hope(store: ShardStore, batch: Batch) -> None:
    stages = {failure.stage for failure in batch.failures}
    if batch.documents or len(stages) > 1 or len(batch.failures) < _HOPELESS or store:
        return
    first = batch.failures[0]
    raise PolderbriefError(
        f"stage {first.stage!r} fails for every document, so the run is stopped; "
        f"of {len(batch.failures)} the first is {first.id}: {first.reason}"
    )

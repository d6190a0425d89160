"""Several processes on this machine: one for each GPU, or as many as the configuration says."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from pipeline.document import Document
from pipeline.engines.worker import Worker
from pipeline.errors import EngineError
from pipeline.pipeline import Batch, Pipeline
from pipeline.shards import Shard

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

    from pipeline.config import RunConfig

_TRIES = 3
_AHEAD = 2  # shards of a worker that are in memory: one in work, one waiting


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker runs: its GPU, as ``CUDA_VISIBLE_DEVICES`` calls it, or the cores that it may use."""

    gpu: str | None = None
    cores: frozenset[int] = frozenset()


def places(pipeline: Pipeline) -> list[Place]:
    """A place for each worker that the configuration asks for, or that this machine has a GPU for."""
    wanted = pipeline.config.engine.workers
    gpus = [] if pipeline.config.device in ("cpu", "mps") else _gpus()
    if gpus:
        return [Place(gpus[number % len(gpus)]) for number in range(wanted or len(gpus))]
    return _share_cores(wanted or 1)


def _gpus() -> list[str]:
    import ctranslate2

    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    numbers = map(str, range(ctranslate2.get_cuda_device_count()))
    return [name for name, _ in zip(visible if visible != [""] else numbers, numbers, strict=False)]


def _share_cores(workers: int) -> list[Place]:
    """Workers that each used all cores would wait for each other."""
    if not hasattr(os, "sched_getaffinity"):
        return [Place()] * workers
    cores = sorted(os.sched_getaffinity(0))
    return [Place(cores=frozenset(cores[number::workers] or cores)) for number in range(workers)]


class ProcessEngine:
    """Workers that live as long as the run. When one dies, the shards that were in work are done again."""

    def __init__(self, config: RunConfig, places: list[Place]) -> None:
        self.config, self.places = config, places
        self._tries: Counter[str] = Counter()
        self._others = multiprocessing.active_children()
        self._pool = self._start()

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """See :class:`pipeline.engines.Engine`. Raises EngineError when workers die again and again."""
        running: dict[Future[Batch], Shard] = {}
        try:
            for shard in shards:
                running[self._submit(shard)] = shard
                while len(running) >= _AHEAD * len(self.places):
                    yield from self._finished(running)
            while running:
                yield from self._finished(running)
        finally:
            self._stop(at_once=bool(running))

    def _finished(self, running: dict[Future[Batch], Shard]) -> Iterator[tuple[Shard, Batch]]:
        lost = []
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            shard = running.pop(future)
            try:
                batch = future.result()
            except BrokenProcessPool:
                lost.append(shard)
                continue
            yield shard, batch
        if not lost:
            return
        lost += running.values()  # one that dies breaks the pool, with all that is in it
        running.clear()
        self._stop(at_once=True)
        self._pool = self._start()
        running.update((self._submit(shard), shard) for shard in lost)

    def _submit(self, shard: Shard) -> Future[Batch]:
        if self._tries[shard.key] == _TRIES:
            raise EngineError(
                f"a worker process died {_TRIES} times with {shard} in work; fewer engine.workers, or a smaller "
                "engine.shard_size, take less memory"
            )
        try:
            future = self._pool.submit(_work, list(shard.documents.values()))
        except BrokenProcessPool as error:  # a worker has died meanwhile, not of this shard: it is lost, and no try
            future = Future()
            future.set_exception(error)
        else:
            self._tries[shard.key] += 1
        return future

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")  # a fork after CUDA or threads have begun does not work
        queue: SimpleQueue[Place] = context.SimpleQueue()
        for place in self.places:
            queue.put(place)
        return ProcessPoolExecutor(len(self.places), context, _begin, (self.config.to_dict(), queue))

    def _stop(self, *, at_once: bool) -> None:
        self._pool.shutdown(wait=not at_once, cancel_futures=True)
        if at_once:
            for process in multiprocessing.active_children():
                if process not in self._others:
                    process.kill()


_worker: Worker


def _begin(config: dict[str, Any], queue: SimpleQueue[Place]) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    place = queue.get()
    if place.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = place.gpu
    if place.cores:
        os.sched_setaffinity(0, place.cores)
    _worker = Worker(config)


def _end_with_parent() -> None:
    """A worker whose first process was killed would wait for work for ever, its models in memory."""
    if parent := multiprocessing.parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(documents: list[Document]) -> Batch:
    return _worker.process(documents)

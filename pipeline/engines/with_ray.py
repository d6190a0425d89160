"""A Ray cluster (https://docs.ray.io): this machine, or what ``RAY_ADDRESS`` names."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.engines.worker import Worker
from pipeline.errors import EngineError
from pipeline.pipeline import Batch
from pipeline.shards import Shard

if TYPE_CHECKING:
    from pipeline.config import EngineConfig, RunConfig

log = logging.getLogger(__name__)
_TRIES = 3


class RayEngine:
    """Actors that each hold the loaded models.

    One that dies, with its node or alone, is replaced as soon as the cluster has room, and its shard goes to whoever is
    free.
    """

    def __init__(self, config: RunConfig) -> None:
        try:
            import ray  # noqa: F401
        except ImportError:
            raise EngineError("engine ray needs Ray: pip install 'polderbrief[ray]'") from None
        self.config = config

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """See :class:`pipeline.engines.Engine`. Raises EngineError when workers die again and again."""
        import ray

        first = next(shards, None)
        if not first:  # nothing is left to do
            return
        ours = not ray.is_initialized()
        if ours:
            _start()
        try:
            yield from _Pool(self.config).process(itertools.chain([first], shards))
        finally:
            if ours:
                ray.shutdown()


class _Pool:
    """The workers: those that are being started, those that are free, and those at work."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config.to_dict()
        self.options = {"num_cpus": config.engine.num_cpus, "num_gpus": config.engine.num_gpus}
        self.starting: dict[Any, Any] = {}
        self.free: list[Any] = []
        self.working: dict[Any, tuple[Any, Shard]] = {}
        self.tries: Counter[str] = Counter()
        for _ in range(_workers(config.engine)):
            self._hire()

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """Each shard with what became of it."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        lost: list[Shard] = []
        while True:
            while self.free and (shard := lost.pop() if lost else next(shards, None)):
                self._give(shard)
            if not self.working and not lost and self.free:
                return
            (done, *_), _ = ray.wait([*self.starting, *self.working])
            worker, shard = (self.starting.pop(done), None) if done in self.starting else self.working.pop(done)
            try:
                batch = ray.get(done)
            except RayTaskError as error:  # of a model that cannot be loaded, and the like
                raise error.cause from error
            except RayError as error:  # the worker is gone, or its node with what it had done
                self._count(shard, error)
                lost += [shard] if shard else []
                self._hire()
                continue
            self.free.append(worker)
            if shard:
                yield shard, batch

    def _hire(self) -> None:
        import ray

        worker = ray.remote(Worker).options(**self.options).remote(self.config)
        self.starting[worker.ready.remote()] = worker

    def _give(self, shard: Shard) -> None:
        worker = self.free.pop()
        self.working[worker.process.remote(list(shard.documents.values()))] = worker, shard

    def _count(self, shard: Shard | None, error: Exception) -> None:
        """How often a shard, or the beginning of a worker, has ended in a death."""
        key = shard.key if shard else ""
        self.tries[key] += 1
        if self.tries[key] == _TRIES:
            what = f"with {shard} in work" if shard else "as they began"
            raise EngineError(f"Ray workers died {_TRIES} times {what}: {' '.join(str(error).split())}") from error


def _start() -> None:
    """Join the cluster that runs, or start one here."""
    import ray

    options = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    ours = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray's would end the process at once
    except Exception as error:  # Ray raises many kinds, some of them plain Exception
        where = os.environ.get("RAY_ADDRESS", "on this machine")
        raise EngineError(f"Ray cannot start ({where}): {' '.join(str(error).split())}") from error


def _workers(engine: EngineConfig) -> int:
    """As many as are wanted, else as many as the cluster has room for now."""
    import ray

    there = ray.cluster_resources()
    shares = {"CPU": engine.num_cpus, "GPU": engine.num_gpus}
    room = max(1, min((int(there.get(name, 0) / share) for name, share in shares.items() if share), default=1))
    if engine.workers and engine.workers > room:
        log.warning("the cluster has room for %d of %d workers; the others wait for more", room, engine.workers)
    return engine.workers or room

"""A Ray cluster (https://docs.ray.io): this machine, or what ``RAY_ADDRESS`` names."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.document import Document
from pipeline.engines.worker import Worker
from pipeline.errors import EngineError
from pipeline.pipeline import Batch
from pipeline.shards import Shard

if TYPE_CHECKING:
    from pipeline.config import EngineConfig, RunConfig

log = logging.getLogger(__name__)
_TRIES = 3


class RayEngine:
    """Actors that each hold the loaded models. Ray starts one anew that died, and repeats only its shard."""

    def __init__(self, config: RunConfig) -> None:
        try:
            import ray  # noqa: F401
        except ImportError:
            raise EngineError("engine ray needs Ray: pip install 'polderbrief[ray]'") from None
        self.config = config

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """See :class:`pipeline.engines.Engine`. Raises EngineError when Ray gives up."""
        import ray
        from ray.exceptions import RayError, RayTaskError
        from ray.util import ActorPool

        ours = not ray.is_initialized()
        if ours:
            _start()
        try:
            pool = ActorPool(_actors(self.config))
            waiting: dict[int, Shard] = {}
            for number, shard in enumerate(shards):
                if not pool.has_free():
                    yield _next(pool, waiting)
                waiting[number] = shard
                pool.submit(_ask, (number, list(shard.documents.values())))
            while pool.has_next():
                yield _next(pool, waiting)
        except RayTaskError as error:  # of a stage that cannot be loaded, and the like
            raise error.cause from error
        except RayError as error:
            raise EngineError(f"Ray gave up: {' '.join(str(error).split())}") from error
        finally:
            if ours:
                ray.shutdown()


class RayWorker(Worker):
    """A worker that says which shard is done, since they end in any order."""

    def numbered(self, number: int, documents: list[Document]) -> tuple[int, Batch]:
        """Run the stages over one batch."""
        return number, self.process(documents)


def _start() -> None:
    """Join the cluster that runs, or start one here."""
    import ray

    options = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
    try:
        ray.init(log_to_driver=False, **options)
    except Exception as error:  # Ray raises many kinds, some of them plain Exception
        where = os.environ.get("RAY_ADDRESS", "on this machine")
        raise EngineError(f"Ray cannot start ({where}): {' '.join(str(error).split())}") from error


def _actors(config: RunConfig) -> list[Any]:
    import ray

    engine = config.engine
    room = _room(engine)
    if engine.workers and engine.workers > room:
        log.warning("the cluster has room for %d of %d workers; the others wait for more", room, engine.workers)
    make = ray.remote(RayWorker).options(
        num_cpus=engine.num_cpus, num_gpus=engine.num_gpus, max_restarts=-1, max_task_retries=_TRIES
    )
    return [make.remote(config.to_dict()) for _ in range(engine.workers or room)]


def _room(engine: EngineConfig) -> int:
    """How many workers the cluster has room for now."""
    import ray

    there = ray.cluster_resources()
    wanted = {"CPU": engine.num_cpus, "GPU": engine.num_gpus}
    return max(1, min(int(there.get(name, 0) / share) for name, share in wanted.items() if share))


def _ask(actor: Any, work: tuple[int, list[Document]]) -> Any:
    return actor.numbered.remote(*work)


def _next(pool: Any, waiting: dict[int, Shard]) -> tuple[Shard, Batch]:
    number, batch = pool.get_next_unordered()
    return waiting.pop(number), batch

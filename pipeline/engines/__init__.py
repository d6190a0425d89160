"""Engines carry out the work on shards: in this process, in several on this machine, or on a Ray cluster.

An engine has ``process(shards)``, which yields each shard with what became of it, in any order. It takes the next
shard only when a worker is free, so that no more is in memory than is being worked on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from pipeline.pipeline import Batch, Pipeline
from pipeline.shards import Shard

if TYPE_CHECKING:
    from pipeline.progress import Observer


class Engine(Protocol):
    """Where shards are processed."""

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """Each shard with its finished documents and its failures."""


def works_here(pipeline: Pipeline) -> bool:
    """Whether this process does the work, and no other."""
    from pipeline.engines.with_processes import places

    return pipeline.config.engine.kind == "local" and len(places(pipeline)) <= 1


def open_engine(pipeline: Pipeline, observer: Observer) -> Engine:
    """The engine that the configuration names."""
    config = pipeline.config.engine
    if config.kind == "ray":
        from pipeline.engines.with_ray import RayEngine

        return RayEngine(pipeline.config)
    from pipeline.engines.with_processes import ProcessEngine, places

    if len(found := places(pipeline)) > 1:
        return ProcessEngine(pipeline.config, found)
    from pipeline.engines.in_process import InProcessEngine

    return InProcessEngine(pipeline, observer)

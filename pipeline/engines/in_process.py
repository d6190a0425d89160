"""The engine that works where it is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.document import Document
from pipeline.pipeline import Batch, Pipeline
from pipeline.shards import Shard

if TYPE_CHECKING:
    from pipeline.progress import Observer


class InProcessEngine:
    """One shard after the other, by the pipeline at hand; an observer hears of each stage."""

    def __init__(self, pipeline: Pipeline, observer: Observer) -> None:
        self.pipeline, self.observer = pipeline, observer

    def process(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, Batch]]:
        """See :class:`pipeline.engines.Engine`."""
        for shard in shards:
            if not self.pipeline.loaded:
                names = [model.name for models in self.pipeline.models().values() for model in models]
                self.observer.loading(list(dict.fromkeys(names)))
                self.pipeline.load()
            yield shard, self._process(list(shard.documents.values()))

    def _process(self, documents: list[Document]) -> Batch:
        return self.pipeline.process(documents, lambda stage: self.observer.stage(stage, len(documents)))

"""What a worker process does, whoever has started it."""

from __future__ import annotations

from typing import Any

from pipeline.document import Document
from pipeline.pipeline import Batch, Pipeline


class Worker:
    """A pipeline of its own, loaded at the first batch and kept."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.pipeline = Pipeline.from_config(config)

    def ready(self) -> None:
        """Answers when the worker is there."""
        return

    def process(self, documents: list[Document]) -> Batch:
        """Run the stages over one batch."""
        return self.pipeline.process(documents)

"""A translator that costs nothing, so that a run shows what everything else costs."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.stage import Stage, StageConfig, stage


@stage("fake", requires=["segments"], provides=["segments.target"])
class Fake(Stage[StageConfig]):
    """Writes the source in capitals."""

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``target``."""
        for document in documents:
            for segment in document.segments:
                segment.target = segment.source.upper()
        return documents

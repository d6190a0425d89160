"""align: which words of a sentence became which words of its translation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pipeline import catalog
from pipeline.document import Document
from pipeline.stage import Stage, StageConfig, stage

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.nmt.links import Linker


class AlignConfig(StageConfig):
    """Options of ``align``."""

    model: str = Field("marian-mini-nl-en", description="whose attention is read: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="commit or tag of a hub model")


@stage("align", requires=["segments.target"], provides=["segments.links"])
class Align(Stage[AlignConfig]):
    """Links words by the attention of a MarianMT that was taught it, of the language that the shelf says it reads."""

    linker: Linker

    def models(self) -> list[Model]:
        """The model whose attention is read."""
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the model."""
        from pipeline.nmt.links import Linker

        self.linker = Linker.load(self.models()[0], self.runtime)

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``links`` of the translated segments."""
        reads = self.models()[0].languages[:1]
        pairs = [
            (segment, segment.target)
            for document in documents
            for segment in document.segments
            if segment.target and "passthrough" not in segment.flags
            if not reads or segment.language in (None, *reads)
        ]
        found = self.linker.link([(segment.source, target) for segment, target in pairs])
        for (segment, _), links in zip(pairs, found, strict=True):
            segment.links = links
        return documents

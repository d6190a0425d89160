"""entities: persons, places and organisations of the Dutch text, by a token-classification model."""

from pydantic import Field

from pipeline import Document, catalog
from pipeline.hub import from_pretrained
from pipeline.stage import Stage, StageConfig, stage


class EntitiesConfig(StageConfig):
    model: str = Field(description="name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="commit or tag of a hub model")
    min_score: float = Field(0.5, ge=0, le=1, description="an entity of which the model is less sure is left out")


@stage("entities", requires=["segments"], provides=["metadata.entities"])
class Entities(Stage[EntitiesConfig]):
    """Finds named entities, each with its label and its place in a segment."""

    def models(self) -> list[catalog.Model]:
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        from transformers import AutoModelForTokenClassification, AutoTokenizer, TokenClassificationPipeline

        network = from_pretrained(AutoModelForTokenClassification, self.models()[0], dtype=self.runtime.dtype)
        tokenizer = from_pretrained(AutoTokenizer, self.models()[0])
        self.tagger = TokenClassificationPipeline(model=network, tokenizer=tokenizer, device=self.runtime.device)

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            document.metadata["entities"] = entities = []
            for number, segment in enumerate(document.segments):
                for found in self.tagger(segment.source, aggregation_strategy="simple"):
                    start, end, label = (found[key] for key in ("start", "end", "entity_group"))
                    entity = {"text": segment.source[start:end], "label": label, "segment": number}
                    if found["score"] >= self.config.min_score:
                        entities.append({**entity, "start": start, "end": end})
        return documents

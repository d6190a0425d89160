"""split: the source text into segments, one sentence or heading each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from pipeline.detection import Detector
from pipeline.document import Document, Segment
from pipeline.languages import AUTO, EXPECTED, LanguageCode, LanguageOrAuto
from pipeline.segmentation.paragraphs import is_heading, paragraphs
from pipeline.segmentation.sentences import SentenceSplitter
from pipeline.stage import Stage, StageConfig, stage


class SplitConfig(StageConfig):
    """Options of ``split``."""

    language: LanguageOrAuto = Field(
        AUTO, description="ISO 639-1 code of the language whose rules apply; auto: that of each document"
    )
    expected: list[LanguageCode] | None = Field(
        None, min_length=1, description="languages that auto tells apart; null: those of the stage language"
    )

    def beside(self, others: Mapping[str, StageConfig]) -> Self:
        """Both stages take a document for the same language."""
        if self.expected or self.language != AUTO:
            return self
        return self.model_copy(update={"expected": getattr(others.get("language"), "expected", None)})


@stage("split", requires=["source"], provides=["segments"])
class Split(Stage[SplitConfig]):
    """Every character of the source outside whitespace comes to lie in exactly one segment."""

    detector: Detector

    def load(self) -> None:
        """Build the detector, if one is needed."""
        if self.config.language == AUTO:
            self.detector = Detector(self.config.expected or EXPECTED)

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``segments``."""
        for document in documents:
            document.segments = split(document.source, self._language(document))
        return documents

    def _language(self, document: Document) -> str:
        if self.config.language != AUTO:
            return self.config.language
        return self.detector.document(document.source) or self.detector.expected[0]


def split(text: str, language: str) -> list[Segment]:
    """The segments of a text, in order."""
    sentences = SentenceSplitter(language, text)
    segments = []
    for number, (begin, stop) in enumerate(paragraphs(text)):
        paragraph = text[begin:stop]
        spans = sentences(paragraph)
        heading = len(spans) == 1 and is_heading(paragraph)
        segments += [
            Segment(
                source=paragraph[start:end],
                start=begin + start,
                end=begin + end,
                paragraph=number,
                kind="heading" if heading else "sentence",
            )
            for start, end in spans
        ]
    return segments

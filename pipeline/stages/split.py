"""split: the source text into segments, one sentence or heading each."""

from __future__ import annotations

from pydantic import Field

from pipeline.document import Document, Segment
from pipeline.languages import LanguageCode
from pipeline.segmentation.paragraphs import is_heading, paragraphs
from pipeline.segmentation.sentences import SentenceSplitter
from pipeline.stage import Stage, StageConfig, stage


class SplitConfig(StageConfig):
    """Options of ``split``."""

    language: LanguageCode = Field("nl", description="ISO 639-1 code of the language whose rules apply")


@stage("split", requires=["source"], provides=["segments"])
class Split(Stage[SplitConfig]):
    """Every character of the source outside whitespace comes to lie in exactly one segment."""

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``segments``."""
        for document in documents:
            document.segments = split(document.source, self.config.language)
        return documents


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

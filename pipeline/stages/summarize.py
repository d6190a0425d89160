"""summarize: two or three English sentences that carry the article, each tied to its segments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipeline import catalog
from pipeline.document import Document, Segment, Summary, SummarySentence
from pipeline.segmentation.sentences import SentenceSplitter
from pipeline.stage import Stage, StageConfig, stage

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.summarization.abstractive import AbstractiveSummarizer

_DOUBTFUL = {"truncated", "no-model", "empty", "passthrough"}


class SummarizeConfig(StageConfig):
    """Options of ``summarize``."""

    method: Literal["extractive", "abstractive"] = Field("extractive", description="choose sentences, or write them")
    sentences: int = Field(3, ge=1, description="sentences of the summary, at most")
    model: str = Field("bart-large-cnn", description="abstractive: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="abstractive: commit or tag of a hub model")
    max_summary_tokens: int = Field(142, ge=8, description="abstractive: length of the generated text, at most")
    min_words: int = Field(6, ge=1, description="extractive: a shorter sentence is not chosen")


@stage("summarize", requires=["segments.target"], provides=["summary"])
class Summarize(Stage[SummarizeConfig]):
    """Headings, doubtful translations and crumbs are left out, unless there is nothing else."""

    summarizer: AbstractiveSummarizer

    def models(self) -> list[Model]:
        """The abstractive model, if there is one."""
        if self.config.method == "extractive":
            return []
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the abstractive model, if there is one."""
        if self.config.method == "abstractive":
            from pipeline.summarization.abstractive import AbstractiveSummarizer

            self.summarizer = AbstractiveSummarizer(self.models()[0], self.runtime, self.config.max_summary_tokens)

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``summary``."""
        for document in documents:
            indices = self._candidates(document.segments)
            chosen = [document.segments[i] for i in indices]
            if not chosen:
                document.note(self.name, "no translated sentence to summarize")
            written = self._abstract(chosen) if self.config.method == "abstractive" else self._extract(chosen)
            document.summary = Summary(
                [SummarySentence(text, [indices[i] for i in support]) for text, support in written],
                method=self.config.method,
                model=self.config.model if self.config.method == "abstractive" else None,
            )
        return documents

    def _candidates(self, segments: list[Segment]) -> list[int]:
        translated = [i for i, segment in enumerate(segments) if segment.target]
        sure = [i for i in translated if segments[i].kind == "sentence" and not _DOUBTFUL & set(segments[i].flags)]
        long = [i for i in sure if len((segments[i].target or "").split()) >= self.config.min_words]
        return next((indices for indices in (long, sure, translated) if len(indices) > 1), translated)

    def _extract(self, segments: list[Segment]) -> list[tuple[str, list[int]]]:
        from pipeline.summarization.extractive import choose

        texts = [segment.target or "" for segment in segments]
        # The translator's own doubt: the geometric mean of its token probabilities.
        trust = [1.0 if segment.score is None else math.exp(segment.score) for segment in segments]
        return [(texts[i], [i]) for i in choose(texts, trust, self.config.sentences)]

    def _abstract(self, segments: list[Segment]) -> list[tuple[str, list[int]]]:
        from pipeline.summarization.abstractive import supports

        if not segments:
            return []
        texts = [segment.target or "" for segment in segments]
        summary = self.summarizer.summarize(texts)
        spans = SentenceSplitter("en", summary)(summary)[: self.config.sentences]
        written = [summary[start:end] for start, end in spans]
        return list(zip(written, supports(written, texts), strict=True))

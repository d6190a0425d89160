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
    from pipeline.tagging.tagger import Tagger

_DOUBTFUL = {"truncated", "no-model", "empty"}
_LANGUAGE = "en"  # what a summary is made of
_WRONG = {"repetition", "length", "numbers", "names", "untranslated", "low-score"}
_FLAGGED = 0.5

Written = tuple[str, list[int]]  # a sentence, and the numbers of the segments that support it


class SummarizeConfig(StageConfig):
    """Options of ``summarize``."""

    method: Literal["extractive", "abstractive"] = Field("extractive", description="choose sentences, or write them")
    sentences: int = Field(3, ge=1, description="sentences of the summary, at most")
    ranker: str = Field("stance-mini", description="extractive: the tagger, a name on the shelf or a folder")
    model: str = Field("bart-large-cnn", description="abstractive: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="abstractive: commit or tag of a hub model")
    max_summary_tokens: int = Field(142, ge=8, description="abstractive: length of the generated text, at most")
    min_words: int = Field(6, ge=1, description="extractive: a shorter sentence is not chosen")


@stage("summarize", requires=["segments.target"], provides=["summary"])
class Summarize(Stage[SummarizeConfig]):
    """Headings, doubtful translations and crumbs are left out, unless there is nothing else."""

    summarizer: AbstractiveSummarizer
    tagger: Tagger

    def models(self) -> list[Model]:
        """The ranker, or the abstractive model."""
        if self.config.method == "extractive":
            return [catalog.resolve(self.config.ranker)]
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the model."""
        if self.config.method == "abstractive":
            from pipeline.summarization.abstractive import AbstractiveSummarizer

            self.summarizer = AbstractiveSummarizer(self.models()[0], self.runtime, self.config.max_summary_tokens)
        else:
            from pipeline.tagging.loading import load_tagger

            self.tagger = load_tagger(self.models()[0], self.runtime)

    def where(self) -> str | None:
        """As the tagger says, or the abstractive model."""
        return self.tagger.encoder.where if self.config.method == "extractive" else super().where()

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``summary``."""
        abstractive = self.config.method == "abstractive"
        salience = [[]] * len(documents) if abstractive else self._salience(documents)
        for document, salient in zip(documents, salience, strict=True):
            indices = self._candidates(document.segments)
            chosen = [document.segments[i] for i in indices]
            if not chosen:
                document.note(self.name, "no translated sentence to summarize")
            if abstractive:
                written, notes = self._abstract(chosen)
                for note in notes:
                    document.note(self.name, note)
            else:
                written = self._extract(chosen, [salient[i] for i in indices])
            document.summary = Summary(
                [SummarySentence(text, sorted(indices[i] for i in support)) for text, support in written],
                method=self.config.method,
                model=self.models()[0].name,
            )
        return documents

    def _candidates(self, segments: list[Segment]) -> list[int]:
        translated = [i for i, segment in enumerate(segments) if segment.target]
        sure = [i for i in translated if segments[i].kind == "sentence" and not _is_doubtful(segments[i])]
        least = self.config.min_words if self.config.method == "extractive" else 1
        long = [i for i in sure if len((segments[i].target or "").split()) >= least]
        chosen = long if len(long) > 1 else sure or translated
        first = {segments[i].target: i for i in reversed(chosen)}  # a lead or a caption may stand in the text again
        return [i for i in chosen if first[segments[i].target] == i]

    def _salience(self, documents: list[Document]) -> list[list[float]]:
        """How much of its article each segment carries, 0 to 1."""
        outlines = self.tagger.outline([[s.target or "" for s in document.segments] for document in documents])
        return [outline.salience.tolist() for outline in outlines]

    def _extract(self, segments: list[Segment], salience: list[float]) -> list[Written]:
        from pipeline.summarization.extractive import choose

        texts = [segment.target or "" for segment in segments]
        relevance = [worth * _trust(segment) for worth, segment in zip(salience, segments, strict=True)]
        return [(texts[i], [i]) for i in choose(texts, relevance, self.config.sentences)]

    def _abstract(self, segments: list[Segment]) -> tuple[list[Written], list[str]]:
        """What the model writes; the nearest sentence of the text stands for one that says what the text does not."""
        from pipeline.summarization.abstractive import supports
        from pipeline.summarization.facts import invented

        texts = [segment.target or "" for segment in segments]
        summary = self.summarizer.summarize(texts) if texts else ""
        spans = SentenceSplitter(_LANGUAGE, summary)(summary)[: self.config.sentences]
        sentences = [summary[start:end] for start, end in spans]
        written: list[Written] = []
        notes = []
        for sentence, support in zip(sentences, supports(sentences, texts), strict=True):
            new = invented(sentence, [texts[i] for i in support])
            if not support or new:
                notes.append(f"unsupported, left out: {sentence!r} (not in the text: {', '.join(new) or 'any of it'})")
                sentence, support = (texts[support[0]], support[:1]) if support else ("", [])
            if sentence and sentence not in [text for text, _ in written]:
                written.append((sentence, support))
        return written, notes


def _is_doubtful(segment: Segment) -> bool:
    """Whether it is no whole translation: what passed through is English only if it was before."""
    passed = "passthrough" in segment.flags and segment.language != _LANGUAGE
    return passed or bool(_DOUBTFUL & set(segment.flags))


def _trust(segment: Segment) -> float:
    """How far the translation is to be relied on: its geometric mean of token probabilities, less what is flagged."""
    sure = 1.0 if segment.score is None else math.exp(segment.score)
    return sure * (_FLAGGED if _WRONG & set(segment.flags) else 1.0)

"""ROUGE of the summaries against reference summaries, beside the first three sentences and LexRank.

Lin 2004, https://aclanthology.org/W04-1013, by the rouge-score package, with stemming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from pipeline.articles import Article, documents_of, read_articles
from pipeline.document import Document
from pipeline.errors import ConfigError, PolderbriefError
from pipeline.evaluation import English
from pipeline.evaluation.bootstrap import Interval, interval
from pipeline.evaluation.lexrank import lexrank
from pipeline.pipeline import Pipeline
from pipeline.stage import load_checked
from pipeline.summarization.abstractive import supports
from pipeline.summarization.vectors import tf_idf

_MEASURES = ("rouge1", "rouge2", "rougeL")
Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class SummaryScores:
    """F-measures from 0 to 1, ours flat and all systems in ``systems``; intervals of ``rouge1`` by system.

    ``gain_interval`` is of the difference in ROUGE-1 to the first three sentences, article by article. ``supports`` is
    the share of the gold sentences that are tied to their own machine translation, as those of a written summary are
    tied to the text; None on gold English.
    """

    testset: str
    source: str
    articles: int
    rouge1: float
    rouge2: float
    rougeL: float
    words: float
    systems: dict[str, dict[str, float]]
    rouge1_intervals: dict[str, Interval]
    gain_interval: Interval
    supports: float | None

    def lines(self) -> list[str]:
        """The scores in words, for people."""
        lines = [f"{self.testset}: {self.articles} articles, English: {self.source}"]
        for name, scores in self.systems.items():
            low, high = self.rouge1_intervals[name]
            rouge = ", ".join(f"{measure} {100 * scores[measure]:.1f}" for measure in _MEASURES)
            lines.append(
                f"  {name:<8} {rouge} (rouge1 {100 * low:.1f} to {100 * high:.1f}), {scores['words']:.0f} words"
            )
        low, high = self.gain_interval
        lines.append(f"  ours above lead-3 in rouge1: {100 * low:.1f} to {100 * high:.1f} points")
        return lines if self.supports is None else [*lines, f"  sentences tied to their own: {self.supports:.1%}"]

    def to_dict(self) -> dict[str, Any]:
        """One object of plain numbers."""
        return asdict(self)


def evaluate_summary(
    testset: str | Path, *, source: English = "gold", config: str = "default", limit: int | None = None
) -> SummaryScores:
    """Summarize the articles of a file, from their gold English or from the configuration's own translation."""
    articles = read_articles(testset)[:limit]
    pipeline = Pipeline.from_config(config)
    summarizer = next((stage for stage in pipeline.stages if stage.name == "summarize"), None)
    if summarizer is None:
        raise ConfigError(f"{config}: has no stage summarize to evaluate")
    documents = documents_of(articles, pipeline if source == "mt" else None)
    load_checked(summarizer)
    documents = summarizer.process(documents)
    summaries = {
        "ours": [_summary(document) for document in documents],
        "lead-3": [" ".join(_sentences(document)[:3]) for document in documents],
        "LexRank": [_lexrank(_sentences(document)) for document in documents],
    }
    rows = {name: _rouge(texts, [a.summary for a in articles]) for name, texts in summaries.items()}
    systems = {name: {key: mean(row[key] for row in rows[name]) for key in (*_MEASURES, "words")} for name in rows}
    gains = [ours["rouge1"] - lead["rouge1"] for ours, lead in zip(rows["ours"], rows["lead-3"], strict=True)]
    return SummaryScores(
        testset=str(testset),
        source=source,
        articles=len(articles),
        **systems["ours"],
        systems=systems,
        rouge1_intervals={name: interval([row["rouge1"] for row in rows[name]], mean) for name in rows},
        gain_interval=interval(gains, mean),
        supports=_supported(articles, documents) if source == "mt" else None,
    )


def _summary(document: Document) -> str:
    return " ".join(sentence.text for sentence in document.summary.sentences) if document.summary else ""


def _supported(articles: Sequence[Article], documents: Sequence[Document]) -> float:
    hits = []
    for article, document in zip(articles, documents, strict=True):
        found = supports([english for _, english in article.sentences], _sentences(document))
        hits += [number in support for number, support in enumerate(found)]
    return mean(hits)


def _sentences(document: Document) -> list[str]:
    return [segment.target or "" for segment in document.segments if segment.kind == "sentence"]


def _lexrank(sentences: list[str]) -> str:
    vectors = tf_idf(sentences)
    best = np.argsort(-lexrank(vectors @ vectors.T), kind="stable")[:3]
    return " ".join(sentences[i] for i in sorted(best))


def _rouge(summaries: Sequence[str], references: Sequence[str]) -> list[Row]:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise PolderbriefError("rouge-score is missing: pip install 'polderbrief[evaluate]'") from None
    scorer = RougeScorer(list(_MEASURES), use_stemmer=True)
    return [
        {name: score.fmeasure for name, score in scorer.score(reference, summary).items()}
        | {"words": float(len(summary.split()))}
        for summary, reference in zip(summaries, references, strict=True)
    ]

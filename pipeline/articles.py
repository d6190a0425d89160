"""Labelled articles: JSON lines of sentence-aligned text with a summary and stances, to train on and to score by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pipeline.document import Document, Kind, Label, Segment
from pipeline.errors import ReadError
from pipeline.pairs import Pair
from pipeline.stage import load_checked
from pipeline.stance.passages import Names
from pipeline.stance.targets import Target

if TYPE_CHECKING:
    from pipeline.pipeline import Pipeline

_TRANSLATING = ("translate", "check")
_LABELS = frozenset(get_args(Label))


@dataclass(frozen=True, slots=True)
class GoldStance:
    """What an article says of a target. ``evidence`` are numbers of sentences, counted from 1."""

    target: str
    label: Label
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article in both languages, ``title`` and ``sentences`` as pairs (source, target)."""

    id: str
    title: Pair
    sentences: tuple[Pair, ...]
    summary: str
    stances: tuple[GoldStance, ...]

    @property
    def targets(self) -> list[str]:
        """Everything that a stance is about, in alphabetical order: that of the labels would give them away."""
        return sorted({stance.target for stance in self.stances})

    def named(self) -> list[list[int]]:
        """For the title and each sentence which of the targets it names, by its own English."""
        names = Names([Target(target) for target in self.targets])
        return [names.find(target) for _, target in (self.title, *self.sentences)]

    def document(self, language: str = "nl") -> Document:
        """The article with its gold translation: the title is segment 0, so sentence 1 is segment 1."""
        document = Document(self.id, "", language=language)
        for number, (source, target) in enumerate((self.title, *self.sentences)):
            start = len(document.source) + 2 * bool(number)
            document.source = f"{document.source}\n\n{source}" if number else source
            kind: Kind = "sentence" if number else "heading"
            document.segments.append(
                Segment(source, start, start + len(source), number, kind, language=language, target=target)
            )
        return document


def read_articles(path: str | Path) -> list[Article]:
    """Read the articles of a file, at least one; raises ReadError naming the file and the line that is wrong."""
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")  # JSON may hold other ends of lines
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: cannot be read: {error}") from error
    articles = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            articles.append(_article(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ReadError(f"{path}:{number}: no labelled article: {what}") from None
    if not articles:
        raise ReadError(f"{path}: holds no labelled article")
    return articles


def _article(data: dict[str, Any]) -> Article:
    sentences = tuple((sentence["nl"], sentence["en"]) for sentence in data["sentences"])
    if not sentences:
        raise ValueError("'sentences' is empty")
    stances = tuple(GoldStance(s["target"], s["label"], tuple(s["evidence"])) for s in data["stances"])
    for stance in stances:
        if stance.label not in _LABELS:
            raise ValueError(f"the label {stance.label!r} is none of {', '.join(sorted(_LABELS))}")
        if not all(1 <= i <= len(sentences) for i in stance.evidence):
            raise ValueError(f"evidence {stance.evidence} lies outside the {len(sentences)} sentences")
    return Article(data["id"], (data["title"]["nl"], data["title"]["en"]), sentences, data["summary"], stances)


def documents_of(articles: Sequence[Article], translator: Pipeline | None = None) -> list[Document]:
    """The articles as they are or, with a pipeline, as its own stages translate and check them."""
    documents = [article.document() for article in articles]
    if translator is None:
        return documents
    for document in documents:
        for segment in document.segments:
            segment.target = None
    for stage in translator.stages:
        if stage.name in _TRANSLATING:
            load_checked(stage)
            documents = stage.process(documents)
    return documents

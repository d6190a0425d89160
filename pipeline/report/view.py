"""What a page shows of a document: rows of Dutch and English, and what is to be said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.document import Document, Label, Segment
from pipeline.writers.base import doubtful
from pipeline.writers.english import paired_quotes, spelt_date
from pipeline.writers.markdown import brief, headline

VERBS: dict[Label, str] = {"favor": "praised", "against": "criticised", "neutral": "no side taken"}
FLAGS = {
    "passthrough": ("not translated", "it is in the target language already, or has no letters"),
    "no-model": ("no translation", "no model reads this language"),
    "empty": ("no translation", "the model gave nothing"),
    "split": ("translated in parts", "it was too long for the model, or came out better so"),
    "retried": ("second attempt", "the first translation failed a check"),
    "truncated": ("may be cut short", "decoding reached its limit, or the translation breaks off"),
    "repetition": ("repeats itself", "a phrase or a syllable stands in a loop"),
    "length": ("odd length", "far shorter or longer than translations are"),
    "numbers": ("figure changed", "a figure of the source is lost or changed, or a new one is there"),
    "names": ("name changed", "a name or a code of the source is lost or misspelt"),
    "untranslated": ("left in the source language", "all or most of it is the source again"),
    "low-score": ("unsure", "the model itself gives this translation little chance"),
}


Piece = tuple[str, str]  # text, and the numbers of the links that it is part of


@dataclass(frozen=True, slots=True)
class Said:
    """A stance as a reader is told of it."""

    label: Label
    target: str
    text: str
    score: float

    @property
    def target_and_label(self) -> tuple[str, str]:
        """What the filter asks for."""
        return self.target, self.label


@dataclass(frozen=True, slots=True)
class Row:
    """A segment. ``flags`` are pairs of a readable word and the reason for it."""

    number: int
    segment: Segment
    flags: list[tuple[str, str]]
    stances: list[Said]
    summary: bool
    opens: bool

    @property
    def doubtful(self) -> bool:
        """Whether somebody should look at the translation."""
        return doubtful(self.segment)

    @property
    def source(self) -> list[Piece]:
        """The source, cut where linked words begin and end."""
        return _pieces(self.segment.source, [link[:2] for link in self.segment.links or []])

    @property
    def target(self) -> list[Piece]:
        """The target likewise; a dash where there is none."""
        return _pieces(self.segment.target or "—", [link[2:] for link in self.segment.links or []])


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the list. ``words`` is everything that is searched, in lower case."""

    id: str
    href: str
    title: str
    date: str
    summary: str
    stances: list[Said]
    doubtful: int
    flags: list[tuple[str, str]]
    words: str


@dataclass(frozen=True, slots=True)
class View:
    """A document as the pages show it. ``anchor`` is its place in a page, ``href`` leads there from the list."""

    id: str
    anchor: str
    href: str
    title: str
    date: str
    url: str | None
    summary: list[tuple[str, Sequence[int]]]
    stances: list[Said]
    rows: list[Row]
    notes: list[str]
    brief: str

    def entry(self) -> Entry:
        """What the list has of it. ``flags`` are as in ``documents.jsonl``, each with the word a reader is shown."""
        flags = sorted({flag for row in self.rows for flag in row.segment.flags})
        texts = [self.title, self.id, *(text for row in self.rows for text in (row.segment.source, row.segment.target))]
        return Entry(
            self.id,
            self.href,
            self.title,
            self.date,
            " ".join(text for text, _ in self.summary),
            self.stances,
            sum(row.doubtful for row in self.rows),
            [(flag, FLAGS.get(flag, (flag, ""))[0]) for flag in flags],
            " ".join(" ".join(text.split()) for text in texts if text).lower(),
        )


def view(document: Document, anchor: str, href: str) -> View:
    """The document, ready to be shown."""
    said = [
        Said(stance.label, stance.target, _sentence(stance.label, stance.target, stance.holder), stance.score)
        for stance in document.told
    ]
    shown: dict[int, list[Said]] = {}
    for stance, words in zip(document.told, said, strict=True):
        for index in stance.evidence:
            shown.setdefault(index, []).append(words)
    sentences = document.summary.sentences if document.summary else []
    chosen = {index for sentence in sentences for index in sentence.support}
    segments = document.segments
    url = str(document.metadata.get("url") or "")
    return View(
        document.id,
        anchor,
        href,
        paired_quotes(headline(document)) or document.id,
        spelt_date(str(document.metadata.get("date") or "")),
        url if url.startswith(("https://", "http://")) else None,
        [(paired_quotes(sentence.text), sentence.support) for sentence in sentences],
        said,
        [
            Row(
                index + 1,
                segment,
                [FLAGS.get(flag, (flag, "")) for flag in segment.flags],
                shown.get(index, []),
                index in chosen,
                index > 0 and segment.paragraph != segments[index - 1].paragraph,
            )
            for index, segment in enumerate(segments)
        ],
        [f"{stage}: {note}" for stage, notes in document.notes.items() for note in notes],
        brief(document),
    )


def _sentence(label: Label, target: str, holder: str | None) -> str:
    by = f" by {holder}" if holder and label != "neutral" else ""
    return f"{target}: {VERBS[label]}{by}"


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """``spans`` are those of the links, by number; two are the same or do not touch."""
    numbers: dict[tuple[int, int], list[str]] = {}
    for number, span in enumerate(spans):
        numbers.setdefault(span, []).append(str(number))
    found = []
    at = 0
    for (start, end), own in sorted(numbers.items()):
        found += [(text[at:start], ""), (text[start:end], " ".join(own))]
        at = end
    return [piece for piece in [*found, (text[at:], "")] if piece[0]]

"""``briefs/<id>.md``: what a reader gets of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.atomic import atomic_file
from pipeline.document import Document, Segment
from pipeline.writers.base import Writer
from pipeline.writers.names import safe_name

_HEADLINE = 120  # characters of a lead that still serve as a headline
_MARKUP = re.compile(r"([\\`*{}\[\]<>|#~&]|(?<!\w)_|_(?!\w))")
_LIST_MARK = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])(?=[\s=-]|$)")
_WORDS = {"favor": "praised", "against": "criticised", "neutral": "no side taken"}


class MarkdownWriter(Writer):
    """Writes one brief a document."""

    def write(self, document: Document) -> None:
        """Write the document's brief, unless it is there already."""
        path, text = brief_path(self.folder, document.id), brief(document)
        if not path.is_file() or path.read_bytes() != text.encode():
            with atomic_file(path) as file:
                file.write(text)

    def forget(self, document_id: str) -> None:
        """Remove the document's brief."""
        brief_path(self.folder, document_id).unlink(missing_ok=True)


def brief_path(folder: Path, document_id: str) -> Path:
    """Where the brief of a document lies."""
    return folder / "briefs" / f"{safe_name(document_id)}.md"


def brief(document: Document) -> str:
    """The brief: headline, date, summary with its Dutch, stances with quotes, the aligned text."""
    parts = [_head(document), _summary(document), _stances(document), _text(document), _notes(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(document: Document) -> str:
    """The title, else the lead if it is short, else its first sentence; in English where there is any."""
    if title := document.metadata.get("title"):
        return str(title)
    lead = [segment for segment in document.segments if segment.paragraph == 0]
    texts = [segment.target or segment.source for segment in lead]
    whole = " ".join(texts)
    if not texts:
        return document.id
    return whole if len(whole) <= _HEADLINE else texts[0]


def _head(document: Document) -> str:
    facts = [str(document.metadata[key]) for key in ("date", "source", "url") if document.metadata.get(key)]
    return f"# {_plain(headline(document))}\n\n{_plain(' · '.join([*facts, document.id]))}"


def _summary(document: Document) -> str:
    if not document.summary or not document.summary.sentences:
        return ""
    lines = []
    for sentence in document.summary.sentences:
        rows = ", ".join(_row(document, i) for i in sentence.support)
        lines.append(f"{_plain(sentence.text)} [{rows}]" if rows else _plain(sentence.text))
        lines += [f"> {_plain(document.segments[i].source)}" for i in sentence.support]
    return "\n\n".join(lines)


def _stances(document: Document) -> str:
    if not document.stances:
        return ""
    rows = [
        "## Stance",
        "",
        "| target | stance | score | English | Dutch |",
        "| --- | --- | --- | --- | --- |",
    ]
    for stance in document.stances:
        holder = f" by {_plain(stance.holder)}" if stance.holder else ""
        label = f"{stance.label}: {_WORDS[stance.label]}{holder}"
        quote = document.segments[stance.evidence[0]] if stance.evidence else None
        english = f"{_plain(quote.target or '')} [{_row(document, stance.evidence[0])}]" if quote else ""
        dutch = _plain(quote.source) if quote else ""
        rows.append(f"| {_plain(stance.target)} | {label} | {stance.score:.2f} | {english} | {dutch} |")
    return "\n".join(rows)


def _row(document: Document, index: int) -> str:
    """The number of a segment in the text below, and what is doubtful about its translation."""
    return _plain(", ".join([str(index + 1), *document.segments[index].flags]))


def _text(document: Document) -> str:
    rows = ["## Text", "", "| | Dutch | English | flags |", "| --- | --- | --- | --- |"]
    for number, segment in enumerate(document.segments, 1):
        rows.append(
            f"| {number} | {_styled(segment.source, segment)} | {_styled(segment.target or '—', segment)} "
            f"| {_plain(', '.join(segment.flags))} |"
        )
    return "\n".join(rows)


def _styled(text: str, segment: Segment) -> str:
    return f"**{_plain(text)}**" if segment.kind == "heading" else _plain(text)


def _notes(document: Document) -> str:
    return "\n".join(["## Notes", "", *_note_lines(document)]) if document.notes else ""


def _note_lines(document: Document) -> Iterator[str]:
    for stage, notes in document.notes.items():
        for note in notes:
            yield f"- {stage}: {_plain(note)}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _LIST_MARK.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", " ".join(text.split())))

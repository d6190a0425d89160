"""``briefs/<id>.md``: what a reader gets of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pipeline.atomic import atomic_file
from pipeline.document import Document, Segment, Stance
from pipeline.writers.base import Writer
from pipeline.writers.english import figures, paired_quotes, spelt_date
from pipeline.writers.names import safe_name

_FIGURES = 6
_DOUBTED = {"numbers", "repetition", "truncated", "untranslated", "passthrough"}
_HEADLINE = 120  # characters of a lead that still serve as a headline
_MARKUP = re.compile(r"([\\`*{}\[\]<>|#~&]|(?<!\w)_|_(?!\w))")
_LIST_MARK = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)])(?=[\s=-]|$)")
_URL = re.compile(r"https?://", re.IGNORECASE)
_NOT_IN_A_LINK = re.compile(r"[<>\s\x00-\x1f\x7f]")
_WORDS = {"favor": "praised", "against": "criticised"}


class MarkdownWriter(Writer):
    """Writes one brief a document."""

    names = ("briefs",)

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
    return folder / MarkdownWriter.names[0] / f"{safe_name(document_id)}.md"


def brief(document: Document) -> str:
    """The brief: headline, date, summary with its Dutch, stances with quotes, key figures, the aligned text."""
    parts = [part(document) for part in (_head, _summary, _stances, _figures, _text, _notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(document: Document) -> str:
    """The title, else the lead if it is short, else its first sentence; in English where there is any."""
    if title := str(document.metadata.get("title") or "").strip():
        return _translated(title, document)
    lead = [segment for segment in document.segments if segment.paragraph == 0]
    texts = [segment.target or segment.source for segment in lead]
    whole = " ".join(texts)
    if not texts:
        return document.id
    return whole if len(whole) <= _HEADLINE else texts[0]


def _translated(title: str, document: Document) -> str:
    """The targets of the segments that begin in the title, where the text begins with it and all have one."""
    stop = len(document.source) - len(document.source.lstrip()) + len(title)
    if not document.source.lstrip().startswith(title):
        return title
    targets = [segment.target or "" for segment in document.segments if segment.start < stop]
    return " ".join(targets) if targets and all(targets) else title


def _head(document: Document) -> str:
    known = [str(document.metadata[key]) for key in ("date", "source", "url") if document.metadata.get(key)]
    facts = [linked(spelt_date(text)) for text in known]
    return f"# {plain(paired_quotes(headline(document)))}\n\n{' · '.join([*facts, plain(document.id)])}"


def _summary(document: Document) -> str:
    """The summary as one paragraph, each sentence with the numbers of its rows, and the Dutch of these below it."""
    if not document.summary or not document.summary.sentences:
        return ""
    sentences, rows = [], []
    for sentence in document.summary.sentences:
        numbers = ", ".join(_row(document, i) for i in sentence.support)
        text = plain(paired_quotes(sentence.text))
        sentences.append(f"{text} [{numbers}]" if numbers else text)
        rows += [f"> [{i + 1}] {plain(document.segments[i].source)}" for i in sentence.support]
    return "\n\n".join([" ".join(sentences), *rows])


def _figures(document: Document) -> str:
    """Figures of translations whose figures are those of the source."""
    first: dict[str, int] = {}
    for i, segment in enumerate(document.segments):
        if segment.target and not _DOUBTED & set(segment.flags):
            for figure in figures(segment.target):
                first.setdefault(figure, i)
    lines = [
        f"- **{plain(figure)}**: {plain(paired_quotes(document.segments[i].target or ''))} [{_row(document, i)}]"
        for figure, i in list(first.items())[:_FIGURES]
    ]
    return "\n".join(["## Key figures", "", *lines]) if lines else ""


def _stances(document: Document) -> str:
    """A table of who is praised and criticised, and in one line those of whom that is not likely enough."""
    told = [stance for stance in document.told if stance.label != "neutral"]
    rest = [stance.target for stance in document.stances if stance not in told]
    parts = []
    if told:
        head = ["| target | stance | by | score | English | Dutch |", "| --- | --- | --- | --- | --- | --- |"]
        parts.append("\n".join(head + [_stance(document, stance) for stance in told]))
    if rest:
        parts.append(f"No side taken, or not clear: {', '.join(map(plain, rest))}.")
    return "\n\n".join(["## Who is praised, who is criticised", *parts]) if parts else ""


def _stance(document: Document, stance: Stance) -> str:
    quote = document.segments[stance.evidence[0]] if stance.evidence else None
    cells = [
        plain(stance.target),
        _WORDS[stance.label],
        plain(stance.holder or "not named"),
        f"{stance.score:.2f}",
        f"{plain(quote.target or '')} [{_row(document, stance.evidence[0])}]" if quote else "",
        plain(quote.source) if quote else "",
    ]
    return f"| {' | '.join(cells)} |"


def _row(document: Document, index: int) -> str:
    """The number of a segment in the text below, and what is doubtful about its translation."""
    return plain(", ".join([str(index + 1), *document.segments[index].flags]))


def _text(document: Document) -> str:
    rows = ["## Text", "", "| | Dutch | English | flags |", "| --- | --- | --- | --- |"]
    for number, segment in enumerate(document.segments, 1):
        rows.append(
            f"| {number} | {_styled(segment.source, segment)} | {_styled(segment.target or '—', segment)} "
            f"| {plain(', '.join(segment.flags))} |"
        )
    return "\n".join(rows)


def _styled(text: str, segment: Segment) -> str:
    return f"**{plain(text)}**" if segment.kind == "heading" else plain(text)


def _notes(document: Document) -> str:
    return "\n".join(["## Notes", "", *_note_lines(document)]) if document.notes else ""


def _note_lines(document: Document) -> Iterator[str]:
    for stage, notes in document.notes.items():
        for note in notes:
            yield f"- {stage}: {plain(note)}"


def linked(text: str) -> str:
    """The address of a web page as a link of Markdown, other text as it is."""
    text = text.strip()
    if not _URL.match(text):
        return plain(text)
    return f"<{_NOT_IN_A_LINK.sub(lambda match: quote(match.group()), text)}>"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _LIST_MARK.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", " ".join(text.split())))

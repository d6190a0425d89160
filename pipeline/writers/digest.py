"""``digest.md``: one page over all documents of a run."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from pipeline.document import Document
from pipeline.writers.base import doubtful
from pipeline.writers.english import paired_quotes, spelt_date
from pipeline.writers.files import FileWriter
from pipeline.writers.markdown import brief_path, headline, plain

_LISTED = 1_000  # documents
_TARGETS = 25
_REMEMBERED = 50_000  # targets that are counted at a time


class DigestWriter(FileWriter):
    """Writes ``digest.md``: who is praised and criticised over all documents, then each with its summary."""

    names = ("digest.md",)

    def begin(self) -> None:
        """Start counting."""
        self._documents = self._doubtful = self._segments = 0
        self._entries: list[str] = []
        self._stances: dict[str, Counter[str]] = {}

    def write(self, document: Document) -> None:
        """Count the document, and keep its entry."""
        self._documents += 1
        self._segments += len(document.segments)
        self._doubtful += sum(map(doubtful, document.segments))
        for stance in document.told:
            self._stances.setdefault(stance.target, Counter())[stance.label] += 1
        if len(self._stances) > _REMEMBERED:  # the rare ones will not come first
            self._stances = dict(sorted(self._stances.items(), key=_rank)[: _REMEMBERED // 2])
        if self._documents <= _LISTED:
            self._entries.append(self._entry(document))

    def end(self) -> None:
        """Write the page."""
        counts = f"{_count(self._documents, 'document')}, {_count(self._segments, 'segment')}"
        parts = ["# Digest", f"{counts}, {self._doubtful} of them doubtful."]
        if self._stances:
            rows = ["| target | praised | criticised | no side taken |", "| --- | --- | --- | --- |"]
            for target, labels in sorted(self._stances.items(), key=_rank)[:_TARGETS]:
                rows.append(f"| {plain(target)} | {labels['favor']} | {labels['against']} | {labels['neutral']} |")
            parts += ["## Who is praised, who is criticised", "\n".join(rows)]
        if self._entries:
            parts += ["## Documents", *self._entries]
        if self._documents > _LISTED:
            parts.append(f"And {self._documents - _LISTED} more.")
        self.files[0].write("\n\n".join(parts) + "\n")

    def _entry(self, document: Document) -> str:
        title = plain(paired_quotes(headline(document)))
        if "markdown" in self.formats:
            title = f"[{title}]({quote(brief_path(self.folder, document.id).relative_to(self.folder).as_posix())})"
        if date := document.metadata.get("date"):
            title += f", {plain(spelt_date(str(date)))}"
        sentences = document.summary.sentences if document.summary else []
        summary = " ".join(plain(paired_quotes(sentence.text)) for sentence in sentences)
        return f"**{title}**\n{summary}".rstrip()


def _rank(item: tuple[str, Counter[str]]) -> tuple[int, str]:
    """The most frequent first, those that are praised or criticised before the others."""
    target, labels = item
    return -2 * (labels["favor"] + labels["against"]) - labels["neutral"], target


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

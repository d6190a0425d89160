"""``report/``: an index and the documents, from ``documents.jsonl`` alone."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jinja2

from pipeline import __version__
from pipeline.atomic import atomic_file
from pipeline.document import Document, Label
from pipeline.errors import OutputError
from pipeline.job import writing
from pipeline.ondisk import Table
from pipeline.report.chart import bars
from pipeline.report.tally import Tally, date_of
from pipeline.report.view import VERBS, Entry, Row, Said, View, view
from pipeline.writers.names import safe_name

FOLDER = "report"
_ONE_PAGE = 2_000  # segments that are all shown in the index itself, where it has one page
_LISTED = 2_000  # documents of one page of the index
_TARGETS = 15  # in the chart
_EVIDENCE = 50  # sentences behind a part of a bar


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence behind a part of a bar."""

    href: str
    title: str
    date: str
    row: Row
    said: Said


def build(output: Path) -> Path:
    """Make the report of a run's output folder; returns its first page.

    Raises OutputError when there is no ``documents.jsonl``, a line of it is none of ours, or the report cannot be
    written.
    """
    path = output / "documents.jsonl"
    tally = Tally()
    for number, document in enumerate(_documents(path), start=1):
        with _blaming(path, number):
            tally.add(document)
    with writing(output):
        return _Report(output / FOLDER, tally).build(path)


def discard(output: Path) -> None:
    """Remove the report."""
    shutil.rmtree(output / FOLDER, ignore_errors=True)


class _Report:
    """The pages while they are made. The first one comes last: it has the sentences of all documents' stances."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self.folder, self.tally = folder, tally
        self.embedded = tally.segments <= _ONE_PAGE and tally.documents <= _LISTED
        self.targets = {name: number for number, (name, _) in enumerate(tally.most(_TARGETS))}
        self.periods = {name: number for number, name in enumerate(tally.periods())}
        self.evidence: dict[str, list[Evidence]] = {}
        self.found: Counter[str] = Counter()  # of these, also those that are too many to be shown
        self.written = Table()
        self.templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self.templates.globals |= {"verbs": VERBS, "version": __version__}

    def build(self, path: Path) -> Path:
        """Write all pages of the documents in the file, and remove those of documents that are gone."""
        first: list[Entry] = []
        entries: list[Entry] = []
        articles: list[View] = []
        for number, document in enumerate(_documents(path), start=1):
            with _blaming(path, number):
                one = self._view(number, document)
                entries.append(one.entry())
                self._collect(one, document)
            if self.embedded:
                articles.append(one)
            else:
                self._write(one.href.partition("#")[0], self._render("document.html", view=one))
            if number % _LISTED == 0 or number == self.tally.documents:
                first, entries = self._list(number, entries, first)
        self._write("index.html", self._index(1, first, articles))
        for pattern in ("*.html", "documents/*"):
            for path in self.folder.glob(pattern):
                if path.relative_to(self.folder).as_posix() not in self.written:
                    path.unlink()
        return self.folder / "index.html"

    def _view(self, number: int, document: Document) -> View:
        anchor = f"d{number}"
        page = "" if self.embedded else f"documents/{safe_name(document.id)}.html"  # which need no quoting
        return view(document, anchor, f"{page}#{anchor}")

    def _list(self, number: int, entries: list[Entry], first: list[Entry]) -> tuple[list[Entry], list[Entry]]:
        """Keep the entries of the first page, write those of another."""
        if not first:
            return entries, []
        page = -(-number // _LISTED)
        self._write(f"index-{page}.html", self._index(page, entries, []))
        return first, []

    def _index(self, page: int, entries: list[Entry], articles: list[View]) -> str:
        tally = self.tally
        pages = range(1, -(-tally.documents // _LISTED) + 1)
        return self._render(
            "index.html",
            page=page,
            pages=[(f"index-{n}.html" if n > 1 else "index.html", 1 + _LISTED * (n - 1)) for n in pages],
            entries=entries,
            articles=articles,
            tally=tally,
            targets=sorted(
                {said.target for one in entries for said in one.stances}, key=lambda name: (name.casefold(), name)
            ),
            flags=sorted({pair for one in entries for pair in one.flags}),
            evidence=self.evidence,
            found=self.found,
            by_target=bars(
                "Targets",
                tally.most(_TARGETS),
                lambda name, label: self._sentences(_key("target", self.targets[name], label)),
            ),
            by_date=bars(
                "Over time",
                list(tally.periods().items()),
                lambda name, label: self._sentences(_key("date", self.periods[name], label)),
            ),
        )

    def _sentences(self, key: str) -> str | None:
        """Where the sentences behind a part of a bar are, if it has any."""
        return f"#{key}" if key in self.evidence else None

    def _collect(self, one: View, document: Document) -> None:
        """Put the strongest sentence of each stance under the parts of the bars that count it."""
        date = date_of(document)
        period = next((number for name, number in self.periods.items() if date.startswith(name)), None)
        for stance, said in zip(document.told, one.stances, strict=True):
            if not stance.evidence:
                continue
            row = one.rows[stance.evidence[0]]
            item = Evidence(f"{one.href}-{row.number}", one.title, one.date, row, said)
            keys = [_key("target", self.targets[stance.target], stance.label)] if stance.target in self.targets else []
            keys += [_key("date", period, stance.label)] if period is not None else []
            for key in keys:
                self.found[key] += 1
                if len(found := self.evidence.setdefault(key, [])) < _EVIDENCE:
                    found.append(item)

    def _render(self, template: str, **values: object) -> str:
        return self.templates.get_template(template).render(**values)

    def _write(self, name: str, text: str) -> None:
        with atomic_file(self.folder / name) as file:
            file.write(text)
        self.written[name] = ""


def _documents(path: Path) -> Iterator[Document]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                with _blaming(path, number):
                    document = Document.from_dict(json.loads(line.decode()))
                yield document
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read: {error.strerror}; name the output folder of a run, whose output.formats has jsonl"
        ) from None


@contextmanager
def _blaming(path: Path, number: int) -> Iterator[None]:
    """Turns what goes wrong with a document into an OutputError that names its line."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise OutputError(f"{path}:{number}: no document of a run: {error}") from error


def _key(what: str, number: int, label: Label) -> str:
    return f"{what}-{number}-{label}"

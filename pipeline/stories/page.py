"""``stories.md`` and ``stories.jsonl``: the stories of a corpus, for reading and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.stories.entries import Entry
from pipeline.stories.paragraph import Story
from pipeline.writers.english import paired_quotes, spelt_date
from pipeline.writers.jsonl import json_line
from pipeline.writers.markdown import brief_path, linked, plain

PAGE, RECORDS = "stories.md", "stories.jsonl"
_LISTED = 1_000  # stories on the page
_SOURCES = 20  # of a story on the page; those of its sentences come first


def write_stories(stories: Iterable[Story], folder: Path, *, briefs: bool) -> None:
    """Write every story as a line of ``stories.jsonl``, and the first ones on the page ``stories.md``.

    Both name the briefs of the documents, if there are ``briefs``.
    """
    count = documents = shared = 0
    sections: list[str] = []
    with (folder / RECORDS).open("w", encoding="utf-8", newline="\n") as records:
        for story in stories:
            count += 1
            documents += len(story.sources)
            shared += len(story.sources) > 1
            records.write(json_line(_record(count, story, briefs)))
            if count <= _LISTED:
                sections.append(_section(story, briefs))
    head = f"Documents: {documents}. Stories: {count}, of which {shared} in more than one document."
    rest = [f"And {count - _LISTED} more, in {RECORDS}."] if count > _LISTED else []
    page = "\n\n".join(["# Stories", head, *sections, *rest]) + "\n"
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")


def _record(number: int, story: Story, briefs: bool) -> dict[str, Any]:
    return {
        "story": number,
        "title": story.title,
        "sentences": [{"text": told.text, "source": told.source, "support": told.support} for told in story.sentences],
        "sources": [
            {
                "id": entry.id,
                "title": entry.title,
                "date": entry.date,
                "url": entry.url,
                "brief": _brief(entry) if briefs else None,
            }
            for entry in story.sources
        ],
    }


def _section(story: Story, briefs: bool) -> str:
    parts = [f"## {plain(paired_quotes(story.title))}"]
    if story.sentences:
        parts.append(" ".join(f"{plain(paired_quotes(told.text))} [{told.source + 1}]" for told in story.sentences))
    lines = [f"{number}. {_source(entry, briefs)}" for number, entry in enumerate(story.sources[:_SOURCES], 1)]
    parts.append("\n".join(lines))
    if len(story.sources) > _SOURCES:
        parts.append(f"And {len(story.sources) - _SOURCES} more documents.")
    return "\n\n".join(parts)


def _source(entry: Entry, briefs: bool) -> str:
    title = plain(paired_quotes(entry.title))
    facts = [f"[{title}]({quote(_brief(entry))})" if briefs else title]
    facts += [plain(spelt_date(entry.date))] if entry.date else []
    facts += [linked(entry.url)] if entry.url else []
    return " · ".join([*facts, plain(entry.id)])


def _brief(entry: Entry) -> str:
    return brief_path(Path(), entry.id).as_posix()

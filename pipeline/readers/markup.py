"""Markdown and web pages, as the text that a reader of them sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipeline.errors import ReadError
from pipeline.readers.contents import whole
from pipeline.readers.fields import day, plain
from pipeline.readers.record import Record, titled
from pipeline.readers.text import decoded

if TYPE_CHECKING:
    from markdown_it.token import Token

    from pipeline.config import InputConfig

_FENCE = "---"


def read_markdown(path: Path, config: InputConfig) -> Record:
    """The headings, paragraphs and list items of CommonMark under the title; code is left out.

    YAML in front of it is metadata.
    """
    from markdown_it import MarkdownIt

    text, notes = decoded(path, config)
    body, metadata = _front_matter(text)
    if "date" in metadata:
        metadata["date"] = day(plain(metadata["date"]))
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    blocks = [_words(token.children or []) for token in tokens if token.type == "inline"]
    text = "\n\n".join(block for block in blocks if block.strip())
    return Record(titled(text, metadata.get("title")), metadata, notes=notes)


def _front_matter(text: str) -> tuple[str, dict[str, Any]]:
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE or _FENCE not in (end := [line.rstrip() for line in lines[1:]]):
        return text, {}
    stop = 1 + end.index(_FENCE)
    try:
        found = yaml.safe_load("\n".join(lines[1:stop]))
    except (yaml.YAMLError, ValueError, RecursionError):
        return text, {}
    return ("\n".join(lines[stop + 1 :]), found) if isinstance(found, dict) else (text, {})


def _words(inline: list[Token]) -> str:
    """The text of a block, without marks of emphasis and addresses of links."""
    spoken = {"text": None, "code_inline": None, "softbreak": "\n", "hardbreak": "\n"}
    return "".join(spoken[token.type] or token.content for token in inline if token.type in spoken)


def read_html(path: Path, config: InputConfig) -> Record:
    """The main text of a page, with title, date and address as metadata, by trafilatura (Barbaresi 2021).

    https://aclanthology.org/2021.acl-demo.15. Raises ReadError where it finds none.
    """
    try:
        import trafilatura
    except ImportError:
        raise ReadError("a web page is read by trafilatura: pip install 'polderbrief[html]'") from None
    data = whole(path, config.max_characters)
    found = trafilatura.bare_extraction(data, with_metadata=True, include_comments=False, include_tables=False)
    if found is None or isinstance(found, dict) or not found.text or not found.text.strip():
        raise ReadError("no main text was found in the page")
    known = {"title": found.title, "date": found.date, "url": found.url, "source": found.sitename}
    return Record(titled(found.text, found.title), {key: value for key, value in known.items() if value})

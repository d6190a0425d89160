"""Paragraphs and headings of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

Span = tuple[int, int]

_END_MARKS = ".!?…:;,"
_CLOSERS = "”“\"’'»)]"
_WRAP_WIDTH = (50, 120)  # editors wrap between these; shorter lines are verse, lists or headings
_HEADING_CHARACTERS = 100
_ITEM = re.compile(r"(?:[-*•–]|\d{1,3}[.)])\s")
_NO_HEADING = re.compile(r"[-*•–(]|\d{1,3}[.)]\s")  # the mark of a list item, a bracket


def paragraphs(text: str) -> Iterator[Span]:
    """Spans of the paragraphs of a text, trimmed, in order; together they cover every non-whitespace character.

    A blank line ends a paragraph. A single line break does too, unless the lines are as long as those of an editor
    that wraps: then it is only a space. Of a list, each item is one.
    """
    for block in _blocks(text):
        for lines in _items(text, block):
            if _is_wrapped(text, lines):
                yield lines[0][0], lines[-1][1]
            else:
                yield from lines


def _blocks(text: str) -> Iterator[list[Span]]:
    """The lines, trimmed, between blank ones."""
    block: list[Span] = []
    at = 0
    for line in text.split("\n"):
        start, end = trim(text, at, at + len(line))
        at += len(line) + 1
        if start < end:
            block.append((start, end))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _items(text: str, lines: list[Span]) -> Iterator[list[Span]]:
    """The lines, divided before each mark of a list where there is more than one."""
    marks = [number for number, (start, end) in enumerate(lines) if _ITEM.match(text[start:end])]
    cuts = sorted({0, *marks, len(lines)}) if len(marks) > 1 else [0, len(lines)]
    for start, end in pairwise(cuts):
        yield lines[start:end]


def _is_wrapped(text: str, lines: list[Span]) -> bool:
    if len(lines) < 2:
        return True
    full = [end - start for start, end in lines[:-1]]
    low, high = _WRAP_WIDTH
    open_ended = sum(text[end - 1] not in _END_MARKS + _CLOSERS for _, end in lines[:-1])
    return low <= median(full) and max(full) <= high and open_ended * 2 > len(full)


def is_heading(text: str) -> bool:
    """Whether a paragraph is a heading: one short line with words that does not end like a sentence."""
    if _NO_HEADING.match(text) or not any(character.isalpha() for character in text):
        return False
    bare = text.rstrip(_CLOSERS + " ")
    return len(text) <= _HEADING_CHARACTERS and "\n" not in text and not bare.endswith(tuple(_END_MARKS))


def trim(text: str, start: int, end: int) -> Span:
    """The span without the whitespace at its ends; empty, at its end, where it is nothing else."""
    part = text[start:end]
    first = end - len(part.lstrip())
    return first, max(first, start + len(part.rstrip()))

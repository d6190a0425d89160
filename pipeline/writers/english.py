"""English as a reader expects it in a brief: dates, quotation marks, and the figures worth a line of their own."""

from __future__ import annotations

import re
from datetime import date

from pipeline.nmt.checks import ENGLISH_OPENERS

_OPENING, _CLOSING = "“", "”"
_DOUBLE = re.compile(r"[“”„\"«»]")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_FIGURE = re.compile(
    r"(?<![\w.,:/-])(?P<money>[$€£]\s?)?(?!(?<=\d[ \u00a0\u202f])\d{3}(?!\d))(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"(?P<unit>\s?%|\s?(?:bn|mln)|\s(?:per\s?cent|(?:thousand|million|billion|trillion)(?:\s(?:euros?|dollars?|pounds?|people|cars|tonnes|"
    r"kilometres))?|euros?|dollars?|pounds?|cents?|kilometres?|km/h|km|metres?|kWh|kW|hp|kilos?|kg|tonnes?|litres?|"
    r"degrees?|hectares?|people|jobs|employees|inhabitants|homes|houses|cars|shops|stores|showrooms|years|months|"
    r"weeks|days|hours|minutes|seconds|times|points))?"
    # or else it is the beginning of a longer one: 27:45, 12 000, 1.5-billion
    r"(?![\w-]|[.,:]\d|\s(?:thousand|million|billion|trillion|bn|mln)\b|[ \u00a0\u202f]\d{3}(?!\d))"
)
_SCALED = re.compile(r"\s?(?:thousand|million|billion|trillion|bn|mln|%|per)")
_NAME = re.compile(r"\b([A-Z]\w*)\s$")


def spelt_date(text: str) -> str:
    """A date in ISO 8601 as it is written in English; anything else as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"


def paired_quotes(text: str) -> str:
    """Double quotation marks in the English style, those without a partner left out: a sentence that stands alone
    has no use for the end of a quote that began before it."""
    pairs: dict[int, str] = {}
    opened: int | None = None
    for mark in _DOUBLE.finditer(text):
        if opened is None and not _closes(text, mark):
            opened = mark.start()
        elif opened is not None and _closes(text, mark):
            pairs |= {opened: _OPENING, mark.start(): _CLOSING}
            opened = None
    return _DOUBLE.sub(lambda mark: pairs.get(mark.start(), ""), text).strip()


def figures(text: str) -> list[str]:
    """The figures that say how much: money, shares, what has a unit; no years and no names with digits."""
    found = []
    for match in _FIGURE.finditer(text):
        year = _YEAR.fullmatch(match["number"]) and not _SCALED.match(match["unit"] or "")
        name = _NAME.search(text[: match.start()])  # Formula 1 cars
        named = year or (name and name[1].lower() not in ENGLISH_OPENERS)
        if match["money"] or ((match["unit"] or "," in match["number"]) and not named):
            found.append(match.group().strip())
    return found


def _closes(text: str, mark: re.Match[str]) -> bool:
    """Whether a mark stands behind a word, and none behind it."""
    before, after = text[: mark.start()], text[mark.end() :]
    return bool(before) and not before[-1].isspace() and (not after or not after[0].isalnum())

"""Sentence boundaries: sentencex, and the cases that it gets wrong in Dutch news text mended.

sentencex (Wikimedia, https://github.com/wikimedia/sentencex) knows the marks and most abbreviations of some
200 languages. What is mended here stands, case by case, in ``tests/test_split.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import sentencex

from pipeline.nmt.spelling import is_common
from pipeline.segmentation import dutch
from pipeline.segmentation.paragraphs import Span, trim

_WINDOW = 60  # characters before a boundary that are looked at: longer than any abbreviation with its neighbour
_LAST_THREE = re.compile(r"(?:(?:(\S+)\s+)?(\S+)\s+)?(\S+)$")
_NEXT_WORD = re.compile(r"\W*(?:(?<=['’‘])[smtn]\s+)?(\w+)")
_ITEM = re.compile(r"(?:#{1,6}\s+)?(?:\d{1,3}|[A-Za-z]|[IVX]{1,4})[.)]")
_INITIAL = re.compile(r"[A-Z]\.")
_INITIALS = re.compile(r"(?:[A-Z]\.){2,}")
_ADDRESS = re.compile(r"[\w@/-]+(?:\.[\w@/-]+)*\.[a-z]{2,}\.")
_CAPITAL_BEGINS = re.compile(r"[.!?]\s+[A-ZÀ-Þ]")
_SMALL_BEGINS = re.compile(r"[a-zà-ÿ]{3}[.!?]\s+[a-zà-ÿ]")
_PLAIN_WORD = re.compile(r"(?:\w+/|\d+)?[a-zà-ÿ]+\.")  # also km/u. and 3e.
_ACRONYM = re.compile(r"[A-Z]{2,}\.")
_CLOSING = "”\"’')]"
_OPENING = "(\"'“”„‘’«["
_CANDIDATE = re.compile(r"[.!?…][”\"’')\]]*\s+(?=[“”\"„‘’'(\[]?[A-ZÀ-Þ]|['’‘][smtn]\s+[A-ZÀ-Þ])")
_QUOTATIONS = [
    re.compile(r"[“„]([^“”„]+)[”“]"),
    re.compile(r"(?<!\w)\"([^\"]+)\""),
    re.compile(r"(?<!\w)‘((?:[^‘’]|’(?=\w))+)’(?!\w)"),
    re.compile(r"\(([^()]+)\)"),
]
_INTRODUCING = '.!?…:,;”’")'
_STRAY_OPENING = re.compile(r"\s([“”\"„‘’'«(\[]+)\s*$")


class SentenceSplitter:
    """Splits the paragraphs of one text, whose other sentences may tell whether ``Model Y.`` ends a sentence."""

    def __init__(self, language: str, text: str) -> None:
        self.language = language
        self.ends = _Mender(text) if language == "nl" else None

    def __call__(self, paragraph: str) -> list[Span]:
        """Spans of the sentences, trimmed, in order; they cover every non-whitespace character."""
        flat = paragraph.replace("\n", " ")
        cuts = {_before_quote(flat, cut) for cut in _boundaries(flat, self.language)}
        for start, end in _quotations(flat):
            cuts |= {start + cut for cut in _boundaries(flat[start:end], self.language)}
        if self.ends:
            places = cuts | {match.end() for match in _CANDIDATE.finditer(flat)}
            cuts = {cut for cut in places if 0 < cut < len(flat) and self.ends(flat, cut, cut in cuts)}
            cuts = _join_item_marks(flat, cuts)
        spans = [trim(flat, start, end) for start, end in pairwise(sorted(cuts | {0, len(flat)}))]
        return [(start, end) for start, end in spans if start < end]


def _boundaries(text: str, language: str) -> set[int]:
    return {int(boundary["start_index"]) for boundary in sentencex.get_sentence_boundaries(language, text)} - {0}


def _quotations(text: str) -> Iterator[Span]:
    """What stands in quotes or brackets and may be sentences of its own, inside of which sentencex sees none.

    Not so where it is a part of a sentence, such as the title of a film.
    """
    for pattern in _QUOTATIONS:
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - _WINDOW) : match.start()].rstrip()
            if not before or before[-1] in _INTRODUCING:
                yield match.span(1)


def _before_quote(text: str, cut: int) -> int:
    """The cut, moved before a quote that opens the sentence: in Dutch style it looks like one that closes."""
    window = text[max(0, cut - _WINDOW) : cut]
    opening = _STRAY_OPENING.search(window)
    return cut - len(window) + opening.start(1) if opening else cut


def _join_item_marks(text: str, cuts: set[int]) -> set[int]:
    """``1.`` or ``b)`` at the start of a sentence is the mark of a list item, not a sentence."""
    kept: set[int] = set()
    begin = 0
    for cut in sorted(cuts):
        if _ITEM.fullmatch(text[begin:cut].strip()) and cut - begin < _WINDOW:
            continue
        kept.add(cut)
        begin = cut
    return kept


def _is_name(word: str) -> bool:
    return word[-1:].isalnum() and word.lstrip(_OPENING)[:1].isupper()


class _Mender:
    """Decides, for a place where a sentence may end, whether it does."""

    def __init__(self, context: str) -> None:
        self.context = context
        self.known: dict[str, bool] = {}
        # Does this writer begin sentences with a capital? Then a point before a small letter ends nothing.
        self.capitals = len(_CAPITAL_BEGINS.findall(context)) >= len(_SMALL_BEGINS.findall(context))

    def __call__(self, text: str, cut: int, found: bool) -> bool:
        """``found``: sentencex has a boundary here; where none of the cases applies, it is right."""
        before = _LAST_THREE.search(text[max(0, cut - _WINDOW) : cut].rstrip())
        after = _NEXT_WORD.match(text[cut : cut + _WINDOW])
        if text[cut] in ",;":
            return False
        if not before or not after:
            return found
        last, following = before[3].lstrip(_OPENING), after[1]
        if not last:  # nothing but quotes
            return found
        if _ACRONYM.fullmatch(last) and following[0].isupper() and not following[1:].isupper():
            return True  # in de VS. Dat; but DHR. JANSEN
        abbreviation = last.lower()
        if abbreviation in dutch.NEVER_FINAL:
            return False
        if abbreviation in dutch.SOMETIMES_FINAL:
            return following[0].isupper()
        if following[0].islower() and following.islower() and last[-1] == "." and self.capitals:
            return False
        if last in dutch.ORGANISATIONS:
            return self._opens(following)
        if _INITIALS.fullmatch(last):
            return self._opens(following) and following.lower() not in dutch.NAME_PARTICLES
        if _INITIAL.fullmatch(last):
            second = "" if self._is_opener(before) else before[1] or ""
            return self._ends_at_letter(second, before[2] or "", last[0], following)
        if last.rstrip(_CLOSING).endswith("…"):
            return following[0].isupper()
        if found or _ADDRESS.fullmatch(last) or last.endswith(")"):
            return True
        return bool(_PLAIN_WORD.fullmatch(last)) and self._opens(following)  # no abbreviation that we know

    @staticmethod
    def _is_opener(before: re.Match[str]) -> bool:
        """Whether the third last word begins a sentence and owes its capital to that (Acteur, not Tesla)."""
        ahead = before.string[: before.start(1)].rstrip() if before[1] else ""
        begins = not ahead or ahead[-1] in _INTRODUCING
        return bool(before[1]) and begins and is_common(before[1].lstrip(_OPENING).lower(), "nl")

    @staticmethod
    def _opens(word: str) -> bool:
        return word[0].isupper() and word.lower() in dutch.OPENERS

    def _ends_at_letter(self, second: str, first: str, letter: str, following: str) -> bool:
        """``Tesla Model Y. Xiaomi`` and ``plan B. Dat`` end; ``J. de Vries`` and ``George W. Bush`` do not.

        ``second`` and ``first`` are the words before the letter.
        """
        if letter == "X" and first.lower() in dutch.ON_X:
            return following[0].isupper()
        named = _is_name(first)
        if named and (_is_name(second) or second.lower() in dutch.ARTICLES):
            return True  # a person has one given name before the initial, and no article
        if self._opens(following) and (named or following.lower() not in dutch.NAME_PARTICLES):
            return True
        return bool(first) and self._stands_without_point(f"{first} {letter}")

    def _stands_without_point(self, name: str) -> bool:
        """Whether the text has this name elsewhere with no point after it: then its last letter is no initial."""
        if name not in self.known:
            self.known[name] = bool(re.search(rf"(?<!\w){re.escape(name)}(?![\w.])", self.context))
        return self.known[name]

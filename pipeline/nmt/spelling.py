"""Whether a word is another one misspelt, by the word lists of pyspellchecker."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cache

_SHORT, _LONG = 4, 6  # letters
_SIMILAR = 0.75


def one_letter_off(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two neighbours exchanged, make the one word the other."""
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[same:], b[same:]
    exchanged = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a != b and (exchanged or a[1:] == b[1:] or a[1:] == b or a == b[1:])


def alike(a: str, b: str) -> bool:
    """Whether one word is the other but for a letter or, in long ones, but for a quarter of the letters."""
    if one_letter_off(a, b):
        return True
    ratio = SequenceMatcher(None, a, b, autojunk=False).ratio()
    return min(len(a), len(b)) >= _SHORT and max(len(a), len(b)) >= _LONG and _SIMILAR <= ratio < 1


def is_word(word: str, language: str) -> bool:
    """Whether a word in lower case stands in the word list of the language; of one without a list, every word does."""
    words = _words(language)
    return words is None or word in words


@cache
def _words(language: str) -> frozenset[str] | None:
    from spellchecker import SpellChecker  # reads its list of 160,000 words, which most texts never ask for

    return frozenset(SpellChecker(language=language)) if language in SpellChecker.languages() else None

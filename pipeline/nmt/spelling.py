"""Whether a word is another one misspelt, by the word lists of pyspellchecker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache

_SHORTEST = 4  # letters of a word in which a quarter may differ
_SIMILAR = 0.75
# Times that a word was counted for its list, more than most names that are no other word: the Dutch list has those 50
# times, as it has all words that it did not count.
_COMMON = {"nl": 51}
_COMMON_ELSEWHERE = 4_000


def alike(a: str, b: str) -> bool:
    """Whether two words are not the same and have three quarters of their letters in common, in order."""
    long = min(len(a), len(b)) >= _SHORTEST
    return long and _SIMILAR <= SequenceMatcher(None, a, b, autojunk=False).ratio() < 1


def has_list(language: str) -> bool:
    """Whether there is a word list of the language."""
    return _words(language) is not None


def is_word(word: str, language: str) -> bool:
    """Whether a word in lower case stands in the word list of the language; of one without a list, every word does."""
    words = _words(language)
    return words is None or word in words


def is_common(word: str, language: str) -> bool:
    """Whether a word in lower case is a frequent one of its language. The lists hold names too, but most are rare."""
    return (_words(language) or {}).get(word, 0) >= _COMMON.get(language, _COMMON_ELSEWHERE)


def known_share(words: Sequence[str], language: str) -> float:
    """The share of the words that stand in the word list of the language; 0 for one without a list."""
    known = _words(language)
    return sum(word in known for word in words) / len(words) if known and words else 0


@cache
def _words(language: str) -> Mapping[str, int] | None:
    """The list, and how often each word was counted for it."""
    from spellchecker import SpellChecker  # reads its list of 160,000 words, which most texts never ask for

    if language not in SpellChecker.languages():
        return None
    return dict(SpellChecker(language=language).word_frequency.dictionary)

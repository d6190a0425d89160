"""Whether what a sentence says of figures and names stands in other sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.nmt.checks import ENGLISH_OPENERS, capitalised
from pipeline.nmt.figures import figures
from pipeline.nmt.spelling import is_common

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=[^\W_])['’]?s\b")
# Words that link a sentence to the one before, and are too rare for is_common.
_LINKS = frozenset("additionally consequently furthermore likewise moreover nevertheless nonetheless similarly".split())


def invented(sentence: str, supports: Sequence[str]) -> list[str]:
    """The figures and names of an English sentence that none of its supports has, as they are written in it.

    A common word at the beginning of a sentence is no name.
    """
    known = [figure for support in supports for figure in figures(support, "en")]
    new = [
        figure.text
        for figure in figures(sentence, "en")
        if not figure.word and not any(figure.same(other) for other in known)
    ]
    words = set[str]().union(*map(_words, supports))
    names = [
        name
        for name, begins in capitalised(sentence)
        if not _words(name) <= words and not (begins and _is_opener(name.casefold()))
    ]
    return list(dict.fromkeys(new + names))


def _words(text: str) -> set[str]:
    """The words in lower case, without what makes a possessive (``Xiaomi's``, also misspelt ``Xiaomis``)."""
    return set(_WORD.findall(_POSSESSIVE.sub("", text.casefold())))


def _is_opener(word: str) -> bool:
    return word in ENGLISH_OPENERS or word in _LINKS or is_common(re.split("['’]", word)[0], "en")

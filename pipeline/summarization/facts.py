"""Whether what a sentence says of figures and names stands in other sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.nmt.checks import ENGLISH_OPENERS, capitalised
from pipeline.nmt.figures import figures

_WORD = re.compile(r"[^\W_]+")


def invented(sentence: str, supports: Sequence[str]) -> list[str]:
    """The figures and names of an English sentence that none of its supports has, as they are written in it."""
    known = [figure for support in supports for figure in figures(support, "en")]
    new = [
        figure.text
        for figure in figures(sentence, "en")
        if not figure.word and not any(figure.same(other) for other in known)
    ]
    words = {word.casefold() for support in supports for word in _WORD.findall(support)}
    names = [
        name
        for name, begins in capitalised(sentence)
        if not words.issuperset(_WORD.findall(name.casefold().removesuffix("'s").removesuffix("’s")))
        and not (begins and name.casefold() in ENGLISH_OPENERS)
    ]
    return list(dict.fromkeys(new + names))

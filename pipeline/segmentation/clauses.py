"""Cut a sentence that is too long for the model where a reader would pause, losing nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# What may begin a clause: after a comma, and after a space alone. Where nothing is known, the English ones: quotes have
# them in any language.
_AFTER_COMMA = {
    "nl": "en|maar|want|dus|of|terwijl|omdat|waarbij|waardoor|zodat|hoewel|die|dat",
    "de": "und|aber|denn|oder|sondern|weil|während|wobei|wodurch|sodass|obwohl|dass|die|der|das",
    "fr": "et|mais|car|donc|ou|tandis|puisque|parce|alors|bien|qui|que|dont",
}
_AFTER_SPACE = {"nl": "en|maar|of", "de": "und|aber|oder", "fr": "et|mais|ou"}
_ENGLISH = "and|but|or"
_MIDDLE = (0.2, 0.8)  # a cut nearer to an end would leave a crumb


@cache
def _pauses(language: str) -> list[re.Pattern[str]]:
    """From the strongest pause to the weakest; the cut falls after the match."""
    after_comma, after_space = (
        "|".join(filter(None, (words.get(language), _ENGLISH))) for words in (_AFTER_COMMA, _AFTER_SPACE)
    )
    return [
        re.compile(r"[.!?…][”\"’'»)]*\s"),
        re.compile(r"[;:]\s|\s[–—-]\s"),
        re.compile(rf",\s(?=(?:{after_comma})\b)"),
        re.compile(r",\s"),
        re.compile(rf"\s(?=(?:{after_space})\b)"),
        re.compile(r"\s"),
    ]


def split_clauses(text: str, fits: Callable[[str], bool], language: str = "nl") -> list[str]:
    """Parts of ``text`` that all satisfy ``fits``; joined, they are the text again, character for character.

    Cuts at the strongest pause nearest to the middle; text without a pause is cut in half.
    """
    if len(text) < 2 or fits(text):
        return [text]
    cut = _cut(text, language)
    return split_clauses(text[:cut], fits, language) + split_clauses(text[cut:], fits, language)


def _cut(text: str, language: str) -> int:
    low, high = (share * len(text) for share in _MIDDLE)
    for pause in _pauses(language):
        cuts = [match.end() for match in pause.finditer(text) if low <= match.end() <= high]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - len(text) / 2))
    return len(text) // 2

"""Cut a sentence that is too long for the model where a reader would pause, losing nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

# From the strongest pause to the weakest; the cut falls after the match.
_PAUSES = [
    re.compile(r"[.!?…][”\"’'»)]*\s"),
    re.compile(r"[;:]\s|\s[–—-]\s"),
    re.compile(r",\s(?=(?:en|maar|want|dus|of|terwijl|omdat|waarbij|waardoor|zodat|hoewel|die|dat|and|but|or)\b)"),
    re.compile(r",\s"),
    re.compile(r"\s(?=(?:en|maar|of|and|but|or)\b)"),
    re.compile(r"\s"),
]
_MIDDLE = (0.2, 0.8)  # a cut nearer to an end would leave a crumb


def split_clauses(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Parts of ``text`` that all satisfy ``fits``; joined, they are the text again, character for character.

    Cuts at the strongest pause nearest to the middle; text without a pause is cut in half.
    """
    if len(text) < 2 or fits(text):
        return [text]
    cut = _cut(text)
    return split_clauses(text[:cut], fits) + split_clauses(text[cut:], fits)


def _cut(text: str) -> int:
    low, high = (share * len(text) for share in _MIDDLE)
    for pause in _PAUSES:
        cuts = [match.end() for match in pause.finditer(text) if low <= match.end() <= high]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - len(text) / 2))
    return len(text) // 2

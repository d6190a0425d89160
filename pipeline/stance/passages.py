"""Which segments speak of which target."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.document import Segment
from pipeline.stance.targets import Target

_CLAUSE_END = re.compile(r"[,;:]\s+|\s+[–—-]\s+")
_REACH = 2  # sentences after a mention that can still be about it


class Names:
    """Finds the targets that a text names. A name inside a longer one (Tesla in Tesla Model Y) does not count."""

    def __init__(self, targets: Sequence[Target]) -> None:
        owner: dict[str, int] = {}
        for i, target in enumerate(targets):
            for name in target.names:
                owner.setdefault(name.lower(), i)
        for i, target in enumerate(targets):  # a target's own name is never another one's alias
            owner[target.name.lower()] = i
        longest_first = sorted(owner, key=lambda name: -len(name))
        self._owner = owner
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

    def find(self, text: str) -> list[int]:
        """Indices of the targets named, in order of mention."""
        if not self._owner:
            return []
        # A few letters, such as İ, match without case what they do not equal in lower case.
        found = (self._owner.get(match.group().lower()) for match in self._pattern.finditer(text))
        return list(dict.fromkeys(target for target in found if target is not None))


def mentions(segments: Sequence[Segment], names: Names, known: Sequence[Collection[int]] = ()) -> list[list[int]]:
    """Per segment the targets that it names on the source side or, failing that, in translation.

    ``known`` may have for each segment some that it names, however it calls them.
    """
    return [
        list(dict.fromkeys([*(names.find(segment.source) or names.find(segment.target or "")), *others]))
        for segment, others in zip(segments, known or [()] * len(segments), strict=True)
    ]


def passages(segments: Sequence[Segment], mentioned: Sequence[Sequence[int]], count: int) -> list[list[int]]:
    """Per target (of ``count``) the segments that speak of it, in order.

    A sentence that names nobody goes on about whom the sentence before it named last, within the paragraph.
    """
    found: list[list[int]] = [[] for _ in range(count)]
    topic: int | None = None
    reach = 0
    for i, segment in enumerate(segments):
        if i and segment.paragraph != segments[i - 1].paragraph:
            topic = None
        if mentioned[i]:
            topic, reach = mentioned[i][-1], _REACH
            for target in mentioned[i]:
                found[target].append(i)
        elif topic is not None and reach:
            found[topic].append(i)
            reach -= 1
    return found


def clauses_about(translation: str, target: int, names: Names) -> str:
    """The clauses of a sentence that speak of a target, where the sentence names others too.

    A clause that names nobody goes on about whom the clause before it named last; before the first name it belongs
    to that. The whole sentence, when the target is not named in the translation.
    """
    clauses = _CLAUSE_END.split(translation)
    named = [names.find(clause) for clause in clauses]
    everyone = [other for found in named for other in found]
    if target not in everyone or len(set(everyone)) < 2:
        return translation
    kept = []
    topic = everyone[0]
    for clause, found in zip(clauses, named, strict=True):
        if target in (found or [topic]):
            kept.append(clause)
        topic = found[-1] if found else topic
    return ", ".join(kept)

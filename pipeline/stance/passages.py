"""Which segments speak of which target."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.document import Segment
from pipeline.stance.targets import Target

_REACH = 2  # sentences after a mention that can still be about it


_CAPITAL = r"(?=(?-i:[A-ZÀ-Þ\d]))"  # a name cut short is told from a word like it by its capital: Dieren, dieren
_GOES_ON = r"(?-i:[ ][A-ZÀ-Þ\d])"  # "de Tesla Model 3" is no Tesla Model Y


class Names:
    """Finds the targets that a text names. A name inside a longer one (Tesla in Tesla Model Y) does not count."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._count = len(targets)
        self._owner: dict[str, int] = {}
        patterns: dict[str, str] = {}
        for i, target in enumerate(targets):
            for name in target.names:
                self._add(name, i, patterns, re.escape(name))
        for i, target in enumerate(targets):
            for ending in target.endings:
                self._add(ending, i, patterns, _CAPITAL + re.escape(ending))
            if target.first:
                for article in ("de", "the"):
                    pattern = rf"{article}\ {_CAPITAL}{re.escape(target.first)}(?!{_GOES_ON})"
                    self._add(f"{article} {target.first}", i, patterns, pattern)
        for i, target in enumerate(targets):  # a target's own name is never another one's alias
            self._owner[target.name.lower()] = i
        longest_first = (patterns[name] for name in sorted(patterns, key=lambda name: -len(name)))
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)

    def _add(self, name: str, owner: int, patterns: dict[str, str], pattern: str) -> None:
        self._owner.setdefault(name.lower(), owner)
        patterns.setdefault(name.lower(), pattern)

    def find(self, text: str) -> list[int]:
        """Indices of the targets named, in order of mention."""
        return list(dict.fromkeys(target for target, _ in self.places(text)))

    def places(self, text: str) -> list[tuple[int, int]]:
        """All mentions: the index of the target, and the character that its name begins at."""
        if not self._owner:
            return []
        # A few letters, such as İ, match without case what they do not equal in lower case.
        found = ((self._owner.get(match.group().lower()), match.start()) for match in self._pattern.finditer(text))
        return [(target, start) for target, start in found if target is not None]

    def mentions(self, sentences: Sequence[str], known: Sequence[Collection[int]]) -> list[list[list[int | None]]]:
        """For each target the characters where each sentence names it.

        None is for a sentence that is ``known`` to name it, because its source does, with no name of it found there.
        """
        found: list[list[list[int | None]]] = [[[] for _ in sentences] for _ in range(self._count)]
        for number, (sentence, others) in enumerate(zip(sentences, known, strict=True)):
            for target, start in self.places(sentence):
                found[target][number].append(start)
            for target in others:
                found[target][number] = found[target][number] or [None]
        return found


def mentions(segments: Sequence[Segment], names: Names, known: Sequence[Collection[int]] = ()) -> list[list[int]]:
    """Per segment the targets that it names, on the source side first, then those that it is ``known`` to name."""
    return [
        list(dict.fromkeys([*names.find(segment.source), *names.find(segment.target or ""), *others]))
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

"""Targets that the tagger finds: what it marks in the English, under the name that the Dutch has for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Segment
from pipeline.nmt.spelling import alike, is_word
from pipeline.stance.targets import Target, find_names, same_name
from pipeline.tagging.tagger import Span

_EDGES = frozenset(
    "the a an of and or to in on at by for from with who which that".split()
)  # no part of a name at either end
_PEOPLE = re.compile(r"[A-Z]\w+(?:ese|ean|ian|ish)|Dutch|French|German")  # whom no stance is about by that word alone
_WORD = re.compile(r"[^\W_]+(?:[-.'’&][^\W_]+)*")


def targets_of(segments: Sequence[Segment], spans: Sequence[Span], *, least: float, most: int) -> list[Target]:
    """Targets by how likely somebody takes a stance on them, the likeliest first.

    A span's ``sentence`` is the number of a segment. Spans that are the same name, or the end of a longer one, are
    one target; ``least`` is how likely it must be that not all of its spans are mistaken.
    """
    groups: list[_Group] = []
    whole = _whole(segments, spans)
    for span in sorted(whole, key=lambda span: span.start - span.end):  # longer ones first
        english = _bare((segments[span.sentence].target or "")[span.start : span.end])
        dutch = _dutch(segments[span.sentence], english)
        group = next((g for g in groups if any(same_name(a, b) for a in g.names for b in (english, *dutch))), None)
        if group is None:
            groups.append(group := _Group())
        group.english.append(english)
        group.dutch += dutch
        group.unlikely *= 1 - span.score
    likely = sorted((g for g in groups if 1 - g.unlikely >= least and not g.is_people), key=lambda g: g.unlikely)
    return _with_article(segments, [group.target() for group in likely[:most]])


def _dutch(segment: Segment, english: str) -> list[str]:
    """What the source calls what the target calls so: the same names, else those that were misspelt on the way."""
    if " van " in english and english in segment.source:
        return [english]  # Robin van Persie
    found = []
    for name, start, _ in find_names(segment.source, segment.language or "nl"):
        words, count = name.split(), len(english.split())
        opens = start == 0 and len(words) > count and is_word(words[0].lower(), "nl")  # Autofabrikant Tesla
        found.append(" ".join(words[-count:]) if opens else name)
    same = [name for name in found if same_name(name, english)]
    # A name that the target has too was not misspelt: Kia EV3 and Kia EV4.
    return same or [n for n in found if n not in (segment.target or "") and alike(n.casefold(), english.casefold())]


def _whole(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Span]:
    """Spans that begin and end with words; those that then overlap are one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.sentence, span.start)):
        text = segments[span.sentence].target or ""
        words = [m for m in _WORD.finditer(text) if m.start() < span.end and m.end() > span.start]
        if not any(character.isalpha() for word in words for character in word.group()):
            continue
        start, end = words[0].start(), words[-1].end()
        if found and found[-1].sentence == span.sentence and found[-1].end > start:
            found[-1] = replace(found[-1], end=max(end, found[-1].end), score=max(span.score, found[-1].score))
        else:
            found.append(replace(span, start=start, end=end))
    return found


def _with_article(segments: Sequence[Segment], targets: Sequence[Target]) -> list[Target]:
    """``de Tesla`` is the Tesla Model Y, not the firm, where the text speaks of no other Tesla that has a name."""
    named = [name for s in segments for name, _, _ in find_names(s.source, s.language or "nl") if " " in name]
    found = []
    for target in targets:
        first = target.name.split()[0]
        others = (name for name in named if name.split()[0] == first and not same_name(name, target.name))
        alone = " " in target.name and any(same_name(name, target.name) for name in named) and not any(others)
        found.append(replace(target, first=first) if alone else target)
    return found


class _Group:
    """What is one target."""

    def __init__(self) -> None:
        self.english: list[str] = []
        self.dutch: list[str] = []
        self.unlikely = 1.0

    @property
    def names(self) -> list[str]:
        """All names, in order."""
        return list(dict.fromkeys([*self.dutch, *self.english]))

    @property
    def is_people(self) -> bool:
        """Whether it is an adjective of origin, and the Dutch, which has no name there, agrees."""
        return not self.dutch and all(_PEOPLE.fullmatch(name) for name in self.english)

    def target(self) -> Target:
        """By its longest name, in the spelling of the Dutch where there is one."""
        name = max(self.dutch or self.english, key=len)
        return Target(name, tuple(other for other in self.names if other != name), 1 - self.unlikely)


def _bare(text: str) -> str:
    words = text.split(" ")
    while len(words) > 1 and words[0].lower() in _EDGES:
        del words[0]
    while len(words) > 1 and words[-1].lower() in _EDGES:
        del words[-1]
    return " ".join(words).rstrip(",;:")

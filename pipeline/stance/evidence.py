"""Sentences that name nobody: ``What a great car.`` is about one of the targets that it could be about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Segment, Stance
from pipeline.stance.passages import Names, mentions
from pipeline.stance.targets import Target

_OTHERWISE = 0.5  # how likely it then is that another one was meant after all


def share_evidence(segments: Sequence[Segment], targets: Sequence[Target], stances: Sequence[Stance]) -> list[Stance]:
    """The stances; of those with one strongest sentence that names none of them, one keeps its score.

    That is the target that was named last before the sentence, in its paragraph.
    """
    numbers = {target.name: number for number, target in enumerate(targets)}
    named = mentions(segments, Names(targets))
    sharing: defaultdict[int, list[int]] = defaultdict(list)
    for stance in stances:
        if stance.label != "neutral" and stance.evidence and not named[stance.evidence[0]]:
            sharing[stance.evidence[0]].append(numbers[stance.target])
    less = set[int]()
    for sentence, group in sharing.items():
        meant = _named_before(segments, named, sentence, group)
        if meant is not None:
            less |= {number for number in group if number != meant}
    return [
        replace(stance, score=round(stance.score * _OTHERWISE, 3)) if numbers[stance.target] in less else stance
        for stance in stances
    ]


def _named_before(
    segments: Sequence[Segment], named: Sequence[Sequence[int]], sentence: int, group: Sequence[int]
) -> int | None:
    for other in range(sentence - 1, -1, -1):
        if segments[other].paragraph != segments[sentence].paragraph:
            return None
        if found := [number for number in named[other] if number in group]:
            return found[-1]
    return None

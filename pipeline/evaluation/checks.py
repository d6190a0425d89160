"""How much of what can go wrong the checks find, and how often they cry wolf: gold translations, spoiled by rule."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.nmt.checks import check
from pipeline.pairs import Pair, read_pairs

Spoiler = Callable[[Pair, random.Random], str | None]
_DIGITS = re.compile(r"(?<![^\W_])\d+(?:[.,]\d+)*(?!\w)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]{2,}")
_SHORTEST = 4  # words of a target that is worth spoiling


@dataclass(frozen=True, slots=True)
class CheckScores:
    """What was flagged of ``gold`` untouched translations, by flag, and what of the ``spoiled`` ones, by damage.

    ``found`` and ``named`` are shares: those with any flag, and those with the flag that the damage calls for.
    """

    testset: str
    gold: int
    false_alarms: dict[str, int]
    any_false_alarm: float
    spoiled: dict[str, int]
    found: dict[str, float]
    named: dict[str, float]

    def lines(self) -> list[str]:
        """The scores in words, for people."""
        alarms = ", ".join(f"{name} {count}" for name, count in sorted(self.false_alarms.items())) or "none"
        rows = [
            f"{self.testset}: {self.gold} gold translations, {self.any_false_alarm:.2%} flagged ({alarms})",
            "  damage                spoiled   found   by its flag",
        ]
        return rows + [
            f"  {kind:<20} {count:>8} {self.found[kind]:>7.1%} {self.named[kind]:>10.1%}"
            for kind, count in self.spoiled.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """One object of plain numbers."""
        return asdict(self)


def evaluate_checks(testset: str | Path, *, rounds: int = 1, seed: int = 1) -> CheckScores:
    """Check the pairs of a TSV as they are, and spoiled ``rounds`` times in each way."""
    pairs = read_pairs(testset)
    alarms = [check(*pair) for pair in pairs]
    rng = random.Random(seed)
    spoiled: dict[str, int] = {}
    found: dict[str, float] = {}
    named: dict[str, float] = {}
    for kind, (spoil, flags) in SPOILERS.items():
        damaged = [(pair[0], text) for _ in range(rounds) for pair in pairs if (text := spoil(pair, rng)) is not None]
        results = [check(source, target) for source, target in damaged]
        spoiled[kind] = len(damaged)
        found[kind] = _share(sum(map(bool, results)), len(damaged))
        named[kind] = _share(sum(not flags.isdisjoint(result) for result in results), len(damaged))
    return CheckScores(
        testset=str(testset),
        gold=len(pairs),
        false_alarms={name: sum(name in a for a in alarms) for name in sorted({name for a in alarms for name in a})},
        any_false_alarm=_share(sum(map(bool, alarms)), len(pairs)),
        spoiled=spoiled,
        found=found,
        named=named,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def repeated(pair: Pair, rng: random.Random) -> str | None:
    """A phrase of one to five words three to eight times in a row."""
    words = pair[1].split()
    if len(words) < _SHORTEST:
        return None
    start = rng.randrange(len(words))
    end = start + rng.randint(1, 5)
    return " ".join(words[:start] + words[start:end] * rng.randint(3, 8) + words[end:])


def halved(pair: Pair, rng: random.Random) -> str | None:
    """The first half of the words."""
    words = pair[1].split()
    return " ".join(words[: len(words) // 2]) if len(words) >= _SHORTEST else None


def changed(pair: Pair, rng: random.Random) -> str | None:
    """One figure with another digit."""
    figures = list(_DIGITS.finditer(pair[1]))
    if not figures:
        return None
    match = rng.choice(figures)
    places = [i for i in range(match.start(), match.end()) if pair[1][i].isdigit()]
    place = rng.choice(places)
    digit = rng.choice([d for d in "123456789" if d != pair[1][place]])
    return pair[1][:place] + digit + pair[1][place + 1 :]


def shifted(pair: Pair, rng: random.Random) -> str | None:
    """A figure with Dutch marks where English has others: ten thousand becomes ten."""
    marks = [m for m in _DIGITS.finditer(pair[1]) if re.search(r"[.,]", m.group())]
    if not marks:
        return None
    match = rng.choice(marks)
    return pair[1][: match.start()] + match.group().translate(str.maketrans(".,", ",.")) + pair[1][match.end() :]


def dropped(pair: Pair, rng: random.Random) -> str | None:
    """Without one figure."""
    figures = list(_DIGITS.finditer(pair[1]))
    if not figures:
        return None
    match = rng.choice(figures)
    return pair[1][: match.start()] + pair[1][match.end() :].lstrip()


def untranslated(pair: Pair, rng: random.Random) -> str | None:
    """The source itself."""
    return pair[0] if len(pair[1].split()) >= _SHORTEST and pair[0] != pair[1] else None


def nameless(pair: Pair, rng: random.Random) -> str | None:
    """Without one of the names that both sides write alike."""
    names = [m for m in _NAME.finditer(pair[1]) if re.search(rf"\b{re.escape(m.group())}\b", pair[0])]
    if not names:
        return None
    match = rng.choice(names)
    return pair[1][: match.start()] + pair[1][match.end() :].lstrip()


def misspelt(pair: Pair, rng: random.Random) -> str | None:
    """One of the names that both sides write alike, with one letter that is another."""
    names = [m for m in _NAME.finditer(pair[1]) if re.search(rf"\b{re.escape(m.group())}\b", pair[0])]
    if not names:
        return None
    match = rng.choice(names)
    place = rng.randrange(match.start() + 1, match.end())
    letter = rng.choice([c for c in "abdegiklmnoprstuvz" if c != pair[1][place].lower()])
    return pair[1][:place] + letter + pair[1][place + 1 :]


SPOILERS: dict[str, tuple[Spoiler, set[str]]] = {
    "repetition": (repeated, {"repetition"}),
    "half of it": (halved, {"length", "truncated"}),
    "another digit": (changed, {"numbers"}),
    "marks exchanged": (shifted, {"numbers"}),
    "figure dropped": (dropped, {"numbers"}),
    "untranslated": (untranslated, {"untranslated"}),
    "name dropped": (nameless, {"names"}),
    "name misspelt": (misspelt, {"names"}),
}

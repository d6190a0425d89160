"""Whom a document speaks of: given targets, or names that recur on the Dutch side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A name: capitalised words and codes side by side (Lei Jun, Tesla Model Y, YU7, iPhone 17).
_TOKEN = r"(?:[A-ZÀ-Þ][\w&.]*\w|[A-ZÀ-Þ]\b|[a-z]{1,2}[A-Z]\w+)"
_NAME = re.compile(rf"(?<![\w’'-]){_TOKEN}(?:[ ](?:{_TOKEN}|\d{{1,4}}\b)){{0,5}}")
_POSSESSIVE = re.compile(r"['’]s?$|['’]s\b.*$")
_SENTENCE_OPENING = re.compile(r"(?:^|[:.!?…]\s|[(\[“”\"„‘'«–—-]\s?)\W*$")
_PEOPLES = re.compile(r"\w{3,}(?:se|sche|isch|ees|aans|ër|ërs|aan|anen|zen)")  # Chinese, Europees, Italiaan, Chinezen
_WINDOW = 60  # characters
_ACRONYM = re.compile(r"[A-Z]{2,3}")
_DETERMINED = re.compile(r"(?:\b(?:een|het|ons|hun|mijn|je|jouw|geen)|\b[a-zà-ÿ]+e)\s+$")


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody or something that a stance can be about. ``aliases`` are other names for it."""

    name: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name, its aliases, and the ends of longer names that stand for the whole (Jun, Model Y)."""
        return tuple(dict.fromkeys([self.name, *self.aliases, *_endings(self.name)]))


def find_targets(sentences: Sequence[str], at_least: int, at_most: int) -> list[Target]:
    """Names that occur ``at_least`` times, the most frequent first; ends of longer names count for the longer."""
    counts = _count_names(sentences)
    merged: Counter[str] = Counter()
    for name in sorted(counts, key=lambda name: -len(name.split())):
        whole = next((longer for longer in merged if name in _endings(longer)), name)
        merged[whole] += counts[name]
    recurring = [(name, count) for name, count in merged.items() if count >= at_least]
    recurring.sort(key=lambda item: (-item[1], item[0]))
    return [Target(name) for name, _ in recurring[:at_most]]


def _endings(name: str) -> Iterable[str]:
    words = name.split()
    for start in range(1, len(words)):
        ending = words[start:]
        if len(ending) > 1 or len(ending[0]) > 2:
            yield " ".join(ending)


def _count_names(sentences: Sequence[str]) -> Counter[str]:
    inside: set[str] = set()  # words with a capital where a sentence does not ask for one
    loose: set[str] = set()  # names that stand without an article or adjective before them at least once
    found: list[tuple[str, bool]] = []
    for sentence in sentences:
        for match in _NAME.finditer(sentence):
            name = _POSSESSIVE.sub("", match.group())
            before, after = _before(sentence, match.start()), sentence[match.end() : match.end() + 2]
            opening = bool(_SENTENCE_OPENING.search(before))
            inside.update(name.split()[1 if opening else 0 :])
            if not _DETERMINED.search(before) and not re.match(r"['’]s|-\w", after):
                loose.add(name)
            found.append((name, opening))
    counts: Counter[str] = Counter()
    for name, opening in found:
        words = name.split()
        if opening and words[0] not in inside:
            words = words[1:]
        if words and _PEOPLES.fullmatch(words[0]):
            words = words[1:]
        name = " ".join(words)
        if not words or (len(words) == 1 and not _can_be_name(name, loose)):
            continue
        counts[name] += 1
    return counts


def _before(sentence: str, start: int) -> str:
    """The end of what stands before a name; a point for whatever is left out, so that it does not look like nothing."""
    return sentence[:start] if start <= _WINDOW else "·" + sentence[start - _WINDOW : start]


def _can_be_name(word: str, loose: set[str]) -> bool:
    """Not a letter, not a number, and no kind of thing (``een EV``) that looks like BMW."""
    if len(word) < 2 or word.isdigit():
        return False
    return not _ACRONYM.fullmatch(word) or word in loose

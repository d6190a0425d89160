"""Whom a document speaks of: given targets, or names that recur on the Dutch side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from pipeline.nmt.spelling import is_word
from pipeline.segmentation.dutch import OPENERS

# A name: capitalised words and codes side by side (Lei Jun, Tesla Model Y, YU7, iPhone 17).
_TOKEN = r"(?:[A-ZÀ-Þ][\w&.]*\w|[A-ZÀ-Þ]\b|[a-z]{1,2}[A-Z]\w+)"
_PARTICLE = r"(?:(?:van )?(?:den|der|de)|ten|ter)"  # between a given name and a surname: Jan van der Berg
_PARTICLES = frozenset({"van", "de", "den", "der", "ten", "ter"})
_NAME = re.compile(rf"(?<![\w’'-]){_TOKEN}(?:[ ](?:{_PARTICLE}[ ])?(?:{_TOKEN}|\d{{1,4}}\b)){{0,5}}")
_POSSESSIVE = re.compile(r"['’]s?$|['’]s\b.*$")
_SENTENCE_OPENING = re.compile(r"(?:^|[:.!?…]\s|[(\[“”\"„‘'«–—-]\s?)\W*$")
_PEOPLES = re.compile(r"\w{3,}(?:se|sche|isch|ees|aans|ër|ërs|aan|anen|zen)")  # Chinese, Europees, Italiaan, Chinezen
_ARTICLES = frozenset("the a an de het een his her its their our my your".split())
_SMALL = re.compile(r"(?<![\w])[a-zà-ÿ]+(?!\w)")
ROLES = frozenset(  # which stand before a name without an article
    """
    advocaat analist baas bestuurder boer burgemeester coach columnist commissaris directeur eigenaar hoogleraar
    journalist kamerlid leider minister ondernemer onderzoeker oprichter premier president presentator professor rapper
    reparateur schrijver staatssecretaris topman topvrouw trainer verslaggever voorman voorzitter wethouder woordvoerder
    zanger zangeres
    """.split()
)
_WINDOW = 60  # characters
_ACRONYM = re.compile(r"[A-Z]{2,3}")
_DETERMINED = re.compile(r"(?:\b(?:een|ons|hun|mijn|je|jouw|geen)|\b(?!de\b)[a-zà-ÿ]+e)\s+$", re.IGNORECASE)


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
    wholes: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: -len(name.split())):
        if name not in wholes:
            for ending in _endings(name):
                wholes.setdefault(ending, name)
        merged[wholes.get(name, name)] += counts[name]
    recurring = [(name, count) for name, count in merged.items() if count >= at_least]
    recurring.sort(key=lambda item: (-item[1], item[0]))
    return [Target(name) for name, _ in recurring[:at_most]]


def find_names(sentence: str, language: str = "nl") -> list[tuple[str, int, int]]:
    """The names of one sentence with where they stand; a common word that opens the sentence is left out of them."""
    found = []
    for match in _NAME.finditer(sentence):
        words = (name := _POSSESSIVE.sub("", match.group())).split()
        alone = len(words) == 1
        if _SENTENCE_OPENING.search(_before(sentence, match.start())):
            first = words[0].lower()
            words = words[1:] if (is_word(first, language) if alone else first in OPENERS | ROLES) else words
        words = words[1:] if words and _PEOPLES.fullmatch(words[0]) else words
        kept = " ".join(dropwhile(str.islower, words))  # "Volgens de VVD" looks like "Jan de Vries"
        if len(kept) > 1 and not kept.isdigit():
            start = match.start() + len(name) - len(kept)
            found.append((kept, start, start + len(kept)))
    return found


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for case, article and genitive, or one is the end of the other (Model Y)."""
    ours, theirs = _bare(one), _bare(other)
    short, long = sorted((ours, theirs), key=len)
    return bool(short) and long[-len(short) :] == short


def _bare(name: str) -> list[str]:
    words = _POSSESSIVE.sub("", name).casefold().split()
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def _endings(name: str) -> Iterable[str]:
    words = name.split()
    for start in range(1, len(words)):
        ending = words[start:]
        if len(ending) > 1 or len(ending[0]) > 2:
            yield " ".join(ending)


def _count_names(sentences: Sequence[str]) -> Counter[str]:
    small = {word for sentence in sentences for word in _SMALL.findall(sentence)}
    inside: set[str] = set()  # words with a capital where a sentence does not ask for one
    openings: Counter[str] = Counter()
    found: list[tuple[str, bool, bool]] = []
    for sentence in sentences:
        for match in _NAME.finditer(sentence):
            name = _POSSESSIVE.sub("", match.group())
            before, after = _before(sentence, match.start()), sentence[match.end() : match.end() + 2]
            opening = bool(_SENTENCE_OPENING.search(before))
            inside.update(name.split()[1 if opening else 0 :])
            openings.update(name.split()[:1] if opening else [])
            found.append((name, opening, not _DETERMINED.search(before) and not re.match(r"['’]s|-\w", after)))
    # a word that keeps opening sentences, and is nowhere written small, is a name as well
    inside |= {
        word
        for word, count in openings.items()
        if count > 1 and word.lower() not in small and word.lower() not in OPENERS
    }
    stripped = [(_strip(name, opening, inside), loose) for name, opening, loose in found]
    loose_names = {name for name, loose in stripped if loose}
    return Counter(name for name, _ in stripped if name and (" " in name or _can_be_name(name, loose_names)))


def _strip(name: str, opening: bool, inside: set[str]) -> str:
    """The name without a word that only opens the sentence, and without the adjective of a people before it."""
    words = name.split()
    surname = len(words) > 1 and words[0].lower() in _PARTICLES and words[1].islower()  # Van den Berg
    if opening and words[0] not in inside and not surname:
        words = words[1:]
    if words and _PEOPLES.fullmatch(words[0]):
        words = words[1:]
    while words and words[0].islower():  # a particle that was left over
        words = words[1:]
    return " ".join(words)


def _before(sentence: str, start: int) -> str:
    """The end of what stands before a name; a point for whatever is left out, so that it does not look like nothing."""
    return sentence[:start] if start <= _WINDOW else "·" + sentence[start - _WINDOW : start]


def _can_be_name(word: str, loose: set[str]) -> bool:
    """Not a letter, a number or a particle, and no kind of thing (``een EV``) that looks like BMW."""
    if len(word) < 2 or word.isdigit() or word.lower() in OPENERS:
        return False
    return not _ACRONYM.fullmatch(word) or word in loose

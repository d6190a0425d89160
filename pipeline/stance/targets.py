"""Names: whom a document can speak of, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import dropwhile

from pipeline.nmt.checks import ENGLISH_OPENERS
from pipeline.nmt.spelling import is_common, is_word
from pipeline.segmentation.dutch import OPENERS

# A name: capitalised words and codes side by side (Lei Jun, Tesla Model Y, YU7, iPhone 17).
_TOKEN = r"(?:[A-ZÀ-Þ][\w&.]*\w|[A-ZÀ-Þ]\b|[a-z]{1,2}[A-Z]\w+)"
_PARTICLE = r"(?:van (?:den|der|de)|den|der|ten|ter)"  # between a given name and a surname: Jan van der Berg
# Jan de Vries, but not "noemt Trump de Europese leiders", "won Anna de Grand Prix"
_SURNAME = rf"(?:{_PARTICLE}[ ][A-ZÀ-Þ][a-zà-ÿ]\w*|de[ ](?!\w{{3,}}se\b)[A-ZÀ-Þ][a-zà-ÿ]\w*\b(?![ ][A-ZÀ-Þ]))"
# "van" alone is between a given name and a surname too (Robin van Persie), but not in "de Tesla van Musk".
_NO_ARTICLE = r"(?<!\b[Dd]e )(?<!\b[Hh]et )(?<!\b[Ee]en )"
_GIVEN = r"[A-ZÀ-Þ][a-zà-ÿ]+"
_VAN = rf"{_NO_ARTICLE}(?:{_TOKEN}[ ])?{_GIVEN}[ ]van[ ]{_GIVEN}(?:-{_GIVEN})?\b(?![ ][A-ZÀ-Þ])"
_NAME = re.compile(rf"(?<![\w’'-])(?:{_VAN}|{_TOKEN}(?:[ ](?:{_SURNAME}|{_TOKEN}|\d{{1,4}}\b)){{0,5}})")
_POSSESSIVE = re.compile(r"['’]s?$|['’]s\b.*$")
_SENTENCE_OPENING = re.compile(r"(?:^|[:.!?…]\s|[(\[“”\"„‘'«–—-]\s?)\W*$")
_PEOPLES = re.compile(r"\w{3,}(?:se|ische?|ees|aans|ër|ërs|aan|anen|zen)")  # Chinese, Europees, Italiaan, Chinezen
_ARTICLES = frozenset("the a an de het een his her its their our my your".split())
ROLES = frozenset(  # which stand before a name without an article
    """
    advocaat analist baas bestuurder boer burgemeester coach columnist commissaris directeur eigenaar hoogleraar
    journalist kamerlid leider minister ondernemer onderzoeker oprichter premier president presentator professor rapper
    reparateur schrijver staatssecretaris topman topvrouw trainer verslaggever voorman voorzitter wethouder woordvoerder
    zanger zangeres
    """.split()
)
_GIVEN_NAMES = frozenset(  # which are frequent words, too
    "bas ben eva frank hans iris jan job lot mark max peter piet rob roos ton".split()
)
_OPENERS = {"nl": OPENERS | ROLES, "en": ENGLISH_OPENERS}
_WINDOW = 60  # characters


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody or something that a stance can be about. ``aliases`` are other names for it.

    ``likely`` is the probability that somebody takes one: 1 where it was asked for. ``first`` is the beginning of the
    name, where ``de Tesla`` can only be this one.
    """

    name: str
    aliases: tuple[str, ...] = ()
    likely: float = 1.0
    first: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def endings(self) -> tuple[str, ...]:
        """The ends of a longer name that stand for the whole (Jun, Model Y)."""
        return tuple(_endings(self.name))


def find_names(sentence: str, language: str = "nl") -> list[tuple[str, int, int]]:
    """The names of one sentence with where they stand; a common word that opens the sentence is left out of them."""
    found = []
    for match in _NAME.finditer(sentence):
        words = (name := _POSSESSIVE.sub("", match.group())).split()
        parts = [(words, len(name))]
        if _SENTENCE_OPENING.search(_before(sentence, match.start())):
            words = words[1:] if _opens(words, language) else words
            parts = [(words, len(name))]
        if words[-2:-1] == ["van"] and (
            len(words) > 3 or name.lower().split()[0] in _ARTICLES or _PEOPLES.fullmatch(words[-1])
        ):  # Anna Berg van Volvo, De Bigster van Dacia, Europa van Chinese makelij
            parts = [(words[:-2], len(name) - len(words[-1]) - len(" van ")), (words[-1:], len(name))]
        for part, end in parts:
            part = part[1:] if part and _PEOPLES.fullmatch(part[0]) else part
            kept = " ".join(dropwhile(str.islower, part))  # "Volgens de VVD" looks like "Jan de Vries"
            if len(kept) > 1 and not kept.isdigit():
                found.append((kept, match.start() + end - len(kept), match.start() + end))
    return found


def _opens(words: list[str], language: str) -> bool:
    """Whether the first word of a match that opens a sentence is no part of a name."""
    first = words[0].lower()
    if first in _OPENERS.get(language, ()):
        return True
    if words[1:-1] == ["van"] and first in _GIVEN_NAMES:
        return False
    may_be_word = len(words) == 1 or words[1:-1] == ["van"]  # Feyenoord wint, Fans van Feyenoord juichen
    return is_common(first, language) if may_be_word else _describes(words, language)


def _describes(words: list[str], language: str) -> bool:
    """Whether the first word is an adjective of the rest: Voormalige BMW, but not Porsche GT3 or Rode Kruis."""
    first, rest = words[0].lower(), words[1:]
    inflected = first.endswith("e") and is_word(first, language) and is_word(first[:-1], language)
    return inflected and any(word.isupper() or not is_word(word.lower(), language) for word in rest)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for case, article, genitive and plural, or one ends the other (Model Y)."""
    ours, theirs = _bare(one), _bare(other)
    short, long = sorted((ours, theirs), key=len)
    if not short:
        return False
    end = long[-len(short) :]
    return end[:-1] == short[:-1] and end[-1].removesuffix("s") == short[-1].removesuffix("s")


def _bare(name: str) -> list[str]:
    words = _POSSESSIVE.sub("", name).casefold().split()
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def _endings(name: str) -> Iterable[str]:
    words = name.split()
    for start in range(1, len(words)):
        ending = words[start:]
        begins = not ending[0].islower() or name.islower()  # Dieren, not "voor de Dieren"
        if begins and (len(ending) > 1 or len(ending[0]) > 2):
            yield " ".join(ending)


def _before(sentence: str, start: int) -> str:
    """The end of what stands before a name; a point for whatever is left out, so that it does not look like nothing."""
    return sentence[:start] if start <= _WINDOW else "·" + sentence[start - _WINDOW : start]

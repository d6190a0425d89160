"""What is wrong with a translation, as far as source and target alone can tell. Pure functions, no model.

The thresholds are set on gold translations of news: ``docs/quality.md`` has what they find and what they cry wolf at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from pipeline.nmt.figures import Figure, figures, may_be_spelt
from pipeline.nmt.spelling import alike, has_list, is_common, is_word

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_END = re.compile(r"[.!?…。！？।؟۔]\W*$")
_RATIO = (0.6, 1.8)  # characters of the target for one of the source
_DENSE = frozenset({"zh", "ja", "ko"})  # a character is a syllable or a word
_NOUNS_HAVE_CAPITALS = frozenset({"de"})
_SLACK = 8  # characters more or less that mean nothing in a short text
_PHRASE = 8  # words of the longest phrase that is looked for again right behind itself
_STUTTER = re.compile(r"([^\W\d_]{1,4}?)\1{2,}")  # up to four letters, three times in a row
_NAME = re.compile(r"(?<![^\W_])[^\W\d_][^\W_]*(?:['’.][^\W_]+)*")
_DASH = re.compile(r"(?:^|\s)[-–—]\s+\W*$")
_BEFORE = 20  # characters before a word that tell whether it begins a sentence
_SHORTEST_WORD = 4  # letters of the last part of a compound
_INFLECTED = 6  # letters from which a name may end in an ending
_POSSESSIVE = re.compile(r"['’]?s$")
_MEMBER = re.compile(r"['’]ers?$")  # VVD'er
_SOUNDS = (("tsj", "ch"), ("sj", "sh"), ("oe", "u"), ("j", "y"))
_ENGLISH_NAMES = {"kiev": "kyiv", "qaida": "qaeda"}
_WEIGHTS = {"repetition": 3, "length": 3, "numbers": 1, "names": 1, "untranslated": 3, "truncated": 2}
_COPIED = 0.6  # share of the words in lower case that are the source's
_CODE = re.compile(r"(?=\w*\d)(?=\w*[^\W\d_])\w+")
# English words that begin sentences and are no names
ENGLISH_OPENERS = frozenset(
    "a about according after all also although an and another any anyone are as at because before but by can do does "
    "during even every everyone for from had has have he her here his how i if in is it its just many more most my no "
    "not nothing now of on once one only or our over she since so some still such that the their then there these they "
    "this those three through to today tomorrow two under until was we what when where whether which while who why "
    "will with without yesterday yet you your".split()
)
_ORDINAL = re.compile(r"\d+(?:e|ste|de|st|nd|rd|th|s)$", re.IGNORECASE)


def check(source: str, target: str, *, languages: tuple[str, str] = ("nl", "en")) -> list[str]:
    """The names of the checks that the target fails: repetition, length, numbers, names, untranslated, truncated.

    ``languages`` are those of source and target, by which figures are read.
    """
    return [name for name, count in _counts(source, target, languages).items() if count]


def severity(source: str, target: str, *, languages: tuple[str, str] = ("nl", "en")) -> int:
    """How bad the target is by the same checks; 0 is nothing to complain of."""
    return sum(_WEIGHTS[name] * count for name, count in _counts(source, target, languages).items())


@lru_cache(maxsize=10_000)  # the check stage asks again what the engine asked before
def _counts(source: str, target: str, languages: tuple[str, str]) -> Mapping[str, int]:
    return {
        "repetition": repeats(source, target),
        "length": _DENSE.isdisjoint(languages) and wrong_length(source, target),
        "numbers": len(changed_figures(source, target, languages)),
        "names": len(lost_names(source, target, languages)),
        "untranslated": copies(source, target, languages[1]),
        "truncated": breaks_off(source, target),
    }


def repeats(source: str, target: str) -> bool:
    """Whether the target loops: a phrase, or a bit of a word, again and again, more often than in the source."""
    return (_loops(_folded(target)) and not _loops(_folded(source))) or (
        bool(_STUTTER.search(target)) and not _STUTTER.search(source)
    )


def wrong_length(source: str, target: str) -> bool:
    """Whether the target is far shorter or longer than translations are."""
    low, high = _RATIO
    long, short = len(source.strip()), len(target.strip())
    return short < low * long - _SLACK or short > high * long + _SLACK


def changed_figures(source: str, target: str, languages: tuple[str, str] = ("nl", "en")) -> list[Figure]:
    """Figures of the source that the target lacks, and figures in digits that only the target has."""
    ours, theirs = figures(source, languages[0]), figures(target, languages[1])
    lost = [figure for figure in ours if figure.sure and not any(figure.same(other) for other in theirs)]
    new = [figure for figure in theirs if not figure.word and not any(figure.same(other) for other in ours)]
    return [figure for figure in lost if not may_be_spelt(figure, languages[1])] + [
        figure for figure in new if not may_be_spelt(figure, languages[0])
    ]


def lost_names(source: str, target: str, languages: tuple[str, str] = ("nl", "en")) -> list[str]:
    """Codes such as ``YU7`` that the target lacks, names that it misspells, and names that it has no word for.

    The last is not asked where the source gives every noun a capital, or the target has none.
    """
    text = "".join(_folded(target))
    ours = [(_MEMBER.sub("", name), begins) for name, begins in capitalised(source)]
    named = [(name, begins) for name, begins in ours if name.casefold() not in text]
    lost = [code for code in _codes(source) if code.casefold().replace("-", "") not in text.replace("-", "")]
    names = [name for name, begins in named if not begins and name not in lost and _stem(name.casefold()) not in text]
    source_text = "".join(_folded(source))
    others = [
        name
        for name, begins in capitalised(target)
        if name.casefold() not in source_text and not (begins and name.casefold() in ENGLISH_OPENERS)
    ]
    misspelt = [name for name, _ in named if any(_misspells(other, name, languages[1]) for other in others)]
    if languages[0] in _NOUNS_HAVE_CAPITALS or languages[1] in _DENSE:
        names = []
    elif len(names) <= len(others):  # those may be what the target's language calls them, if the source's has its own
        respelt = {_respelt(word) for word in _folded(target)}
        bare = {name: _POSSESSIVE.sub("", name.casefold()) for name in names}
        names = [
            name for name in names if _is_foreign(bare[name], languages[0]) and _respelt(bare[name]) not in respelt
        ]
    return list(dict.fromkeys(lost + misspelt + names))


def _is_foreign(name: str, language: str) -> bool:
    """Whether a name is no word of the language, and no compound that ends in one: Xiaomi, but not Vredesbrug."""
    ends = (name[start:] for start in range(len(name) - _SHORTEST_WORD + 1))
    long = len(name) >= _SHORTEST_WORD
    return long and not is_word(name, language) and not any(is_common(end, language) for end in ends)


def _misspells(word: str, name: str, language: str) -> bool:
    """Whether the word is much like the name, and not what the language calls it (Londen, London; NAVO, NATO)."""
    ours, theirs = (_POSSESSIVE.sub("", text.casefold()) for text in (name, word))
    if name.isupper() or _respelt(ours) == _respelt(theirs) or _ENGLISH_NAMES.get(ours) == theirs:
        return False
    return alike(ours, theirs) and not (is_word(word.casefold(), language) or is_word(theirs, language))


def _respelt(name: str) -> str:
    """Without accents, and in the English spelling of Slavic and Arabic names (Loekasjenko, Zelenski)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    for dutch, english in _SOUNDS:
        plain = plain.replace(dutch, english)
    return re.sub(r"(?<=sk)(?:i|yy)$", "y", plain)


def copies(source: str, target: str, language: str = "en") -> bool:
    """Whether the target is the source again, all or most of it, and not in words that its ``language`` has too."""
    ours, theirs = _plain_words(source), _plain_words(target)
    if len(theirs) < 2:
        return bool(theirs) and ours == theirs
    known = set(ours)
    shared = [word for word in theirs if word in known]
    foreign = not has_list(language) or any(not is_word(word, language) for word in shared)
    return len(shared) >= _COPIED * len(theirs) and (foreign or _folded(source) == _folded(target))


def breaks_off(source: str, target: str) -> bool:
    """Whether the source is a whole sentence and the target has no end."""
    return bool(_END.search(source)) and not _END.search(target)


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _loops(words: list[str]) -> bool:
    """Whether a phrase of two to eight words stands twice in a row, or one word three times ("on on" may be)."""
    for size in range(1, _PHRASE + 1):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= max(size, 2):
                return True
    return False


def _plain_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.islower()]


def _stem(name: str) -> str:
    """Without what makes it an adjective (``Limburgse``)."""
    return name[:-2] if len(name) >= _INFLECTED else name


def capitalised(text: str) -> Iterator[tuple[str, bool]]:
    """Capitalised words, and parts of words joined by hyphens, and whether they begin a sentence."""
    for match in _NAME.finditer(text):
        if not match.group()[0].isupper():
            continue
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        bare = before.rstrip(" \t\n'’‘“”\"«(-–—•*")
        yield match.group(), not bare or bare[-1] in ".!?…:" or bool(_DASH.search(before))


def _codes(text: str) -> list[str]:
    return [match.group() for match in _CODE.finditer(text) if not _ORDINAL.match(match.group())]

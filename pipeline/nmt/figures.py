"""The figures of a text, whatever marks its language writes them with: ``1.250,5`` and ``1,250.5`` are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# Marks of numbers: CLDR, https://cldr.unicode.org (symbols of numbers, decimal and group). Elsewhere 1,250.5.
_DECIMAL_COMMA = frozenset(
    "af az be bg bs ca cs da de el eo es et eu fi fr hr hu hy id is it ka kk lt lv mk nb nl nn pl pt ro ru sk sl sq sr "
    "sv tr ts uk vi".split()
)
_SPACED = frozenset("af be bg cs eo et fi fr hu hy ka kk lt lv nb nn pl ru sk sq sv ts uk xh".split())
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\w)")  # 1 250
_NUMBER = re.compile(r"(?<![^\W_])\d+(?:[.,:]\d+)*")
_CLOCK = re.compile(r"([01]?\d|2[0-4])[.:]([0-5]\d)")
_SCALES = {
    "duizend": 3, "thousand": 3, "miljoen": 6, "mln": 6, "million": 6,
    "miljard": 9, "mld": 9, "mrd": 9, "billion": 9, "bn": 9, "biljoen": 12, "trillion": 12, "tn": 12,
}  # fmt: skip
_SCALE = re.compile(rf"[\s-]?({'|'.join(_SCALES)})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_MERIDIEM = re.compile(r"\s?[ap]\.?m\b", re.IGNORECASE)
_HALF = re.compile(r"\bhalf $", re.IGNORECASE)
_DECADE = re.compile(r"\bjaren ['’]?$", re.IGNORECASE)
_HOURS = 12
_SMALL = 20  # up to here a number is often a word

# Cardinals from nought to twenty and the tens, then the ordinals.
_CARDINALS = {
    "nl": "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien twintig",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty",
}
_ORDINALS = {
    "nl": "nulde eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende "
    "veertiende vijftiende zestiende zeventiende achttiende negentiende twintigste",
    "en": "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
}
_TENS = {
    "nl": "dertig veertig vijftig zestig zeventig tachtig negentig honderd",
    "en": "thirty forty fifty sixty seventy eighty ninety hundred",
}
_TENTHS = {
    "nl": "dertigste veertigste vijftigste zestigste zeventigste tachtigste negentigste honderdste",
    "en": "thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth",
}
_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties"
_AND_A_HALF = ("anderhalf", "anderhalve")
_UNSURE = re.compile(  # also other words, or with no figure in English
    r"(?:één|eén|een|acht|vier|nul|anderhal(?:f|ve)|one"
    r"|(?:eerste|tweede)(?=\s(?:kamer|minister|kerstdag|paasdag|pinksterdag)))\b",
    re.IGNORECASE,
)
_MULTIPLES = {
    "nil": 0,
    "secondly": 2,
    "thirdly": 3,
    "twice": 2,
    "both": 2,
    "thrice": 3,
    "thirds": 3,
    "quarters": 4,
    "fifths": 5,
    "tenths": 10,
}


def _words(language: str) -> dict[str, int]:
    if language not in _CARDINALS:
        return {}
    words = {word: value for value, word in enumerate(_CARDINALS[language].split())}
    words |= {word: value for value, word in enumerate(_ORDINALS[language].split())}
    for tens in (_TENS, _TENTHS):
        words |= {word: 10 * value for value, word in enumerate(tens[language].split(), 3)}
    if language == "en":
        words |= {word: 10 * value for value, word in enumerate(_DECADES.split(), 2)} | _MULTIPLES
    if language == "nl":
        words |= dict.fromkeys(("een", "eén", *_AND_A_HALF), 1)  # een miljoen, Eén, and what may be "one and a half"
    return words


_VALUES = {language: _words(language) for language in _CARDINALS}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: ``readings`` are the values that it may stand for, ``word`` that it is written out.

    ``scaled`` are those with the thousand, million or more that follows. It is not ``sure`` where it may be no number.
    """

    text: str
    readings: frozenset[str]
    scaled: frozenset[str] = frozenset()
    word: bool = False
    sure: bool = True

    def same(self, other: Figure) -> bool:
        """Whether both may stand for the same value."""
        if self.scaled and other.scaled:
            return not self.scaled.isdisjoint(other.scaled)
        return not self.readings.isdisjoint(other.readings)


def figures(text: str, language: str) -> list[Figure]:
    """The numbers in digits, and the numbers in words as far as the language's are known (up to twenty, and tens)."""
    if language in _SPACED:
        text = _THOUSANDS.sub(lambda match: "".join(match.group().split()), text)
    found = [_in_digits(match, language) for match in _NUMBER.finditer(text)]
    values = _VALUES.get(language, {})
    for match in _WORD.finditer(text[:1].lower() + text[1:]):  # with a capital it is part of a name
        if (word := match.group()) in values:
            value = Decimal("1.5") if word in _AND_A_HALF else Decimal(values[word])
            readings = {str(values[word]), _plain(value)} | _in_place(values[word], text[: match.start()])
            if _SMALL <= value < 100:
                readings.add(f"19{value}")  # the seventies
            scaled = _scaled(value, text[match.end() :])
            sure = not _UNSURE.match(text, match.start())
            found.append(Figure(word, frozenset(readings | scaled), scaled, word=True, sure=sure))
    return found


def may_be_spelt(figure: Figure, language: str) -> bool:
    """Whether a text may have the figure as a word that is not known here: a small number, or a round one."""
    small = {str(value) for value in (*range(_SMALL + 1), *range(_SMALL, 101, 10))}
    return language not in _VALUES and not small.isdisjoint(figure.readings)


def _in_place(value: int, before: str) -> set[str]:
    """What a number may be by the word before it: Dutch "half drie" is half past two, "jaren 90" the 1990s."""
    if _HALF.search(before):
        return {str(value - 1), f"{value - 1}:30", f"{value - 1 + _HOURS}:30"}
    return {f"19{value}"} if _DECADE.search(before) and _SMALL <= value < 100 else set()


def _in_digits(match: re.Match[str], language: str) -> Figure:
    text, before, rest = match.group(), match.string[: match.start()], match.string[match.end() :]
    value = _value(text, language)
    readings = {re.sub(r"[.,]", ":", text) if value is None else _plain(value)}
    if clock := _CLOCK.fullmatch(text):
        hour, minutes = int(clock[1]), clock[2]
        readings |= {f"{hour}:{minutes}", f"{(hour + _HOURS) % (2 * _HOURS)}:{minutes}"}
    elif value is not None and text.isdigit():
        readings |= _in_place(int(text), before)
        if _MERIDIEM.match(rest):  # 7 p.m. is 19 uur
            readings.add(str((int(text) + _HOURS) % (2 * _HOURS)))
    scaled = frozenset[str]() if value is None else _scaled(value, rest)
    return Figure(text, frozenset(readings | scaled), scaled)


def _scaled(value: Decimal, rest: str) -> frozenset[str]:
    """The value with the power of ten that follows it, if one does."""
    scale = _SCALE.match(rest)
    return frozenset({_plain(value.scaleb(_SCALES[scale[1].lower()]))} if scale else ())


def _value(text: str, language: str) -> Decimal | None:
    """The value by the language's marks; None where they stand as no number of the language has them."""
    if ":" in text:
        return None
    decimal, thousands = (",", ".") if language in _DECIMAL_COMMA else (".", ",")
    whole, _, fraction = text.partition(decimal)
    groups = whole.split(thousands)
    if all(len(group) == 3 for group in groups[1:]) and fraction.isdigit() | (fraction == ""):
        return Decimal("".join(groups) + (f".{fraction}" if fraction else ""))
    # "2.0" in a language of the decimal comma is a version or a name; "1,9" in English is a mistake
    return Decimal(text) if decimal == "," and text.count(".") == 1 and "," not in text else None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"

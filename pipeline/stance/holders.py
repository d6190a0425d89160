"""Who says it: the speaker of a quoted or reported sentence, on the Dutch side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.document import Segment
from pipeline.stance.targets import ROLES, find_names

_SAYS = """
    zegt zei zeggen zeiden stelt stelde meent meende denkt dacht verklaart verklaarde vertelt vertelde reageert
    reageerde schrijft schreef oordeelt oordeelde benadrukt benadrukte concludeert concludeerde waarschuwt waarschuwde
    klaagt klaagde lacht lachte verzucht verzuchtte foetert foeterde moppert mopperde juicht juichte spreekt sprak
    twitterde tweet postte blikt antwoordt antwoordde
""".split()
# Behind these stands whom they are about, unless a quote or one word is before them: "...", vindt Anna; Zo noemt Anna
_SAYS_OF = """
    vindt vond noemt noemde prijst prees roemt roemde looft loofde erkent erkende bekritiseert bekritiseerde hekelt
    hekelde bekent bekende belooft beloofde voorspelt voorspelde vraagt vroeg
""".split()
_VERB = rf"(?:{'|'.join([*_SAYS, *_SAYS_OF])})"
_WORD = r"(?!(?:is|was|zijn|waren|heeft|had|wordt|werd|mij|me|hem|haar|ons|hen)\b)[a-zà-ÿ-]+\s+"
_NOT_ABOUT = rf"(?!(?:de|het|een|over|op|aan|tegen|met|voor|in|bij|naar|uit|om|dat)\b){_WORD}"
# In Amsterdam vindt de politie; In De Telegraaf noemt Anna Berg het mooi
_PREPOSED = (
    r"^(?:In|Op|Bij|Via|Na|Voor|Tegen|Tegenover|Namens|Aan|Sinds|Tijdens|Over|Met|Binnen|Onder|Vanuit)\b[^,;:”’'\"]*"
)
_NO_PRONOUN = "".join(rf"(?<!\b(?i:{word}) )" for word in ("ik", "hij", "zij", "ze", "we", "wij"))
_AHEAD_OF_IT = rf"(?:[,’”'\"]\s+|^(?:Dat|Dit|Zo|Toch|Ook|Daarom|Wat|Hoe)\s+|{_PREPOSED}\s)"
_INVERTED = rf"(?:{_NO_PRONOUN}\b(?:{'|'.join(_SAYS)})|{_AHEAD_OF_IT}(?:{'|'.join(_SAYS_OF)}))"
_ATTRIBUTED = re.compile(rf"\b(?:aldus|volgens)\s+(?:(?:de|het)\s+)?(?:{_WORD}){{0,3}}$", re.IGNORECASE)
_BEHIND = re.compile(rf"{_INVERTED}\s+(?:(?:ook|nog|dan|de|het|een)\s+)*(?:{_NOT_ABOUT}){{0,2}}$")
_BETWEEN = r"(?!(?:want|dat|die)\b)[\w’'-]*\w"
_AHEAD = re.compile(
    rf"^(?:\s+\([^()]*\))?(?:\s+(?!(?:en|of|maar)\b){_BETWEEN}(?:\s+{_BETWEEN}){{0,3}}?)?\s+(?:heeft\s+)?{_VERB}\b"
)
_SPEAKS = re.compile(rf"(?:\s+\([^()]*\))?(?:\s+{_VERB}\b|:\s+[‘“„”\"'])")  # Anna Berg (D66): ‘Nee.’
_OF_WHOM = re.compile(r"-[a-zà-ÿ][\w’'-]*\s+")  # PVV-leider Geert Wilders
_IN_COMMAS = re.compile(rf",\s+{_VERB}\b")  # De schepen, Anna Berg, noemt
_SUBORDINATE = re.compile(r"\b(?:als|of|dat|die|omdat|toen|wanneer|wie)\b[^,;:.]*$", re.IGNORECASE)
_PRONOUN = re.compile(
    rf"\b(?:{_VERB}\s+(?:hij|zij|ze)|(?:aldus|volgens)\s+(?:hem|haar)|(?:hij|zij|ze)\s+{_VERB})\b", re.IGNORECASE
)
_ROLE = rf"(?:[\w’'-]+-)?(?:{'|'.join(sorted(ROLES))})"
_DESCRIBED = re.compile(
    rf"\b[Dd]e\s+(?:[\w’'-]+\s+){{0,2}}?{_ROLE}\b(?=(?:\s+[\w’'-]+){{0,4}}?\s+{_VERB}\b)"
    rf"|(?<=[\s,]){_VERB}\s+de\s+(?:[\w’'-]+\s+){{0,2}}?{_ROLE}\b"
)
_OPENS = re.compile(rf"(?:(?:De|Het)\s+)?(?:{_ROLE}\s+)?", re.IGNORECASE)
_IS_A_PERSON = re.compile(rf"(?:\b{_ROLE}|\b(?:heet|heette|genaamd))\s+$", re.IGNORECASE)
_MARK = re.compile(r"[“”„\"«»]")
_QUOTED = re.compile(r"^[‘']|[’'][.!?]?$")  # single marks are apostrophes as well, inside a sentence


def holder(segments: Sequence[Segment], index: int) -> str | None:
    """The name of who says the sentence, None where the author does, or where nobody is named.

    A sentence of a quotation without a speaker of its own has that of the sentence where the quotation begins or
    ends, or of the one beside it in the same paragraph. ``hij``, ``zij`` and ``de baas`` are the person who spoke or
    was named last before, or the first one that is named after, where nobody was before.
    """
    if found := _who(segments, index):
        return found
    quotation = _quotation(segments, index)
    if not quotation:
        return None
    first, last = quotation[0], quotation[-1]
    for other in (first, last, last + 1, first - 1):
        beside = 0 <= other < len(segments) and segments[other].paragraph == segments[index].paragraph
        if beside and (found := _who(segments, other)):
            return found
    return None


def speaker(sentence: str) -> str | None:
    """Whom the sentence itself names as its speaker."""
    names = find_names(sentence)
    for name, start, end in names[:1]:
        if _OPENS.fullmatch(sentence[:start]) and _SPEAKS.match(sentence[end:]):
            return name
    for (name, start, end), following in zip(names, [*names, None][1:], strict=True):
        if _ATTRIBUTED.search(sentence[:start]) or _BEHIND.search(sentence[:start]):
            is_of = following and _OF_WHOM.fullmatch(sentence[end : following[1]])
            return following[0] if following and is_of else name
    for name, start, end in names:
        before, after = sentence[:start], sentence[end:]
        apposed = before.endswith(", ") and _IN_COMMAS.match(after)
        behind = _SUBORDINATE.search(before) or re.fullmatch(_PREPOSED, before)
        if apposed or (_AHEAD.search(after) and not behind):
            return name
    return None


def _who(segments: Sequence[Segment], index: int) -> str | None:
    """Whom the sentence names, or means, as its speaker."""
    sentence = segments[index].source
    if found := speaker(sentence):
        return found
    if _PRONOUN.search(sentence) or _DESCRIBED.search(sentence):
        return _person(segments, index)
    return None


def _quotation(segments: Sequence[Segment], index: int) -> range:
    """The sentences of the quotation that a sentence is part of, within its paragraph; none if it is part of none."""
    first, inside, found = index, False, False
    for i, segment in enumerate(segments):
        if segment.paragraph != segments[index].paragraph:
            continue
        marks = _MARK.findall(segment.source)
        if not inside:
            first = i
        if i == index:
            found = inside or bool(marks) or bool(_QUOTED.search(segment.source))
        for mark in marks:
            inside = mark in "“„«" or (mark in '”"' and not inside)  # Dutch newspapers open with ” as well
        if i >= index and not (found and inside):
            return range(first, i + 1) if found else range(0)
    return range(first, index + 1) if found else range(0)


def _person(segments: Sequence[Segment], index: int) -> str | None:
    """The person that was named last before a sentence; first after it, where nobody at all was named before."""
    beside = {name for name, _, _ in find_names(segments[index].source)}  # the Xiaomi boss is not Xiaomi
    named = False
    for other in range(index - 1, -1, -1):
        if (found := _introduced(segments[other].source)) and found not in beside:
            return found
        named = named or bool(find_names(segments[other].source))
    after = () if named else range(index + 1, len(segments))
    later = (found for other in after if (found := _introduced(segments[other].source)))
    return next((found for found in later if found not in beside), None)


def _introduced(sentence: str) -> str | None:
    """Whom a sentence names as its speaker, or as somebody by role or name."""
    persons = [name for name, start, _ in find_names(sentence) if _IS_A_PERSON.search(sentence[:start])]
    return speaker(sentence) or (persons[-1] if persons else None)

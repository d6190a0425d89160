"""Sentences and headings: the cases that must come out right, and what holds for any text."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import Pipeline
from pipeline.document import Document
from pipeline.segmentation.paragraphs import paragraphs
from pipeline.stages.split import split

CASES = {
    "a model's letter is no initial": [
        "De halfhoge EV heeft één grote concurrent op het wereldtoneel: de Tesla Model Y.",
        "Dat weet Xiaomi ook.",
    ],
    "a name after a model's letter": ["Hij is goedkoper dan een nieuwe Tesla Model Y.", "Xiaomi is groot geworden."],
    "a letter that opens nothing": ["Dat was plan B.", "Dat ging niet door."],
    "o.a.": ["Volgens o.a. De Wit is dat veel.", "Hij rekent het na."],
    "dhr.": ["Dat zei dhr. Jansen gisteren.", "Mevr. De Boer zweeg."],
    "bijv.": ["Neem bijv. Amsterdam of nr. 12 in de lijst.", "Daar is het druk."],
    "t/m": ["Open van maandag t/m vrijdag.", "In het weekend niet."],
    "nr. 1": ["Hij is de nr. 1 van Nederland.", "Nr. 2 volgt op afstand."],
    "mln. euro": ["Het kost 3,5 mln. euro per jaar.", "Dat is veel."],
    "mln. at the end": ["De winst was 3,5 mln.", "De omzet steeg ook."],
    "initials": ["J.P. Balkenende zei iets.", "Ook J. de Vries en George W. Bush kwamen."],
    "an initial before a name with De": ["Dat schreef J. De Vries.", "Niemand las het."],
    "one initial": ["Dat zei A. Einstein al.", "Hij had gelijk."],
    "an initial behind an opener": ["Volgens George W. Bush kan het.", "Acteur Samuel L. Jackson niet."],
    "a letter behind a maker": ["Tesla Model Y.", "Xiaomi komt ook."],
    "acronyms that look like abbreviations": ["Hij gaat van ING naar de VS.", "Dat is 300 MW.", "De BV.", "Het is op."],
    "capitals throughout": ["MR. JANSEN KOMT."],
    "units and ranks": ["Hij reed 130 km/u.", "De ander werd 3e.", "Om 12.00 u.", "De trein was weg."],
    "the platform": ["Dat schreef hij op X.", "De minister zweeg, zei J. De Vries."],
    "abbreviations in names": ["Warner Bros. Discovery groeit.", "Mr.drs. Jansen ook."],
    "one mark for an ellipsis": ["Het ging mis…", "Toch kwam hij."],
    "thousands": ["Er moeten 10.000 dealers komen.", "Nu zijn het er 1.250."],
    "decimals": ["Het getal is 3.5.", "Nee, het is 3,14."],
    "date": ["Op 3 jan. 2025 kwam hij.", "Op 4 jan. ging hij weer."],
    "titles": ["Prof. dr. De Vries en mr. Jansen kwamen.", "Zij spraken."],
    "minutes": ["Het duurde 5 min.", "Daarna was het stil."],
    "e.d. at the end": ["Breng boeken, pennen e.d.", "Er is koffie."],
    "ellipsis in a sentence": ["In die winkels... kun je straks van alles kopen.", "Wat… nee!", "Hoe?"],
    "ellipsis at the end": ["Nee...", "Maar ja."],
    "Dutch quotes": [
        "De baas zegt: ”We hebben drie auto’s gekocht.",
        "Wat een geweldige auto.",
        "Als je hem niet leuk vindt, kies dan een andere.”",
        "Zo is ‘ie dan ook wel weer hè, onze Jun.",
    ],
    "a quote and its speaker": ["“Kom hier!” riep hij.", "‘Ik ga.’", "Daarna ging hij."],
    "an opening quote goes with what it opens": ["Hij was boos.", "”Dat is gek”, zei hij.", "’Ja!’"],
    "a quote, its speaker, a quote": ["”Kom!”, zei zij.", "”Nu!”"],
    "apostrophes that open a sentence": [
        "Hij ging weg.",
        "’s Morgens kwam hij terug.",
        "’t Is koud.",
        "'s Avonds niet.",
    ],
    "an answer in single quotes": ["‘Ik werk hier al jaren.", "Uitgevers bellen nooit terug!", "Kranten wel?", "Nee.’"],
    "an answer in double quotes": ["“Het was druk!", "Bezoekers stonden in de rij.", "Auto’s ook.”", "Dat zei hij."],
    "straight quotes": ['Hij vroeg: "Wie betaalt dat?', 'De burger!"'],
    "a title is no quotation": ["De film heet ‘Wat nu? Alles goed!’ en draait nu.", "Komt dat zien."],
    "sentences in brackets": ["Het ging mis.", "(Het was druk.", "Bezoekers stonden in de rij.)"],
    "small letters after a point": ["Wij zagen de temp. dalen vanaf ma. 3 november.", "Het vroor."],
    "glued titles and short names": [
        "Van den Berg werkt met prof.dr. J. Jansen en met Th. Rietveld samen.",
        "Al jaren.",
    ],
    "organisations": ["Philips is een N.V.", "Het concern groeit.", "Bel de A.N.W.B.", "Op de weg is het druk."],
    "a numbered heading": ["## 1. Inleiding"],
    "brackets": ["(Zie ook hier.)", "Klaar."],
    "web address": ["Kijk op www.nu.nl.", "Of mail naar a.b@c.nl."],
    "list marks": ["1. Eerste punt.", "2. Tweede punt."],
    "question and exclamation": ["Wat?!", "Ja!", "Echt waar?"],
    "codes": ["De BMW i4 M50.", "De opvolger heet YU7."],
    "company form": ["De N.V. Philips was groot.", "De B.V. ook."],
}


@pytest.mark.parametrize("name", CASES)
def test_sentences(name: str) -> None:
    assert [segment.source for segment in split(" ".join(CASES[name]), "nl")] == CASES[name]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(segment.kind, segment.source) for segment in split(text, "nl")]


def test_a_line_without_end_punctuation_is_a_heading() -> None:
    text = "Xiaomi in Europa\n\nDittrich is niet de enige. Er zijn er meer.\n\nXiaomi: ”Koop anders maar een Tesla”"
    assert kinds(text) == [
        ("heading", "Xiaomi in Europa"),
        ("sentence", "Dittrich is niet de enige."),
        ("sentence", "Er zijn er meer."),
        ("heading", "Xiaomi: ”Koop anders maar een Tesla”"),
    ]


def test_the_items_of_a_list_are_paragraphs_however_long_their_lines_are() -> None:
    items = [
        "- De nieuwe Tesla Model Y krijgt een groter accupakket",
        "- Xiaomi wil in 2027 naar Europa komen met de YU7-crossover, die\nin China al lang is en daar goed verkoopt",
        "- Volkswagen schrapt 35.000 banen in de Duitse fabrieken",
    ]
    text = "Het nieuws van deze week in het kort, met de hele autobranche erin\n" + "\n".join(items)
    assert [text[start:end] for start, end in paragraphs(text)][1:] == items


def test_lines_of_an_editor_that_wraps_are_one_paragraph() -> None:
    text = (
        "Dit is een lange regel die door een editor is afgebroken omdat hij\n"
        "anders niet op het scherm zou passen, en de zin loopt dus gewoon\n"
        "door tot hier. En dan volgt er nog een."
    )
    assert [segment.source.replace("\n", " ") for segment in split(text, "nl")] == [
        text.replace("\n", " ").removesuffix(" En dan volgt er nog een."),
        "En dan volgt er nog een.",
    ]


def test_short_lines_are_paragraphs() -> None:
    assert kinds("Kop\nEerste zin.\nTweede zin.") == [
        ("heading", "Kop"),
        ("sentence", "Eerste zin."),
        ("sentence", "Tweede zin."),
    ]


def test_a_writer_without_capitals_has_sentences_too() -> None:
    assert [s.source for s in split("dit is leuk. dat ook! en dit nog meer. niet dan?", "nl")] == [
        "dit is leuk.",
        "dat ook!",
        "en dit nog meer.",
        "niet dan?",
    ]


@pytest.mark.parametrize(
    "line", ["- naam", "* Vermeld de bron", "2. Houd het kort", "• punt", "(ANP)", "06-12345678", "---"]
)
def test_items_and_marks_are_no_headings(line: str) -> None:
    assert {kind for kind, _ in kinds(f"Dit is een zin.\n\n{line}\n\nNog een zin.")} == {"sentence"}


def test_a_name_elsewhere_in_the_text_tells_that_its_letter_is_no_initial() -> None:
    text = "Wij reden met plan B. Jansen zag het.\n\nDat plan B werkte niet."
    assert [segment.source for segment in split(text, "nl")][:2] == ["Wij reden met plan B.", "Jansen zag het."]


PIECES = (
    """Model Y. o.a. ”Ja ’s … 3,5 mln. J.P. Dat is hè, 1. ( ). ?! “ ‘ie 10.000 😀 小米 http://a.nl/b?c=d.e N.V. De"""
)
DUTCH = st.lists(st.sampled_from([*PIECES.split(" "), "\n", "\n\n", " ", "\u00ad", "\u200b", "\t"])).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), DUTCH), st.sampled_from(["nl", "en", "de", "fr", "zh"]))
@example("“. ’a“", "nl")  # a word of nothing but quotes
def test_every_character_lies_in_exactly_one_segment(text: str, language: str) -> None:
    segments = split(text, language)
    at = 0
    for segment in segments:
        assert segment.source == text[segment.start : segment.end]
        assert segment.source == segment.source.strip() != ""
        assert text[at : segment.start].strip() == ""
        assert segment.start >= at
        at = segment.end
    assert text[at:].strip() == ""
    numbers = [segment.paragraph for segment in segments]
    assert numbers == sorted(numbers)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab .\n", max_size=200))
def test_paragraphs_are_trimmed_and_in_order(text: str) -> None:
    at = 0
    for start, end in paragraphs(text):
        assert at <= start < end
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        at = end


GERMAN = [
    "Die Firma wuchs am 3. Oktober um 3,5 Mio. Euro.",
    "Das war ein Mittwoch, und niemand hatte damit gerechnet.",
]


def in_a_run(text: str, **options: object) -> list[str]:
    pipeline = Pipeline.from_config({"stages": ["split", "language"], **options})
    (document,) = pipeline.process([Document("a", text)]).documents
    return [segment.source for segment in document.segments]


def test_the_rules_are_those_of_the_document_s_language() -> None:
    assert in_a_run(" ".join(GERMAN)) == GERMAN
    assert in_a_run(" ".join(GERMAN), split={"language": "nl"}) != GERMAN
    dutch = ["Dat zei dhr. Jansen gisteren tegen de raad.", "Mevr. De Boer zweeg."]
    assert in_a_run(" ".join(dutch)) == dutch
    assert in_a_run(" ".join(dutch), split={"language": "de"}) != dutch


def test_one_expected_language_is_that_of_every_document() -> None:
    assert in_a_run(" ".join(GERMAN), language={"expected": ["de"]}) == GERMAN
    assert in_a_run(" ".join(GERMAN), language={"expected": ["nl"]}) != GERMAN

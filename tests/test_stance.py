"""Stance: targets, passages and verdicts, on texts of our own with translations given."""

from collections.abc import Sequence

import pytest

from pipeline.device import Runtime
from pipeline.document import Document, Stance
from pipeline.stages.split import split
from pipeline.stages.stance import StanceConfig, StanceTagger
from pipeline.stance import Polarity, Statement
from pipeline.stance.holders import holder, speaker
from pipeline.stance.passages import Names, clauses_about, mentions, passages
from pipeline.stance.targets import Target, find_names, find_targets
from pipeline.stance.verdict import verdict


def found(*sentences: str, at_least: int = 2) -> list[str]:
    return [target.name for target in find_targets(sentences, at_least, 100)]


def test_recurring_names_are_targets() -> None:
    assert found(
        "De topman van Volvo heet Anna Berg.",
        "Berg prijst de Polestar 4 en ook Volvo zelf.",
        "Volvo’s nieuwe Polestar 4 komt eraan.",
        "Dat zegt Berg vandaag in Gent.",
    ) == ["Anna Berg", "Volvo", "Polestar 4"]


@pytest.mark.parametrize(
    "sentences",
    [
        ["De Chinese auto is goed.", "Een Chinese auto is goedkoop."],
        ["Wat een auto.", "Wat een weer."],
        ["Dit is een EV.", "De nieuwe EV rijdt.", "Goedkope EV’s zijn er niet."],
        ["De Chinezen komen.", "Ook de Chinezen kopen."],
        ["Europees beleid.", "Dat is Europees geld."],
        ["”We komen", "Hij zegt: ”We gaan"],
    ],
)
def test_what_only_looks_like_a_name(sentences: list[str]) -> None:
    assert found(*sentences) == []


def test_long_lists_of_names_take_no_time() -> None:
    assert found(" ".join(f"Naam{i}" for i in range(4_000)), "- " * 30_000 + "Volvo", "Volvo") == ["Volvo"]


def test_acronyms_can_be_names() -> None:
    assert found("Hij werkte bij BMW.", "BMW zwijgt.") == ["BMW"]
    assert found("Volgens de VVD kan het.", "De VVD zei nee.", "Kritiek op het CDA.", "Het CDA ook.") == ["CDA", "VVD"]


def test_names_that_only_open_sentences() -> None:
    assert found("Feyenoord won.", "Feyenoord speelde goed.", "Daarom juichte men.", "Daarom!") == ["Feyenoord"]
    assert found("Bezoekers juichten.", "Bezoekers gingen.", "Die bezoekers kwamen terug.") == []


def test_surnames_with_particles() -> None:
    assert found(
        "Minister Van den Berg zwijgt.", "Van den Berg werkt.", "Dat wil Jan de Vries.", "Jan de Vries ook."
    ) == [
        "Jan de Vries",
        "Van den Berg",
    ]


def about(text: str, *targets: Target) -> list[list[str]]:
    segments = split(text, "nl")
    names = Names(targets)
    return [
        [segments[i].source for i in indices] for indices in passages(segments, mentions(segments, names), len(targets))
    ]


POLESTAR, VOLVO = Target("Volvo Polestar"), Target("Volvo")


def test_a_sentence_without_a_name_goes_on_about_the_last_one() -> None:
    text = (
        "De Volvo-baas zegt: ”We kochten drie Volvo Polestars. Volvo kocht een Volvo Polestar. Wat een auto. "
        "Echt waar. Maar nu iets anders. En dan Volvo zelf.\n\nEen nieuwe alinea."
    )
    polestar, volvo = about(text, POLESTAR, VOLVO)
    assert polestar == ["Volvo kocht een Volvo Polestar.", "Wat een auto.", "Echt waar."]
    assert "Wat een auto." not in volvo
    assert volvo[-1] == "En dan Volvo zelf."


def test_the_end_of_a_long_name_stands_for_the_whole_and_the_longer_name_wins() -> None:
    names = Names([Target("Tesla"), Target("Tesla Model Y", ("de Amerikaan",)), Target("Lei Jun")])
    assert names.find("De Model Y en Tesla Model Y’s.") == [1]
    assert names.find("Tesla zegt dat Jun de Amerikaan prijst.") == [0, 2, 1]
    assert names.find("Juni, teslaspoel") == []
    assert Names([Target("Istanbul")]).find("İstanbul en Istanbul") == [0]
    assert Names([Target("C++ (Groep)")]).find("De C++ (Groep) groeit") == [0]
    assert Names([]).find("Tesla") == []


def test_clauses_of_a_sentence_with_two_targets() -> None:
    names = Names([Target("Xiaomi YU7"), Target("Tesla Model Y")])
    sentence = "If you don't like the Xiaomi YU7, then choose the Tesla Model Y, a great car."
    assert clauses_about(sentence, 0, names) == "If you don't like the Xiaomi YU7"
    assert clauses_about(sentence, 1, names) == "then choose the Tesla Model Y, a great car."
    assert clauses_about("It is a great car, they say.", 1, names) == "It is a great car, they say."


def test_verdicts() -> None:
    assert verdict([(0.0, 0.0), (0.6, 0.0), (0.0, 0.1)]) == ("favor", pytest.approx(0.647, abs=1e-3), [1])
    assert verdict([(0.0, 0.5), (0.0, 0.9)])[0::2] == ("against", [1, 0])
    label, score, evidence = verdict([(0.0, 0.0)] * 5)
    assert (label, score, evidence) == ("neutral", 1.0, [0, 1, 2])
    assert verdict([(0.6, 0.0), (0.0, 0.6)])[0] == "neutral"


def tag(pairs: Sequence[tuple[str, str]], **options: object) -> dict[str, Stance]:
    """Stances of a text given as Dutch and English sentences, one paragraph."""
    document = Document("a", " ".join(dutch for dutch, _ in pairs))
    document.segments = split(document.source, "nl")
    assert len(document.segments) == len(pairs)
    for segment, (_, english) in zip(document.segments, pairs, strict=True):
        segment.target = english
    stage = StanceTagger(StanceConfig(**options), Runtime("cpu"))
    stage.load()
    return {stance.target: stance for stance in stage.process([document])[0].stances}


REVIEW = [
    ("De baas van Aiways kocht een Volvo Polestar.", "The boss of Aiways bought a Volvo Polestar."),
    ("Wat een geweldige auto!", "What a great car!"),
    ("De Kia is juist een ramp.", "The Kia, however, is a terrible disaster."),
    ("Aiways zwijgt over Kia en over de Polestar.", "Aiways says nothing of Kia and of the Polestar."),
]


def test_praise_and_criticism_go_to_their_targets() -> None:
    stances = tag(REVIEW)
    assert stances["Volvo Polestar"].label == "favor"
    assert stances["Volvo Polestar"].evidence == [1]
    assert stances["Kia"].label == "against"
    assert stances["Kia"].evidence == [2]
    assert stances["Aiways"].label == "neutral"
    assert all(0.5 <= stance.score <= 1 for stance in stances.values())


def test_given_targets_and_their_aliases() -> None:
    stances = tag(REVIEW, targets=["Polestar", {"name": "Kia Motors", "aliases": ["Kia"]}, "Opel"])
    assert {name: stance.label for name, stance in stances.items()} == {"Polestar": "favor", "Kia Motors": "against"}


def test_a_scorer_is_easy_to_replace() -> None:
    class Grumpy:
        def score(self, statements: Sequence[Statement]) -> list[Polarity]:
            return [(0.0, 1.0) for _ in statements]

    stage = StanceTagger(StanceConfig(targets=["Kia"]), Runtime("cpu"))
    stage.scorer = Grumpy()
    document = Document("a", "Kia is leuk.", segments=split("Kia is leuk.", "nl"))
    document.segments[0].target = "Kia is nice."
    assert stage.process([document])[0].stances == [Stance("Kia", "against", 0.75, [0])]


def names(*sentences: str) -> list[str]:
    return [name for sentence in sentences for name, _, _ in find_names(sentence)]


def test_names_are_found_in_running_text_and_where_they_open_it() -> None:
    assert names(
        "De topman van Volvo heet Anna Berg.",
        "Xiaomi’s nieuwe Polestar 4 komt eraan, de YU7 en de iPhone 17 ook.",
        "Volgens de VVD kan het, Feyenoord won.",
        "Minister Van den Berg zwijgt, Jan de Vries ook.",
    ) == [
        *["Volvo", "Anna Berg", "Xiaomi", "Polestar 4", "YU7", "iPhone 17", "VVD", "Feyenoord"],
        *["Van den Berg", "Jan de Vries"],
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "De Chinese auto is goed.",
        "Een Chinees zegt niets van Europees beleid.",
        "Wat een auto.",
        "Bezoekers juichten.",
        "”We komen. Hij zegt: ”We gaan",
        "In 2027, daarom!",
    ],
)
def test_what_is_no_name(sentence: str) -> None:
    assert names(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("‘Een wonder’, zegt Anna Berg.", "Anna Berg"),
        ("Volgens Reuters is het mis.", "Reuters"),
        ("Het is mis, aldus de woordvoerder van Volvo.", "Volvo"),
        ("Directeur Annelies Kroon noemt het een ramp.", "Annelies Kroon"),
        ("Bart Jacobs van de universiteit noemt de opzet fatsoenlijk.", "Bart Jacobs"),
        ("Volvo verkoopt meer auto’s.", None),
        ("Als je de Volvo EX30 niet leuk vindt, koop je iets anders.", None),
        ("Het weer in Gent is mooi.", None),
    ],
)
def test_speakers(sentence: str, who: str | None) -> None:
    assert speaker(sentence) == who


def test_holders_across_sentences() -> None:
    segments = split(
        "‘Wat een auto.’ Dat zegt Lei Jun in Peking. ‘Ik wil er nog een’, zegt hij. De markt groeit.\n\nEen dag later.",
        "nl",
    )
    assert [holder(segments, i) for i in range(len(segments))] == ["Lei Jun", "Lei Jun", "Lei Jun", None, None]


def test_the_boss_and_he_are_the_person_that_was_named_and_a_quotation_is_one() -> None:
    segments = split(
        "Hij vindt de rivaal geweldig.\n\nDe hoogste pief bij Volvo heet Anna Berg. Ze zegt niet veel.\n\n"
        "De Volvo-baas zegt: ”We kochten drie Kia’s. Wat een auto. Koop er dan maar een.” De markt groeit. "
        "Dat weet Kia ook.",
        "nl",
    )
    berg = "Anna Berg"
    assert [holder(segments, i) for i in range(len(segments))] == [berg, None, berg, berg, berg, berg, None, None]


def test_two_that_share_a_surname_are_two_also_where_one_is_not_asked_about() -> None:
    anna, piet = ("Anna de Boer kwam.", "Anna de Boer came."), ("Piet de Boer is geweldig.", "Piet de Boer is great.")
    stances = tag([anna, anna, anna, piet, piet], max_targets=1)
    assert {name: stance.label for name, stance in stances.items()} == {"Anna de Boer": "neutral"}

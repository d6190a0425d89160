"""Stance: targets, passages and verdicts, on texts of our own with translations given."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.device import Runtime
from pipeline.document import Document, Stance
from pipeline.stages.split import split
from pipeline.stages.stance import StanceConfig, StanceTagger
from pipeline.stance import Judgement, Question
from pipeline.stance.by_nli import verdict
from pipeline.stance.evidence import share_evidence
from pipeline.stance.finding import targets_of
from pipeline.stance.holders import holder, speaker
from pipeline.stance.passages import Names, mentions, passages
from pipeline.stance.targets import Target, find_names, same_name
from pipeline.tagging.tagger import Span


def names(*sentences: str) -> list[str]:
    return [name for sentence in sentences for name, _, _ in find_names(sentence)]


def test_names_are_found_in_running_text_and_where_they_open_it() -> None:
    assert names(
        "De topman van Volvo heet Anna Berg.",
        "Xiaomi’s nieuwe Polestar 4 komt eraan, de YU7 en de iPhone 17 ook.",
        "Volgens de VVD kan het, Feyenoord won.",
        "Minister Van den Berg zwijgt, Jan de Vries ook.",
        "Nu noemt Trump de Europese leiders zwak, won Anna Berg de Grand Prix, en juicht Mark.",
        "Mark van Bommel juicht.",
        "Zo liet Lei Jun de YU7 Ultra zien.",
        "Voormalige BMW’ers komen. Porsche GT3 wint. Rode Kruis helpt.",
        "Volvo wint. Kinderen juichen. Duitsland ook.",
        "Fans van Feyenoord roemen Robin van Persie, de Bigster van Dacia en Anna Berg van Volvo.",
        "Minister Foort van Hulst-Berg zwijgt over Europa van Chinese makelij, Ajax van Lei Jun en het ABN van Gent.",
    ) == [
        *["Volvo", "Anna Berg", "Xiaomi", "Polestar 4", "YU7", "iPhone 17", "VVD", "Feyenoord"],
        *["Van den Berg", "Jan de Vries", "Trump", "Anna Berg", "Grand Prix", "Mark", "Mark van Bommel"],
        *["Lei Jun", "YU7 Ultra", "BMW", "Porsche GT3", "Rode Kruis"],
        *["Volvo", "Duitsland", "Feyenoord", "Robin van Persie", "Bigster", "Dacia", "Anna Berg", "Volvo"],
        *["Foort van Hulst-Berg", "Europa", "Ajax", "Lei Jun", "ABN", "Gent"],
    ]
    assert [name for name, _, _ in find_names("But Tesla loses. Over Kia they say little.", "en")] == ["Tesla", "Kia"]


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
def test_what_only_looks_like_a_name(sentence: str) -> None:
    assert names(sentence) == []


def test_long_lists_of_names_take_no_time() -> None:
    assert len(names(" ".join(f"Naam{i}" for i in range(4_000)), "- " * 30_000 + "Volvo", "Volvo")) > 600


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
    dieren, model_y = Target("Partij voor de Dieren"), Target("Tesla Model Y", first="Tesla")
    assert Names([dieren]).find("De dieren hier, en voor de dieren daar.") == []
    assert Names([dieren, Target("tesla model y")]).find("Dieren in een Model Y") == [0, 1]
    assert Names([model_y]).places("De Tesla rijdt, the Tesla Model 3 not; de tesla ook niet, the Tesla too.") == [
        (0, 0),
        (0, 58),
    ]
    assert Names([Target("Istanbul")]).find("İstanbul en Istanbul") == [0]
    assert Names([Target("C++ (Groep)")]).find("De C++ (Groep) groeit") == [0]
    assert Names([]).find("Tesla") == []


def test_verdicts() -> None:
    assert verdict([(0.0, 0.0), (0.6, 0.0), (0.0, 0.1)]) == ("favor", pytest.approx(0.647, abs=1e-3), [1])
    assert verdict([(0.0, 0.5), (0.0, 0.9)])[0::2] == ("against", [1, 0])
    label, score, evidence = verdict([(0.0, 0.0)] * 5)
    assert (label, score, evidence) == ("neutral", 1.0, [0, 1, 2])
    assert verdict([(0.6, 0.0), (0.0, 0.6)])[0] == "neutral"


def paired(pairs: Sequence[tuple[str, str]]) -> Document:
    """A document given as Dutch and English sentences, one paragraph."""
    document = Document("a", " ".join(dutch for dutch, _ in pairs))
    document.segments = split(document.source, "nl")
    assert len(document.segments) == len(pairs)
    for segment, (_, english) in zip(document.segments, pairs, strict=True):
        segment.target = english
    return document


def tag(pairs: Sequence[tuple[str, str]], **options: object) -> dict[str, Stance]:
    stage = StanceTagger(StanceConfig(**options), Runtime("cpu"))
    stage.load()
    return {stance.target: stance for stance in stage.process([paired(pairs)])[0].stances}


REVIEW = [
    ("De baas van Aiways kocht een Volvo Polestar.", "The boss of Aiways bought a Volvo Polestar."),
    ("Wat een geweldige auto!", "What a great car!"),
    ("De Kia is juist een ramp.", "The Kia, however, is a terrible disaster."),
    ("Aiways zwijgt over Kia en over de Polestar.", "Aiways says nothing of Kia and of the Polestar."),
]


def test_praise_and_criticism_go_to_their_targets() -> None:
    stances = tag(REVIEW)
    assert stances["Volvo Polestar"].label == "favor"
    assert stances["Volvo Polestar"].evidence[0] == 1
    assert stances["Kia"].label == "against"
    assert stances["Kia"].evidence[0] == 2
    assert all(0 < stance.score <= 1 for stance in stances.values())


def test_given_targets_and_their_aliases() -> None:
    stances = tag(REVIEW, targets=["Polestar", {"name": "Kia Motors", "aliases": ["Kia"]}, "Opel"])
    assert {name: stance.label for name, stance in stances.items()} == {"Polestar": "favor", "Kia Motors": "against"}


def test_a_text_that_names_no_given_target_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = StanceTagger(StanceConfig(targets=["Opel", "Tesla"]), Runtime("cpu"))
    stage.load()
    monkeypatch.setattr(stage.tagger.encoder, "forward_batch", None)
    (document,) = stage.process([paired(REVIEW)])
    assert document.stances == []
    assert document.notes == {"stance": ["not mentioned: Opel", "not mentioned: Tesla"]}


def test_who_is_named_as_saying_it_goes_before_the_author() -> None:
    class Fixed:
        def judge(self, questions: Sequence[Question]) -> list[list[Judgement | None]]:
            return [[Judgement("favor", 0.75, [0, 2, 1])] for _ in questions]

    stage = StanceTagger(StanceConfig(targets=["Kia"]), Runtime("cpu"))
    stage.judge = Fixed()
    document = paired(
        [
            ("De Kia is goed.", "The Kia is good."),
            ("De Kia rijdt.", "The Kia drives."),
            ("‘De Kia is top’, zegt Anna Berg.", "‘The Kia is great,’ says Anna Berg."),
        ]
    )
    assert stage.process([document])[0].stances == [Stance("Kia", "favor", 0.75, [2, 0, 1], "Anna Berg")]


def test_a_sentence_that_names_nobody_is_about_whom_was_named_before_it() -> None:
    document = paired(
        [
            ("We kochten de Kia EV3.", "We bought the Kia EV3."),
            ("Wat een auto.", "What a car."),
            ("De Opel kan ook.", "The Opel will do, too."),
        ]
    )
    kia, opel = Stance("Kia EV3", "favor", 0.8, [1]), Stance("Opel", "favor", 0.8, [1])
    targets = [Target("Opel"), Target("Kia EV3")]
    assert share_evidence(document.segments, targets, [kia, opel]) == [kia, replace(opel, score=0.4)]
    own = replace(opel, evidence=[2])
    assert share_evidence(document.segments, targets, [kia, own]) == [kia, own]
    first = replace(opel, evidence=[0])
    assert share_evidence(document.segments, targets, [replace(kia, evidence=[0]), first])[1] == first


def test_a_judge_is_easy_to_replace() -> None:
    class Grumpy:
        def judge(self, questions: Sequence[Question]) -> list[list[Judgement | None]]:
            return [[Judgement("against", 0.75, [0]) for _ in question.wanted] for question in questions]

    stage = StanceTagger(StanceConfig(targets=["Kia"]), Runtime("cpu"))
    stage.judge = Grumpy()
    document = paired([("Kia is leuk, zegt Anna Berg.", "Kia is nice, says Anna Berg.")])
    assert stage.process([document])[0].stances == [Stance("Kia", "against", 0.75, [0], "Anna Berg")]


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
        ("De Tesla rijdt geweldig, vindt Jan de Vries.", "Jan de Vries"),
        ("Zo noemt Anna Berg het.", "Anna Berg"),
        ("De schepen van Cultuur, Anna Berg, noemt het mooi.", "Anna Berg"),
        ("Volvo betreurt het en spreekt van een ramp.", "Volvo"),
        ("Volgens een woordvoerder van Kia is Tesla duur.", "Kia"),
        ("Volgens mij is Tesla beter dan BMW.", None),
        ("Volgens de recensent is de Tesla beter dan de BMW.", None),
        ("De minister zegt niets over Tesla.", None),
        ("De recensent prijst de Kia EV3 en hekelt de BMW iX.", None),
        ("Het komt van Volvo, zegt hij.", None),
        ("EU waarschuwt Hongarije.", "EU"),
        ("Hij vertelt Anna Berg dat het kan.", None),
        ("In De Telegraaf noemt Anna Berg het mooi.", "Anna Berg"),
        ("In Gent prijst de recensent de Kia EV3.", None),
        ("“Nee”, zegt D66-leider Anna Berg.", "Anna Berg"),
        ("Anna Berg (D66): “Volvo is goed.”", "Anna Berg"),
        ("Jetten (D66) zegt dat Volvo goed is.", "Jetten"),
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


def test_he_is_nobody_that_is_named_only_later_where_somebody_was_before() -> None:
    text = "Anna Berg won.\n\nHij noemt de Kia fantastisch.\n\nLando Volt zegt dat hij pech had."
    assert holder(split(text, "nl"), 1) is None
    assert holder(split(text.removeprefix("Anna Berg won.\n\n"), "nl"), 0) == "Lando Volt"


def span(text: str, sentence: int, words: str, score: float) -> Span:
    start = text.index(words)
    return Span(sentence, start, start + len(words), score)


def test_found_targets_are_merged_and_spelt_as_in_the_dutch() -> None:
    pairs = [
        ("De baas van Xiaomi kocht een Tesla Model Y.", "The boss of Xiaomy bought a Tesla Model Y."),
        ("De Model Y rijdt goed, de rijst niet.", "The Model Y drives well, the rice does not."),
        ("In Londen is het mis.", "In London it is wrong."),
        ("De Chinese koper is er, Anna de verkoper ook.", "The Chinese buyer is here, Anna the seller too."),
    ]
    segments = paired(pairs).segments
    first, second, third, fourth = (english for _, english in pairs)
    spans = [
        span(first, 0, "Xiaomy", 0.7),
        span(first, 0, "a Tesla Model Y", 0.6),
        span(second, 1, "Model Y", 0.6),
        span(second, 1, "the rice", 0.55),
        span(third, 2, "London", 0.2),
        span(fourth, 3, "Chinese", 0.9),
        span(fourth, 3, "Anna the", 0.8),
    ]
    found = targets_of(segments, spans, least=0.5, most=9)
    assert [target.name for target in found] == ["Tesla Model Y", "Anna", "Xiaomi", "rice"]
    assert "Model Y" in found[0].names
    assert found[0].first == "Tesla"
    assert [target.likely for target in found] == pytest.approx([0.84, 0.8, 0.7, 0.55])
    assert [target.name for target in targets_of(segments, spans, least=0.5, most=1)] == ["Tesla Model Y"]


@pytest.mark.parametrize(
    ("dutch", "english", "spans", "names"),
    [
        ("De Kia EV3 is beter dan de Kia EV4.", "The Kia EV3 is better than the Kia EV4.", ["Kia EV3"], ["Kia EV3"]),
        ("Jan Jansen en Jan Janssen.", "Jan Jansen and Jan Janssen.", ["Jan Jansen"], ["Jan Jansen"]),
        (
            "Fans roemen Robin van Persie.",
            "Fans praise Robin van Persie.",
            ["Robin van Persie"],
            ["Robin van Persie", "the Robin"],
        ),
        ("Kia, de maker, en wie er is.", "Kia, the maker, and who is here.", ["Kia, the"], ["Kia"]),
        ("De wandelaars die klagen.", "The walkers who complain.", ["walkers who"], ["walkers"]),
        ("Autofabrikant Tesla verliest.", "Car maker Tesla loses.", ["Tesla"], ["Tesla"]),
        ("Er is een Tesla Model Y.", "There is a Tesla Model Y.", ["Tesla Model Y"], ["Tesla Model Y", "the Tesla"]),
        ("De Tesla Model Y en de Tesla 3.", "The Tesla Model Y and the Tesla 3.", ["Tesla Model Y"], ["Tesla Model Y"]),
    ],
)
def test_a_found_target_is_called_what_the_dutch_calls_it_and_no_other(
    dutch: str, english: str, spans: list[str], names: list[str]
) -> None:
    segments = paired([(dutch, english)]).segments
    (target,) = targets_of(segments, [span(english, 0, words, 0.9) for words in spans], least=0.5, most=9)
    assert [*target.names, *([f"the {target.first}"] if target.first else [])] == names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Model Y", "de Tesla Model Y", True),
        ("Tesla", "Tesla Model Y", False),
        ("Volvo’s", "volvo", True),
        ("the menus", "menus", True),
        ("Model Ys", "Tesla Model Y", True),
        ("Model S", "Model Y", False),
        ("Kia", "Nokia", False),
        ("", "Kia", False),
    ],
)
def test_same_names(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same_name(other, one) is same

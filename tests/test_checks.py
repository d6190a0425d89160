"""The checks: figures of two languages, what they find, what they leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import polderbrief
from hypothesis import given
from hypothesis import strategies as st

from pipeline.device import Runtime
from pipeline.document import Document, Segment
from pipeline.evaluation.checks import evaluate_checks
from pipeline.nmt.checks import changed_figures, check, lost_names, repeats
from pipeline.nmt.figures import figures
from pipeline.nmt.spelling import alike
from pipeline.stages.check import Check, CheckConfig

GOLD = Path(__file__).parent / "data" / "gold.tsv"


@pytest.mark.parametrize(
    ("dutch", "english"),
    [
        ("Het kost 1.234,56 euro.", "It costs 1,234.56 euros."),
        ("Er zijn 10.000 dealers.", "There are 10,000 dealers."),
        ("Hij rijdt 3,5 keer.", "He drives 3.5 times."),
        ("Om 20.15 uur begint het.", "It begins at 8:15 p.m."),
        ("Om 7.30 uur begint het.", "It begins at 7:30."),
        ("Om half drie stopt het.", "It stops at 2:30."),
        ("De rechtbank acht hem schuldig, ik vier het.", "The court considers him guilty, I celebrate it."),
        ("Tweede Kamer stemt voor", "House of Representatives votes in favour"),
        ("Ten tweede is het duur.", "Secondly, it is expensive."),
        ("Het kost een miljoen, 3,5 mln. en 2 miljard euro.", "It costs 1 million, 3.5 million and 2bn euros."),
        ("Een op de drie", "1 in 3"),
        ("Het is 5 graden onder nul op tweede paasdag.", "It is minus 5 degrees on Easter Monday."),
        ("Eerste Kamer stemt in met de vijftigste wet.", "Senate approves the 50th law."),
        ("Het werd 3-0.", "It ended three-nil."),
        ("Tussen de 5 miljoen en 6 miljoen", "Between 5 and 6 million"),
        ("Om half 8 begint het.", "It begins at 7:30."),
        ("In de jaren 90 was het goed.", "In the 1990s it was good."),
        ("Om 19 uur, en om 19.00 uur.", "At 7 p.m., and at 7pm."),
        ("Eén op de drie deed het in anderhalf jaar.", "1 in 3 did it in 1.5 years."),
        ("Het duurde anderhalf jaar.", "It took a year and a half."),
        ("Er waren anderhalf miljoen mensen.", "There were 1.5 million people."),
        ("Dat is de 3e keer.", "That is the third time."),
        ("De 21ste editie", "The 21st edition"),
        ("Het zijn er twaalf.", "There are 12."),
        ("Het zijn er 12.", "There are twelve."),
        ("twee derde", "two thirds"),
        ("in de jaren negentig", "in the 1990s"),
        ("2,5 miljoen euro", "2,500,000 euros"),
        ("2,5 miljoen euro", "2.5 million euros"),
        ("twee miljoen euro", "2,000,000 euros"),
        ("versie 2.0", "version 2.0"),
        ("1.54,31", "1:54.31"),
        ("3-1 gewonnen", "won 3-1"),
        ("op 3 maart 2027", "on 3 March 2027"),
        ("Ik las het twee keer.", "I read it twice."),
        ("één enkele nacht", "a single night"),
    ],
)
def test_figures_survive_translation(dutch: str, english: str) -> None:
    assert changed_figures(dutch, english) == []


@pytest.mark.parametrize(
    ("dutch", "english"),
    [
        ("Er zijn 10.000 dealers.", "There are 10.000 dealers."),
        ("Hij rijdt 3,5 keer.", "He drives 3,5 times."),
        ("Hij rijdt 3,5 keer.", "He drives 35 times."),
        ("Er zijn 350.000 auto's.", "There are 35,000 cars."),
        ("Het zijn er twaalf.", "There are 13."),
        ("Het zijn er twaalf.", "There are many."),
        ("in 2027", "in the future"),
        ("in de toekomst", "in 2027"),
        ("2,5 miljoen euro", "2.5 billion euros"),
        ("3,2 biljoen euro", "3.2 billion euros"),
    ],
)
def test_changed_figures_are_found(dutch: str, english: str) -> None:
    assert changed_figures(dutch, english)


@pytest.mark.parametrize(
    ("dutch", "english", "lost"),
    [
        ("De YU7 is er.", "The U7 is here.", ["YU7"]),
        ("Volgens Reuters heeft Xiaomi het.", "According to Reuters they have it.", ["Xiaomi"]),
        ("Dat zegt Lei Jun in Duitsland.", "Lei Jun says so in Germany.", []),
        ("Het Limburgse dorp", "The village in Limburg", []),
        ("Een Audi-dealer zegt dat.", "An Audi dealer says that.", []),
        ("BORN - De fabriek", "BORN - The factory", []),
        ("De kapper is dicht.", "The hairdresser is closed.", []),
        ("Volgens Xiaomi komt het.", "According to Xiaomy it is coming.", ["Xiaomi"]),
        ("Xiaomi: ”Koop er een”", "Xiam: “Buy one”", ["Xiaomi"]),
        ("Peugeot stopt ermee.", "Puegeot is to stop doing so.", ["Peugeot"]),
        ("Xiaomi en Peugeot komen.", "Xiaomi's and Peugeot's come.", []),
        ("Wat vertelt Xiaomi er dan over?", "What does Tom say about that?", ["Xiaomi"]),
        ("Er zijn drie Model Y’s in Gent.", "There are three Model Ys in Ghent.", []),
        ("Hij gaat via de Vredesbrug naar Gent.", "He goes to Ghent by the Peace Bridge.", []),
        ("Dat zei de NAVO over Zelenski in Kiev.", "NATO said that of Zelensky in Kyiv.", []),
        ("Volgens Loekasjenko en Erdogan kan het.", "According to Lukashenko and Erdoğan it can.", []),
        ("De VVD'er kwam, en D66’ers ook.", "The VVD member came, and D66 members did.", []),
        ("De trein uit Londen en Parijs", "The train from London and Paris", []),
    ],
)
def test_names_and_codes(dutch: str, english: str, lost: list[str]) -> None:
    assert lost_names(dutch, english) == lost


@pytest.mark.parametrize(
    ("dutch", "english", "copied"),
    [
        ("Hij was in Amsterdam.", "He was in Amsterdam.", False),
        ("De test was in week 12.", "The test was in week 12.", False),
        ("Hij was in de stad.", "Hij was in de stad.", True),
        ("Hij was gisteren in de stad.", "He was gisteren in de stad.", True),
        ("Elon Musk is in Gent.", "Elon Musk is in Gent.", True),
    ],
)
def test_words_that_both_languages_have_are_no_copy(dutch: str, english: str, copied: bool) -> None:
    assert ("untranslated" in check(dutch, english)) is copied


@pytest.mark.parametrize(
    ("languages", "source", "target", "found"),
    [
        (("de", "en"), "Es kostet 1.234,56 Euro.", "It costs 1,234.56 euros.", []),
        (("de", "en"), "Es kostet 1.234 Euro.", "It costs 1.234 euros.", ["numbers"]),
        (("fr", "en"), "Il y a 10 000 concessions.", "There are 10,000 dealers.", []),
        (("fr", "en"), "Il y a 1\u202f250,5 tonnes.", "There are 1,250.5 tonnes.", []),
        (("fr", "en"), "Il y a 10 000 concessions.", "There are 1,000 dealers.", ["numbers"]),
        (("en", "fr"), "There are 10,000 dealers.", "Il y a 10 000 concessions.", []),
        (("de", "en"), "Es sind zwölf Arbeiter.", "There are 12 workers.", []),
        (("de", "en"), "Es sind viele Arbeiter.", "There are 37 workers.", ["numbers"]),
        (("en", "fr"), "There are 12 of them.", "Ils sont douze.", []),
        (("en", "fr"), "There are 37 of them.", "Ils sont beaucoup.", ["numbers"]),
        (("nl", "en"), "Het zijn er 12.", "There are many.", ["numbers"]),
        (("de", "en"), "Gestern hat der Vorstand die Fabrik geschlossen.", "Yesterday the board closed it down.", []),
        (("de", "en"), "Der neue YU7 kommt.", "The new U7 is coming.", ["names"]),
        (("en", "zh"), "Yesterday Lei Jun came to Rotterdam.", "雷军昨天来到鹿特丹。", []),
        (("zh", "en"), "雷军昨天来到鹿特丹。", "Yesterday Lei Jun came to Rotterdam, to see how", ["truncated"]),
    ],
)
def test_rules_follow_the_languages(languages: tuple[str, str], source: str, target: str, found: list[str]) -> None:
    assert check(source, target, languages=languages) == found


def test_stage_reads_figures_by_the_language_of_each_segment() -> None:
    segments = [
        Segment("Er zijn 10.000 dealers.", 0, 23, 0, language="nl", target="There are 10,000 dealers."),
        Segment("There are 10,000 dealers.", 24, 49, 0, language="en", target="There are 10,000 of them."),
        Segment("Er zijn 10.000 dealers.", 50, 73, 0, target="There are 10,000 dealers."),
        Segment("There are 10,000 dealers.", 74, 99, 0, target="There are 10,000 of them."),
    ]
    Check(CheckConfig(), Runtime()).process([Document("a", "", segments=segments)])
    assert ["numbers" in segment.flags for segment in segments] == [False, False, False, True]


@given(
    st.lists(st.sampled_from("abcdefghijkl"), min_size=5, unique=True).map("".join),
    st.integers(0),
    st.sampled_from("abcdefghxyz"),
)
def test_one_letter_more_less_or_other_is_alike(word: str, place: int, letter: str) -> None:
    at = place % len(word)
    for other in (word[:at] + letter + word[at:], word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :]):
        assert alike(word, other) is (word != other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("xiaomi", "xiamoi", True),
        ("xiaomi", "xiam", True),
        ("tesla", "tsela", True),
        ("tesla", "lates", False),
        ("kia", "kea", False),
        ("volvo", "opel", False),
    ],
)
def test_words_that_are_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("the car the car the car", True),
        ("very very very good", True),
        ("Mupsssss", True),
        ("in the red house in the red house", True),
        ("He had had enough, and they move in in September.", False),
        ("Three men, three cars, three houses.", False),
    ],
)
def test_loops(text: str, loops: bool) -> None:
    assert repeats("Een bron zonder lus.", text) is loops


def test_what_the_source_repeats_the_target_may() -> None:
    assert not repeats("Nee, nee, nee, nee!", "No, no, no, no!")


def test_spoiled_gold_is_found_and_gold_is_left_alone() -> None:
    scores = evaluate_checks(GOLD, rounds=12)
    assert scores.any_false_alarm < 0.03
    for kind, least in {
        "repetition": 0.9,
        "half of it": 0.9,
        "another digit": 0.9,
        "marks exchanged": 0.9,
        "figure dropped": 0.9,
        "untranslated": 0.9,
        "name dropped": 0.6,
        "name misspelt": 0.8,
    }.items():
        assert scores.spoiled[kind] >= 300
        assert scores.named[kind] >= least, kind


def test_stage_flags_a_translation_from_elsewhere() -> None:
    segments = [
        Segment("Er zijn 10.000 dealers.", 0, 23, 0, target="There are 1,000 dealers.", score=-0.2),
        Segment("Het is mooi.", 24, 36, 0, target="It is beautiful.", score=-3.0),
        Segment("Well done, Jun.", 37, 52, 0, target="Well done, Jun.", flags=["passthrough"]),
        Segment("Das ist gut.", 53, 65, 0, flags=["no-model"]),
        Segment("Het is klaar.", 66, 79, 0, target="It is ready."),
    ]
    document = Document("a", "", segments=segments)
    Check(CheckConfig(), Runtime()).process([document])
    assert [s.flags for s in segments] == [["numbers"], ["low-score"], ["passthrough"], ["no-model"], []]


@given(st.text(), st.text(), st.sampled_from(["nl", "de", "fr", "zh"]), st.sampled_from(["en", "fr", "ja"]))
def test_any_text_can_be_checked(source: str, target: str, ours: str, theirs: str) -> None:
    assert set(check(source, target, languages=(ours, theirs))) <= {
        "repetition",
        "length",
        "numbers",
        "names",
        "untranslated",
        "truncated",
    }


@given(st.text())
def test_every_ascii_figure_is_read_the_same_twice(text: str) -> None:
    assert figures(text, "nl") == figures(text, "nl")
    assert changed_figures(text, text, ("nl", "nl")) == []


@given(st.integers(0, 10**12), st.sampled_from(" \u00a0\u2009\u202f"))
def test_thousands_of_a_language_with_spaces_are_those_of_english(value: int, space: str) -> None:
    english = f"{value:,}"
    french = english.replace(",", space)
    assert changed_figures(french, english, ("fr", "en")) == changed_figures(english, french, ("en", "fr")) == []


@given(st.integers(0, 10**12))
def test_thousands_marks_of_either_language_mean_the_same(value: int) -> None:
    english = f"{value:,}"
    assert changed_figures(english.replace(",", "."), english) == []
    assert changed_figures(str(value), english) == []


def test_command_prints_the_table() -> None:
    run = polderbrief("evaluate", "checks", "--testset", GOLD)
    assert run.returncode == 0
    assert "100 gold translations" in run.stdout
    assert "another digit" in run.stdout

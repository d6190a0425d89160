"""Evaluation on labelled articles: reading them, what the scores are, and the real command."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest
from conftest import polderbrief
from hypothesis import given
from hypothesis import strategies as st

from pipeline import catalog
from pipeline.articles import read_articles
from pipeline.errors import ModelError, PolderbriefError, ReadError
from pipeline.evaluation.bootstrap import interval
from pipeline.evaluation.stance import Judged, evaluate_stance, f1_scores, f_avg
from pipeline.evaluation.summary import evaluate_summary

ARTICLES = [
    {
        "id": "a1",
        "title": {"nl": "Kia verrast in Gent", "en": "Kia surprises in Ghent"},
        "sentences": [
            {"nl": "De EV3 van Kia is een geweldige auto.", "en": "The Kia EV3 is a great car."},
            {"nl": "De Opel is juist een ramp.", "en": "The Opel, however, is a terrible disaster."},
            {"nl": "De Lada was er ook.", "en": "The Lada was there too."},
        ],
        "summary": "The Kia EV3 is a great car and the Opel is a disaster.",
        "stances": [
            {"target": "Kia EV3", "label": "favor", "evidence": [1]},
            {"target": "Opel", "label": "against", "evidence": [2]},
            {"target": "Lada", "label": "neutral", "evidence": [3]},
        ],
    },
    {
        "id": "a2",
        "title": {"nl": "De brug", "en": "The bridge"},
        "sentences": [
            {"nl": "De burgemeester is blij met de brug.", "en": "The mayor is happy with the bridge."},
            {"nl": "De brug is een succes.", "en": "The bridge is a success."},
        ],
        "summary": "The bridge is a success.",
        "stances": [{"target": "bridge", "label": "favor", "evidence": [1, 2]}],
    },
]


def write(path: Path, articles: list[dict]) -> Path:
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"summary": None}, "'summary' is missing"),
        ({"sentences": []}, "'sentences' is empty"),
        ({"stances": [{"target": "Kia", "label": "good", "evidence": [1]}]}, "'good' is none of"),
        ({"stances": [{"target": "Kia", "label": "favor", "evidence": [9]}]}, "lies outside the 2 sentences"),
    ],
)
def test_articles_are_checked_line_by_line(tmp_path: Path, change: dict, complaint: str) -> None:
    wrong = {key: value for key, value in (ARTICLES[1] | change).items() if value is not None}
    path = write(tmp_path / "articles.jsonl", [ARTICLES[0], wrong])
    with pytest.raises(ReadError, match=rf"articles.jsonl:2: .*{complaint}"):
        read_articles(path)


def test_an_article_keeps_its_numbers_and_knows_who_is_named_where(tmp_path: Path) -> None:
    article, _ = read_articles(write(tmp_path / "articles.jsonl", ARTICLES))
    document = article.document()
    assert [segment.target for segment in document.segments][1] == "The Kia EV3 is a great car."
    assert all(document.source[s.start : s.end] == s.source for s in document.segments)
    assert article.targets == ["Kia EV3", "Lada", "Opel"]
    assert article.named() == [[], [0], [2], [1]]


def test_f1_of_each_label() -> None:
    judged = [
        Judged(frozenset({("Kia", "favor"), ("Opel", "against")}), frozenset({("Kia", "favor"), ("Opel", "favor")})),
        Judged(frozenset({("Lada", "neutral")}), frozenset()),
    ]
    scores = f1_scores(judged)
    assert scores == {"favor": pytest.approx(2 / 3), "against": 0.0, "neutral": 0.0}
    assert f_avg(scores) == pytest.approx(1 / 3)
    assert f1_scores([]) == dict.fromkeys(scores, 0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_interval_lies_within_what_the_units_have(values: list[float]) -> None:
    low, high = interval(values, mean, rounds=50)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert (low, high) == interval(values, mean, rounds=50)


def evaluate(what: str, path: Path, *options: str) -> dict:
    done = polderbrief("evaluate", what, "--testset", path, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_evaluate_stance(tmp_path: Path) -> None:
    scores = evaluate("stance", write(tmp_path / "articles.jsonl", ARTICLES))
    favor, against, neutral = (scores["f1"][label] for label in ("favor", "against", "neutral"))
    assert favor >= 0.8
    assert against == 1.0
    assert scores["macro_f1"] == pytest.approx((favor + against + neutral) / 3)
    assert scores["f_avg"] == pytest.approx((favor + against) / 2)
    assert scores["evidence"] == 1.0
    assert (scores["articles"], scores["targets"]) == (2, 4)
    assert sum(count for count, _, _ in scores["calibration"].values()) == 4
    assert 0 <= scores["found_recall"] <= 1


def test_evaluate_summary_of_our_own_translation(tmp_path: Path) -> None:
    path = write(tmp_path / "articles.jsonl", ARTICLES)
    gold, translated = evaluate("summary", path), evaluate("summary", path, "--source", "mt")
    assert set(gold["systems"]) == {"ours", "lead-3", "LexRank"}
    assert gold["systems"]["ours"]["rouge1"] == gold["rouge1"] > 0.5
    assert translated["source"] == "mt"
    assert 0 < translated["rouge1"] < gold["rouge1"]
    assert gold["supports"] is None
    assert translated["supports"] > 0.5


@pytest.mark.parametrize(
    ("evaluate", "source", "model"),
    [
        (evaluate_stance, "gold", "stance-mini"),
        (evaluate_summary, "gold", "stance-mini"),
        (evaluate_summary, "mt", "marian-mini-nl-en"),
    ],
)
def test_models_are_checked_before_they_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evaluate: Callable[..., object], source: str, model: str
) -> None:
    shelf = catalog.load()
    monkeypatch.setitem(shelf, model, replace(shelf[model], files={"config.json": "0"}))
    with pytest.raises(ModelError, match=r"config\.json differs from the catalog"):
        evaluate(write(tmp_path / "articles.jsonl", ARTICLES), source=source)


def test_a_test_set_that_is_none_is_one_line(tmp_path: Path) -> None:
    done = polderbrief("evaluate", "stance", "--testset", write(tmp_path / "none.jsonl", [{"id": "a"}]))
    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert "none.jsonl:1: no labelled article" in done.stderr


@pytest.mark.parametrize("what", ["stance", "summary"])
def test_a_configuration_without_the_stage_is_one_line(tmp_path: Path, what: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("stages: [split, language, translate]\n", encoding="utf-8")
    path = write(tmp_path / "articles.jsonl", ARTICLES)
    done = polderbrief("evaluate", what, "--testset", path, "--config", config)
    assert done.returncode == 2
    assert "config.yaml: has no stage" in done.stderr


def test_an_empty_test_set_and_other_ends_of_lines_in_a_text(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ReadError, match="holds no labelled article"):
        read_articles(path)
    path.write_text(json.dumps(ARTICLES[1] | {"summary": "One\u2028two."}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read_articles(path)[0].summary == "One\u2028two."


def test_without_rouge_score_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    with pytest.raises(PolderbriefError, match=r"pip install 'polderbrief\[evaluate\]'"):
        evaluate_summary(write(tmp_path / "articles.jsonl", ARTICLES))

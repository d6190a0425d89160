"""How well the stance stage does on labelled articles.

With targets given, and with the sentences that name them, which a translation may call something else: F1 of each
class over the pairs of target and label that an article is labelled with, their mean (macro-F1), and SemEval-2016's
F_avg, the mean of favor and against (Mohammad et al. 2016, https://aclanthology.org/S16-1003). Without: the share of
the labelled targets that is found, and of the found ones that is labelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any, get_args

from pipeline.articles import Article, documents_of, read_articles
from pipeline.document import Document, Label, Stance
from pipeline.errors import ConfigError
from pipeline.evaluation import English
from pipeline.evaluation.bootstrap import Interval, interval
from pipeline.pipeline import Pipeline
from pipeline.stage import load_checked
from pipeline.stages.stance import StanceTagger
from pipeline.stance.targets import Target, same_name

LABELS: tuple[Label, ...] = get_args(Label)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one article is labelled with, and what was said of it: pairs of target and label."""

    gold: frozenset[tuple[str, str]]
    said: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class StanceScores:
    """Shares from 0 to 1; ``*_interval`` hold the middle 95 % over articles drawn anew.

    ``calibration`` has, by tenth of the score, how many stances had such a score, their mean score, and the share that
    is labelled so. ``told`` are the stances on found targets that are likely enough for a brief, ``told_precision`` is
    the share of them whose target is labelled so.
    """

    testset: str
    source: str
    articles: int
    targets: int
    macro_f1: float
    macro_f1_interval: Interval
    f_avg: float
    f_avg_interval: Interval
    f1: dict[str, float]
    evidence: float
    found_recall: float
    found_precision: float
    told: int
    told_precision: float
    calibration: dict[str, tuple[int, float, float]]

    def lines(self) -> list[str]:
        """The scores in words, for people."""
        low, high = self.macro_f1_interval
        lines = [
            f"{self.testset}: {self.articles} articles, {self.targets} targets, English: {self.source}",
            f"  targets given: macro-F1 {self.macro_f1:.3f} ({low:.3f} to {high:.3f}), F_avg {self.f_avg:.3f}; "
            + ", ".join(f"{label} {value:.3f}" for label, value in self.f1.items()),
            f"  first evidence is labelled evidence: {self.evidence:.1%}",
            f"  targets found: recall {self.found_recall:.3f}, precision {self.found_precision:.3f}; "
            f"{self.told} stances on them told, {self.told_precision:.0%} right",
        ]
        return lines + [
            f"  score {tenth}: {count} stances, {score:.2f} on average, {right:.0%} right"
            for tenth, (count, score, right) in self.calibration.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """One object of plain numbers."""
        return asdict(self)


def evaluate_stance(
    testset: str | Path, *, source: English = "gold", config: str = "default", limit: int | None = None
) -> StanceScores:
    """Tag the articles of a file, on their gold English or on the configuration's own translation."""
    articles = read_articles(testset)[:limit]
    pipeline = Pipeline.from_config(config)
    tagger = next((stage for stage in pipeline.stages if isinstance(stage, StanceTagger)), None)
    if tagger is None:
        raise ConfigError(f"{config}: has no stage stance to evaluate")
    documents = documents_of(articles, pipeline if source == "mt" else None)
    load_checked(tagger)
    targets = [[Target(name) for name in article.targets] for article in articles]
    given = tagger.tag(documents, targets, [article.named() for article in articles])
    judged = [_judged(article, stances) for article, stances in zip(articles, given, strict=True)]
    f1 = f1_scores(judged)
    return StanceScores(
        testset=str(testset),
        source=source,
        articles=len(articles),
        targets=sum(len(article.targets) for article in articles),
        macro_f1=mean(f1.values()),
        macro_f1_interval=interval(judged, lambda units: mean(f1_scores(units).values())),
        f_avg=f_avg(f1),
        f_avg_interval=interval(judged, lambda units: f_avg(f1_scores(units))),
        f1=f1,
        evidence=_evidence(articles, given),
        **_found(articles, documents, tagger),
        calibration=_calibration(articles, given),
    )


def f1_scores(judged: Sequence[Judged]) -> dict[str, float]:
    """F1 of each label over all articles; of a label that nothing has and nobody gave, 0."""
    right: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for one in judged:
        right.update(label for _, label in one.gold & one.said)
        gold.update(label for _, label in one.gold)
        said.update(label for _, label in one.said)
    return {label: 2 * right[label] / max(1, gold[label] + said[label]) for label in LABELS}


def f_avg(f1: dict[str, float]) -> float:
    """The mean of favor and against."""
    return (f1["favor"] + f1["against"]) / 2


def _judged(article: Article, stances: Sequence[Stance]) -> Judged:
    return Judged(
        frozenset((stance.target, stance.label) for stance in article.stances),
        frozenset((stance.target, stance.label) for stance in stances),
    )


def _evidence(articles: Sequence[Article], given: Sequence[Sequence[Stance]]) -> float:
    """Of the stances with the right label, the share whose first evidence is labelled evidence for it."""
    hits = []
    for article, stances in zip(articles, given, strict=True):
        labelled = {(stance.target, stance.label): stance.evidence for stance in article.stances}
        for stance in stances:
            if (stance.target, stance.label) in labelled:
                hits.append(bool(stance.evidence) and stance.evidence[0] in labelled[stance.target, stance.label])
    return mean(hits) if hits else 0.0


def _found(articles: Sequence[Article], documents: Sequence[Document], tagger: StanceTagger) -> dict[str, Any]:
    wanted = hit = found = right = told = told_right = 0
    proposed = tagger.find(documents)
    said = tagger.tag_found(documents, proposed)
    for article, document, targets, stances in zip(articles, documents, proposed, said, strict=True):
        wanted += len(article.targets)
        hit += sum(any(_is(name, target) for target in targets) for name in article.targets)
        found += len(targets)
        right += sum(any(_is(name, target) for name in article.targets) for target in targets)
        by_name = {target.name: target for target in targets}
        document.stances = stances
        told += len(document.told)
        told_right += sum(
            any(one.label == stance.label and _is(one.target, by_name[stance.target]) for one in article.stances)
            for stance in document.told
        )
    return {
        "found_recall": hit / max(1, wanted),
        "found_precision": right / max(1, found),
        "told": told,
        "told_precision": told_right / max(1, told),
    }


def _is(name: str, target: Target) -> bool:
    short = [target.first] if target.first else []  # which is what "the Tesla" is
    return any(same_name(name, other) for other in (*target.names, *short))


def _calibration(articles: Sequence[Article], given: Sequence[Sequence[Stance]]) -> dict[str, tuple[int, float, float]]:
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for article, stances in zip(articles, given, strict=True):
        gold = _judged(article, []).gold
        for stance in stances:
            tenths.setdefault(min(9, int(stance.score * 10)), []).append(
                (stance.score, (stance.target, stance.label) in gold)
            )
    return {
        f"0.{tenth}": (len(rows), mean(score for score, _ in rows), mean(right for _, right in rows))
        for tenth, rows in sorted(tenths.items())
    }

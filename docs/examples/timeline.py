"""timeline: who is praised and criticised in which month, over all documents of a run."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from pipeline import Document
from pipeline.stage import Stage, StageConfig, stage


class TimelineConfig(StageConfig):
    min_score: float = Field(0.5, ge=0, le=1, description="a stance of which the tagger is less sure is not counted")


@stage("timeline", scope="corpus", requires=["stances"], provides=["timeline.csv"])
class Timeline(Stage[TimelineConfig]):
    """Counts stances by month and target."""

    def process_corpus(self, documents: Iterator[Document], folder: Path) -> None:
        counts: Counter[tuple[str, str, str]] = Counter()
        for document in documents:  # one by one: there may be more than memory holds
            month = str(document.metadata.get("date") or "")[:7]
            for stance in document.stances:
                if stance.score >= self.config.min_score:
                    counts[month, stance.target, stance.label] += 1
        with (folder / "timeline.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["month", "target", "favor", "against", "neutral"])
            for month, target in sorted({(month, target) for month, target, _ in counts}):
                rows.writerow(
                    [month, target, *(counts[month, target, label] for label in ("favor", "against", "neutral"))]
                )

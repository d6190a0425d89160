"""What the documents of a run come to, for the charts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.document import Document, Label

_REMEMBERED = 50_000  # targets that are counted at a time
_PERIODS = ((10, 14), (7, 24), (4, 10_000))  # characters of a date, and how many of such periods a chart can show
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def date_of(document: Document) -> str:
    """The date of a document, if it is in ISO 8601, to the day, month or year; else nothing."""
    date = str(document.metadata.get("date") or "")
    return date if _DATE.fullmatch(date) else ""


@dataclass(slots=True)
class Tally:
    """What the documents come to: how many, and their stances by target and by date."""

    documents: int = 0
    segments: int = 0
    targets: dict[str, Counter[Label]] = field(default_factory=dict)
    dates: dict[str, Counter[Label]] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        """Count a document."""
        self.documents += 1
        self.segments += len(document.segments)
        for stance in document.told:
            self.targets.setdefault(stance.target, Counter())[stance.label] += 1
        if len(self.targets) > _REMEMBERED:  # the rare ones will not come first
            self.targets = dict(self.most(_REMEMBERED // 2))
        if date := date_of(document):
            self.dates.setdefault(date, Counter()).update(stance.label for stance in document.told)

    def most(self, count: int) -> list[tuple[str, Counter[Label]]]:
        """The targets with the most stances, of as many those with the fewest neutral ones first."""
        order = sorted(self.targets.items(), key=lambda item: (-item[1].total(), item[1]["neutral"], item[0]))
        return order[:count]

    def periods(self) -> dict[str, Counter[Label]]:
        """The dates as days, months or years, in order, whichever a chart can show; none where all is one."""
        shortest = min(map(len, self.dates), default=0)
        for length, most in _PERIODS:
            if length > shortest:  # some dates are no more exact than their month
                continue
            found: dict[str, Counter[Label]] = {}
            for date in sorted(self.dates):
                found.setdefault(date[:length], Counter()).update(self.dates[date])
            if len(found) <= most:
                return found if len(found) > 1 else {}
        return {}

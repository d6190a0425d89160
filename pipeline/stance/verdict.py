"""What the statements about a target come to together."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.document import Label
from pipeline.stance import Polarity

_DECIDED = 0.2  # below this net polarity the document takes no side
_PRIOR = 1.0  # as if one statement without polarity had been seen: a single mild word decides nothing
_EVIDENCE = 3


def verdict(polarities: Sequence[Polarity]) -> tuple[Label, float, list[int]]:
    """Label, score and the positions of the statements that carry it, the strongest first.

    The score is 0.5 to 1 and not calibrated; with no side taken, the first statements are the evidence.
    """
    favor = sum(pair[0] for pair in polarities)
    against = sum(pair[1] for pair in polarities)
    net = (favor - against) / (favor + against + _PRIOR)
    if abs(net) < _DECIDED:
        return "neutral", round(1 - abs(net) / 2, 3), list(range(min(_EVIDENCE, len(polarities))))
    sign = 1 if net > 0 else -1
    leaning = [sign * (pair[0] - pair[1]) for pair in polarities]
    strongest = sorted(range(len(leaning)), key=lambda i: -leaning[i])[:_EVIDENCE]
    evidence = [i for i in strongest if leaning[i] > 0]
    return ("favor" if sign > 0 else "against"), round(0.5 + abs(net) / 2, 3), evidence

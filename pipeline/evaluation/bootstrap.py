"""Confidence intervals by resampling documents (Efron and Tibshirani 1993; Koehn 2004 for such test sets)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Unit = TypeVar("Unit")
Interval = tuple[float, float]


def interval(
    units: Sequence[Unit], statistic: Callable[[Sequence[Unit]], float], *, rounds: int = 1_000, seed: int = 1
) -> Interval:
    """The middle 95 % of a statistic over samples of the units, drawn with replacement."""
    if not units:
        return (0.0, 0.0)
    draw = np.random.default_rng(seed)
    values = [statistic([units[i] for i in draw.integers(len(units), size=len(units))]) for _ in range(rounds)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)

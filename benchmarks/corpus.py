"""Dutch to translate, as much as is wanted: no two sentences are the same, and they are as long as real ones."""

from __future__ import annotations

import random
from pathlib import Path

from pipeline.pairs import read_pairs
from pipeline.stages.split import split

ROOT = Path(__file__).resolve().parent.parent


def sentences(count: int, seed: int = 1) -> list[str]:
    """The beginning of one sentence of the seeds and tests and the end of another, until there are ``count``."""
    real = [source for source, _ in read_pairs(ROOT / "tests" / "data" / "gold.tsv")]
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        real += [segment.source for segment in split(path.read_text(encoding="utf-8"), "nl")]
    rng = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        first, second = (rng.choice(real).split() for _ in range(2))
        made[" ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :])] = None
    return list(made)

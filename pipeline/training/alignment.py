"""Word links by eflomal, which guide one attention head, and their way from words to pieces.

Guided alignment: Chen et al. 2016, https://arxiv.org/abs/1607.01628. eflomal: Östling and Tiedemann 2016,
https://ufal.mff.cuni.cz/pbml/106/art-ostling-tiedemann.pdf. Links are the intersection of both directions.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import PolderbriefError
from pipeline.training.corpus import Example, Links, Source

_WORD = re.compile(r"\w+|[^\w\s]")
Span = tuple[int, int]


def words(text: str) -> list[str]:
    """Runs of letters and digits, and single marks: what the links count."""
    return _WORD.findall(text)


def word_spans(text: str) -> list[Span]:
    """Where the words of a text lie."""
    return [match.span() for match in _WORD.finditer(text)]


def link_words(sources: Sequence[Source]) -> None:
    """Fill ``links`` of every example, all sources aligned together."""
    try:
        import eflomal
    except ImportError:
        raise PolderbriefError(
            "eflomal is missing, which guides the training: pip install 'polderbrief[train]', or set guide: 0"
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("source", "target", "forward", "reverse")]
        _write([example.source for source in sources for example in source.examples], names[0])
        _write([example.target for source in sources for example in source.examples], names[1])
        with names[0].open(encoding="utf-8") as left, names[1].open(encoding="utf-8") as right:
            eflomal.Aligner(model=3, n_iterations=(2, 2, 4), n_samplers=1).align(
                left, right, links_filename_fwd=str(names[2]), links_filename_rev=str(names[3]), quiet=True
            )
        with names[2].open() as forward, names[3].open() as reverse:
            for source in sources:
                source.examples = [
                    replace(example, links=_both(next(forward), next(reverse))) for example in source.examples
                ]


def _write(texts: Sequence[str], path: Path) -> None:
    path.write_text("".join(" ".join(words(text.lower())) + "\n" for text in texts), encoding="utf-8")


def _both(forward: str, reverse: str) -> Links:
    common = set(forward.split()) & set(reverse.split())
    return tuple(sorted((int(i), int(j)) for i, j in (link.split("-") for link in common)))


def linked_pieces(
    example: Example, source_spans: Sequence[Span], target_spans: Sequence[Span]
) -> Iterator[tuple[list[int], list[int]]]:
    """Of each link the pieces of the source word and of the target word, by number, where both words have some."""
    ours, theirs = _pieces_of_words(example.source, source_spans), _pieces_of_words(example.target, target_spans)
    for i, j in example.links:
        if i < len(ours) and j < len(theirs) and ours[i] and theirs[j]:
            yield ours[i], theirs[j]


def _pieces_of_words(text: str, spans: Sequence[Span]) -> list[list[int]]:
    """For each word the pieces that begin in it; a piece of nothing but space begins in none."""
    found = []
    piece = 0
    for start, end in word_spans(text):
        while piece < len(spans) and spans[piece][0] < start:
            piece += 1
        here = []
        while piece < len(spans) and spans[piece][0] < end:
            if spans[piece][1] > spans[piece][0]:
                here.append(piece)
            piece += 1
        found.append(here)
    return found

"""The sources of a recipe, mixed by weight, epoch by epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.pairs import read_pairs
from pipeline.training.recipe import SourceConfig

Links = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence pair. ``links`` are pairs of word indices (source, target), see ``alignment``."""

    source: str
    target: str
    links: Links = ()


@dataclass(slots=True)
class Source:
    """The examples of one file."""

    config: SourceConfig
    examples: list[Example] = field(default_factory=list)


def read_sources(configs: Sequence[SourceConfig]) -> list[Source]:
    """Read all files; raises ReadError naming the file and the line."""
    return [Source(config, [Example(*pair) for pair in read_pairs(config.path)]) for config in configs]


def epoch(sources: Sequence[Source], join: float, rng: random.Random) -> list[Example]:
    """The examples of one epoch in random order: each source by its weight, and a share of joined pairs."""
    drawn: list[Example] = []
    for source in sources:
        drawn += _weighted(source.examples, source.config.weight, rng)
        count = int(join * source.config.weight * len(source.examples))
        drawn += (_join(*pair) for pair in _couples(source, count, rng))
    rng.shuffle(drawn)
    return drawn


def _weighted(examples: list[Example], weight: float, rng: random.Random) -> list[Example]:
    whole = int(weight)
    return examples * whole + rng.sample(examples, int(len(examples) * (weight - whole)))


def _couples(source: Source, count: int, rng: random.Random) -> Iterator[tuple[Example, Example]]:
    last = len(source.examples) - 1
    for _ in range(count if last > 0 else 0):
        first = rng.randrange(last)
        second = first + 1 if source.config.neighbours else rng.randrange(last + 1)
        yield source.examples[first], source.examples[second]


def _join(first: Example, second: Example) -> Example:
    from pipeline.training.alignment import words

    ahead, above = len(words(first.source)), len(words(first.target))
    links = first.links + tuple((i + ahead, j + above) for i, j in second.links)
    return Example(f"{first.source} {second.source}", f"{first.target} {second.target}", links)

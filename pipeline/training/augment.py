"""Variations of a pair that a translator has to bear: case, headings, quotes, and names it has never seen."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.training.alignment import words
from pipeline.training.corpus import Example, Source
from pipeline.training.recipe import AugmentConfig

_SHARED = re.compile(r"\b(?:[A-ZÀ-Þ][\w&]*[\w]|\d+)\b")
_ENDS = (".", "!", "?")


class Augmenter:
    """Draws variations by the shares of a recipe. Word links stay true: no variation adds or drops a word."""

    def __init__(self, config: AugmentConfig, sources: Sequence[Source]) -> None:
        self.config = config
        counts = Counter(name for source in sources for example in source.examples for name in shared_names(example))
        self.names = sorted(name for name in counts if not name.isdigit())

    def __call__(self, example: Example, rng: random.Random) -> Example:
        """The pair, or a variation of it."""
        if self.names and rng.random() < self.config.swap:
            example = self._swap(example, rng)
        draw = rng.random()
        for share, change in (
            (self.config.upper, _upper),
            (self.config.lower, _lower),
            (self.config.bare, _bare),
            (self.config.quote, _quote),
            (self.config.copy_target, _copy),
        ):
            if draw < share:
                return change(example)
            draw -= share
        return example

    def _swap(self, example: Example, rng: random.Random) -> Example:
        changes = {
            name: _other_figure(name, rng) if name.isdigit() else rng.choice(self.names)
            for name in shared_names(example)
        }
        if not changes:
            return example
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, changes))})\b")

        def change(text: str) -> str:
            return pattern.sub(lambda match: changes[match.group()], text)

        return replace(example, source=change(example.source), target=change(example.target))


def shared_names(example: Example) -> list[str]:
    """Capitalised words inside the sentence, codes and figures that stand equally often on both sides.

    Not those such as ``H&M``, which are several words to the links.
    """
    left = Counter(_SHARED.findall(example.source))
    right = Counter(_SHARED.findall(example.target))
    first = {text.split(" ", 1)[0] for text in (example.source, example.target)}
    return sorted(name for name in left if left[name] == right[name] and name not in first and len(words(name)) == 1)


def _other_figure(figure: str, rng: random.Random) -> str:
    """Another one of as many digits, no zero before it that was not there."""
    first = figure[0] if figure[0] == "0" else rng.choice("123456789")
    return first + "".join(rng.choice("0123456789") for _ in figure[1:])


def _upper(example: Example) -> Example:
    return replace(example, source=example.source.upper(), target=example.target.upper())


def _lower(example: Example) -> Example:
    return replace(example, source=example.source.lower(), target=example.target.lower())


def _bare(example: Example) -> Example:
    if not (example.source.endswith(_ENDS) and example.target.endswith(_ENDS)):
        return example
    return replace(example, source=example.source[:-1], target=example.target[:-1])


def _copy(example: Example) -> Example:
    """The target as its own source, in which all names are copied: Currey et al. 2017, aclanthology.org/W17-4715."""
    return Example(example.target, example.target, tuple((i, i) for i in range(len(words(example.target)))))


def _quote(example: Example) -> Example:
    """A whole quote. Its words count one on, for the mark before them."""
    if any(mark in example.source + example.target for mark in '”“"„'):
        return example
    links = tuple((i + 1, j + 1) for i, j in example.links)
    return Example(f"”{example.source}”", f"“{example.target}”", links)

"""Examples into tensors: pieces, guides, batches of similar length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sentencepiece

from pipeline.nmt.batching import token_batches
from pipeline.training.alignment import Span, linked_pieces
from pipeline.training.augment import Augmenter
from pipeline.training.corpus import Example, Source, epoch
from pipeline.training.recipe import Recipe
from pipeline.training.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch

_CHUNK = 20_000  # examples that are sorted by length together
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Encoded:
    """Ids with the end mark, and for each target position the source position that guides it, or -1."""

    source: list[int]
    target: list[int]
    guide: list[int]


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Padded tensors, all int64: source and mask (batch, source), the rest (batch, target)."""

    source: torch.Tensor
    mask: torch.Tensor
    decoder_input: torch.Tensor
    labels: torch.Tensor
    guide: torch.Tensor
    pairs: int


@dataclass(slots=True)
class Position:
    """Where in the data a run is: the batches of a chunk of an epoch that it has had."""

    epoch: int = 0
    chunk: int = 0
    batch: int = 0


def batches(
    recipe: Recipe, sources: Sequence[Source], vocabulary: Vocabulary, position: Position
) -> Iterator[TrainingBatch]:
    """Batches without end, from a position on, which is moved along. The same recipe gives the same batches."""
    augment = Augmenter(recipe.augment, sources)
    while True:
        examples = epoch(sources, recipe.augment.join, random.Random(f"{recipe.seed} {position.epoch}"))
        for start in range(position.chunk * _CHUNK, len(examples), _CHUNK):
            rng = random.Random(f"{recipe.seed} {position.epoch} {position.chunk}")
            sentencepiece.set_random_generator_seed(rng.randrange(2**31))
            encoded = [encode(augment(e, rng), vocabulary, recipe, rng) for e in examples[start : start + _CHUNK]]
            fitting = [e for e in encoded if 1 < max(len(e.source), len(e.target)) <= recipe.max_tokens]
            lengths = [max(len(e.source), len(e.target)) for e in fitting]
            groups = list(token_batches(lengths, recipe.batch_tokens))
            rng.shuffle(groups)
            for group in groups[position.batch :]:
                position.batch += 1
                yield collate([fitting[i] for i in group], vocabulary.pad)
            position.chunk, position.batch = position.chunk + 1, 0
        position.epoch, position.chunk = position.epoch + 1, 0


def encode(example: Example, vocabulary: Vocabulary, recipe: Recipe, rng: random.Random) -> Encoded:
    """The pieces of a pair, cut anew each time for a share of the pairs."""
    augment = recipe.augment
    source, source_spans = vocabulary.encode(
        example.source, alpha=augment.alpha if rng.random() < augment.sample_source else None
    )
    target, target_spans = vocabulary.encode(
        example.target, target=True, alpha=augment.alpha if rng.random() < augment.sample_target else None
    )
    guide = guides(example, source_spans, target_spans) if recipe.guide else [-1] * len(target)
    # the end of the target looks at the end of the source
    return Encoded([*source, vocabulary.end], [*target, vocabulary.end], [*guide, len(source) if example.links else -1])


def guides(example: Example, source_spans: Sequence[Span], target_spans: Sequence[Span]) -> list[int]:
    """For each target piece the source piece at the same place in the linked word, or -1."""
    guide = [-1] * len(target_spans)
    for left, right in linked_pieces(example, source_spans, target_spans):
        for rank, piece in enumerate(right):
            guide[piece] = left[rank * len(left) // len(right)]
    return guide


def collate(examples: Sequence[Encoded], pad: int) -> TrainingBatch:
    """Tensors of one batch; the decoder starts from the padding, as Marian does."""
    import torch

    rows, width, height = len(examples), max(len(e.source) for e in examples), max(len(e.target) for e in examples)
    source = torch.full((rows, width), pad)
    decoder_input = torch.full((rows, height), pad)
    labels = torch.full((rows, height), IGNORED)
    guide = torch.full((rows, height), -1)
    for row, example in enumerate(examples):
        length = len(example.target)
        source[row, : len(example.source)] = torch.tensor(example.source)
        labels[row, :length] = torch.tensor(example.target)
        decoder_input[row, 1:length] = torch.tensor(example.target[:-1])
        guide[row, :length] = torch.tensor(example.guide)
    return TrainingBatch(source, (source != pad).long(), decoder_input, labels, guide, rows)

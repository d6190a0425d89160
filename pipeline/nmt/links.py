"""Word links: which words of a source became which words of its translation, as the translator's attention has it.

The first head of the decoder's last cross-attention is read, which the embedded model, like the OPUS-MT models, was
taught word links with (Chen et al. 2016, https://arxiv.org/abs/1607.01628). The translation is given, so that it does
not matter what decoded it, in how many parts, or when.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.device import Runtime, halving
from pipeline.document import Link
from pipeline.hub import fetch, from_pretrained
from pipeline.nmt.batching import token_batches
from pipeline.nmt.pieces import END, UNKNOWN, Pieces

if TYPE_CHECKING:
    from pipeline.catalog import Model

Span = tuple[int, int]
Encoded = tuple[list[int], list[Span]]
_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
_BATCH_TOKENS = 4_096
_LEAST = 0.3  # share of a word's attention that makes a link


class Linker:
    """A MarianMTModel that reads pairs instead of translating."""

    def __init__(self, model: Any, pieces: Pieces) -> None:
        self.model, self.pieces = model, pieces
        self.positions = int(model.config.max_position_embeddings)

    @classmethod
    def load(cls, model: Model, runtime: Runtime) -> Linker:
        """Load a checkpoint onto the runtime's device; raises ModelError when it cannot be had."""
        from transformers import MarianMTModel

        loaded = from_pretrained(MarianMTModel, model, dtype=runtime.dtype, attn_implementation="eager")
        return cls(loaded.to(runtime.device).eval(), Pieces.load(fetch(model)))

    def link(self, pairs: Sequence[tuple[str, str]]) -> list[list[Link]]:
        """The links of each pair of source and target; none for a pair that is too long for the model."""
        sides = [(self._encode(source), self._encode(target)) for source, target in pairs]
        lengths = [max(len(ids) for ids, _ in both) for both in sides]
        fitting = [i for i, length in enumerate(lengths) if length <= self.positions]
        found: list[list[Link]] = [[] for _ in pairs]
        for batch in token_batches([lengths[i] for i in fitting], _BATCH_TOKENS):
            chosen = [fitting[i] for i in batch]
            attention = halving(lambda part: self._attention([sides[i] for i in part]), chosen)
            for i, weights in zip(chosen, attention, strict=True):
                (_, ours), (_, theirs) = sides[i]
                found[i] = _links(weights, (pairs[i][0], ours), (pairs[i][1], theirs))
        return found

    def _encode(self, text: str) -> Encoded:
        """Ids with the end mark, and the characters of the text that each piece but that covers."""
        known, cut = self.pieces.ids, self.pieces.spelling.encode_as_offset_mapping(text)
        return [*(known.get(piece, known[UNKNOWN]) for piece in cut["pieces"]), known[END]], cut["offsets"]

    def _attention(self, batch: Sequence[tuple[Encoded, Encoded]]) -> list[NDArray[np.float32]]:
        """For each pair the weights, shape (target pieces, source pieces), without the end marks."""
        import torch
        from torch.nn.utils.rnn import pad_sequence

        pad = self.model.config.pad_token_id
        source, target = (
            pad_sequence([torch.tensor(both[side][0]) for both in batch], batch_first=True, padding_value=pad)
            for side in (0, 1)
        )
        start = torch.full((len(batch), 1), self.model.config.decoder_start_token_id)
        with torch.inference_mode():
            output = self.model.model(
                input_ids=source.to(self.model.device),
                attention_mask=(source != pad).to(self.model.device),
                decoder_input_ids=torch.cat([start, target[:, :-1]], 1).to(self.model.device),
                output_attentions=True,
            )
        weights = output.cross_attentions[-1][:, 0].float().cpu().numpy()
        return [row[: len(theirs), : len(ours)] for row, ((_, ours), (_, theirs)) in zip(weights, batch, strict=True)]


def words(text: str) -> list[Span]:
    """Where the words of a text lie; one may have marks inside it (``3,5``, ``self-driving``)."""
    return [match.span() for match in _WORD.finditer(text)]


def _links(
    weights: NDArray[np.float32], source: tuple[str, Sequence[Span]], target: tuple[str, Sequence[Span]]
) -> list[Link]:
    """Each target word with the source word that it looks at most, and each source word left with who looks at it."""
    (ours, left), (theirs, right) = (_pieces_of_words(*side) for side in (source, target))
    shares = np.array([[weights[np.ix_(j, i)].sum() / len(j) for i in left] for j in right]).reshape(
        len(right), len(left)
    )
    chosen = set()
    if shares.size:
        chosen = {(int(row.argmax()), j) for j, row in enumerate(shares) if row.max() >= _LEAST}
        linked = {i for i, _ in chosen}
        chosen |= {
            (i, int(column.argmax())) for i, column in enumerate(shares.T) if i not in linked and column.max() >= _LEAST
        }
    return [(*ours[i], *theirs[j]) for i, j in sorted(chosen)]


def _pieces_of_words(text: str, spans: Sequence[Span]) -> tuple[list[Span], list[list[int]]]:
    """The words of a text that have pieces, and these."""
    found = [
        (word, [n for n, (begin, end) in enumerate(spans) if begin < word[1] and end > word[0]]) for word in words(text)
    ]
    kept = [(word, pieces) for word, pieces in found if pieces]
    return [word for word, _ in kept], [pieces for _, pieces in kept]

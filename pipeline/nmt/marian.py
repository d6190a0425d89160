"""MarianMT by transformers: load a checkpoint from a folder or the hub, decode in batches, keep the scores.

Marian: Junczys-Dowmunt et al. 2018, https://aclanthology.org/P18-4020.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.device import Runtime, halving
from pipeline.hub import from_pretrained
from pipeline.nmt import Hypothesis
from pipeline.nmt.batching import token_batches
from pipeline.segmentation.clauses import split_clauses

if TYPE_CHECKING:
    import torch

    from pipeline.catalog import Model

_LENGTH_CLASS = 16  # source tokens


class MarianTranslator:
    """A loaded MarianMT model.

    ``max_source_tokens`` bounds the length of one input; a longer one is cut at clause boundaries.
    ``batch_tokens`` bounds a batch: source tokens with padding, times the beam.
    """

    def __init__(
        self, model: Any, tokenizer: Any, *, beam: int = 4, max_source_tokens: int = 128, batch_tokens: int = 4096
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.beam = beam
        positions = int(model.config.max_position_embeddings)
        self.max_source_tokens: int = min(max_source_tokens, positions)
        self.max_target_tokens = positions - 1  # the start token takes one
        self.batch_tokens = batch_tokens

    @classmethod
    def load(cls, model: Model, runtime: Runtime, **options: int) -> MarianTranslator:
        """Load a checkpoint onto the runtime's device; raises ModelError when it cannot be had."""
        from transformers import MarianMTModel, MarianTokenizer

        # The model first: over a checkpoint that is not there, the tokenizer only says that None is no path.
        loaded = from_pretrained(MarianMTModel, model, dtype=runtime.dtype).to(runtime.device).eval()
        return cls(loaded, from_pretrained(MarianTokenizer, model), **options)

    def translate(self, sentences: Sequence[str]) -> list[Hypothesis]:
        """One hypothesis a sentence, in order. Equal sentences are translated once."""
        parts = {sentence: split_clauses(sentence, self._fits) for sentence in dict.fromkeys(sentences)}
        pieces = list(dict.fromkeys(part.strip() for cut in parts.values() for part in cut if part.strip()))
        inputs = [self._encode(piece) for piece in pieces]
        done: dict[str, Hypothesis] = {}
        for batch in self._batches(inputs):
            hypotheses = halving(lambda chosen: self._decode([inputs[i] for i in chosen]), batch)
            done.update(zip((pieces[i] for i in batch), hypotheses, strict=True))
        joined = {
            sentence: _join([done[part.strip()] for part in cut if part.strip()]) for sentence, cut in parts.items()
        }
        return [joined[sentence] for sentence in sentences]

    def _encode(self, text: str) -> list[int]:
        # A leading space keeps the tokenizer from reading ">>nl<<" at the start of a text as a language code, and a
        # text may well speak of "</s>".
        text = f" {text}" if text.startswith(">>") else text
        ids: list[int] = self.tokenizer(text, split_special_tokens=True)["input_ids"]
        return ids

    def _fits(self, text: str) -> bool:
        return len(self._encode(text)) <= self.max_source_tokens

    def _batches(self, inputs: list[list[int]]) -> Iterator[list[int]]:
        """Indices by batch. A batch is of one length class, whose limit holds for all of it.

        So the translation of a sentence does not depend on what else is in its batch.
        """
        classes: dict[int, list[int]] = {}
        for index, ids in enumerate(inputs):
            classes.setdefault(self._limit(ids), []).append(index)
        for members in classes.values():
            lengths = [len(inputs[index]) for index in members]
            for batch in token_batches(lengths, max(1, self.batch_tokens // self.beam)):
                yield [members[i] for i in batch]

    def _limit(self, ids: list[int]) -> int:
        """The most target tokens for a source, the same for all sources of its length class.

        Dutch and English differ little in length: twice the source leaves room for every honest translation.
        """
        longest = -(-len(ids) // _LENGTH_CLASS) * _LENGTH_CLASS
        return min(self.max_target_tokens, 2 * longest + 10)

    def _decode(self, batch: list[list[int]]) -> list[Hypothesis]:
        """Beam search over one batch of token ids, then the score of each result."""
        import torch

        inputs = self.tokenizer.pad({"input_ids": batch}, return_tensors="pt").to(self.model.device)
        limit = self._limit(batch[0])
        with torch.inference_mode():
            output = self.model.generate(
                **inputs,
                num_beams=self.beam,
                do_sample=False,
                length_penalty=1.0,
                early_stopping=False,
                max_length=None,
                max_new_tokens=limit,
                bad_words_ids=[[self.model.config.pad_token_id]],
            )
            scores, lengths = self._score(inputs, output)
        texts = self.tokenizer.batch_decode(output, skip_special_tokens=True)
        return [
            Hypothesis(text=" ".join(text.split()), score=score, truncated=length >= limit)
            for text, score, length in zip(texts, scores, lengths, strict=True)
        ]

    def _score(self, inputs: Any, output: torch.Tensor) -> tuple[list[float], list[int]]:
        """Mean log-probability and number of the target tokens (shape: batch), by one forced pass.

        ``generate`` gives scores only if it keeps the logits of every step, vocabulary times beam each.
        """
        import torch

        labels = output[:, 1:]
        logits = self.model(**inputs, decoder_input_ids=output[:, :-1]).logits.float()
        logits[..., self.model.config.pad_token_id] = -torch.inf  # never generated, so no part of the distribution
        real = labels != self.model.config.pad_token_id
        chosen = logits.gather(-1, labels.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
        total = chosen.masked_fill(~real, 0.0).sum(-1)
        lengths = real.sum(-1)
        return (total / lengths.clamp(min=1)).tolist(), lengths.tolist()


def _join(parts: list[Hypothesis]) -> Hypothesis:
    """The translations of the parts of one sentence as one; an empty sentence has an empty translation."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Hypothesis("", 0.0)
    return Hypothesis(
        text=" ".join(part.text for part in parts if part.text),
        score=sum(part.score for part in parts) / len(parts),
        truncated=any(part.truncated or not part.text for part in parts),
        parts=len(parts),
    )

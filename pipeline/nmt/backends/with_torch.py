"""MarianMT by transformers and torch, on whatever device torch has.

Marian: Junczys-Dowmunt et al. 2018, https://aclanthology.org/P18-4020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.device import Runtime, halving
from pipeline.hub import fetch, from_pretrained
from pipeline.nmt import Decoding, Hypothesis
from pipeline.nmt.batching import limited_batches
from pipeline.nmt.pieces import END, UNKNOWN, Pieces

if TYPE_CHECKING:
    import torch

    from pipeline.catalog import Model

_CPU_BATCH_TOKENS = 4096
_SHARE = 0.5  # of the free memory; a batch that does not fit after all is halved
_SHORTEST = 8  # target tokens: a batch of such sentences has the most rows, and rows have logits


class TorchBackend:
    """A MarianMTModel and its pieces."""

    name = "torch"

    def __init__(self, model: Any, pieces: Pieces, batch_tokens: int | None = None) -> None:
        self.model, self.pieces = model, pieces
        self.batch_tokens = batch_tokens or _what_fits(model)
        self.positions = int(model.config.max_position_embeddings)
        self.precision = str(model.dtype).removeprefix("torch.")
        self.device = str(model.device)

    @classmethod
    def load(cls, model: Model, runtime: Runtime, batch_tokens: int | None = None) -> TorchBackend:
        """Load a checkpoint onto the runtime's device; raises ModelError when it cannot be had."""
        from transformers import MarianMTModel

        loaded = from_pretrained(MarianMTModel, model, dtype=runtime.dtype).to(runtime.device).eval()
        return cls(loaded, Pieces.load(fetch(model)), batch_tokens)

    def decode(
        self, inputs: Sequence[Sequence[str]], limits: Sequence[int], decoding: Decoding
    ) -> list[list[Hypothesis]]:
        """See :class:`pipeline.nmt.Backend`. A batch that does not fit the device is halved."""
        lengths = [len(pieces) for pieces in inputs]
        found: list[list[Hypothesis]] = [[] for _ in inputs]
        for batch in limited_batches(lengths, limits, max(1, self.batch_tokens // decoding.beam)):
            results = halving(
                lambda chosen: self._decode([inputs[i] for i in chosen], limits[chosen[0]], decoding), batch
            )
            for index, result in zip(batch, results, strict=True):
                found[index] = result
        return found

    def _decode(self, batch: list[Sequence[str]], limit: int, decoding: Decoding) -> list[list[Hypothesis]]:
        """Beam search over one batch, then the score of each result."""
        import torch

        source, mask = self._tensors(batch)
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=source,
                attention_mask=mask,
                num_beams=decoding.beam,
                num_return_sequences=decoding.hypotheses,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                do_sample=False,
                length_penalty=decoding.length_penalty,
                early_stopping=True,  # as CTranslate2 stops: when a beam's worth of hypotheses has ended
                forced_eos_token_id=None,  # so that a translation that did not end is seen
                max_length=None,
                max_new_tokens=limit,
                bad_words_ids=[[self.model.config.pad_token_id]],
            )
            width = decoding.hypotheses
            scores = self._score(source.repeat_interleave(width, 0), mask.repeat_interleave(width, 0), output)
        end = self.pieces.ids[END]
        hypotheses = []
        for ids, score in zip(output[:, 1:].tolist(), scores, strict=True):
            pieces = [self.pieces.texts[i] for i in ids]
            hypotheses.append(Hypothesis(self.pieces.decode(pieces), score, truncated=end not in ids))
        return [hypotheses[i : i + width] for i in range(0, len(hypotheses), width)]

    def _tensors(self, batch: list[Sequence[str]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask, both of shape (batch, source)."""
        import torch

        ids, pad = self.pieces.ids, int(self.model.config.pad_token_id)
        width = max(len(pieces) for pieces in batch)
        source = torch.full((len(batch), width), pad)
        for row, pieces in enumerate(batch):
            source[row, : len(pieces)] = torch.tensor([ids.get(piece, ids[UNKNOWN]) for piece in pieces])
        if self.model.device.type == "cuda":
            source = source.pin_memory()
        source = source.to(self.model.device, non_blocking=True)
        return source, (source != pad).long()

    def _score(self, source: torch.Tensor, mask: torch.Tensor, output: torch.Tensor) -> list[float]:
        """Mean log-probability of the target tokens (shape: batch), by one forced pass.

        ``generate`` gives scores only if it keeps the logits of every step, vocabulary times beam each.
        """
        import torch

        labels, pad = output[:, 1:], self.model.config.pad_token_id
        logits = self.model(input_ids=source, attention_mask=mask, decoder_input_ids=output[:, :-1]).logits.float()
        logits[..., pad] = -torch.inf  # never generated, so no part of the distribution
        real = labels != pad
        chosen = logits.gather(-1, labels.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
        scores: list[float] = (chosen.masked_fill(~real, 0.0).sum(-1) / real.sum(-1).clamp(min=1)).tolist()
        return scores


def _what_fits(model: Any) -> int:
    """Tokens of a batch, times the beam, for the free memory of the model's device."""
    import torch

    if model.device.type != "cuda":
        return _CPU_BATCH_TOKENS
    config, size = model.config, model.dtype.itemsize
    free, _ = torch.cuda.mem_get_info(model.device)
    caches = config.decoder_layers * 4 * config.d_model * size  # keys and values of both attentions
    logits = 3 * 4 * config.vocab_size // _SHORTEST  # logits, their log-softmax and a copy, in single precision
    return max(_CPU_BATCH_TOKENS, int(_SHARE * free / (caches + logits)))

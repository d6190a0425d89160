"""Guided alignment: one attention head is taught the word links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import MarianMTModel


class Guide:
    """Teaches the first head of the decoder's last cross-attention the word links."""

    def __init__(self, model: MarianMTModel) -> None:
        self.attention = model.model.decoder.layers[-1].encoder_attn
        self.width = model.config.d_model // model.config.decoder_attention_heads
        self.attention.register_forward_pre_hook(self._look, with_kwargs=True)

    def _look(self, module: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.queries = arguments[0] if arguments else named["hidden_states"]
        self.keys = named["key_value_states"] if "key_value_states" in named else arguments[1]

    def loss(self, mask: torch.Tensor, guide: torch.Tensor) -> torch.Tensor | None:
        """Cross-entropy of the head's attention against the guides; None where a batch has none."""
        if not (guide >= 0).any():
            return None
        head = slice(0, self.width)
        queries = functional.linear(self.queries, self.attention.q_proj.weight[head], self.attention.q_proj.bias[head])
        keys = functional.linear(self.keys, self.attention.k_proj.weight[head], self.attention.k_proj.bias[head])
        scores = (queries @ keys.mT).float() / self.width**0.5
        scores = scores.masked_fill(mask[:, None, :] == 0, -1e9)
        return functional.cross_entropy(scores.flatten(0, 1), guide.flatten(), ignore_index=-1)

"""Encoders on a GPU, and those that CTranslate2 does not know, by PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.device import Runtime

if TYPE_CHECKING:
    from pipeline.catalog import Model


class TorchEncoder:
    """See :class:`pipeline.tagging.tagger.Encoder`."""

    def __init__(self, model: Model, runtime: Runtime) -> None:
        from pipeline.tagging.weights import load_encoder

        encoder = load_encoder(model, dtype=runtime.dtype, add_pooling_layer=False)
        self.encoder, self.device = encoder.to(runtime.device).eval(), runtime.device
        self.where = f"{self.device} {str(encoder.dtype).removeprefix('torch.')}"

    def forward_batch(self, ids: list[list[int]], token_type_ids: list[list[int]]) -> Any:
        """See :class:`pipeline.tagging.tagger.Encoder`."""
        import torch

        padded, types, mask = (torch.zeros((len(ids), max(map(len, ids))), dtype=torch.long) for _ in range(3))
        for row, (pieces, kinds) in enumerate(zip(ids, token_type_ids, strict=True)):
            padded[row, : len(pieces)], types[row, : len(pieces)] = torch.tensor(pieces), torch.tensor(kinds)
            mask[row, : len(pieces)] = 1
        sides = {"token_type_ids": types} if getattr(self.encoder.config, "type_vocab_size", 0) > 1 else {}
        inputs = {"input_ids": padded, "attention_mask": mask, **sides}
        with torch.inference_mode():
            output = self.encoder(**{name: value.to(self.device) for name, value in inputs.items()})
        output.last_hidden_state = output.last_hidden_state.float().cpu()
        return output

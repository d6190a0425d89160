"""An encoder's weights in four bits, a quarter of what fp16 takes.

A matrix is stored row by row in groups of 32 integers from -7 to 7, two in a byte, with a ``.scale`` a group by which
they are multiplied: the one, of a few, that comes nearest to the weights. After Dettmers and Zettlemoyer 2023,
https://arxiv.org/abs/2212.09720, who find four bits in small groups the best use of a model's bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from pipeline.catalog import Model
from pipeline.errors import ModelError
from pipeline.hub import fetch, from_pretrained

INT4 = "model.int4.safetensors"  # not the name that transformers looks for: it would take integers for weights
_SCALE = ".scale"
_GROUP = 32
_MOST = 7
_CLIPS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)  # of a group's largest weight, which the largest integer stands for


def save_int4(encoder: Any, folder: Path) -> None:
    """Write configuration and weights of an encoder of transformers."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder.config.save_pretrained(folder)
    stored: dict[str, torch.Tensor] = {}
    for name, value in encoder.state_dict().items():
        if value.dim() == 2 and value.shape[1] % _GROUP == 0:
            stored[name], stored[name + _SCALE] = _packed(value.float())
        else:
            stored[name] = value.half().contiguous()
    save_file(stored, folder / INT4)


def load_encoder(model: Model, **options: Any) -> Any:
    """The encoder of a folder that :func:`save_int4` has written, or of any checkpoint of transformers.

    ``options`` are those of ``AutoModel.from_pretrained``. Raises ModelError when it cannot be had.
    """
    from transformers import AutoConfig, AutoModel

    folder = fetch(model)
    if not (folder / INT4).is_file():
        return from_pretrained(AutoModel, model, **options)
    dtype = options.pop("dtype", torch.float32)
    settings = {name: options.pop(name) for name in list(options) if name != "add_pooling_layer"}
    config = from_pretrained(AutoConfig, model, **settings)
    encoder = AutoModel.from_config(config, dtype=dtype, **options)
    try:
        stored = load_file(folder / INT4)
        encoder.load_state_dict(
            {
                name: _unpacked(value, stored[name + _SCALE]) if value.dtype == torch.uint8 else value
                for name, value in stored.items()
                if not name.endswith(_SCALE)
            }
        )
    except (SafetensorError, OSError, RuntimeError, KeyError) as error:
        first = str(error).strip().split("\n", 1)[0]
        raise ModelError(f"model {model.name!r} cannot be loaded from {folder / INT4}: {first}") from error
    return encoder


def _packed(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Bytes of shape (rows, columns / 2) and scales of shape (rows, columns / 32)."""
    groups = weights.reshape(len(weights), -1, _GROUP)
    largest = groups.abs().amax(-1, keepdim=True).clamp(min=1e-4)
    scales = torch.stack([(clip / _MOST * largest).half().float() for clip in _CLIPS])
    errors = torch.stack([(_integers(groups, scale) * scale - groups).square().sum(-1) for scale in scales])
    scale = scales.gather(0, errors.argmin(0)[None, ..., None])[0]
    integers = (_integers(groups, scale) + _MOST).to(torch.uint8).flatten(1)
    return integers[:, ::2] | integers[:, 1::2] << 4, scale.squeeze(-1).half()


def _integers(groups: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return (groups / scale).round().clamp(-_MOST, _MOST)


def _unpacked(packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    integers = torch.stack([packed & 15, packed >> 4], dim=-1).flatten(1).float() - _MOST
    weights: torch.Tensor = integers.view(*scales.shape, _GROUP) * scales.float()[..., None]
    return weights.flatten(1)

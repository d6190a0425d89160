"""What a training run leaves behind: its state, to go on from, and Marian folders, to translate with."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch

from pipeline.errors import OutputError

Weights = dict[str, torch.Tensor]


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write the state whole or not at all."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load_state(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a state; raises OutputError when it is not one."""
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises a dozen kinds over a broken file
        raise OutputError(f"{path}: no state of a training run ({type(error).__name__}); move it away") from error
    return state


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Give an optimizer its saved state; how much it decays weights is what the recipe says now."""
    decays = [group["weight_decay"] for group in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, decay in zip(optimizer.param_groups, decays, strict=True):
        group["weight_decay"] = decay


def save_model(model: Any, tokenizer: Any, weights: Weights, folder: Path) -> None:
    """Write a Marian checkpoint in fp16 safetensors that transformers and CTranslate2 load, whole or not at all."""
    from transformers import MarianMTModel

    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    copy = MarianMTModel(model.config)
    copy.load_state_dict(weights)
    copy.half().save_pretrained(temporary)
    tokenizer.save_pretrained(temporary)
    pad = model.config.pad_token_id
    generation = {
        "bad_words_ids": [[pad]],
        "decoder_start_token_id": pad,
        "eos_token_id": model.config.eos_token_id,
        "forced_eos_token_id": model.config.eos_token_id,
        "max_length": model.config.max_position_embeddings,
        "num_beams": 4,
        "pad_token_id": pad,
    }
    (temporary / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")
    (temporary / "model.safetensors").chmod(0o644)  # safetensors makes it private
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)

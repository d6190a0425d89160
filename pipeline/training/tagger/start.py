"""What a training of the tagger begins with: an encoder, as small as the recipe says, and heads."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from pipeline import catalog
from pipeline.errors import ConfigError, ModelError
from pipeline.hub import fetch
from pipeline.tagging.tagger import HEADS
from pipeline.tagging.weights import load_encoder
from pipeline.training.tagger.network import Network
from pipeline.training.tagger.recipe import TaggerRecipe


def begin(recipe: TaggerRecipe, device: torch.device) -> tuple[Network, Path]:
    """The network, and the folder of its tokenizer. An encoder that is a tagger's brings its heads along."""
    model = _checkpoint(recipe.encoder)
    model.verify()
    encoder = load_encoder(
        model,
        dtype=torch.float32,
        add_pooling_layer=False,
        attention_probs_dropout_prob=0.0,  # with it, a CPU takes a third less of tokens a second
    )
    if device.type == "cpu":
        encoder.set_attn_implementation("eager")  # which takes a seventh more than SDPA there
    _cut(encoder, recipe.layers)
    network = Network(encoder)
    _take_heads(network, fetch(model) / HEADS)
    return network.to(device), fetch(model)


def _cut(encoder: Any, layers: int | None) -> None:
    """Leave out all but the first ``layers``: the last ones of a fine-tuned encoder are missed least.

    Sajjad et al. 2023, https://doi.org/10.1016/j.csl.2022.101429.
    """
    known = len(encoder.encoder.layer)
    if layers is None:
        return
    if layers > known:
        raise ConfigError(f"layers: the encoder has {known}, not {layers}")
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    encoder.config.num_hidden_layers = layers


def _take_heads(network: Network, path: Path) -> None:
    if path.is_file():
        from safetensors.torch import load_file

        heads = {name: value.float() for name, value in load_file(path).items() if name != "temperature"}
        network.heads.load_state_dict(heads)


def _checkpoint(name: str) -> catalog.Model:
    """What the shelf, a folder or the hub have by that name, else the BERT in a Python package."""
    found = find_spec(name) if name.isidentifier() else None
    for folder in found.submodule_search_locations or [] if found else []:
        for config in sorted(Path(folder).rglob("config.json")):
            if json.loads(config.read_text(encoding="utf-8")).get("model_type") == "bert":
                return catalog.Model(name, folder=config.parent)
    if found:
        raise ModelError(f"the package {name!r} carries no BERT")
    return catalog.resolve(name)

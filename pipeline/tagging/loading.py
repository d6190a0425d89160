"""The tagger of a folder, loaded once for all stages that use it."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path

import numpy as np

from pipeline.catalog import Model
from pipeline.conversion import load_converted, write
from pipeline.device import Runtime, usable_cores
from pipeline.errors import ConfigError, ModelError
from pipeline.hub import fetch, from_pretrained
from pipeline.tagging.layout import Composer
from pipeline.tagging.tagger import HEADS, Array, Encoder, Tagger


def load_tagger(model: Model, runtime: Runtime) -> Tagger:
    """The tagger on the runtime's device."""
    return _load(fetch(model), model.name, runtime)


@cache
def _load(folder: Path, name: str, runtime: Runtime) -> Tagger:
    model = Model(name=name, folder=folder)
    heads = _heads(model)
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    # On CUDA, CTranslate2 leaves the states there and wants another cuBLAS than torch brings.
    on_cuda = not runtime.on_cpu and runtime.device.type == "cuda"
    load = _by_ctranslate2 if kind == "mpnet" and not on_cuda else _by_torch
    return Tagger(Composer(folder), load(model, runtime), heads)


def _heads(model: Model) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = fetch(model) / HEADS
    if not path.is_file():
        raise ModelError(f"model {model.name!r} is no tagger: {path} is missing; polderbrief train stance makes one")
    try:
        return {name: value.astype(np.float32) for name, value in load_file(path).items()}
    except (SafetensorError, OSError) as error:
        raise ModelError(f"model {model.name!r} cannot be loaded from {path}: {error}") from error


def _by_torch(model: Model, runtime: Runtime) -> Encoder:
    from pipeline.tagging.with_torch import TorchEncoder

    return TorchEncoder(model, runtime)


def _by_ctranslate2(model: Model, runtime: Runtime) -> Encoder:
    from pipeline.tagging.with_ctranslate2 import PositionedEncoder

    load = partial(PositionedEncoder, compute_type=runtime.compute_type("cpu"), intra_threads=usable_cores())
    try:
        return load_converted(model, partial(_convert, model), load)
    except ValueError as error:  # a precision that the device does not have
        raise ConfigError(f"dtype: {error}") from error


def _convert(model: Model, target: Path) -> None:
    from transformers import AutoTokenizer

    from pipeline.tagging import mpnet  # noqa: F401  # tells the converter of it
    from pipeline.tagging.weights import load_encoder

    write(load_encoder(model, add_pooling_layer=False), from_pretrained(AutoTokenizer, model), target)

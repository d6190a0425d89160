"""The tagger of a folder, loaded once for all stages that use it."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

from pipeline.catalog import Model
from pipeline.conversion import converted, write
from pipeline.device import Runtime, usable_cores
from pipeline.hub import fetch, from_pretrained
from pipeline.tagging.tagger import Tagger


def load_tagger(model: Model, runtime: Runtime) -> Tagger:
    """The tagger on the runtime's device."""
    return _load(fetch(model), model.name, runtime)


@cache
def _load(folder: Path, name: str, runtime: Runtime) -> Tagger:
    model = Model(name=name, folder=folder)
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    return Tagger(folder, (_by_ctranslate2 if kind == "mpnet" else _by_torch)(model, runtime))


def _by_torch(model: Model, runtime: Runtime) -> Any:
    from pipeline.tagging.with_torch import TorchEncoder

    return TorchEncoder(model, runtime)


def _by_ctranslate2(model: Model, runtime: Runtime) -> Any:
    """Which knows no other accelerator than CUDA."""
    from pipeline.tagging.with_ctranslate2 import PositionedEncoder

    device = "cuda" if not runtime.on_cpu and runtime.device.type == "cuda" else "cpu"
    return PositionedEncoder(
        converted(model, partial(_convert, model)),
        device=device,
        compute_type="float16" if device == "cuda" else "int8",
        intra_threads=usable_cores(),
    )


def _convert(model: Model, target: Path) -> None:
    from transformers import AutoTokenizer

    from pipeline.tagging import mpnet  # noqa: F401  # tells the converter of it
    from pipeline.tagging.weights import load_encoder

    write(load_encoder(model, add_pooling_layer=False), from_pretrained(AutoTokenizer, model), target)

"""``manifest.json``: what a run did, with what, and how long it took."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from pipeline import __version__
from pipeline.pipeline import Pipeline
from pipeline.shards import ShardHead

PACKAGES = (  # that results depend on
    "torch",
    "ctranslate2",
    "transformers",
    "sentencepiece",
    "datasets",
    "pydantic",
    "sentencex",
    "lingua-language-detector",
    "pyspellchecker",
    "numpy",
)


def manifest(
    pipeline: Pipeline,
    inputs: Sequence[str],
    counts: dict[str, int],
    heads: Iterable[ShardHead],
    corpus_seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Inputs as named, configuration, models, versions, devices, counts, and seconds of each stage over all shards."""
    seconds: Counter[str] = Counter()
    devices = set()
    for head in heads:
        seconds.update(head.seconds)
        devices.add(head.device)
    seconds.update(corpus_seconds)
    versions = {"polderbrief": __version__, "python": platform.python_version()}
    return {
        "inputs": list(inputs),
        "config": pipeline.config.to_dict(),
        "models": {
            stage: [model.to_manifest() for model in models] for stage, models in pipeline.models().items() if models
        },
        "versions": versions | {name: version(name) for name in PACKAGES},
        "device": ", ".join(sorted(devices)),
        "counts": counts,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
    }

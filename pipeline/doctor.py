"""What a bug report needs to know of the machine and the installation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from pipeline import __version__, catalog
from pipeline.device import Runtime
from pipeline.hub import status
from pipeline.manifest import PACKAGES
from pipeline.resources import cache_folder


def facts() -> Iterator[tuple[str, str]]:
    """Pairs of a name and what there is to say."""
    import torch
    from huggingface_hub.constants import HF_HUB_CACHE

    yield "polderbrief", __version__
    yield "python", f"{platform.python_version()} on {platform.platform()}"
    yield "device", Runtime().describe()
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        yield f"cuda:{index}", f"{torch.cuda.get_device_name(index)}, {free >> 20} of {total >> 20} MiB free"
    yield "threads", f"torch {torch.get_num_threads()}, cores {os.cpu_count()}"
    for name in PACKAGES:
        yield name, _version(name)
    for model in catalog.load().values():
        yield "model", f"{model.name}: {status(model)[0]}"
    yield "cache", str(cache_folder())
    yield "hub cache", str(HF_HUB_CACHE)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"

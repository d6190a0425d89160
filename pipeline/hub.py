"""Loading from a folder or from the Hugging Face hub: quietly, safely, with one clear line when it fails."""

from __future__ import annotations

import logging
import os
import pickle
from pathlib import Path
from typing import Any

from pipeline.catalog import Model
from pipeline.errors import ModelError

log = logging.getLogger(__name__)
_FILES = ["*.json", "*.safetensors", "*.spm"]
_PICKLES = ["*.bin"]  # the weights of older checkpoints


def from_pretrained(cls: Any, model: Model, **options: Any) -> Any:
    """``cls.from_pretrained`` on the model's folder, or its hub id at its revision.

    Never runs code that comes with a model. Weights are safetensors, or a torch pickle read with
    ``weights_only``. Raises ModelError when the model cannot be had.
    """
    _quieten()
    where = {} if model.folder else {"revision": model.revision}
    try:
        log.info("loading %s from %s", model.name, model.location)
        return cls.from_pretrained(model.location, trust_remote_code=False, **where, **options)
    except Exception as error:  # the libraries raise a dozen kinds over a bad checkpoint
        raise ModelError(f"model {model.name!r} cannot be loaded from {_place(model)}: {_reason(error)}") from error


def fetch(model: Model) -> Path:
    """The folder of a model's files; those of a hub model are fetched into the hub cache if they are not there.

    Raises ModelError when they cannot be had.
    """
    if model.folder:
        return model.folder
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(str(model.hub), revision=model.revision, allow_patterns=_FILES))
        if not any(folder.glob("*.safetensors")):
            snapshot_download(str(model.hub), revision=model.revision, allow_patterns=_PICKLES)
        return folder
    except Exception as error:  # connections fail in a dozen ways
        raise ModelError(f"model {model.name!r} cannot be loaded from {_place(model)}: {_reason(error)}") from error


def _place(model: Model) -> str:
    return str(model.folder) if model.folder else f"the hub ({model.hub} at {model.revision})"


def _reason(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):
        return "its weights file holds code, which is not run; use a checkpoint in safetensors"
    first = str(error).strip().split("\n", 1)[0]
    if "connect" in first.lower() or "offline" in str(error).lower():
        return (
            "there is no network, it is not in the cache, and no folder here is called that; "
            "fetch it once with a network, or use the embedded models (--config default)"
        )
    return first or type(error).__name__


def _quieten() -> None:
    """Keep the libraries' bars and advice off the user's screen, and keep them from writing to the hub."""
    # Otherwise transformers asks a service of the hub to convert checkpoints that have no safetensors.
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells of every retry


def status(model: Model) -> tuple[str, bool]:
    """The state of a model in words, and whether it is well: checked files, or a hub model fetched or not."""
    if model.folder:
        try:
            model.verify()
        except ModelError as error:
            return str(error), False
        return "sha256 checked", True
    from huggingface_hub import try_to_load_from_cache

    fetched = isinstance(try_to_load_from_cache(str(model.hub), "config.json", revision=model.revision), str)
    pinned = "" if model.pinned else "; revision not pinned"
    return ("in the hub cache" if fetched else "not fetched yet") + pinned, True

"""Checkpoints in the form of CTranslate2 (https://opennmt.net/CTranslate2), made once and kept in the cache folder."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pipeline.catalog import Model
from pipeline.errors import ModelError
from pipeline.resources import cache_folder

log = logging.getLogger(__name__)
Loaded = TypeVar("Loaded")
_OF_THE_MACHINE = re.compile(r"out of memory|CUDA|bad_alloc", re.IGNORECASE)  # not of the files


def load_converted(model: Model, make: Callable[[Path], None], load: Callable[[str], Loaded]) -> Loaded:
    """What ``load`` gets from the folder of the converted model; one that is damaged is converted anew."""
    folder = converted(model, make)
    try:
        return load(str(folder))
    except (RuntimeError, IndexError) as error:
        if _OF_THE_MACHINE.search(str(error)):
            raise ModelError(f"model {model.name!r} cannot be loaded: {error}") from error
        log.warning("%s is damaged (%s); it is made anew", folder, error)
        shutil.rmtree(folder)
        return load(str(converted(model, make)))


def converted(model: Model, make: Callable[[Path], None]) -> Path:
    """The folder of the converted model, under the sha256 of the original; ``make`` fills it if it is not there.

    Two processes may start at once: each converts for itself, and the first to finish gives its folder the name.
    """
    target = cache_folder() / "ctranslate2" / str(model.digest())
    if (target / "model.bin").is_file():
        return target
    try:
        _convert(model, make, target)
    except OSError as error:
        raise ModelError(
            f"model {model.name!r} cannot be converted in {target.parent} ({error.strerror or error}); "
            "XDG_CACHE_HOME may name another folder for it"
        ) from error
    return target


def _convert(model: Model, make: Callable[[Path], None], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".converting-"))
    log.info("converting %s for CTranslate2 (once)", model.name)
    try:
        make(temporary)
        try:
            os.rename(temporary, target)
        except OSError:
            if not (target / "model.bin").is_file():  # else another process was faster
                shutil.rmtree(target)  # half removed
                os.rename(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write(checkpoint: Any, tokenizer: Any, target: Path) -> None:
    """Convert a loaded checkpoint of transformers."""
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]  # it has no types
        """Takes what was loaded our way: quietly, without code that comes with a model."""

        def load_model(self, *_: object, **__: object) -> Any:
            return checkpoint

        def load_tokenizer(self, *_: object, **__: object) -> Any:
            return tokenizer

    Converter(str(checkpoint.name_or_path)).convert(str(target), force=True)

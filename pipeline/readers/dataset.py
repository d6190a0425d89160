"""Rows of a Hugging Face dataset, streamed: one of the hub by its name, or a folder that ``datasets`` can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ReadError
from pipeline.readers.files import DATASET, is_saved_dataset

if TYPE_CHECKING:
    from pipeline.config import InputConfig


def read_dataset(given: str, config: InputConfig) -> Iterator[dict[str, Any]]:
    """The rows of a split; raises ReadError for what cannot be loaded, or breaks on the way."""
    try:
        yield from _load(given.removeprefix(DATASET), config)
    except ReadError:
        raise
    except Exception as error:  # of the hub, of files, of the data, and of code of the dataset's own
        why = " ".join(str(error).split()) or type(error).__name__
        raise ReadError(f"the dataset cannot be read: {why}") from error


def _load(name: str, config: InputConfig) -> Any:
    import datasets

    datasets.disable_progress_bars()
    if not is_saved_dataset(Path(name)):
        return datasets.load_dataset(name, config.subset, split=config.split, revision=config.revision, streaming=True)
    found = datasets.load_from_disk(name)
    if not isinstance(found, datasets.DatasetDict):
        return found
    if config.split not in found:
        raise ReadError(f"there is no split {config.split!r}; input.split may be {', '.join(found)}")
    return found[config.split]

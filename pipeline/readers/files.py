"""Which files are read: those that are named, of folders, or found by a glob; standard input, and datasets."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.ondisk import Table
from pipeline.resources import WORK_FOLDER

STDIN = "-"
DATASET = "dataset:"  # before the name or the path of one
_SAVED = ({"dataset_dict.json"}, {"dataset_info.json", "state.json"})  # what save_to_disk leaves in a folder


def expand(inputs: Sequence[str]) -> list[str]:
    """The inputs with each glob that no shell has expanded (``'news/**/*.txt'``) replaced by what it finds, sorted.

    What lies in folders that a run has written to is left out, unless the glob spells out their names.
    Raises ReadError for what does not exist, or finds nothing.
    """
    found: list[str] = []
    for given in inputs:
        if given == STDIN or given.startswith(DATASET) or _exists(given):
            found.append(given)
        elif glob.has_magic(given):
            if not (paths := _matches(given)):
                raise ReadError(f"{given}: no file or folder is like that, outside the output folders of runs")
            found += paths
        else:
            raise ReadError(f"{given}: no such file or folder")
    return found


def _matches(pattern: str) -> list[str]:
    named = next(number for number, part in enumerate(Path(pattern).parts) if glob.has_magic(part))
    return [path for path in sorted(glob.glob(pattern, recursive=True)) if not _in_output(Path(path), named)]


def _in_output(path: Path, named: int) -> bool:
    """Whether a run has written to the path or to a folder above it, below the first ``named`` parts of the path."""
    return any(_is_output(Path(*path.parts[:end])) for end in range(named + 1, len(path.parts) + 1))


def files(inputs: Sequence[str], pattern: str) -> Iterator[tuple[Path, str]]:
    """Each file once, with the name that its id is made from; those of a folder whose names are like ``pattern``.

    Hidden files of folders are left out, and so are folders that a run has written to; links to folders are not
    followed.
    """
    seen = Table()
    for given in inputs:
        for file, name in _below(given, pattern):
            real = os.fsencode(os.path.realpath(file)).decode("latin-1")  # which has a form for any name
            if real not in seen:
                seen[real] = ""
                yield file, name


def _below(given: str, pattern: str) -> Iterator[tuple[Path, str]]:
    path = Path(given)
    if given == STDIN:
        return iter([(path, "stdin")])
    if given.startswith(DATASET):
        return iter([(path, given.removeprefix(DATASET))])
    if is_saved_dataset(path):
        return iter([(Path(f"{DATASET}{given}"), path.name)])
    return _walk(path, pattern) if os.path.isdir(path) else iter([(path, path.name)])


def is_saved_dataset(folder: Path) -> bool:
    """Whether ``datasets`` has saved a dataset there."""
    return any(all(os.path.isfile(folder / name) for name in names) for names in _SAVED)


def _exists(given: str) -> bool:
    try:
        return os.path.lexists(given)
    except ValueError:  # a zero byte
        return False


def _walk(folder: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """The files below a folder, then the folders below it that cannot be listed."""
    closed: list[str] = []
    for here, folders, files in os.walk(folder, onerror=lambda error: closed.append(error.filename)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_output(Path(here, name)))
        for name in sorted(files):
            if not name.startswith(".") and fnmatch.fnmatch(name, pattern):
                path = Path(here, name)
                yield path, path.relative_to(folder).as_posix()
    for path in map(Path, closed):
        yield path, path.relative_to(folder).as_posix() if path != folder else folder.resolve().name or "root"


def _is_output(folder: Path) -> bool:
    return os.path.isdir(folder / WORK_FOLDER)

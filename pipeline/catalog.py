"""The model shelf, ``models/catalog.yaml``: name -> folder or hub id, revision, licence, sha256."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ModelError
from pipeline.resources import MODELS

CATALOG = MODELS / "catalog.yaml"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded: from ``folder``, or from the hub as ``hub`` at ``revision``."""

    name: str
    folder: Path | None = None
    hub: str | None = None
    revision: str | None = None
    task: str | None = None
    languages: tuple[str, ...] = ()
    licence: str | None = None
    parameters: str | None = None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """What ``from_pretrained`` takes."""
        return str(self.folder) if self.folder else str(self.hub)

    @property
    def pinned(self) -> bool:
        """Whether the content cannot change under this name: files with a sha256, or a commit of the hub."""
        return bool(self.files) or bool(self.revision and re.fullmatch(r"[0-9a-f]{40}", self.revision))

    def bytes_on_disk(self) -> int:
        """The size of the model's files in its folder."""
        return sum(path.stat().st_size for path in _model_files(self.folder)) if self.folder else 0

    def digest(self) -> str | None:
        """One sha256 over the names and contents of the model's files; None for a model of the hub."""
        if self.folder is None:
            return None
        total = hashlib.sha256()
        for path in _model_files(self.folder):
            total.update(f"{path.relative_to(self.folder).as_posix()} {sha256(path)}\n".encode())
        return total.hexdigest()

    def verify(self) -> None:
        """Check folder and files against the catalog; raises ModelError naming the file that is wrong."""
        if self.folder is None:
            return
        if not (self.folder / "config.json").is_file():
            raise ModelError(f"model {self.name!r}: {self.folder / 'config.json'} is missing; restore the folder")
        for file, expected in self.files.items():
            path = self.folder / file
            if not path.is_file():
                raise ModelError(f"model {self.name!r}: {path} is missing; restore it or reinstall polderbrief")
            if sha256(path) != expected:
                raise ModelError(
                    f"model {self.name!r}: {path} differs from the catalog (sha256); restore it, or give its folder "
                    "as the model's name to use it unchecked"
                )

    def to_manifest(self) -> dict[str, Any]:
        """What a run's manifest says of the model."""
        return {
            "name": self.name,
            "hub": self.hub,
            "revision": self.revision,
            "commit": self._commit(),
            "licence": self.licence,
            "sha256": self.digest(),
        }

    def _commit(self) -> str | None:
        """The commit that a revision of a hub model stood for when it was fetched."""
        if not self.hub:
            return None
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self.hub, "config.json", revision=self.revision)
        return Path(found).parent.name if isinstance(found, str) else None


def _model_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".md")


def sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal; remembered while its size and time of change stay the same."""
    status = path.stat()
    return _sha256(path, status.st_size, status.st_mtime_ns)


@cache
def _sha256(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def load(path: Path = CATALOG) -> dict[str, Model]:
    """All models of a catalog by name."""
    shelf = {}
    for name, entry in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        folder = entry.pop("folder", None)
        languages = tuple(entry.pop("languages", ()))
        shelf[name] = Model(name=name, folder=path.parent / folder if folder else None, languages=languages, **entry)
    return shelf


def resolve(name: str, revision: str | None = None) -> Model:
    """The model of a catalog name, a folder or a hub id; nothing is loaded or fetched.

    A hub id that the catalog knows gets the catalog's revision unless one is given, beside the name or behind it
    (``owner/name@revision``).
    """
    base, _, behind = name.rpartition("@")
    if base and behind and not Path(name).expanduser().is_dir():
        return _at_revision(name, base, behind, revision)
    shelf, folder = load(), Path(name).expanduser()
    found = shelf.get(name) or (Model(name=name, folder=folder) if folder.is_dir() else None)
    if found and revision:
        if not found.hub:
            raise ModelError(f"model {name!r}: only a model of the hub has revisions; leave out {revision!r}")
        return Model(name=name, hub=found.hub, revision=revision, task=found.task, languages=found.languages)
    if found:
        return found
    if _HUB_ID.fullmatch(name) and not folder.parent.is_dir():
        known = next((model for model in shelf.values() if model.hub == name), None)
        if known and not revision:
            return known
        return Model(name=name, hub=name, revision=revision or "main")
    near = difflib.get_close_matches(name, shelf, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the shelf has {', '.join(sorted(shelf))}"
    raise ModelError(f"no model is called {name!r}: not on the shelf, not a folder, not a hub id (owner/name); {hint}")


def _at_revision(name: str, base: str, revision: str, other: str | None) -> Model:
    if other and other != revision:
        raise ModelError(f"model {name!r} has another revision beside it, {other!r}; give one of them")
    return resolve(base, revision)

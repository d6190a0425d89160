"""What the results in an output folder were made with, so that no run mixes them with others."""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.atomic import atomic_file
from pipeline.catalog import sha256
from pipeline.engines import works_here
from pipeline.errors import OutputError
from pipeline.pipeline import Pipeline
from pipeline.shards import ShardStore
from pipeline.writers import NAMES, WRITERS, open_writers


def refuse_foreign(pipeline: Pipeline, output: Path, work: Path) -> None:
    """Raise OutputError when no run has been in the folder, and something there has a name that this one makes use of.

    A run writes over the files of these names, and removes those that belong to formats that it does not write.
    """
    if _read_identity(work / "identity.json") is not None:
        return
    names = (*NAMES, *(name for stage in pipeline.corpus_stages for name in stage.provides))
    if there := [name for name in names if os.path.lexists(output / name)]:
        raise OutputError(
            f"{output} holds {there[0]}, and nothing says that a run made it; "
            "give another --output, or --fresh to replace or remove it"
        )


def claim(pipeline: Pipeline, output: Path, work: Path, *, fresh: bool) -> None:
    """Make sure that what lies in the output folder was made the way this run makes it, or make room for it.

    With ``fresh`` the pipeline is loaded first, if it works in this process, and its models are checked: a run that
    cannot start throws nothing away. Raises OutputError that names what differs.
    """
    record = work / "identity.json"
    now = json.loads(json.dumps(_identity(pipeline)))
    before = _read_identity(record)
    if fresh:
        if works_here(pipeline):
            pipeline.load()
        for models in pipeline.models().values():
            for model in models:
                model.verify()
        _throw_away(output, work)
    elif before is None or not any((work / "shards").glob("*.jsonl")):
        pass  # the run before this one, if there was one, committed nothing
    elif differs := [key for key in {**before, **now} if before.get(key) != now.get(key)]:
        shown = "; ".join(f"{key}: {before.get(key)} -> {now.get(key)}" for key in differs[:3])
        more = f" and {len(differs) - 3} more" if len(differs) > 3 else ""
        raise OutputError(
            f"{output} was made with another configuration ({shown}{more}); "
            "give another --output, or --fresh to do its work anew"
        )
    with atomic_file(record) as file:
        file.write(json.dumps(now, ensure_ascii=False, indent=2) + "\n")


def _identity(pipeline: Pipeline) -> dict[str, Any]:
    """What the results depend on besides the inputs, as flat key and value."""
    config = pipeline.config.to_dict()
    for section in ("output", "engine", "input"):  # how it is read shows in the digests of the documents
        config.pop(section)
    for stage in pipeline.corpus_stages:  # made anew at the end of each run
        config.pop(stage.name)
    config["stages"] = [stage.name for stage in pipeline.document_stages]
    config["polderbrief"] = __version__
    for stage in pipeline.document_stages:
        models = [model.digest() or f"{model.hub}@{model.revision}" for model in stage.models()]
        config[f"{stage.name} models"] = models
        source = inspect.getsourcefile(type(stage))
        if source and not type(stage).__module__.startswith("pipeline."):  # ours change with the version
            config[f"{stage.name} code"] = sha256(Path(source))
    return dict(_flat(config))


def _flat(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _read_identity(record: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _throw_away(output: Path, work: Path) -> None:
    store = ShardStore(work / "shards")
    for writer in open_writers(list(WRITERS), output):
        for digest in store.digests():
            with suppress(OutputError):  # a damaged shard does not know its documents
                writer.forget(store.read(digest).id)
    shutil.rmtree(store.folder, ignore_errors=True)

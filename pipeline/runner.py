"""A run over any number of inputs into an output folder: shard by shard, resumable, nothing lost."""

from __future__ import annotations

import json
import platform
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import filelock

import pipeline as package
from pipeline.atomic import atomic_file
from pipeline.document import Document, Failure
from pipeline.errors import OutputError
from pipeline.pipeline import Batch, Pipeline
from pipeline.readers import open_reader
from pipeline.resources import WORK_FOLDER
from pipeline.shards import Item, ShardStore, signature
from pipeline.writers import open_writers
from pipeline.writers.jsonl import json_line

_VERSIONS = ("torch", "transformers", "sentencepiece", "sentencex", "lingua-language-detector", "numpy")


class Observer(Protocol):
    """Is told how a run goes on."""

    def begin(self, total: int | None) -> None:
        """The run begins; ``total`` inputs, if that is known."""

    def loading(self, models: Sequence[str]) -> None:
        """The models are about to be loaded."""

    def stage(self, name: str, documents: int) -> None:
        """A stage begins work on a batch."""

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """A shard is committed, or was already (``reused``)."""


class Silent:
    """An observer that does nothing."""

    def begin(self, total: int | None) -> None:
        """Nothing."""

    def loading(self, models: Sequence[str]) -> None:
        """Nothing."""

    def stage(self, name: str, documents: int) -> None:
        """Nothing."""

    def done(self, inputs: int, failures: Sequence[Failure], *, reused: bool) -> None:
        """Nothing."""


@dataclass(slots=True)
class Report:
    """What a run came to. ``shown`` are its first documents, ``new`` counts the inputs not done before."""

    folder: Path
    documents: int = 0
    failures: int = 0
    new: int = 0
    shown: list[Document] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


def run(
    pipeline: Pipeline,
    inputs: Sequence[str],
    output: Path,
    *,
    fresh: bool = False,
    observer: Observer | None = None,
    show: int = 20,
) -> Report:
    """Process the inputs into ``output`` and return the report.

    Shards that are committed there and whose inputs are unchanged are not done again. Raises OutputError when
    ``output`` cannot be written, is in use by another run, or was made with another configuration (unless
    ``fresh``, which throws that work away).
    """
    observer = observer or Silent()
    if any(output.resolve() == Path(given).resolve() for given in inputs):
        raise OutputError(f"{output}: is an input, whose files would mix with the results; give another --output")
    work = output / WORK_FOLDER
    try:
        work.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(work / "lock", timeout=0):
            _claim(pipeline, output, work, fresh)
            return _run(pipeline, list(inputs), output, ShardStore(work / "shards"), observer, show)
    except filelock.Timeout:
        raise OutputError(f"{output}: another run is writing here; wait for it or give another --output") from None
    except OSError as error:
        raise OutputError(f"{error.filename or output}: cannot be written: {error.strerror or error}") from error


def _run(
    pipeline: Pipeline, inputs: list[str], output: Path, store: ShardStore, observer: Observer, show: int
) -> Report:
    reader = open_reader(pipeline.config.input)
    report = Report(output)
    observer.begin(reader.count(inputs))
    writers = open_writers(pipeline.config.output.formats, output)
    number = -1
    for number, items in enumerate(_chunks(reader.read(inputs), pipeline.config.engine.shard_size)):
        signed = signature(items)
        head = store.head(number)
        if reused := head is not None and head["signature"] == signed:
            failures = [item for item in store.read(number) if isinstance(item, Failure)] if head["failures"] else []
        else:
            batch = _process(pipeline, items, observer)
            failures = batch.failures
            _forget(store, writers, number)
            store.commit(number, signed, batch)
            report.new += len(items)
        observer.done(len(items), failures, reused=reused)
    for stale in [n for n in store.numbers() if n > number]:
        _forget(store, writers, stale)
    _assemble(pipeline, output, store, report, show)
    return report


def _chunks(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _process(pipeline: Pipeline, items: Sequence[Item], observer: Observer) -> Batch:
    documents = [item for item in items if isinstance(item, Document)]
    unread = [item for item in items if isinstance(item, Failure)]
    if not documents:
        return Batch([], unread)
    if not pipeline.loaded:
        observer.loading([model.name for models in pipeline.models().values() for model in models])
        pipeline.load()
    batch = pipeline.process(documents, lambda stage: observer.stage(stage, len(documents)))
    batch.failures[:0] = unread
    return batch


def _forget(store: ShardStore, writers: Sequence[Any], number: int) -> None:
    """Take an outdated shard back, and the files that its documents had for themselves."""
    if store.head(number) is None:
        return
    for document_id in store.drop(number):
        for writer in writers:
            writer.forget(document_id)


def _assemble(pipeline: Pipeline, output: Path, store: ShardStore, report: Report, show: int) -> None:
    """Make the output files from the committed shards; the manifest comes last."""
    seconds: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    devices: set[str] = set()
    with ExitStack() as stack:
        writers = [stack.enter_context(w) for w in open_writers(pipeline.config.output.formats, output)]
        failures = stack.enter_context(atomic_file(output / "failures.jsonl"))
        for number in store.numbers():
            head = store.head(number) or {}
            seconds.update(head.get("seconds", {}))
            devices.update([head["device"]] if head.get("device") else [])
            for item in store.read(number):
                if isinstance(item, Failure):
                    report.failures += 1
                    failures.write(json_line(item.to_dict()))
                    report.failed += [item] if len(report.failed) < show else []
                    continue
                report.documents += 1
                report.shown += [item] if len(report.shown) < show else []
                totals["segments"] += len(item.segments)
                totals.update(f"flag {flag}" for segment in item.segments for flag in segment.flags)
                totals.update(f"stance {stance.label}" for stance in item.stances)
                for writer in writers:
                    writer.write(item)
    counts = {"documents": report.documents, "failures": report.failures, **dict(sorted(totals.items()))}
    manifest = _manifest(pipeline, counts, seconds, devices)
    with atomic_file(output / "manifest.json") as file:
        file.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


def _manifest(pipeline: Pipeline, counts: dict[str, int], seconds: Counter[str], devices: set[str]) -> dict[str, Any]:
    versions = {"polderbrief": package.__version__, "python": platform.python_version()}
    return {
        "config": pipeline.config.to_dict(),
        "models": {
            stage: [model.to_manifest() for model in models] for stage, models in pipeline.models().items() if models
        },
        "versions": versions | {name: version(name) for name in _VERSIONS},
        "device": ", ".join(sorted(devices)),
        "counts": counts,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
    }


def _identity(pipeline: Pipeline) -> dict[str, Any]:
    """What the results depend on besides the inputs, as flat key and value."""
    config = pipeline.config.to_dict()
    for section in ("output", "engine", "input"):  # how it is read shows in the signatures of the shards
        config.pop(section)
    config["polderbrief"] = package.__version__
    for stage, models in pipeline.models().items():
        config[f"{stage} models"] = [model.digest() or f"{model.hub}@{model.revision}" for model in models]
    return dict(_flat(config))


def _flat(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _claim(pipeline: Pipeline, output: Path, work: Path, fresh: bool) -> None:
    """Make sure that what lies in the output folder was made the way this run makes it."""
    record = work / "identity.json"
    now = json.loads(json.dumps(_identity(pipeline)))
    store = ShardStore(work / "shards")
    if record.is_file() and store.numbers():
        before = json.loads(record.read_text(encoding="utf-8"))
        differs = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        if differs and not fresh:
            shown = "; ".join(f"{key}: {before.get(key)} -> {now.get(key)}" for key in differs[:3])
            more = f" and {len(differs) - 3} more" if len(differs) > 3 else ""
            raise OutputError(
                f"{output} was made with another configuration ({shown}{more}); "
                "give another --output, or --fresh to do its work anew"
            )
    if fresh:
        writers = open_writers(pipeline.config.output.formats, output)
        for number in store.numbers():
            _forget(store, writers, number)
        shutil.rmtree(store.folder, ignore_errors=True)
    with atomic_file(record) as file:
        file.write(json.dumps(now, ensure_ascii=False, indent=2) + "\n")

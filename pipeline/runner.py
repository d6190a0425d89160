"""A run over any number of inputs into an output folder: shard by shard, resumable, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import filelock

from pipeline.atomic import TEMPORARY, atomic_file
from pipeline.corpus import append_failures, gather
from pipeline.document import Document, Failure
from pipeline.errors import OutputError
from pipeline.identity import claim
from pipeline.manifest import manifest
from pipeline.pipeline import Pipeline
from pipeline.progress import Observer, Silent
from pipeline.readers.files import expand
from pipeline.readers.text import TextReader
from pipeline.resources import WORK_FOLDER
from pipeline.shards import ShardHead, ShardStore, digest_of
from pipeline.writers import WRITERS, open_writers
from pipeline.writers.jsonl import json_line


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
    """Process the inputs into ``output``, which then holds the results of these inputs and of no others.

    Documents that are committed there and unchanged are not done again; what failed in a stage is tried again.
    Raises ReadError when an input that was named does not exist, and OutputError when there is nothing to read or
    ``output`` cannot be written, is in use by another run, or was made with another configuration (unless ``fresh``,
    which throws that work away).
    """
    inputs = _check_paths(inputs, output)
    work = output / WORK_FOLDER
    with _writing(output):
        work.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(work / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            message = f"{output}: another run is writing here; wait for it or give another --output"
            raise OutputError(message) from None
    try:
        with _writing(output):
            claim(pipeline, output, work, fresh=fresh)
            _sweep(output, work)
            store = ShardStore(work / "shards")
        report = Report(output)
        failed = _process_all(pipeline, inputs, work, store, observer or Silent(), report)
        with _writing(output):
            _assemble(pipeline, inputs, output, work, store, failed, report, show)
        return report
    finally:
        lock.release()


def _check_paths(inputs: Sequence[str], output: Path) -> list[str]:
    paths = expand(inputs)
    if any(output.resolve() == Path(path).resolve() for path in paths):
        raise OutputError(f"{output}: is an input, whose files would mix with the results; give another --output")
    return paths


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{error.filename or output}: cannot be written: {error.strerror or error}") from error


def _sweep(output: Path, work: Path) -> None:
    """Remove what a killed run was in the middle of writing."""
    report = output / "report"
    for folder in (output, output / "briefs", report, report / "documents", work, work / "shards"):
        for left in folder.glob(f".*{TEMPORARY}"):
            left.unlink(missing_ok=True)


def _process_all(
    pipeline: Pipeline, inputs: list[str], work: Path, store: ShardStore, observer: Observer, report: Report
) -> dict[str, Failure]:
    """Process and commit what is not committed yet, and leave the order of all inputs in ``order.jsonl``.

    Returns the failures of stages by digest.
    """
    reader = TextReader(pipeline.config.input)
    total = reader.count(inputs)
    if not total:
        raise OutputError(f"no file to read in {', '.join(inputs)}; input.pattern is {pipeline.config.input.pattern!r}")
    observer.begin(total)
    failed: dict[str, Failure] = {}
    waiting: dict[str, Document] = {}
    reused = 0

    def finish() -> None:
        nonlocal reused
        if reused:
            observer.done(reused, [], reused=True)
            reused = 0
        if waiting:
            failures = _process(pipeline, waiting, store, observer)
            failed.update(failures)
            report.new += len(waiting)
            observer.done(len(waiting), list(failures.values()), reused=False)
            waiting.clear()

    with atomic_file(work / "order.jsonl") as order:
        for item in reader.read(inputs):
            if isinstance(item, Failure):
                order.write(json_line({"failure": item.to_dict()}))
                observer.done(1, [item], reused=False)
                continue
            digest = digest_of(item)
            order.write(json_line({"digest": digest}))
            if digest in store:
                reused += 1
                continue
            waiting[digest] = item
            if len(waiting) == pipeline.config.engine.shard_size:
                finish()
        finish()
    return failed


def _process(
    pipeline: Pipeline, waiting: dict[str, Document], store: ShardStore, observer: Observer
) -> dict[str, Failure]:
    if not pipeline.loaded:
        observer.loading([model.name for models in pipeline.models().values() for model in models])
        pipeline.load()
    batch = pipeline.process(list(waiting.values()), lambda stage: observer.stage(stage, len(waiting)))
    digests = {document.id: digest for digest, document in waiting.items()}
    if batch.documents:
        done = [digests[document.id] for document in batch.documents]
        with _writing(store.folder):
            store.commit(done, batch.documents, ShardHead(batch.device, batch.seconds))
    return {digests[failure.id]: failure for failure in batch.failures}


def _assemble(
    pipeline: Pipeline,
    inputs: Sequence[str],
    output: Path,
    work: Path,
    store: ShardStore,
    failed: dict[str, Failure],
    report: Report,
    show: int,
) -> None:
    """Make the output files from the committed shards, in the order of the inputs; the manifest comes last."""
    totals: Counter[str] = Counter()
    used: set[str] = set()
    with ExitStack() as stack:
        writers = [stack.enter_context(w) for w in open_writers(pipeline.config.output.formats, output)]
        failures = stack.enter_context(atomic_file(output / "failures.jsonl"))
        for item in _ordered(work / "order.jsonl", store, failed):
            if isinstance(item, Failure):
                report.failures += 1
                failures.write(json_line(item.to_dict()))
                report.failed += [item] if len(report.failed) < show else []
                continue
            used.add(item.id)
            report.documents += 1
            report.shown += [item] if len(report.shown) < show else []
            totals["segments"] += len(item.segments)
            totals.update(f"flag {flag}" for segment in item.segments for flag in segment.flags)
            totals.update(f"stance {stance.label}" for stance in item.stances)
            for writer in writers:
                writer.write(item)
    for writer in writers:
        writer.finish()
    _clear(pipeline, output, store, used, report.documents)
    gathered = gather(
        pipeline.corpus_stages,
        lambda: (item for item in _ordered(work / "order.jsonl", store, failed) if isinstance(item, Document)),
        output,
    )
    append_failures(output, gathered.failures)
    report.failures += len(gathered.failures)
    report.failed += gathered.failures
    counts = {"documents": report.documents, "failures": report.failures, **dict(sorted(totals.items()))}
    with atomic_file(output / "manifest.json") as file:
        record = manifest(pipeline, inputs, counts, store.heads(), gathered.seconds)
        file.write(json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def _ordered(order: Path, store: ShardStore, failed: dict[str, Failure]) -> Iterator[Document | Failure]:
    with order.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "failure" in record:
                yield Failure(**record["failure"])
            elif (digest := record["digest"]) in failed:
                yield failed[digest]
            else:
                yield store.read(digest)


def _clear(pipeline: Pipeline, output: Path, store: ShardStore, used: set[str], documents: int) -> None:
    """Remove the files of documents that are no longer among the inputs, and of formats that are not wanted."""
    chosen = pipeline.config.output.formats
    unwanted = open_writers([name for name in WRITERS if name not in chosen], output)
    for writer in unwanted:
        writer.discard()
        for document_id in used:
            writer.forget(document_id)
    if len(store) > documents:
        stale = {store.read(digest).id for digest in store.digests()} - used
        for writer in (*unwanted, *open_writers(chosen, output)):
            for document_id in stale:
                writer.forget(document_id)

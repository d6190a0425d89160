"""A run over any number of inputs into an output folder: shard by shard, resumable, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import filelock

from pipeline.assembly import assemble
from pipeline.atomic import TEMPORARY
from pipeline.errors import OutputError
from pipeline.identity import claim, refuse_foreign
from pipeline.job import Job, Report, writing
from pipeline.pipeline import Pipeline
from pipeline.processing import process
from pipeline.progress import Observer, Silent
from pipeline.readers.files import expand
from pipeline.resources import WORK_FOLDER
from pipeline.shards import ShardStore


def run(
    pipeline: Pipeline,
    inputs: Sequence[str],
    output: Path,
    *,
    fresh: bool = False,
    observer: Observer | None = None,
    show: int = 20,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Process the inputs into ``output``, which then holds the results of these inputs and of no others.

    Documents that are committed there and unchanged are not done again; what failed in a stage is tried again.
    When ``stop`` says so, the shards in work are finished and committed, and no more.
    Raises ReadError when an input that was named does not exist, OutputError when there is nothing to read or
    ``output`` cannot be written, is in use by another run, holds files of somebody else by the names of results, or was
    made with another configuration (unless ``fresh``, which throws those files or that work away), and
    PolderbriefError when a stage fails for every document.
    """
    inputs = _check_paths(inputs, output)
    work = output / WORK_FOLDER
    with writing(output):
        if not fresh:
            refuse_foreign(pipeline, output, work)  # first of all: what is refused gets no work folder
        work.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(work / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            message = f"{output}: another run is writing here; wait for it or give another --output"
            raise OutputError(message) from None
    try:
        with writing(output):
            claim(pipeline, output, work, fresh=fresh)
            _sweep(output, work)
            job = Job(pipeline, inputs, output, ShardStore(work / "shards"), Report(output))
        process(job, observer or Silent(), stop)
        if not job.report.stopped:
            with writing(output):
                assemble(job, show)
        return job.report
    finally:
        lock.release()


def _check_paths(inputs: Sequence[str], output: Path) -> list[str]:
    paths = expand(inputs)
    if any(output.resolve() == Path(path).resolve() for path in paths):
        raise OutputError(f"{output}: is an input, whose files would mix with the results; give another --output")
    return paths


def _sweep(output: Path, work: Path) -> None:
    """Remove what a killed run was in the middle of writing."""
    report = output / "report"
    for folder in (output, output / "briefs", report, report / "documents", work, work / "shards"):
        for left in folder.glob(f".*{TEMPORARY}"):
            left.unlink(missing_ok=True)

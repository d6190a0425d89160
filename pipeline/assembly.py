"""The second half of a run: the output files are made from the committed shards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from pipeline.atomic import atomic_file
from pipeline.corpus import append_failures, gather
from pipeline.document import Document, Failure
from pipeline.job import Job
from pipeline.manifest import manifest
from pipeline.ondisk import Table
from pipeline.writers import WRITERS, open_writers
from pipeline.writers.jsonl import json_line


def assemble(job: Job, show: int) -> None:
    """Make the output files from the committed shards, in the order of the inputs; the manifest comes last.

    The first ``show`` documents and failures are kept in the report.
    """
    pipeline, output, report = job.pipeline, job.output, job.report
    totals: Counter[str] = Counter()
    used = Table()
    with ExitStack() as stack:
        writers = [stack.enter_context(w) for w in open_writers(pipeline.config.output.formats, output)]
        failures = stack.enter_context(atomic_file(output / "failures.jsonl"))
        for item in _ordered(job):
            if isinstance(item, Failure):
                report.failures += 1
                failures.write(json_line(item.to_dict()))
                report.failed += [item] if len(report.failed) < show else []
                continue
            used[item.id] = ""
            report.documents += 1
            report.shown += [item] if len(report.shown) < show else []
            totals["segments"] += len(item.segments)
            totals.update(f"flag {flag}" for segment in item.segments for flag in segment.flags)
            totals.update(f"stance {stance.label}" for stance in item.stances)
            for writer in writers:
                writer.write(item)
    for writer in writers:
        writer.finish()
    _clear(job, used)
    gathered = gather(pipeline.corpus_stages, lambda: _documents(job), output)
    append_failures(output, gathered.failures)
    report.failures += len(gathered.failures)
    report.failed += gathered.failures
    counts = {"documents": report.documents, "failures": report.failures, **dict(sorted(totals.items()))}
    facts = manifest(pipeline, job.inputs, counts, job.store.heads(), gathered.seconds)
    with atomic_file(output / "manifest.json") as file:
        file.write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")


def _ordered(job: Job) -> Iterator[Document | Failure]:
    with job.order.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "failure" in record:
                yield Failure(**record["failure"])
            elif (digest := record["digest"]) in job.failed:
                yield Failure(**json.loads(job.failed[digest]))
            else:
                yield job.store.read(digest)


def _documents(job: Job) -> Iterator[Document]:
    return (item for item in _ordered(job) if isinstance(item, Document))


def _clear(job: Job, used: Table) -> None:
    """Remove the files of documents that are no longer among the inputs, and of formats that are not wanted."""
    chosen = job.pipeline.config.output.formats
    unwanted = open_writers([name for name in WRITERS if name not in chosen], job.output)
    for writer in unwanted:
        writer.discard()
        for document_id in used:
            writer.forget(document_id)
    if len(job.store) > job.report.documents:
        writers = (*unwanted, *open_writers(chosen, job.output))
        for digest in job.store.digests():
            if (document_id := job.store.read(digest).id) not in used:
                for writer in writers:
                    writer.forget(document_id)

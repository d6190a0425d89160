"""Stages of scope ``corpus``: what they see, where their files lie, and what becomes of one that raises."""

from __future__ import annotations

import json
import logging
import shutil
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.atomic import atomic_file, atomic_path
from pipeline.document import Document, Failure
from pipeline.errors import PolderbriefError, one_line
from pipeline.resources import WORK_FOLDER
from pipeline.stage import AnyStage, load_checked
from pipeline.writers import NAMES
from pipeline.writers.jsonl import json_line

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Gathered:
    """What became of the stages over the corpus: those that raised, and the seconds spent in each."""

    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def gather(stages: Sequence[AnyStage], documents: Callable[[], Iterator[Document]], output: Path) -> Gathered:
    """Run stages over the corpus, one after the other, each over a stream of its own.

    Their files appear in ``output``. Those of a stage that raises, or that is no longer among the stages, are removed:
    they would show other documents.
    """
    work = output / WORK_FOLDER
    record, scratch = work / "corpus.json", work / "corpus"
    before = _read(record)
    gathered = Gathered()
    if not stages and not before:
        return gathered
    known = before.union(*(stage.provides for stage in stages))
    _write(record, known)  # ahead of the files: after a kill none is forgotten
    written: set[str] = set()
    for stage in stages:
        log.info("%s: over all documents", stage.name)
        began = time.perf_counter()
        try:
            _run(stage, documents(), output, scratch)
            written.update(stage.provides)
        except Exception as error:  # whatever the stage raises; the documents are none the worse
            gathered.failures.append(_failure(stage, error, output))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        gathered.seconds[stage.name] = time.perf_counter() - began
    for name in known - written:
        (output / name).unlink(missing_ok=True)
    _write(record, written)
    return gathered


def append_failures(output: Path, failures: Sequence[Failure]) -> None:
    """Add lines to the ``failures.jsonl`` of a run."""
    if not failures:
        return
    path = output / "failures.jsonl"
    with path.open(encoding="utf-8") as old, atomic_file(path) as new:
        shutil.copyfileobj(old, new)
        new.writelines(json_line(failure.to_dict()) for failure in failures)


def corpus_problems(classes: Sequence[type[AnyStage]]) -> list[str]:
    """Stages over the corpus that do not come last, and files that more than one would write."""
    problems = []
    seen: list[str] = []
    for cls in classes:
        if cls.scope == "corpus":
            seen.append(cls.name)
        elif seen:
            problems.append(
                f"stage {cls.name!r} stands behind {seen[-1]!r}, which is over the whole corpus; move it before"
            )
    owners = Counter(name for cls in classes if cls.scope == "corpus" for name in cls.provides)
    for cls in classes:
        if cls.scope == "corpus":
            problems += [
                f"stage {cls.name!r} writes {name}, and so does {'the run' if name in NAMES else 'another stage'}"
                for name in cls.provides
                if name in NAMES or owners[name] > 1
            ]
    return problems


def _run(stage: AnyStage, documents: Iterator[Document], output: Path, scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
    scratch.mkdir(parents=True)
    load_checked(stage)
    stage.process_corpus(documents, scratch)
    missing = [name for name in stage.provides if not (scratch / name).is_file()]
    if missing:
        raise PolderbriefError(f"has not written {', '.join(missing)}, which it provides")
    for name in stage.provides:
        with atomic_path(output / name) as temporary:
            (scratch / name).replace(temporary)


def _failure(stage: AnyStage, error: Exception, output: Path) -> Failure:
    log.debug("stage %s failed", stage.name, exc_info=True)
    return Failure(stage.name, str(output), stage.name, one_line(error), traceback.format_exc())


def _read(record: Path) -> set[str]:
    """The files that stages over the corpus have written here."""
    try:
        return set(json.loads(record.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return set()


def _write(record: Path, names: set[str]) -> None:
    with atomic_file(record) as file:
        file.write(json.dumps(sorted(names)) + "\n")

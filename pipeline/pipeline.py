"""A pipeline: the stages of a configuration, built, checked and run over batches of documents."""

from __future__ import annotations

import json
import logging
import pickle
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.catalog import Model
from pipeline.config import RunConfig, load_config
from pipeline.corpus import gather
from pipeline.device import Runtime
from pipeline.document import Document, Failure
from pipeline.errors import ReadError, one_line
from pipeline.readers.reader import Reader
from pipeline.stage import AnyStage

log = logging.getLogger(__name__)
OnStage = Callable[[str], None]


@dataclass(slots=True)
class Batch:
    """What became of a batch: finished documents, failures, and seconds spent in each stage."""

    documents: list[Document]
    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    device: str = ""


class Pipeline:
    """The stages of one configuration, in order.

    >>> documents = Pipeline.from_config("configs/default.yaml").run(["seeds"])
    """

    def __init__(self, config: RunConfig, classes: Sequence[type[AnyStage]]) -> None:
        self.config = config
        briefs = "markdown" in config.output.formats
        self.runtime = Runtime(config.device, config.dtype, config.engine.memory, briefs)
        self.stages = [cls(config.options[cls.name], self.runtime) for cls in classes]
        self.document_stages = [stage for stage in self.stages if stage.scope == "document"]
        self.corpus_stages = [stage for stage in self.stages if stage.scope == "corpus"]
        self.loaded = False

    @classmethod
    def from_config(cls, source: str | Path | dict[str, Any] = "default", overrides: Iterable[str] = ()) -> Pipeline:
        """Build from a YAML file, a shipped configuration's name or a dict; raises ConfigError."""
        return cls(*load_config(source, overrides))

    def models(self) -> dict[str, list[Model]]:
        """The models of each stage, resolved and not loaded; raises ModelError for an unknown one."""
        return {stage.name: stage.models() for stage in self.stages}

    @property
    def device(self) -> str:
        """Where the models of each stage run, for the manifest; ``none`` for stages without a model."""
        found = [f"{stage.name}: {where}" for stage in self.stages if (where := stage.where())]
        return ", ".join(found) or "none"

    def load(self) -> None:
        """Check and load every model; raises ModelError. Done once, and by :meth:`process` if nobody did."""
        if self.loaded:
            return
        for models in self.models().values():
            for model in models:
                model.verify()
        for stage in self.document_stages:
            stage.load()
        self.loaded = True

    def run(
        self,
        inputs: str | Path | Iterable[str | Path],
        failures: list[Failure] | None = None,
        folder: str | Path | None = None,
    ) -> list[Document]:
        """Read the inputs and return the finished documents; everything is held in memory.

        With a list for ``failures``, what cannot be read or processed is appended to it and the rest goes on;
        without one, the first such thing raises PolderbriefError. Stages over the whole corpus write into ``folder``,
        and are left out without one.
        """
        documents: list[Document] = []
        batch: list[Document] = []

        def finish() -> None:
            done = self.process(batch)
            self._take(done.failures, failures)
            documents.extend(done.documents)
            batch.clear()

        paths = [inputs] if isinstance(inputs, str | Path) else inputs
        for item in Reader(self.config.input).read([str(path) for path in paths]):
            if isinstance(item, Failure):
                self._take([item], failures)
                continue
            batch.append(item)
            if len(batch) == self.config.engine.shard_size:
                finish()
        finish()
        if folder is not None:
            gathered = gather(self.corpus_stages, lambda: iter(_copied(documents)), Path(folder))
            self._take(gathered.failures, failures)
        elif self.corpus_stages:
            names = ", ".join(stage.name for stage in self.corpus_stages)
            log.warning("%s: left out, as Pipeline.run was given no folder for the files", names)
        return documents

    @staticmethod
    def _take(found: list[Failure], failures: list[Failure] | None) -> None:
        if failures is not None:
            failures.extend(found)
        elif found:
            raise ReadError(f"{found[0].path or found[0].id}: {found[0].reason}")

    def process(self, documents: Sequence[Document], on_stage: OnStage | None = None) -> Batch:
        """Run the stages over one batch. A document that makes a stage raise is set aside, alone.

        Stages work on copies; the documents given stay as they are.
        """
        self.load()
        batch = Batch(list(documents), device=self.device)
        for stage in self.document_stages:
            if not batch.documents:
                break
            if on_stage:
                on_stage(stage.name)
            began = time.perf_counter()
            batch.documents = self._run_stage(stage, batch.documents, batch.failures)
            batch.seconds[stage.name] = time.perf_counter() - began
        return batch

    def _run_stage(
        self,
        stage: AnyStage,
        documents: list[Document],
        failures: list[Failure],
    ) -> list[Document]:
        try:
            return _checked(stage, _copied(documents))
        except Exception as error:
            if len(documents) == 1:
                document = documents[0]
                log.debug("stage %s failed for %s", stage.name, document.id, exc_info=True)
                failures.append(
                    Failure(
                        id=document.id,
                        path=document.metadata.get("path"),
                        stage=stage.name,
                        reason=one_line(error),
                        traceback=traceback.format_exc(),
                    )
                )
                return []
        return [done for document in documents for done in self._run_stage(stage, [document], failures)]


def _checked(stage: AnyStage, documents: list[Document]) -> list[Document]:
    ids = [document.id for document in documents]
    done = stage.process(documents)
    if not isinstance(done, list) or [document.id for document in done] != ids:
        raise TypeError(f"stage {stage.name!r} must return the documents it was given, in order")
    for document in done:
        try:
            json.dumps(document.to_dict(), ensure_ascii=False, allow_nan=False).encode()
        except Exception as error:  # whatever is wrong with it would end the run when it is committed
            raise TypeError(f"stage {stage.name!r} left a document that is no JSON: {error}") from error
    return done


def _copied(documents: list[Document]) -> list[Document]:
    copies: list[Document] = pickle.loads(pickle.dumps(documents))  # four times as fast as deepcopy
    return copies

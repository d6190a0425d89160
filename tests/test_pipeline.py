"""Stages in order, and a document that makes one raise."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SEED_XIAOMI, SEEDS

from pipeline import Document, Pipeline
from pipeline.document import Failure
from pipeline.errors import ConfigError, ReadError
from pipeline.stage import Stage, StageConfig, available, stage


class FragileConfig(StageConfig):
    bad_word: str = "kapot"


@stage("fragile", requires=["source"], provides=["metadata.checked"])
class Fragile(Stage[FragileConfig]):
    """Falls over a word, after it has changed other documents of the batch."""

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            if self.config.bad_word in document.source:
                raise ValueError(f"cannot take\n{self.config.bad_word!r}")
            document.metadata["checked"] = document.metadata.get("checked", 0) + 1
        return documents


@stage("lossy", requires=["source"])
class Lossy(Stage[StageConfig]):
    """Loses a document."""

    def process(self, documents: list[Document]) -> list[Document]:
        return documents[1:]


def test_one_bad_document_is_set_aside_and_its_neighbours_are_done_once() -> None:
    pipeline = Pipeline.from_config({"stages": ["fragile", "split"]})
    given = [Document("a", "Goed."), Document("b", "Dit is kapot."), Document("c", "Ook goed.")]
    batch = pipeline.process(given)
    assert [document.id for document in batch.documents] == ["a", "c"]
    assert all(document.metadata["checked"] == 1 and document.segments for document in batch.documents)
    (failure,) = batch.failures
    assert (failure.id, failure.stage, failure.reason) == ("b", "fragile", "ValueError: cannot take 'kapot'")
    assert "Traceback" in (failure.traceback or "")
    assert given[0].metadata == {}


def test_a_stage_that_loses_documents_is_found_out() -> None:
    batch = Pipeline.from_config({"stages": ["lossy"]}).process([Document("a", "Goed.")])
    assert batch.documents == []
    assert "must return the documents it was given" in batch.failures[0].reason


@stage("careless", requires=["source"], provides=["metadata.tags"])
class Careless(Stage[StageConfig]):
    """Leaves a value that JSON has no form for in one document of the batch."""

    value: object = None

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            document.metadata["tags"] = self.value if document.id == "b" else "fine"
        return documents


@pytest.mark.parametrize("value", [{"a"}, np.float32(1), np.int64(1), float("nan"), "half \ud800", {("a", "b"): 1}])
def test_a_document_that_is_no_json_costs_only_itself(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Careless, "value", value)
    batch = Pipeline.from_config({"stages": ["careless"]}).process([Document(name, "Goed.") for name in "abc"])
    assert [document.id for document in batch.documents] == ["a", "c"]
    (failure,) = batch.failures
    assert (failure.id, failure.stage) == ("b", "careless")
    assert failure.reason.startswith("TypeError: stage 'careless' left a document that is no JSON: ")
    failure.reason.encode()


def test_run_raises_or_collects(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Goed.")
    (tmp_path / "b.txt").write_bytes(b"")
    pipeline = Pipeline.from_config({"stages": ["fragile"]})
    with pytest.raises(ReadError, match=r"b\.txt: it holds no text"):
        pipeline.run([tmp_path])
    failures: list[Failure] = []
    assert [document.id for document in pipeline.run([tmp_path], failures)] == ["a"]
    assert [failure.id for failure in failures] == ["b"]


def test_a_stage_that_names_no_field_of_a_document_is_refused() -> None:
    with pytest.raises(TypeError, match=r"names 'segment\.target', which is no field"):
        stage("typo", requires=["segment.target"])


def test_stage_options_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"configuration: fragile\.bad_words: unknown key; did you mean 'bad_word'"):
        Pipeline.from_config({"stages": ["fragile"], "fragile": {"bad_words": "x"}})


def test_every_stage_and_option_says_what_it_is() -> None:
    for name, cls in available().items():
        if cls.__module__.startswith("pipeline."):
            assert cls.__doc__, name
            for key, field in cls.config_model.model_fields.items():
                assert field.description, f"{name}.{key}"


def test_python_use_of_the_readme() -> None:
    documents = Pipeline.from_config("configs/default.yaml").run([SEED_XIAOMI])
    (document,) = documents
    assert document.metadata["date"] == "2025-09-26"
    assert document.summary
    assert 2 <= len(document.summary.sentences) <= 3
    assert all(segment.target or segment.flags for segment in document.segments)


def test_the_same_input_gives_the_same_documents() -> None:
    pipeline = Pipeline.from_config("default")
    assert pipeline.run([SEEDS]) == pipeline.run([SEEDS])


def test_help_and_package_do_not_import_the_heavy_libraries() -> None:
    code = (
        "import sys, pipeline.cli, pipeline.config, pipeline.runner; pipeline.config.load_config('default');"
        "print([m for m in ('torch', 'transformers', 'lingua', 'datasets', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['lingua']")  # lingua's list of languages is light

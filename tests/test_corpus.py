"""Stages over the whole corpus: what they see, where their files go, and what becomes of one that raises."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import polderbrief, read_lines

from pipeline import Document, Pipeline
from pipeline.document import Failure
from pipeline.errors import ConfigError, OutputError, ReadError
from pipeline.runner import run
from pipeline.stage import Stage, StageConfig, stage

COUNT_STAGE = """
from pipeline.stage import Stage, StageConfig, stage

class CountConfig(StageConfig):
    word: str = "een"
    fail: bool = False

@stage("count", scope="corpus", requires=["segments"], provides=["count.txt"])
class Count(Stage[CountConfig]):
    def process_corpus(self, documents, folder):
        (folder / "scratch.bin").write_text("not wanted")
        with (folder / "count.txt").open("w") as file:
            for document in documents:
                print(document.id, document.source.lower().count(self.config.word), file=file)
                if self.config.fail:
                    raise ValueError("cannot\\ncount")
"""


class TallyConfig(StageConfig):
    write: bool = True


@stage("tally", scope="corpus", requires=["source"], provides=["tally.txt"])
class Tally(Stage[TallyConfig]):
    """Counts documents, and does to them what no stage should."""

    loads = 0

    def load(self) -> None:
        type(self).loads += 1

    def process_corpus(self, documents: Iterator[Document], folder: Path) -> None:
        seen = [document.id for document in documents if not document.metadata.clear()]
        if self.config.write:
            (folder / "tally.txt").write_text(" ".join(seen))


@stage("mark", requires=["source"], provides=["metadata.mark"])
class Mark(Stage[StageConfig]):
    """Marks every document."""

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            document.metadata["mark"] = True
        return documents


def tally(folder: Path, inputs: Path, **changes: object) -> Pipeline:
    pipeline = Pipeline.from_config({"stages": ["mark", "tally"], "engine": {"shard_size": 2}, **changes})
    run(pipeline, [str(inputs)], folder)
    return pipeline


def test_a_corpus_stage_of_somebody_else(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs, output = articles(b="Een, een.", a="Twee.", c="Een."), tmp_path / "out"
    (inputs / "empty.txt").write_bytes(b"")
    (tmp_path / "count_stage.py").write_text(COUNT_STAGE)
    config = tmp_path / "my.yaml"
    config.write_text("stages: [split, 'count_stage:Count']\nengine: {shard_size: 2}\n")
    arguments = ["run", inputs, "--config", config, "--output", output]

    done = polderbrief(*arguments, cwd=tmp_path)
    assert done.returncode == 1  # for the empty file
    assert (output / "count.txt").read_text() == "a 0\nb 2\nc 1\n"
    assert not list(output.rglob("scratch.bin"))
    assert "count" in json.loads((output / "manifest.json").read_text())["seconds"]

    # what a corpus stage does changes nothing of what is committed
    done = polderbrief(*arguments, "--set", "count.word=twee", cwd=tmp_path)
    assert "0 inputs processed" in done.stdout, done.stderr
    assert (output / "count.txt").read_text() == "a 1\nb 0\nc 0\n"

    # one that raises costs its own file, and no document
    documents = (output / "documents.jsonl").read_bytes()
    done = polderbrief(*arguments, "--set", "count.fail=true", cwd=tmp_path)
    assert done.returncode == 1
    assert f"polderbrief: {output}: count: ValueError: cannot count" in done.stderr.splitlines()
    assert [failure["stage"] for failure in read_lines(output / "failures.jsonl")] == ["read", "count"]
    assert (output / "documents.jsonl").read_bytes() == documents
    assert not (output / "count.txt").exists()

    polderbrief(*arguments, cwd=tmp_path)
    assert (output / "count.txt").read_text() == "a 0\nb 2\nc 1\n"
    assert [failure["stage"] for failure in read_lines(output / "failures.jsonl")] == ["read"]
    (output / "mine.txt").write_text("A file of the user's.")
    polderbrief(*arguments, "--set", "stages=[split]", cwd=tmp_path)
    assert not (output / "count.txt").exists()
    assert (output / "mine.txt").exists()


def test_what_a_killed_run_left_is_swept_up(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs, output = articles(a="Een.", b="Twee."), tmp_path / "out"
    tally(output, inputs)
    work = output / ".polderbrief"
    (work / "corpus").mkdir()
    (work / "corpus" / "tally.txt").write_text("half")
    tally(output, inputs, stages=["mark"])
    assert not (output / "tally.txt").exists()
    tally(output, inputs)
    assert (output / "tally.txt").read_text() == "a b"
    assert not (work / "corpus").exists()


def test_a_file_of_somebody_else_is_not_written_over(articles: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "tally.txt").write_text("Mine.")
    with pytest.raises(OutputError, match=r"holds tally\.txt, and nothing says that a run made it"):
        tally(tmp_path, articles(a="Een."))
    assert (tmp_path / "tally.txt").read_text() == "Mine."


def test_no_document_at_all(articles: Callable[..., Path], tmp_path: Path) -> None:
    tally(tmp_path / "out", articles(a=""))
    assert (tmp_path / "out" / "tally.txt").read_text() == ""


def test_it_is_loaded_for_the_corpus_and_not_for_the_batches(articles: Callable[..., Path], tmp_path: Path) -> None:
    before = Tally.loads
    pipeline = tally(tmp_path / "out", articles(a="Een.", b="Twee.", c="Drie."))
    assert Tally.loads == before + 1
    batch = pipeline.process([Document("a", "Een.")])
    assert list(batch.seconds) == ["mark"]
    assert Tally.loads == before + 1


def test_a_file_that_is_provided_must_be_written(articles: Callable[..., Path], tmp_path: Path) -> None:
    pipeline = Pipeline.from_config({"stages": ["tally"], "tally": {"write": False}})
    report = run(pipeline, [str(articles(a="Een."))], tmp_path / "out")
    assert (report.documents, report.failures) == (1, 1)
    assert report.failed[0].reason == "has not written tally.txt, which it provides"


def test_in_memory_it_takes_a_folder(
    articles: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inputs, folder = articles(a="Een.", b="Twee."), tmp_path / "out"
    pipeline = Pipeline.from_config({"stages": ["mark", "tally"]})
    assert len(pipeline.run(inputs)) == 2
    assert "tally: left out, as Pipeline.run was given no folder" in caplog.text
    documents = pipeline.run(inputs, folder=folder)
    assert (folder / "tally.txt").read_text() == "a b"
    assert all(document.metadata["mark"] for document in documents)

    broken = Pipeline.from_config({"stages": ["tally"], "tally": {"write": False}})
    failures: list[Failure] = []
    assert len(broken.run(inputs, failures, folder)) == 2
    assert [failure.stage for failure in failures] == ["tally"]
    with pytest.raises(ReadError, match=r"has not written tally\.txt"):
        broken.run(inputs, folder=folder)


@stage("rival", scope="corpus", requires=["summary"], provides=["tally.txt", "documents.jsonl"])
class Rival(Stage[StageConfig]):
    """Wants the files of others."""

    def process_corpus(self, documents: Iterator[Document], folder: Path) -> None:
        return


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (
            ["split", "tally", "mark"],
            "stage 'mark' stands behind 'tally', which is over the whole corpus; move it before",
        ),
        (["split", "rival"], "stage 'rival' needs summary, which no stage before it provides; add 'summarize'"),
        (["tally", "rival"], "stage 'rival' writes tally.txt, and so does another stage"),
        (["rival"], "stage 'rival' writes documents.jsonl, and so does the run"),
    ],
)
def test_what_is_refused_when_it_is_loaded(stages: list[str], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_config({"stages": stages})
    assert any(expected in line for line in caught.value.lines)


def test_declarations_that_make_no_sense() -> None:
    with pytest.raises(TypeError, match="has the scope 'all'; there are document, corpus"):
        stage("x", scope="all")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"provides 'out/x\.md', which is no plain file name"):
        stage("x", scope="corpus", provides=["out/x.md"])
    with pytest.raises(TypeError, match="provides 'summary', which is no plain file name"):
        stage("x", scope="corpus", provides=["summary"])
    with pytest.raises(TypeError, match="of scope 'corpus' needs a method 'process_corpus'"):
        stage("x", scope="corpus")(Mark)
    with pytest.raises(TypeError, match="of scope 'document' needs a method 'process'"):
        stage("x")(Tally)

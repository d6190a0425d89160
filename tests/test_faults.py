"""Runs that are killed, stopped and starved: nothing is lost, nothing is broken, and a line says what to do."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, polderbrief, read_lines
from test_run import digests

# A translator that is fast, writes down what it was given, and does what the text tells it to.
STAGE = """
import os, signal, time
from pathlib import Path
from pipeline.stage import Stage, StageConfig, stage

class FakeConfig(StageConfig):
    seconds: float = 0.0

@stage("fake", requires=["segments"], provides=["segments.target"])
class Fake(Stage[FakeConfig]):
    def process(self, documents):
        for document in documents:
            time.sleep(self.config.seconds)
            if "Doodt" in document.source and not Path(os.environ["FAKE_LOG"] + ".dead").exists():
                Path(os.environ["FAKE_LOG"] + ".dead").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if "Doodt altijd" in document.source:
                os.kill(os.getpid(), signal.SIGKILL)
            if "Faalt" in document.source:
                raise ValueError("as told")
            for segment in document.segments:
                segment.target = segment.source.upper()
            with open(os.environ["FAKE_LOG"], "a") as log:
                log.write(f"{document.id} {os.getpid()}\\n")
        return documents
"""


class Runs:
    """Runs of the fake translator in a folder, by the real command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        (folder / "fake_stage.py").write_text(STAGE)
        self.env = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
            "FAKE_LOG": str(self.log),
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        }

    def rows(self, *texts: str) -> Path:
        path = self.folder / "corpus.jsonl"
        lines = [json.dumps({"id": f"a{i:05}", "text": text}) + "\n" for i, text in enumerate(texts)]
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def arguments(self, output: str, *options: str) -> list[str]:
        config = self.folder / "my.yaml"
        if not config.exists():
            stages = "stages: [split, 'fake_stage:Fake']\nsplit: {language: nl}\n"
            config.write_text(f"{stages}output: {{formats: [jsonl, digest]}}\n")
        inputs = str(self.folder / "corpus.jsonl")
        return ["run", inputs, "--config", str(config), "--output", str(self.folder / output), *options]

    def start(self, output: str, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", *self.arguments(output, *options)],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, output: str, *options: str) -> subprocess.CompletedProcess[str]:
        return polderbrief(*self.arguments(output, *options), cwd=self.folder, env=self.env)

    def worked(self) -> list[str]:
        return [line.split()[0] for line in self.log.read_text().splitlines()]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.mark.slow
def test_fifty_kills_lose_nothing(runs: Runs) -> None:
    """kill -9 at random moments of a run over 2,000 documents; the result is that of a run that nobody disturbed."""
    runs.rows(*(f"Zin {i}. Nog een zin." for i in range(2_000)))
    options = ["--set", "engine.shard_size=16", "--set", "fake.seconds=0.01"]
    draw, kills = random.Random(1), 0
    while kills < 50:
        process = runs.start("killed", *options)
        time.sleep(draw.uniform(0.3, 1.6))
        process.kill()
        _, errors = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), errors
        if process.returncode == 0:  # done before its time; go on with the assembly
            (runs.folder / "killed" / "documents.jsonl").unlink()
        kills += 1
    done = runs.run("killed", *options)
    assert done.returncode == 0, done.stderr
    worked = runs.worked()
    assert len(set(worked)) == 2_000
    assert len(worked) <= 2_000 + 16 * kills  # at most the shard in work is done again
    assert runs.run("calm").returncode == 0
    assert digests(runs.folder / "killed") == digests(runs.folder / "calm")
    assert not list((runs.folder / "killed").rglob("*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_batch_and_a_second_one_does_not(runs: Runs, number: signal.Signals) -> None:
    runs.rows(*(f"Zin {i}." for i in range(40)))
    options = ["--set", "engine.shard_size=10", "--set", "fake.seconds=0.1"]
    process = runs.start("out", *options)
    wait_for(lambda: runs.log.exists() and runs.worked())
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping after this batch" in errors
    assert "the same command goes on where this one stopped" in errors
    before = runs.worked()
    assert len(before) in (10, 20)
    assert not (runs.folder / "out" / "documents.jsonl").exists()

    process = runs.start("out", *options)
    wait_for(lambda: len(runs.worked()) > len(before))
    process.send_signal(number)
    time.sleep(0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on where this one stopped" in errors
    assert not list((runs.folder / "out").rglob("*.tmp"))
    assert runs.run("out", *options).returncode == 0
    assert set(runs.worked()) == {f"a{i:05}" for i in range(40)}
    assert runs.worked()[: len(before)] == before
    assert len(read_lines(runs.folder / "out" / "documents.jsonl")) == 40


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_document_that_fails_is_set_aside_with_its_traceback(runs: Runs) -> None:
    runs.rows("Een.", "Faalt.", "Drie.")
    done = runs.run("out")
    assert done.returncode == 1
    assert [document["id"] for document in read_lines(runs.folder / "out" / "documents.jsonl")] == ["a00000", "a00002"]
    (failure,) = read_lines(runs.folder / "out" / "failures.jsonl")
    assert (failure["id"], failure["stage"], failure["reason"]) == ("a00001", "fake", "ValueError: as told")
    assert "Traceback" in failure["traceback"]


def test_a_stage_that_fails_for_every_document_stops_the_run(runs: Runs) -> None:
    runs.rows(*["Faalt."] * 40)
    done = runs.run("out", "--set", "engine.shard_size=10")
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("polderbrief:")]
    assert line == (
        "polderbrief: stage 'fake' fails for every document, so the run is stopped; "
        "of 10 the first is a00000: ValueError: as told"
    )
    runs.rows(*["Faalt."] * 9, "Goed.")
    assert runs.run("out").returncode == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(runs: Runs, small_disk: Path) -> None:
    runs.rows(*(f"Zin {i}. " * 50 for i in range(400)))
    done = runs.run("disk/out", "--set", "engine.shard_size=10")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("cannot be written: No space left on device")
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    before = len(runs.worked())
    assert 0 < before < 400
    assert runs.run("disk/out", "--set", "engine.shard_size=10").returncode == 0
    assert len(runs.worked()) <= 400 + 10
    assert runs.run("calm").returncode == 0
    assert digests(small_disk / "out") == digests(runs.folder / "calm")


def test_an_output_that_is_read_only(runs: Runs, small_disk: Path) -> None:
    runs.rows("Een.")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = runs.run("disk/out")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("cannot be written: Read-only file system")


def test_an_input_that_vanishes_in_the_middle(runs: Runs) -> None:
    folder = runs.folder / "corpus.jsonl"  # a folder of that name is read as one
    folder.mkdir()
    for i in range(30):
        (folder / f"{i:02}.txt").write_text(f"Zin {i}.")
    process = runs.start("out", "--set", "engine.shard_size=5", "--set", "fake.seconds=0.1")
    wait_for(lambda: runs.log.exists() and runs.worked())
    (folder / "25.txt").unlink()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert len(read_lines(runs.folder / "out" / "documents.jsonl")) == 29
    (failure,) = read_lines(runs.folder / "out" / "failures.jsonl")
    assert failure["reason"] == "cannot be opened: No such file or directory"


def test_progress_as_json_and_none_at_all(runs: Runs) -> None:
    runs.rows("Een. Twee.", "Faalt.")
    done = runs.run("out", "--log-json")
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["begins", "ends"]
    last = lines[-1]
    assert (last["documents"], last["total"], last["failures"], last["sentences"]) == (2, 2, 1, 2)
    done = runs.run("again", "--quiet")
    assert done.stdout == ""
    assert done.stderr == "polderbrief: corpus.jsonl: fake: ValueError: as told\n"

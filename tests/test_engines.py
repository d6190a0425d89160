"""The same bytes from one process, from several, and from a Ray cluster, whatever dies in between."""

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import polderbrief
from test_faults import Runs, wait_for
from test_run import digests

from pipeline.config import load_config
from pipeline.document import Document
from pipeline.engines.with_processes import Place, ProcessEngine, places
from pipeline.pipeline import Pipeline
from pipeline.shards import Shard

TEXTS = [f"Zin {i}. Nog een zin." for i in range(60)]
SHARDS = ["--set", "engine.shard_size=5", "--set", "fake.seconds=0.02"]
TWO = [*SHARDS, "--set", "engine.workers=2"]
RAY = [*TWO, "--set", "engine.kind=ray"]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def workers(runs: Runs) -> set[str]:
    return {line.split()[1] for line in runs.log.read_text().splitlines()}


def same(runs: Runs, *outputs: str) -> None:
    first, *others = (digests(runs.folder / output) for output in outputs)
    for other in others:
        assert other == first


def test_a_worker_ends_with_the_process_that_it_works_for(tmp_path: Path) -> None:
    script = tmp_path / "first.py"
    script.write_text(
        "import multiprocessing, os, signal, sys\n"
        "from pipeline.engines.with_processes import _end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    worker = multiprocessing.get_context('spawn').Process(target=_end_with_parent)\n"
        "    worker.start()\n"
        "    print(worker.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    status = Path(f"/proc/{int(done.stdout)}/status")
    wait_for(lambda: not status.exists() or "State:\tZ" in status.read_text())


@pytest.mark.slow
@pytest.mark.parametrize("options", [TWO, RAY], ids=["processes", "ray"])
def test_two_workers_give_the_same_bytes_also_when_one_is_killed(runs: Runs, options: list[str]) -> None:
    """A worker is killed with -9 in the middle of a shard: only what was in work is done again."""
    runs.rows(*TEXTS, "Doodt eens.")
    (runs.folder / "log.dead").touch()  # nobody dies
    done = runs.run("local", *SHARDS)
    assert done.returncode == 0, done.stderr
    runs.log.unlink()
    done = runs.run("many", *options)
    assert done.returncode == 0, done.stderr
    assert len(workers(runs)) == 2
    assert len(runs.worked()) == 61
    (runs.folder / "log.dead").unlink()
    runs.log.unlink()
    done = runs.run("killed", *options)
    assert done.returncode == 0, done.stderr
    assert (runs.folder / "log.dead").exists()
    assert set(runs.worked()) == {f"a{i:05}" for i in range(61)}
    assert len(runs.worked()) <= 61 + 4 * 5
    same(runs, "local", "many", "killed")


@pytest.mark.slow
@pytest.mark.parametrize("options", [TWO, RAY], ids=["processes", "ray"])
def test_workers_that_die_again_and_again_stop_the_run_with_what_is_done(runs: Runs, options: list[str]) -> None:
    runs.rows(*TEXTS, "Doodt altijd.")
    done = runs.run("out", *options)
    assert done.returncode == 2
    assert "died 3 times with a0" in done.stderr.splitlines()[-1]
    runs.rows(*TEXTS)
    before = len(runs.worked())
    assert runs.run("out", *SHARDS).returncode == 0
    assert len(runs.worked()) < before + len(TEXTS) / 2  # what was committed before is not done again
    assert runs.run("calm", *SHARDS).returncode == 0
    same(runs, "calm", "out")


def test_a_worker_that_dies_while_the_inputs_are_read_is_replaced() -> None:
    config, _ = load_config({"stages": ["split"], "device": "cpu"})
    others = multiprocessing.active_children()
    engine = ProcessEngine(config, [Place()])

    def shards() -> Iterator[Shard]:
        yield Shard({"a": Document("a", "Een.")})
        (worker,) = set(multiprocessing.active_children()).difference(others)
        worker.kill()
        wait_for(lambda: engine._pool._broken)
        yield Shard({"b": Document("b", "Twee.")})
        yield Shard({"c": Document("c", "Drie.")})

    done = [(shard.key, [document.id for document in batch.documents]) for shard, batch in engine.process(shards())]
    assert sorted(done) == [("a", ["a"]), ("b", ["b"]), ("c", ["c"])]
    assert engine._tries == {"a": 2, "b": 1, "c": 1}  # the worker cannot have died of b


@pytest.mark.slow
@pytest.mark.parametrize("options", [TWO, RAY], ids=["processes", "ray"])
def test_a_stage_that_fails_in_a_worker_is_told_of(runs: Runs, options: list[str]) -> None:
    runs.rows("Een.", "Faalt.", "Drie.")
    done = runs.run("out", *options)
    assert done.returncode == 1
    assert "fake: ValueError: as told" in done.stderr
    config = runs.folder / "my.yaml"
    config.write_text("stages: [split, language, translate]\ntranslate: {model: owner/missing}\n")
    done = polderbrief(*runs.arguments("other", *options[:2], *options[4:]), cwd=runs.folder, env=runs.env)
    assert done.returncode == 2
    assert "owner/missing" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_lost_node_of_a_cluster_costs_what_was_in_work(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that runs already, of which half goes in the middle, and there is no room for the workers of it."""
    from ray.cluster_utils import Cluster

    runs.rows(*TEXTS)
    monkeypatch.setenv("FAKE_LOG", runs.env["FAKE_LOG"])  # the workers have the environment of their node
    monkeypatch.setenv("PYTHONPATH", runs.env["PYTHONPATH"])
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        runs.env["RAY_ADDRESS"] = cluster.address
        process = runs.start("out", *RAY, "--set", "fake.seconds=0.1")
        wait_for(lambda: process.poll() is not None or (runs.log.exists() and len(workers(runs)) == 2), seconds=120)
        cluster.remove_node(nodes[0], allow_graceful=False)
        _, errors = process.communicate(timeout=200)
    finally:
        cluster.shutdown()
    assert process.returncode == 0, errors
    assert set(runs.worked()) == {f"a{i:05}" for i in range(60)}
    assert len(runs.worked()) <= 60 + 5
    assert runs.run("calm", *SHARDS).returncode == 0
    same(runs, "calm", "out")


def test_engines_are_named_in_short_and_their_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    config, _ = load_config({"stages": ["split"], "engine": "ray"})
    assert config.engine.kind == "ray"
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3, 4}, raising=False)
    three = Pipeline.from_config({"stages": ["split"], "device": "cpu", "engine": {"workers": 3}})
    assert [sorted(place.cores) for place in places(three)] == [[0, 3], [1, 4], [2]]
    monkeypatch.setattr("pipeline.engines.with_processes._gpus", lambda: ["2", "5"])
    assert [place.gpu for place in places(Pipeline.from_config({"stages": ["split"]}))] == ["2", "5"]
    assert [place.gpu for place in places(Pipeline.from_config({"stages": ["split"], "engine": {"workers": 3}}))] == [
        *["2", "5", "2"]
    ]


def test_without_ray_the_engine_says_what_to_install(runs: Runs) -> None:
    runs.rows("Een.")
    (runs.folder / "ray.py").write_text("raise ImportError")
    done = runs.run("out", "--set", "engine=ray")
    assert done.returncode == 2
    assert "pip install 'polderbrief[ray]'" in done.stderr

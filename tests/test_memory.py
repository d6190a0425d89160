"""The translation memory: what is in it is used, and nothing that is wrong with it stops a run."""

from __future__ import annotations

import logging
import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from conftest import polderbrief, read_lines

from pipeline.nmt import Hypothesis
from pipeline.nmt.memory import Memory

HYPOTHESIS = Hypothesis("A car.", -0.25, truncated=True, parts=2, retried=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "translations.sqlite"


def test_what_is_put_is_got_by_the_same_setting_only(file: Path) -> None:
    memory = Memory(file, "model a")
    assert memory.get(["Een auto."]) == {}
    memory.put({"Een auto.": HYPOTHESIS})
    for again in (memory, Memory(file, "model a")):
        assert again.get(["Een auto.", "Een fiets."]) == {"Een auto.": HYPOTHESIS}
    assert Memory(file, "model b").get(["Een auto."]) == {}


def test_any_text_and_any_number_of_them(file: Path) -> None:
    memory = Memory(file, "a")
    texts = {f"zin {i} \udc80\0": Hypothesis(str(i), -1.0) for i in range(3_000)}
    memory.put(texts)
    assert memory.get(texts) == texts


def test_a_damaged_file_is_set_aside(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is no database, but it is long enough to be taken for one" * 100)
    memory = Memory(file, "a")
    with caplog.at_level(logging.WARNING):
        assert memory.get(["Een auto."]) == {}
    assert "damaged" in caplog.text
    memory.put({"Een auto.": HYPOTHESIS})
    assert not file.exists()
    assert file.with_name("translations.sqlite.damaged").exists()
    fresh = Memory(file, "a")
    fresh.put({"Een auto.": HYPOTHESIS})
    assert fresh.get(["Een auto."]) == {"Een auto.": HYPOTHESIS}


def test_a_file_damaged_in_the_middle_is_set_aside(file: Path) -> None:
    memory = Memory(file, "a")
    memory.put({f"zin {i}": HYPOTHESIS for i in range(5_000)})
    memory.close()
    content = bytearray(file.read_bytes())
    content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    again = Memory(file, "a")
    again.get([f"zin {i}" for i in range(5_000)])
    again.put({"zin": HYPOTHESIS})
    assert not file.exists()


def test_a_locked_file_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pipeline.nmt.memory._WAIT", 0.05)
    Memory(file, "a").put({"Een auto.": HYPOTHESIS})
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    memory = Memory(file, "a")
    with caplog.at_level(logging.WARNING):
        memory.put({"Een fiets.": HYPOTHESIS})
    assert "locked" in caplog.text
    other.rollback()
    assert Memory(file, "a").get(["Een auto."]) == {"Een auto.": HYPOTHESIS}


def test_a_folder_that_cannot_be_made_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert Memory(tmp_path / "file" / "translations.sqlite", "a").get(["x"]) == {}
    assert "without a memory" in caplog.text


def test_size_is_bounded(file: Path) -> None:
    memory = Memory(file, "a", max_bytes=200_000)
    for i in range(40):
        memory.put({f"zin {i} {j} {'x' * 200}": Hypothesis("y" * 200, -1.0) for j in range(50)})
    memory.close()
    assert file.stat().st_size < 400_000
    assert Memory(file, "a").get([f"zin 39 {j} {'x' * 200}" for j in range(50)])


def test_what_is_used_stays_and_what_is_not_goes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(file, "a", max_bytes=60_000)
    for week, number in ((1, 0), (2, 1)):
        monkeypatch.setattr("time.time", lambda week=week: week * 7 * 86_400)
        memory.put({f"zin {number} {j}": Hypothesis("y" * 100, -1.0) for j in range(100)})
    monkeypatch.setattr("time.time", lambda: 3 * 7 * 86_400)
    assert len(memory.get([f"zin 0 {j}" for j in range(100)])) == 100
    memory.put({f"zin 2 {j}": Hypothesis("y" * 100, -1.0) for j in range(190)})
    assert len(memory.get([f"zin 0 {j}" for j in range(100)])) == 100
    assert len(memory.get([f"zin 1 {j}" for j in range(100)])) < 10


def _write(path: Path, start: int) -> None:
    memory = Memory(path, "a")
    for i in range(start, start + 200):
        memory.put({f"zin {i}": Hypothesis(str(i), -1.0)})


def test_several_processes_write_at_once(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(file, start)) for start in (0, 200, 400)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(Memory(file, "a").get(f"zin {i}" for i in range(600))) == 600


def test_a_run_translates_only_what_is_new(tmp_path: Path, articles, tiny_marian: Path) -> None:
    folder = articles(a="Wat een auto. Dat weet Xiaomi ook.", b="Pas nou maar op.")
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    options = ["--set", f"translate.model={tiny_marian}", "--set", "translate.beam=1"]

    def run(out: str, *more: str) -> list[dict]:
        done = polderbrief("run", folder, "--output", tmp_path / out, *options, *more, env=env)
        assert done.returncode == 0, done.stderr
        return read_lines(tmp_path / out / "documents.jsonl")

    first = run("one")
    database = tmp_path / "cache" / "polderbrief" / "translations.sqlite"
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM hypotheses").fetchone() == (3,)
        connection.execute("UPDATE hypotheses SET text = 'remembered'")
    connection.close()
    articles(b="Pas nou maar op. Hoe?")
    second = run("two")
    targets = [segment["target"] for document in second for segment in document["segments"]]
    assert targets[:3] == ["remembered"] * 3
    assert targets[3] != "remembered"
    articles(b="Pas nou maar op.")
    assert run("three", "--set", "engine=local", "--no-memory") == first
    again = run("four", "--set", "engine.memory=false", "--memory")
    assert {segment["target"] for document in again for segment in document["segments"]} == {"remembered"}

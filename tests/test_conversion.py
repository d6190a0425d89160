"""Checkpoints in CTranslate2's form: made once, whole or not at all, and only where the result is the same."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from functools import partial
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from pipeline import catalog
from pipeline.conversion import converted, load_converted
from pipeline.device import Runtime, _cgroup_cores, usable_cores
from pipeline.errors import ConfigError, ModelError
from pipeline.nmt.backends import load_backend
from pipeline.nmt.backends.with_ctranslate2 import convert


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "polderbrief" / "ctranslate2"


def _convert(folder: Path) -> Path:
    model = catalog.resolve(str(folder))
    return converted(model, partial(convert, model, folder))


def test_two_processes_that_start_at_once_leave_one_conversion(cache: Path, tiny_marian: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_convert, args=(tiny_marian,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    (made,) = cache.iterdir()
    assert (made / "model.bin").is_file()


def test_other_weights_are_converted_for_themselves(cache: Path, tiny_marian: Path, tmp_path: Path) -> None:
    _convert(tiny_marian)
    folder = tmp_path / "other"
    shutil.copytree(tiny_marian, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.encoder.layers.0.fc1.weight"] += 1
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _convert(folder)
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"no model"])
def test_a_damaged_conversion_is_made_anew(
    cache: Path, tiny_marian: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    made = _convert(tiny_marian)
    whole = (made / "model.bin").read_bytes()
    (made / "model.bin").write_bytes(content)
    load_backend(catalog.resolve(str(tiny_marian)), Runtime("cpu"))
    assert "made anew" in caplog.text
    assert (made / "model.bin").read_bytes() == whole


def test_a_conversion_that_was_half_removed_is_made_anew(cache: Path, tiny_marian: Path) -> None:
    made = _convert(tiny_marian)
    (made / "model.bin").unlink()
    assert _convert(tiny_marian) == made
    assert (made / "model.bin").is_file()


def test_a_cache_folder_that_cannot_be_written_is_one_line(cache: Path, tiny_marian: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.touch()
    with pytest.raises(ModelError, match=r"cannot be converted in .*; XDG_CACHE_HOME may name another folder"):
        _convert(tiny_marian)


def test_a_machine_without_room_is_no_damage(cache: Path, tiny_marian: Path) -> None:
    def load(folder: str) -> None:
        raise RuntimeError("CUDA failed with error out of memory")

    model = catalog.resolve(str(tiny_marian))
    with pytest.raises(ModelError, match="cannot be loaded: CUDA failed with error out of memory"):
        load_converted(model, partial(convert, model, tiny_marian), load)
    (made,) = cache.iterdir()
    assert (made / "model.bin").is_file()


def test_a_precision_that_the_device_lacks_is_one_line(cache: Path, tiny_marian: Path) -> None:
    with pytest.raises(ConfigError, match=r"translate\.precision: .*float16"):
        load_backend(catalog.resolve(str(tiny_marian)), Runtime("cpu"), precision="float16")


def test_a_start_piece_that_is_not_zero_is_refused(cache: Path, tiny_marian: Path, tmp_path: Path) -> None:
    folder = tmp_path / "start"
    shutil.copytree(tiny_marian, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.shared.weight"][-1] += 0.5
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"set translate\.backend to torch"):
        _convert(folder)
    assert list(cache.iterdir()) == []
    assert load_backend(catalog.resolve(str(folder)), Runtime("cpu"), backend="torch").name == "torch"


@pytest.mark.parametrize("wish", ["3", "5,1"])
def test_threads_that_were_asked_for(monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", wish)
    assert usable_cores() == int(wish[0])


def test_threads_by_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert usable_cores() == 1


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, float("inf")),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, float("inf")),
        ({}, float("inf")),
    ],
)
def test_quota_of_a_container(tmp_path: Path, files: dict[str, str], cores: float) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert _cgroup_cores(tmp_path) == cores

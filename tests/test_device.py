"""Which device and which precision."""

import subprocess
import sys

import ctranslate2
import pytest
import torch
from conftest import ROOT, polderbrief

from pipeline.device import Runtime
from pipeline.errors import ConfigError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """A machine with the devices named; CUDA with or without bfloat16."""

    def make(cuda: bool = False, mps: bool = False, bf16: bool = True) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: int(cuda))
        monkeypatch.setattr(sys, "platform", "darwin" if mps else "linux")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)

    return make


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ({"cuda": True, "mps": True}, "cuda bfloat16"),
        ({"cuda": True, "bf16": False}, "cuda float16"),
        ({"mps": True}, "mps float32"),
        ({}, "cpu float32"),
    ],
)
def test_auto(machine, devices: dict[str, bool], expected: str) -> None:
    machine(**devices)
    assert Runtime().describe() == expected


def test_by_name(machine) -> None:
    machine(cuda=True)
    assert Runtime("cpu", "bfloat16").describe() == "cpu bfloat16"
    machine()
    with pytest.raises(ConfigError, match="device: cuda is not available here; use auto or cpu"):
        Runtime("cuda").describe()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_command_says_that_a_device_is_missing(tmp_path) -> None:
    done = polderbrief("run", "seeds", "--output", tmp_path, "--set", "device=cuda")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "polderbrief: device: cuda is not available here; use auto or cpu"


def test_a_run_on_a_cpu_does_without_torch() -> None:
    code = (
        "import sys; from pipeline import Pipeline; pipeline = Pipeline.from_config('default'); pipeline.load();"
        "print(pipeline.device, 'torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)  # converts the model, for which it takes torch
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    expected = "True" if torch.cuda.is_available() else "stance: cpu int8 by ctranslate2 False"
    assert done.stdout.strip().endswith(expected)

"""The package as others get it: built, installed elsewhere, with stages from outside."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SEEDS, Run, read_lines

pytestmark = pytest.mark.slow

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "my-stages"
version = "1.0"
[project.entry-points."polderbrief.stages"]
loudest = "my_stages:Loudest"
[tool.hatch.build.targets.wheel]
include = ["my_stages.py"]
"""


def pip_install(package: Path, target: Path) -> None:
    """Install a package alone into a folder, built by what is here: nothing is fetched."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", target, package], check=True, timeout=300
    )


def command(*arguments: str | Path, path: list[Path], cwd: Path) -> Run:
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def example() -> str:
    """The stage shown in docs/stages.md."""
    code, *_ = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "stages.md").read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


def test_a_stage_of_an_outside_package(tmp_path: Path) -> None:
    package, site = tmp_path / "package", tmp_path / "site"
    package.mkdir()
    (package / "my_stages.py").write_text(example())
    (package / "pyproject.toml").write_text(PYPROJECT)
    pip_install(package, site)

    listed = command("stages", path=[ROOT, site], cwd=tmp_path)
    assert "loudest: Finds the sentence with the most marks." in listed.stdout
    assert "loudest.mark = '!'   what makes a sentence loud" in listed.stdout

    for number, name in enumerate(["loudest", "my_stages:Loudest"]):
        config = tmp_path / "my.yaml"
        config.write_text(f"stages: [split, language, translate, '{name}']\nloudest: {{mark: '?'}}\n")
        output = tmp_path / f"out{number}"
        done = command(
            *["run", SEEDS, "--config", config, "--output", output, "--set", "translate.beam=1"],
            path=[ROOT, site],
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        assert all("?" in document["metadata"]["loudest"] for document in read_lines(output / "documents.jsonl"))

    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("stages: [split, language, loudest]")
    done = command("run", SEEDS, "--config", wrong, path=[ROOT, site], cwd=tmp_path)
    assert done.returncode == 2
    assert "stage 'loudest' needs segments.target, which no stage before it provides; add 'translate'" in done.stderr


def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip_install(ROOT, site)
    where = subprocess.run(
        [sys.executable, "-c", "import pipeline; print(pipeline.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.strip() == str(site / "pipeline" / "__init__.py")
    shelf = command("models", path=[site], cwd=tmp_path)
    assert shelf.returncode == 0
    assert str(site / "pipeline" / "shipped" / "models" / "marian-mini-nl-en") in shelf.stdout
    assert "sha256 checked" in shelf.stdout
    done = command("run", SEEDS, "--set", "translate.beam=1", path=[site], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(read_lines(tmp_path / "out" / "documents.jsonl")) == 2
    hub = command("run", SEEDS, "--config", "hub", "--set", "translate.beam=none", path=[site], cwd=tmp_path)
    assert "translate.beam" in hub.stderr


def test_the_installed_command_answers() -> None:
    script = Path(sys.executable).parent / "polderbrief"
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("polderbrief ")
    done = subprocess.run([script, "doctor"], capture_output=True, text=True, check=True)
    for name in (
        "device",
        "threads",
        "torch",
        "ctranslate2",
        "transformers",
        "marian-mini-nl-en: sha256 checked",
        "cache",
    ):
        assert name in done.stdout

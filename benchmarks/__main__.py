"""Everything, one table after the other: ``python -m benchmarks``."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import typer

from benchmarks.corpus import ROOT
from benchmarks.opus import make_opus_sized
from benchmarks.scale import tables as scale
from benchmarks.systems import SYSTEMS
from pipeline import __version__
from pipeline.device import usable_cores

_EMBEDDED = ROOT / "models" / "marian-mini-nl-en"
_DOCUMENTS, _SENTENCES_EACH = 200, 12


def main(
    count: int = typer.Option(300, "--sentences", help="Sentences for the embedded model."),
    opus_count: int = typer.Option(64, "--opus-sentences", help="Sentences for the model of opus-mt's size."),
    beam: int = typer.Option(4, help="Beam width of all systems."),
    growth: bool = typer.Option(False, help="Also how time and memory grow, and the engines (minutes)."),
) -> None:
    """Print the tables."""
    print(f"polderbrief {__version__}, Python {platform.python_version()}, {usable_cores()} cores, beam {beam}")
    table("embedded model", _EMBEDDED, count, beam, None)
    with tempfile.TemporaryDirectory() as folder:
        make_opus_sized(Path(folder))
        table("model of opus-mt's size (random weights, 32 target tokens)", Path(folder), opus_count, beam, 32)
    starts()
    pipeline_share()
    if growth:
        print()
        scale()


def table(title: str, folder: Path, count: int, beam: int, length: int | None) -> None:
    """All systems on one model, each in a process of its own; ratios to the plain loop and to the bare call."""
    print(f"\n{title}: {count} sentences")
    print(f"{'system':<20}{'sent/s':>9}{'src tok/s':>11}{'peak MB':>9}{'to (a)':>8}{'to (b)':>8}  variant")
    options = ["--sentences", str(count), "--beam", str(beam), *(["--length", str(length)] if length else [])]
    rows = [_json(["-m", "benchmarks.systems", system, str(folder), *options]) for system in SYSTEMS]
    plain, bare = rows[0]["seconds"], rows[1]["seconds"]
    for row in rows:
        print(
            f"{row['system']:<20}{row['sentences_per_second']:>9.1f}{row['tokens_per_second']:>11.0f}"
            f"{row['peak_mb']:>9.0f}{plain / row['seconds']:>8.2f}{bare / row['seconds']:>8.2f}  {row['variant']}"
        )


def starts() -> None:
    """How long a user waits for the command itself, and for the first brief."""
    with tempfile.TemporaryDirectory() as folder:
        article = Path(folder, "in", "a.txt")
        article.parent.mkdir()
        article.write_text((ROOT / "seeds" / "000_f806ccd67436b9d6.txt").read_text(encoding="utf-8"), encoding="utf-8")
        run = ["-m", "pipeline.cli", "run", str(article.parent), "--output"]
        _seconds([*run, f"{folder}/warm"])  # converts the model
        first = [_seconds([*run, f"{folder}/{i}", "--no-memory"]) for i in range(3)]
    helps = [_seconds(["-m", "pipeline.cli", "--help"]) for _ in range(5)]
    print(f"\n--help: {statistics.median(helps):.2f} s; first brief, warm cache: {statistics.median(first):.1f} s")


def pipeline_share() -> None:
    """The share of a run's time that the models do not take."""
    found = _json(["-m", "benchmarks.share", str(_DOCUMENTS), str(_SENTENCES_EACH)])
    print(
        f"\nwhole pipeline, {_DOCUMENTS} documents of {_SENTENCES_EACH} sentences: "
        f"{found['documents_per_second']:.1f} documents/s, {found['outside']:.1%} of the time outside the models; "
        + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found["models"].items())
    )
    for stage, seconds in found["seconds"].items():
        print(f"  {stage:<12}{seconds:>8.2f} s")


def _json(arguments: list[str]) -> dict:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, env=_environment()
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True, cwd=ROOT, env=_environment())
    return time.perf_counter() - began


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


if __name__ == "__main__":
    typer.run(main)

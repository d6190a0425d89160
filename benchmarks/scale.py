"""How memory and time grow with the number of documents, and what engines gain: ``python -m benchmarks.scale``."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import typer

from benchmarks.corpus import ROOT, sentences

_CONFIG = """
stages: [split, benchmarks.fake:Fake]
split: {{language: nl}}
output: {{formats: [{formats}]}}
engine: {{kind: {kind}, workers: {workers}}}
"""
_EACH = 8  # sentences of a document


def main(
    counts: str = typer.Option("1000,10000,100000", help="Numbers of documents, with commas."),
    formats: str = typer.Option("jsonl, parquet, digest", help="What is written."),
    engines: int = typer.Option(0, help="Also the embedded model on so many documents, by each engine."),
) -> None:
    """Print the tables."""
    tables([int(count) for count in counts.split(",") if count], formats, engines)


def tables(
    counts: Sequence[int] = (1_000, 10_000, 100_000), formats: str = "jsonl, parquet, digest", engines: int = 400
) -> None:
    """Print how a run grows with the number of documents, and then what each engine takes."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'documents':>10}{'seconds':>9}{'ms each':>9}{'peak MB':>9}   a translator that costs nothing")
        for count in counts:
            config = _CONFIG.format(formats=formats, kind="local", workers=1)
            seconds, peak = run(corpus(Path(folder), count), config, Path(folder))
            print(f"{count:>10,}{seconds:>9.1f}{1000 * seconds / count:>9.2f}{peak:>9.0f}", flush=True)
        if engines:
            compare(Path(folder), engines)


def compare(folder: Path, count: int) -> None:
    """The embedded model by each engine, as often as it takes, to one process."""
    print(f"\n{'engine':<20}{'seconds':>9}{'to one':>9}   the default configuration, {count} documents")
    alone = 0.0
    for kind, workers in (("local", 1), ("local", 2), ("ray", 2)):
        data = {"kind": kind, "workers": workers, "shard_size": 8, "memory": False}
        base = (ROOT / "configs" / "default.yaml").read_text(encoding="utf-8").partition("\nengine:")[0]
        seconds, _ = run(corpus(folder, count), f"{base}\nengine: {json.dumps(data)}\n", folder)
        alone = alone or seconds
        print(f"{kind + f', {workers} workers':<20}{seconds:>9.1f}{alone / seconds:>9.2f}", flush=True)


def corpus(folder: Path, count: int) -> Path:
    """A file of so many articles, of the sentences of the seeds."""
    path = folder / f"{count}.jsonl"
    if not path.exists():
        texts = sentences(1_000)
        with path.open("w", encoding="utf-8") as file:
            for i in range(count):
                text = " ".join(texts[(i * 7 + j) % len(texts)] for j in range(_EACH))
                file.write(json.dumps({"id": f"{i:07}", "text": text}) + "\n")
    return path


def run(path: Path, config: str, folder: Path) -> tuple[float, float]:
    """Seconds of a run in a process of its own, and the most memory that any process so far took, in MB."""
    (folder / "my.yaml").write_text(config, encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=folder) as output:
        command = ["-m", "pipeline.cli", "run", str(path), "--config", str(folder / "my.yaml"), "--quiet"]
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, *command, "--output", output],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    typer.run(main)

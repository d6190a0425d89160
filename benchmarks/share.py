"""A whole run in one process: the seconds of its stages, and how many of them the models compute.

python -m benchmarks.share DOCUMENTS SENTENCES_EACH
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.corpus import sentences
from pipeline import Pipeline
from pipeline.nmt.backends.with_ctranslate2 import CTranslate2Backend
from pipeline.runner import run
from pipeline.tagging.with_ctranslate2 import PositionedEncoder

_computing: dict[str, float] = {}


def _count(owner: type, method: str, name: str) -> None:
    """Add up the seconds of all calls of a method."""
    plain = getattr(owner, method)
    _computing[name] = 0.0

    def timed(self, *arguments, **options):
        began = time.perf_counter()
        try:
            return plain(self, *arguments, **options)
        finally:
            _computing[name] += time.perf_counter() - began

    setattr(owner, method, timed)


def measure(source: Path, output: Path) -> dict:
    """Run the default pipeline without the memory."""
    _count(CTranslate2Backend, "decode", "translator")
    _count(PositionedEncoder, "forward_batch", "tagger")
    pipeline = Pipeline.from_config("default", ["engine.memory=false"])
    pipeline.load()
    began = time.perf_counter()
    report = run(pipeline, [str(source)], output)
    seconds = time.perf_counter() - began
    return {
        "documents_per_second": report.documents / seconds,
        "outside": 1 - sum(_computing.values()) / seconds,
        "models": _computing,
        "seconds": json.loads((output / "manifest.json").read_text(encoding="utf-8"))["seconds"],
    }


def main(arguments: list[str]) -> None:
    """Read the command line."""
    documents, each = map(int, arguments)
    texts = sentences(documents * each)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in")
        source.mkdir()
        for i in range(documents):
            (source / f"{i:04}.txt").write_text("\n\n".join(texts[i * each : (i + 1) * each]), encoding="utf-8")
        print(json.dumps(measure(source, Path(folder, "out"))))


if __name__ == "__main__":
    main(sys.argv[1:])

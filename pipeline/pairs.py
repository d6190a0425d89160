"""Sentence pairs in files of tab-separated values: source TAB target, whatever follows is ignored."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ReadError

Pair = tuple[str, str]


def read_pairs(path: str | Path) -> list[Pair]:
    """The pairs of a file; raises ReadError naming the file, and the line that is not a pair."""
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not UTF-8 at offset {error.start}; convert it") from error
    pairs = []
    for number, line in enumerate(lines, 1):
        source, tab, rest = line.partition("\t")
        target = rest.split("\t")[0].strip()
        if not line.strip():
            continue
        if not tab or not source.strip() or not target:
            raise ReadError(f"{path}: line {number} is not source TAB target")
        pairs.append((source.strip(), target))
    if not pairs:
        raise ReadError(f"{path}: holds no sentence pairs")
    return pairs

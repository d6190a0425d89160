"""What a run shows of itself."""

import io
import json
import time
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.cli import _closing
from pipeline.console import Bar, JsonLines, Lines
from pipeline.document import Document, Failure, Segment
from pipeline.pipeline import Batch
from pipeline.progress import Count


def batch(documents: int, failures: int = 0) -> Batch:
    segments = [Segment("Een.", 0, 4, 0), Segment("Twee.", 5, 10, 0)]
    return Batch(
        [Document(str(i), "Een. Twee.", segments=segments) for i in range(documents)],
        [Failure(f"f{i}", None, "read", "no") for i in range(failures)],
    )


def test_pace_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    count = Count(total=40, began=now)
    assert count.left is None
    now += 10
    count.add(batch(0), reused=20)
    assert count.left is None  # what was done before says nothing of the pace
    count.add(batch(4, failures=1), reused=0)
    assert (count.documents, count.failures, count.sentences, count.sentences_per_second) == (25, 1, 8, 0.8)
    assert count.left == 10 * 15 / 5
    count.add(batch(20), reused=0)
    assert (count.documents, count.left) == (45, 0)  # there were more than were counted ahead
    assert Count(total=None, documents=5, began=now).left is None


@pytest.mark.parametrize(
    ("documents", "new", "failures", "expected"),
    [
        (3, 0, 0, "Nothing to do: all was done already; 3 documents in out"),
        (3, 0, 1, "0 inputs processed; 3 documents in out; 1 failed, see out/failures.jsonl"),
        (1, 1, 0, "1 input processed; 1 document in out"),
        (3, 2, 0, "2 inputs processed; 3 documents in out"),
        (0, 2, 2, "2 inputs processed; 0 documents in out; 2 failed, see out/failures.jsonl"),
        (0, 0, 1, "Nothing could be read; 0 documents in out; 1 failed, see out/failures.jsonl"),
    ],
)
def test_the_closing_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, documents: int, new: int, failures: int, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no report
    assert _closing(documents, documents, new, failures, Path("out")) == expected


def lines(kind: type[Lines]) -> list[str]:
    stream = io.StringIO()
    observer = kind(Console(file=stream, width=250))
    observer.begin(4)
    observer.loading(["model"])
    observer.stage("translate", 2)
    observer.done(batch(1, failures=1), reused=0)
    observer.done(batch(1), reused=1)
    observer.end()
    return stream.getvalue().splitlines()


def test_lines_come_at_the_ends() -> None:
    begin, loading, end = (line.partition("] ")[2] for line in lines(Lines))
    assert (begin, loading) == ("4 documents", "loading model")
    assert end.startswith("4 of 4 done (1 before), 4 sentences, ")
    assert end.endswith("1 failed")


def test_lines_come_now_and_then_in_a_long_stage() -> None:
    stream = io.StringIO()
    with Lines(Console(file=stream, width=250), every=0.01) as observer:
        observer.begin(4)
        observer.done(batch(1), reused=0)
        observer.stage("translate", 3)
        while stream.getvalue().count("now translate of 3") < 2:
            time.sleep(0.01)
    assert "1 of 4 done, 2 sentences, " in stream.getvalue()


def test_lines_for_programs() -> None:
    begin, loading, end = map(json.loads, lines(JsonLines))
    assert (begin["event"], begin["total"], begin["seconds_left"]) == ("begins", 4, None)
    assert loading["text"] == "loading model"
    assert (end["documents"], end["reused"], end["failures"], end["sentences"]) == (4, 1, 1, 4)
    assert (end["event"], end["seconds_left"]) == ("ends", 0)


def test_the_bar() -> None:
    stream = io.StringIO()
    with Bar(Console(file=stream, force_terminal=True, width=200)) as bar:
        bar.begin(None)
        bar.loading(["model"])
        bar.stage("translate", 2)
        bar.done(batch(2, failures=1), reused=0)
        bar.end()
        bar.progress.refresh()
    assert "4 sentences" in stream.getvalue()
    assert "1 failed" in stream.getvalue()

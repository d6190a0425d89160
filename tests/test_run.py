"""Runs into a folder: what comes out, what is done again, and what may happen in between."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest
from conftest import SEED_XIAOMI, SEEDS, polderbrief, read_lines

from pipeline import Pipeline
from pipeline.errors import ModelError, OutputError, ReadError
from pipeline.job import Report
from pipeline.runner import run

QUICK = {"stages": ["split", "language"], "language": {"expected": ["nl"]}, "engine": {"shard_size": 2}}


def go(inputs: Path, folder: Path, *, fresh: bool = False, **changes: object) -> Report:
    return run(Pipeline.from_config({**QUICK, **changes}), [str(inputs)], folder, fresh=fresh)


def digests(output: Path) -> dict[str, str]:
    """The sha256 of each result, without the manifest and the workings."""
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(output.rglob("*"))
        if path.is_file() and ".polderbrief" not in path.parts and path.name != "manifest.json"
    }


def test_seeds_become_briefs(tmp_path: Path) -> None:
    """The main promise, by the real command, with the embedded model."""
    output = tmp_path / "out"
    done = polderbrief("run", SEEDS, "--output", output)
    assert done.returncode == 0, done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    assert "loading marian-mini-nl-en" in done.stderr
    assert "2 of 2 done, " in done.stderr
    assert "Tesla Model Y: favor" in done.stdout
    assert f"{output}/briefs/000_f806ccd67436b9d6.md" in done.stdout
    assert f"The report is {output}/report/index.html" in done.stdout

    documents = {document["id"]: document for document in read_lines(output / "documents.jsonl")}
    assert len(documents) == 2
    for document in documents.values():
        at = 0
        for segment in document["segments"]:
            assert segment["source"] == document["source"][segment["start"] : segment["end"]]
            assert document["source"][at : segment["start"]].strip() == ""
            assert segment["target"] or segment["flags"]
            at = segment["end"]
        assert document["source"][at:].strip() == ""
        assert "date 2025" not in document["source"]
        for sentence in document["summary"]["sentences"]:
            assert sentence["support"]
            assert sentence["text"] == document["segments"][sentence["support"][0]]["target"]
    xiaomi, bmw = documents["000_f806ccd67436b9d6"], documents["003_403e8a1f482a6582"]
    praise = next(stance for stance in xiaomi["stances"] if stance["target"] == "Tesla Model Y")
    assert praise["label"] == "favor"
    assert praise["holder"] == "Lei Jun"
    assert "Wat een geweldige auto." in [xiaomi["segments"][i]["source"] for i in praise["evidence"]]
    assert bmw["segments"][0]["flags"] == ["passthrough"]
    assert bmw["segments"][0]["target"] == "If you can’t beat them, join them."

    brief = (output / "briefs" / "000_f806ccd67436b9d6.md").read_text()
    assert "26 September 2025" in brief
    for segment in xiaomi["segments"]:
        assert segment["source"].replace("*", "\\*") in brief
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["config"]["translate"]["beam"] == 4
    assert len(manifest["models"]["translate"][0]["sha256"]) == 64
    assert set(manifest["seconds"]) == {"split", "language", "translate", "check", "summarize", "stance"}
    assert manifest["counts"]["documents"] == 2
    assert manifest["versions"]["torch"]
    assert manifest["device"].startswith("translate: ")
    assert manifest["device"].split()[1] in ("cpu", "cuda", "mps")
    assert (output / "failures.jsonl").read_text() == ""

    before = digests(output)
    again = polderbrief("run", SEEDS, "--output", output)
    assert again.returncode == 0
    assert "Nothing to do" in again.stdout
    assert "loading" not in again.stderr
    assert digests(output) == before


def test_a_folder_with_every_kind_of_bad_file(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("Dat weet Xiaomi ook.")
    (folder / "good2.txt").write_bytes(SEED_XIAOMI.read_bytes()[:300].rsplit(b" ", 1)[0])
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "line.txt").write_text("Dit is een lange regel zonder einde, " * 54_000)
    (folder / "broken.txt").write_bytes("Eén café".encode() + b"\xe9")
    (folder / "gone.txt").symlink_to(folder / "nowhere")
    output = tmp_path / "out"
    done = polderbrief("run", folder, "--output", output, "--set", "translate.beam=1")
    assert done.returncode == 1
    assert [document["id"] for document in read_lines(output / "documents.jsonl")] == ["good", "good2"]
    failures = read_lines(output / "failures.jsonl")
    assert [failure["id"] for failure in failures] == ["binary", "broken", "empty", "gone", "line"]
    lines = [line for line in done.stderr.splitlines() if line.startswith("polderbrief:")]
    assert len(lines) == len(failures)
    for line, failure in zip(lines, failures, strict=True):
        assert line == f"polderbrief: {failure['path']}: read: {failure['reason']}"
    assert "5 failed" in done.stdout


def test_only_changed_inputs_are_done_again_and_stale_briefs_go(articles: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    inputs = articles(a="Een.", b="Twee.", c="Drie.", d="Vier.", e="Vijf.")
    assert go(inputs, output).new == 5
    assert go(inputs, output).new == 0
    (inputs / "d.txt").write_text("Vier en een half.")
    assert go(inputs, output).new == 1
    assert [d["source"] for d in read_lines(output / "documents.jsonl")][3] == "Vier en een half."
    (inputs / "e.txt").unlink()
    (output / "briefs" / "mine.md").write_text("A file of the user's.")
    assert go(inputs, output).new == 0
    assert sorted(path.name for path in (output / "briefs").iterdir()) == ["a.md", "b.md", "c.md", "d.md", "mine.md"]
    (output / "briefs" / "a.md").unlink()
    (output / "documents.jsonl").unlink()
    (inputs / "0.txt").write_text("Nul.")
    assert go(inputs, output).new == 1
    assert (output / "briefs" / "a.md").exists()
    assert [d["id"] for d in read_lines(output / "documents.jsonl")] == ["0", "a", "b", "c", "d"]


def test_another_configuration_is_refused_unless_fresh(articles: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    inputs = articles(a="Een zin. Nog een.")
    go(inputs, output)
    with pytest.raises(OutputError, match=r"split\.language: auto -> en.*--fresh"):
        go(inputs, output, split={"language": "en"})
    assert go(inputs, output, split={"language": "en"}, fresh=True).new == 1
    assert go(inputs, output, split={"language": "en"}).new == 0
    # what is written, and how the work is cut, changes no result
    jsonl = {"split": {"language": "en"}, "output": {"formats": ["jsonl"]}, "engine": {"shard_size": 1}}
    assert go(inputs, output, **jsonl).new == 0
    assert list((output / "briefs").iterdir()) == []
    markdown = {"split": {"language": "en"}, "output": {"formats": ["markdown"]}}
    assert go(inputs, output, **markdown).new == 0
    assert (output / "briefs" / "a.md").exists()
    assert not (output / "documents.jsonl").exists()


def test_a_run_over_nothing_leaves_everything(articles: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    inputs = articles(a="Een.", b="Twee.")
    go(inputs, output)
    before = digests(output)
    with pytest.raises(ReadError, match="typo: no such file or folder"):
        go(tmp_path / "typo", output)
    with pytest.raises(OutputError, match=r"nothing to read in .*input.pattern is '\*.tx'"):
        go(inputs, output, input={"pattern": "*.tx"})
    assert digests(output) == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.txt").write_text("Drie.")
    go(tmp_path / "other", output)
    assert [path.name for path in (output / "briefs").iterdir()] == ["c.md"]
    assert go(inputs, output).new == 0  # what was done of these inputs is still there
    assert digests(output) == before


def test_a_run_that_cannot_start_changes_nothing(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs, output = articles(a="Een."), tmp_path / "out"
    missing = {"stages": [*QUICK["stages"], "translate"], "translate": {"model": "owner/missing"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(ModelError):
            go(inputs, output, **missing)
        assert go(inputs, output).new == 1
        with pytest.raises(ModelError):
            go(inputs, output, fresh=True, **missing)
    assert go(inputs, output).new == 0


def test_a_folder_of_somebody_else_is_not_written_over(articles: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "manifest.json").write_text("{}")
    with pytest.raises(OutputError, match=r"holds manifest\.json, and nothing says that a run made it"):
        go(articles(a="Een."), output)
    assert (output / "manifest.json").read_text() == "{}"
    assert go(articles(a="Een."), output, fresh=True).new == 1


@pytest.mark.parametrize("name", ["report/sub/thesis.docx", "briefs/mine.md", "stances.csv", "bitext.nl", "digest.md"])
def test_no_format_takes_the_name_of_a_file_of_somebody_else(
    articles: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    """Neither one that is written nor one that is not, whose files a run removes."""
    output, inputs = tmp_path / "out", articles(a="Een.")
    mine = output / name
    mine.parent.mkdir(parents=True)
    mine.write_text("Mine.")
    for formats in (["jsonl"], ["jsonl", "markdown", "digest", "stances", "moses", "report"]):
        with pytest.raises(OutputError, match=rf"out holds {name.partition('/')[0]}, .*give another --output"):
            go(inputs, output, output={"formats": formats})
        assert [path for path in output.rglob("*") if path.is_file()] == [mine]
        assert not (output / ".polderbrief").exists()
    mine.rename(output / "other.txt")
    shutil.rmtree(output / name.partition("/")[0], ignore_errors=True)
    go(inputs, output)
    assert (output / "other.txt").read_text() == "Mine."


def test_what_failed_in_a_stage_is_tried_again(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs, output = articles(a="Een.", b="Twee.", c="Drie."), tmp_path / "out"
    (tmp_path / "moody_stage.py").write_text(MOODY_STAGE)
    (tmp_path / "my.yaml").write_text("stages: [moody_stage.Moody]")
    arguments = ["run", inputs, "--config", "my.yaml", "--output", output]
    (tmp_path / "mood").write_text("Twee")
    done = polderbrief(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "polderbrief: b.txt: moody: ValueError: not today" in done.stderr
    assert [failure["id"] for failure in read_lines(output / "failures.jsonl")] == ["b"]
    assert [document["id"] for document in read_lines(output / "documents.jsonl")] == ["a", "c"]
    (tmp_path / "mood").write_text("")
    done = polderbrief(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "1 input processed; 3 documents" in done.stdout
    with (tmp_path / "moody_stage.py").open("a") as file:
        file.write("# changed\n")
    done = polderbrief(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "moody code" in done.stderr


MOODY_STAGE = """
from pathlib import Path
from pipeline.stage import Stage, StageConfig, stage

@stage("moody", requires=["source"])
class Moody(Stage[StageConfig]):
    def process(self, documents):
        mood = Path("mood").read_text()
        if mood and any(mood in document.source for document in documents):
            raise ValueError("not today")
        return documents
"""


def test_damaged_workings(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs, output = articles(a="Een.", b="Twee.", c="Drie."), tmp_path / "out"
    go(inputs, output)
    before = digests(output)
    (output / ".polderbrief" / "shards" / ".000009.jsonl.x.tmp").write_text("half")
    (output / ".documents.jsonl.x.tmp").write_text("half")
    go(inputs, output)
    assert not list(output.rglob("*.tmp"))
    head = output / ".polderbrief" / "shards" / "000001.jsonl"
    head.write_bytes(b"damaged" + head.read_bytes()[7:])
    assert go(inputs, output).new == 0  # costs only its timings
    assert digests(output) == before
    shard = output / ".polderbrief" / "shards" / "000000.jsonl"
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(OutputError, match=r"000000\.jsonl: is damaged; run with --fresh"):
        go(inputs, output)
    assert go(inputs, output, fresh=True).new == 3
    assert digests(output) == before


def test_another_model_is_refused(tmp_path: Path, tiny_marian: Path, articles: Callable[..., Path]) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny_marian, model)
    changes = {"stages": [*QUICK["stages"], "translate"], "translate": {"model": str(model), "beam": 1}}
    inputs = articles(a="Een zin.")
    go(inputs, tmp_path / "out", **changes)
    config = json.loads((model / "generation_config.json").read_text())
    (model / "generation_config.json").write_text(json.dumps(config | {"no_repeat_ngram_size": 2}))
    with pytest.raises(OutputError, match="translate models"):
        go(inputs, tmp_path / "out", **changes)


def test_results_do_not_depend_on_the_shards(articles: Callable[..., Path], tmp_path: Path) -> None:
    inputs = articles(**{f"a{i}": f"Zin {i}. Nog een zin." for i in range(7)})
    go(inputs, tmp_path / "one", engine={"shard_size": 1})
    go(inputs, tmp_path / "many", engine={"shard_size": 100})
    assert digests(tmp_path / "one") == digests(tmp_path / "many")
    go(inputs, tmp_path / "one", engine={"shard_size": 3})
    assert digests(tmp_path / "one") == digests(tmp_path / "many")


def test_two_runs_into_one_folder(articles: Callable[..., Path], tmp_path: Path) -> None:
    output = tmp_path / "out"
    (output / ".polderbrief").mkdir(parents=True)
    with filelock.FileLock(output / ".polderbrief" / "lock"):
        done = polderbrief("run", articles(a="Een."), "--output", output)
    assert done.returncode == 2
    assert "another run is writing here" in done.stderr


def test_an_output_that_cannot_be_written(articles: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = polderbrief("run", articles(a="Een."), "--output", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("cannot be written: Not a directory")


def test_output_inside_and_upon_the_input(articles: Callable[..., Path]) -> None:
    inputs = articles(a="Een.")
    go(inputs, inputs / "out")
    assert go(inputs, inputs / "out").new == 0
    with pytest.raises(OutputError, match="is an input"):
        go(inputs, inputs)
    assert not (inputs / ".polderbrief").exists()


def test_nothing_to_read(tmp_path: Path) -> None:
    done = polderbrief("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing to read" in done.stderr
    done = polderbrief("run", "typo.txt", "--output", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "polderbrief: typo.txt: no such file or folder\n"
    assert not (tmp_path / "out").exists()

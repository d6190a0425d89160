"""Hub models: the same stages and code paths, on checkpoints of the same architectures made here."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import SEEDS, polderbrief, read_lines
from safetensors.torch import load_file

from pipeline import Pipeline, catalog
from pipeline.device import Runtime
from pipeline.document import Segment
from pipeline.errors import ModelError
from pipeline.hub import fetch, from_pretrained
from pipeline.nmt import Decoding
from pipeline.nmt.backends import load_backend
from pipeline.stance import Question
from pipeline.stance.by_nli import NliJudge
from pipeline.stance.targets import Target
from pipeline.summarization.abstractive import AbstractiveSummarizer, supports

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def in_hub_cache(cache: Path, hub: str, checkpoint: Path, revision: str = COMMIT) -> None:
    """Lay a checkpoint out as the hub's own cache does after a download."""
    repository = cache / f"models--{hub.replace('/', '--')}"
    shutil.copytree(checkpoint, repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)


@pytest.mark.slow
def test_hub_configuration_runs_offline_from_the_cache(
    tmp_path: Path, tiny_marian: Path, tiny_bart: Path, tiny_nli: Path
) -> None:
    cache = tmp_path / "hub"
    for hub, checkpoint in [("tiny/marian", tiny_marian), ("tiny/bart", tiny_bart), ("tiny/nli", tiny_nli)]:
        in_hub_cache(cache, hub, checkpoint)
    done = polderbrief(
        *["run", SEEDS, "--config", "hub", "--output", tmp_path / "out"],
        *["--set", "translate.model=tiny/marian", "--set", "translate.beam=1"],
        *["--set", "summarize.model=tiny/bart", "--set", f"summarize.revision={COMMIT}"],
        *["--set", "summarize.max_summary_tokens=16"],
        *["--set", "stance.nli_model=tiny/nli", "--set", "stance.targets=[Xiaomi, Tesla Model Y]"],
        env={"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    documents = read_lines(tmp_path / "out" / "documents.jsonl")
    assert len(documents) == 2
    for document in documents:
        assert document["summary"]["method"] == "abstractive"
        assert all(segment["target"] or segment["flags"] for segment in document["segments"])
        assert document["stances"]
        assert {stance["target"] for stance in document["stances"]} <= {"Xiaomi", "Tesla Model Y"}
    models = json.loads((tmp_path / "out" / "manifest.json").read_text())["models"]
    assert models["translate"][0]["revision"] == "main"
    assert models["summarize"][0]["revision"] == COMMIT


def test_torch_files_are_fetched_where_there_is_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_marian: Path
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download", lambda *_, allow_patterns, **__: asked.append(allow_patterns) or folder
    )
    folder = str(tiny_marian)
    fetch(catalog.resolve("tiny/marian"))
    assert all("*.bin" not in patterns for patterns in asked)
    folder = str(tmp_path)
    fetch(catalog.resolve("tiny/marian"))
    assert asked[-1] == ["*.bin"]


def test_a_model_that_is_not_fetched_is_one_clear_line(tmp_path: Path) -> None:
    done = polderbrief(
        *["run", SEEDS, "--config", "hub", "--output", tmp_path / "out"],
        env={"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("polderbrief:")]
    assert "model 'opus-mt-nl-en' cannot be loaded from the hub (Helsinki-NLP/opus-mt-nl-en at main)" in line
    assert "not in the cache" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("backend", ["ctranslate2", "torch"])
def test_weights_in_a_torch_file_are_read_and_code_in_them_is_not_run(
    tiny_marian: Path, tmp_path: Path, backend: str
) -> None:
    folder = tmp_path / "torch"
    shutil.copytree(tiny_marian, folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    safe, plain = (
        load_backend(catalog.resolve(str(f)), Runtime("cpu"), backend=backend) for f in (tiny_marian, folder)
    )
    inputs = [safe.pieces.encode("Dat weet Xiaomi ook.")]
    assert plain.decode(inputs, [20], Decoding()) == safe.decode(inputs, [20], Decoding())

    torch.save({"weights": Evil(tmp_path / "pwned")}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="its weights file holds code, which is not run"):
        load_backend(catalog.resolve(str(folder)), Runtime("cpu"), backend=backend)
    assert not (tmp_path / "pwned").exists()


class Evil:
    """Pickles to a call that makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_code_that_comes_with_a_model_is_not_run(tiny_bart: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM

    folder = tmp_path / "remote"
    shutil.copytree(tiny_bart, folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.A", "AutoModelForSeq2SeqLM": "evil.B"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError):
        from_pretrained(AutoModelForSeq2SeqLM, catalog.resolve(str(folder)))
    assert not (tmp_path / "pwned").exists()


def test_long_text_is_summarized_by_section(tiny_bart: Path) -> None:
    summarizer = AbstractiveSummarizer(catalog.resolve(str(tiny_bart)), Runtime("cpu"), 20)
    sentences = [f"Xiaomi kennen we nu nog vooral als Chinese techgigant nummer {i}." for i in range(40)]
    sections = summarizer._sections(sentences)
    assert len(sections) > 1
    assert " ".join(sections) == " ".join(sentences)
    assert all(summarizer._tokens(section) <= 128 for section in sections)
    assert isinstance(summarizer.summarize(sentences), str)


def test_supports_are_the_sentences_that_say_the_same() -> None:
    text = ["The brand opens showrooms in Europe.", "It rained.", "Ten thousand dealers are planned by 2030."]
    assert supports(["By 2030 there will be ten thousand dealers.", "Showrooms open in Europe.", "No."], text) == [
        [2],
        [0],
        [],
    ]


def test_nli_reads_probabilities_of_entailment(tiny_nli: Path) -> None:
    judge = NliJudge(catalog.resolve(str(tiny_nli)), Runtime("cpu"), ("{target} is goed.", "{target} is slecht."))
    scores = judge._polarities("Xiaomi", [sentence * 100 for sentence in ("Wat een auto. ", "Hoe? ")] * 10)
    assert len(scores) == 20
    assert all(0 < value < 1 for pair in scores for value in pair)
    assert scores[0] == pytest.approx(scores[2], abs=1e-5)
    segments = [Segment("Xiaomi komt.", 0, 12, 0), Segment("Hoe?", 13, 17, 0)]
    ((xiaomi, kia),) = judge.judge([Question(segments, [Target("Xiaomi"), Target("Kia")])])
    assert xiaomi
    assert set(xiaomi.evidence) <= {0, 1}
    assert kia is None


def test_a_classifier_of_other_things_is_no_nli_model(tiny_nli: Path, tmp_path: Path) -> None:
    folder = tmp_path / "topics"
    shutil.copytree(tiny_nli, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"id2label": {"0": "sport", "1": "news", "2": "art"}, "label2id": {"sport": 0, "news": 1, "art": 2}}
    (folder / "config.json").write_text(json.dumps(config))
    pipeline = Pipeline.from_config("hub", [f"stance.nli_model={folder}"])
    with pytest.raises(ModelError, match="is no NLI model: its labels are art, news, sport"):
        pipeline.stages[-1].load()

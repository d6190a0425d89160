"""The examples of docs/stages.md, run as their readers run them: by the command, from their own folder."""

import csv
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SEEDS, polderbrief, read_lines

from pipeline import Document, Pipeline
from pipeline.config import load_config
from pipeline.document import Segment

EXAMPLES = ROOT / "docs" / "examples"
TRANSLATED = ["split", "language", "translate"]
NESTED = """
from pathlib import Path
from pipeline.settings import Section
from pipeline.stage import Stage, StageConfig, stage

class Inner(Section):
    where: Path = Path("a/b")

class NestedConfig(StageConfig):
    inner: Inner = Inner()
    folder: Path = Path("c/d")

@stage("nested")
class Nested(Stage[NestedConfig]):
    def process(self, documents):
        return documents
"""


@pytest.fixture
def cookbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the examples as working folder; what was imported from another copy is forgotten."""
    folder = Path(shutil.copytree(EXAMPLES, tmp_path / "cookbook", ignore=shutil.ignore_patterns("__pycache__")))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("my_stages", *(path.stem for path in folder.glob("*.py"))):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def process(stage: str, document: Document, **options: object) -> Document:
    """One stage of the cookbook over one document that the stages before it have done."""
    name = stage.partition(":")[0]
    made = Pipeline.from_config({"stages": [*TRANSLATED, stage], name: options})
    return made.stages[-1].process([document])[0]


def shown(language: str) -> list[str]:
    """The blocks of code on the page."""
    page = (ROOT / "docs" / "stages.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def translated(*pairs: tuple[str, str]) -> Document:
    segments = [Segment(source, 0, len(source), 0, target=target, links=[]) for source, target in pairs]
    return Document("a", " ".join(source for source, _ in pairs), segments=segments)


def test_every_example_is_short_and_shown() -> None:
    page = (ROOT / "docs" / "stages.md").read_text(encoding="utf-8")
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 40, path.name
        assert f"](examples/{path.name})" in page
    assert "](examples/cookbook.yaml)" in page


def test_the_yaml_of_the_page_loads(cookbook: Path) -> None:
    blocks = shown("yaml")
    assert len(blocks) >= 5
    (cookbook / "my_stages.py").write_text(shown("python")[0])
    for block in blocks:
        (cookbook / "block.yaml").write_text(block, encoding="utf-8")
        load_config("block.yaml")


def test_the_test_of_the_page(cookbook: Path) -> None:
    (cookbook / "my_stages.py").write_text(shown("python")[0])
    names: dict[str, Any] = {}
    exec(shown("python")[-1], names)
    names["test_loudest"]()


def test_an_installed_cookbook_is_listed_with_what_it_requires_and_its_defaults(cookbook: Path) -> None:
    info = cookbook / "cookbook-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cookbook\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[polderbrief.stages]\nglossary = glossary:Glossary\nnested = nested:Nested\n"
    )
    (cookbook / "nested.py").write_text(NESTED)
    done = polderbrief("stages", cwd=cookbook)
    assert done.returncode == 0, done.stderr
    assert "\n  glossary.terms (required)   source term -> wanted English" in done.stdout
    assert "\n  nested.inner = {where: a/b}\n" in done.stdout
    assert "\n  nested.folder = c/d\n" in done.stdout


def test_the_cookbook_by_the_real_command(cookbook: Path) -> None:
    done = polderbrief("run", SEEDS, "--config", "cookbook.yaml", "--set", "translate.beam=1", cwd=cookbook)
    assert done.returncode == 0, done.stderr
    documents = read_lines(cookbook / "out" / "documents.jsonl")
    assert len(documents) == 2
    for document in documents:
        text = " ".join(segment["target"] or "" for segment in document["segments"])
        assert 0 < len(document["metadata"]["keywords"]) <= 10
        assert all(keyword.split()[0] in text for keyword in document["metadata"]["keywords"])
    assert len(read_lines(cookbook / "out" / "stories.jsonl")) == 2
    with (cookbook / "out" / "timeline.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["month"] for row in rows} <= {str(document["metadata"]["date"])[:7] for document in documents}
    assert "Tesla Model Y" in {row["target"] for row in rows}


def test_glossary(cookbook: Path, articles: Callable[..., Path]) -> None:
    terms = {
        "Tweede Kamer": ["House of Representatives", "Second Chamber", "House"],
        "hoofdredacteur": "editor-in-chief",
    }
    document = process(
        "glossary:Glossary",
        translated(
            ("De Tweede\nKamer stemt.", "The second chamber votes."),
            ("De Tweede Kamer stemt.", "The House of Representatives votes."),
            ("De Tweede Kamer stemt.", "Parliament votes."),
            ("De hoofdredacteurs zwegen.", "The chiefs kept silent."),
            ("De hoofdredacteur zweeg.", "The Editor-in-Chief kept silent."),
        ),
        terms=terms,
    )
    assert [segment.target for segment in document.segments] == [
        "The House of Representatives votes.",
        "The House of Representatives votes.",
        "Parliament votes.",
        "The chiefs kept silent.",
        "The Editor-in-Chief kept silent.",
    ]
    assert [segment.flags for segment in document.segments] == [[], [], ["glossary"], [], []]
    assert [segment.links for segment in document.segments] == [None, [], [], [], []]
    assert document.notes == {
        "glossary": ["no 'House of Representatives' for 'Tweede Kamer' in 'De Tweede Kamer stemt.'"]
    }
    untranslated = translated(("De Tweede Kamer stemt.", ""))
    assert process("glossary:Glossary", untranslated, terms=terms).segments[0].flags == []

    done = polderbrief(
        "run", articles(a="Een."), "--config", "cookbook.yaml", "--set", "glossary.terms={x: []}", cwd=cookbook
    )
    assert done.returncode == 2
    assert "--set glossary.terms.x" in done.stderr


def test_keywords(cookbook: Path) -> None:
    document = translated(
        ("", "The Tesla Model Y is in the news, and the R&D of the Tesla factory is not."),
        ("", "A “battery plant” of 30 hectares; Tesla builds it."),
    )
    keywords = process("keywords:Keywords", document).metadata["keywords"]
    assert keywords[0] == "Tesla Model Y"
    assert {"Tesla factory", "R&D", "battery plant", "hectares"} <= set(keywords)
    assert not {"the", "30"} & set(keywords)
    assert len(process("keywords:Keywords", document, count=2).metadata["keywords"]) == 2
    assert process("keywords:Keywords", Document("b", "")).metadata["keywords"] == []


@pytest.fixture(scope="session")
def tiny_ner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT for token classification in miniature, whose bias calls every word a place."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-ner")
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "Amsterdam": 2, "Utrecht": 3}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=32,
        id2label={0: "O", 1: "B-LOC", 2: "I-LOC"},
        label2id={"O": 0, "B-LOC": 1, "I-LOC": 2},
    )
    torch.manual_seed(0)
    network = BertForTokenClassification(config)
    with torch.no_grad():
        network.classifier.weight.zero_()
        network.classifier.bias.copy_(torch.tensor([0.0, 9.0, 0.0]))
    network.save_pretrained(folder)
    return folder


def test_entities(cookbook: Path, tiny_ner: Path, articles: Callable[..., Path]) -> None:
    inputs = articles(a="Van Amsterdam naar Utrecht. Utrecht.")
    arguments = ["run", inputs, "--config", "entities.yaml", "--set", f"entities.model={tiny_ner}"]
    (cookbook / "entities.yaml").write_text("stages: [split, 'entities:Entities']\n")
    done = polderbrief(*arguments, cwd=cookbook)
    assert done.returncode == 0, done.stderr
    (document,) = read_lines(cookbook / "out" / "documents.jsonl")
    entities = document["metadata"]["entities"]
    assert {"text": "Utrecht", "label": "LOC", "segment": 1, "start": 0, "end": 7} in entities
    for entity in entities:
        segment = document["segments"][entity["segment"]]
        assert segment["source"][entity["start"] : entity["end"]] == entity["text"]
    done = polderbrief(*arguments, "--set", "entities.min_score=1.0", "--fresh", cwd=cookbook)
    assert done.returncode == 0, done.stderr
    assert read_lines(cookbook / "out" / "documents.jsonl")[0]["metadata"]["entities"] == []
    done = polderbrief(*arguments[:-1], "entities.model=nowhere", cwd=cookbook)
    assert done.returncode == 2
    assert "no model is called 'nowhere'" in done.stderr

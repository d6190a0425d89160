"""Training: what goes in, one step of each part, and real runs that are stopped and go on."""

import json
import os
import random
import signal
import subprocess
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest
import torch
from conftest import ROOT, polderbrief
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, ReadError
from pipeline.pairs import read_pairs
from pipeline.settings import load_section
from pipeline.training.alignment import link_words, words
from pipeline.training.augment import Augmenter, shared_names
from pipeline.training.batches import IGNORED, Position, batches, collate, encode, guides
from pipeline.training.corpus import Example, Source, epoch
from pipeline.training.muon import Muon
from pipeline.training.progress import rate
from pipeline.training.recipe import AugmentConfig, Recipe, SourceConfig, VocabularyConfig
from pipeline.training.trainer import TranslatorTraining
from pipeline.training.vocabulary import Vocabulary, make_vocabulary, piece_spans

# eflomal is built from source. Where that cannot be done its tests are left out, but never in CI.
needs_eflomal = pytest.mark.skipif(
    find_spec("eflomal") is None and not os.environ.get("CI"), reason="eflomal is not installed"
)

NOUNS = [("hond", "dog"), ("kat", "cat"), ("auto", "car"), ("fiets", "bike"), ("vrouw", "woman"), ("boom", "tree")]
VERBS = [("zie", "see"), ("koop", "buy"), ("heb", "have"), ("teken", "draw"), ("verkoop", "sell")]
KINDS = [("rode", "red"), ("grote", "big"), ("oude", "old"), ("nieuwe", "new")]


def sentences(count: int) -> list[tuple[str, str]]:
    draw = random.Random(0)
    found = []
    for _ in range(count):
        (noun, dog), (verb, see), (kind, red) = draw.choice(NOUNS), draw.choice(VERBS), draw.choice(KINDS)
        found.append((f"Ik {verb} de {kind} {noun} van Volvo.", f"I {see} the {red} {dog} of Volvo."))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with 400 pairs of a small world and a recipe for them."""
    pairs = "".join(f"{dutch}\t{english}\ttoy\n" for dutch, english in sentences(400))
    (tmp_path / "pairs.tsv").write_text(pairs)
    (tmp_path / "recipe.yaml").write_text(
        """
name: toy
train: [{path: pairs.tsv}]
dev: pairs.tsv
dev_sentences: 16
vocabulary: {size: 320}
model: {width: 64, feed_forward: 128, heads: 2, encoder_layers: 1, decoder_layers: 1, dropout: 0.0}
optimizer: {muon_rate: 0.01, adam_rate: 0.005}
schedule: {steps: 200, warmup_steps: 10, cooldown_steps: 50}
batch_tokens: 800
evaluate_every: 50
average: 0.9
augment: {swap: 0.0, join: 0.0, sample_source: 0.0, sample_target: 0.0}
"""
    )
    return tmp_path


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    from transformers import MarianTokenizer

    folder = tmp_path_factory.mktemp("vocabulary")
    lines = [text for pair in sentences(400) for text in pair]
    make_vocabulary(lines, VocabularyConfig(size=320), ("nl", "en"), folder)
    return Vocabulary(MarianTokenizer.from_pretrained(folder))


def test_pairs_are_checked_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("een\tone\nu\u2028 twee\ttwo\tmore\n\n")
    assert read_pairs(path) == [("een", "one"), ("u\u2028 twee", "two")]
    path.write_text("een\tone\ntwee two\n")
    with pytest.raises(ReadError, match=r"a\.tsv: line 2 is not source TAB target"):
        read_pairs(path)
    path.write_text("\n")
    with pytest.raises(ReadError, match="holds no sentence pairs"):
        read_pairs(path)
    with pytest.raises(ReadError, match="No such file"):
        read_pairs(tmp_path / "nowhere")


def test_recipe_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("name: a/b\ntrain: [{path: x, wieght: 2.0}]\ndev: y\nmodel: {width: 0}")
    with pytest.raises(ConfigError) as caught:
        load_section(Recipe, path)
    lines = [line.removeprefix(f"{path}: ") for line in caught.value.lines]
    assert lines[0].startswith("name: string should match")
    assert lines[1] == "train.0.wieght: unknown key; did you mean 'weight'?"
    assert lines[2] == "model.width: input should be greater than 0 (got 0)"


def test_the_recipe_of_the_embedded_model_loads() -> None:
    assert load_section(Recipe, ROOT / "configs" / "train" / "marian-mini-nl-en.yaml").name == "marian-mini-nl-en"
    assert not any("sick-nl" in source.path for source in load_section(Recipe, "train/marian-mini-nl-en").train)


def test_an_epoch_draws_by_weight_and_joins_neighbours() -> None:
    examples = [Example(f"zin {i} .", f"line {i} .", ((1, 1),)) for i in range(100)]
    source = Source(SourceConfig(path="x", weight=2.5, neighbours=True), examples)
    drawn = epoch([source], join=0.1, rng=random.Random(0))
    assert len(drawn) == 250 + 25
    joined = [e for e in drawn if e.source.count("zin") == 2]
    assert len(joined) == 25
    for example in joined:
        first, second = (int(word) for word in words(example.source) if word.isdigit())
        assert second == first + 1
        assert example.links == ((1, 1), (4, 4))
        assert example.target == f"line {first} . line {second} ."


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from([None, 0.1]))
def test_spans_of_pieces_spell_the_normalized_text(vocabulary: Vocabulary, text: str, alpha: float | None) -> None:
    text = vocabulary.normalize(text)
    ids, spans = vocabulary.encode(text, alpha=alpha)
    assert len(ids) == len(spans)
    at = 0
    for start, end in spans:
        assert start in (at, at + 1, at - 1)
        assert start <= end
        at = end
    assert at == len(text) or not text


def test_bytes_of_a_character_share_its_span() -> None:
    assert piece_spans(["▁ab", "<0xE2>", "<0x82>", "<0xAC>", "c", "▁d"]) == [
        (0, 2),
        (2, 3),
        (2, 3),
        (2, 3),
        (3, 4),
        (5, 6),
    ]


def test_guides_lead_from_piece_to_piece_of_linked_words(vocabulary: Vocabulary) -> None:
    example = Example("Ik zie Volvo 12.", "I see Volvo 12.", ((1, 1), (2, 2), (3, 3), (4, 4)))
    recipe = Recipe(name="a", train=[SourceConfig(path="x")], dev="y")
    for seed in range(20):
        encoded = encode(example, vocabulary, recipe, random.Random(seed))
        assert len(encoded.guide) == len(encoded.target)
        assert encoded.guide[-1] == len(encoded.source) - 1
        pieces = {number: piece for piece, number in vocabulary.ids.items()}
        for target, place in zip(encoded.target[:-1], encoded.guide[:-1], strict=True):
            if pieces[target] in ("1", "2", "."):
                assert pieces[encoded.source[place]] == pieces[target]


def test_guides_without_links_lead_nowhere() -> None:
    assert guides(Example("a b", "c d"), [(0, 1), (2, 3)], [(0, 1), (2, 3)]) == [-1, -1]
    assert guides(Example("a b", "c d", ((1, 0), (7, 7))), [(0, 1), (2, 3)], [(0, 1), (2, 3)]) == [1, -1]


@needs_eflomal
def test_word_links_of_a_small_world() -> None:
    source = Source(SourceConfig(path="x"), [Example(*pair) for pair in sentences(400)])
    link_words([source])
    right = sum(link == (i, i) for example in source.examples for i, link in enumerate(example.links))
    assert right > 0.9 * sum(len(words(example.source)) for example in source.examples)


AUGMENT = {"upper": 0.0, "lower": 0.0, "bare": 0.0, "quote": 0.0, "swap": 0.0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("upper", ("IK ZIE VOLVO.", "I SEE VOLVO.")),
        ("lower", ("ik zie volvo.", "i see volvo.")),
        ("bare", ("Ik zie Volvo", "I see Volvo")),
        ("quote", ("”Ik zie Volvo.”", "“I see Volvo.”")),
        ("copy_target", ("I see Volvo.", "I see Volvo.")),
    ],
)
def test_variations(change: str, expected: tuple[str, str]) -> None:
    augment = Augmenter(AugmentConfig(**AUGMENT | {change: 1.0}), [])
    example = augment(Example("Ik zie Volvo.", "I see Volvo.", ((1, 1), (2, 2))), random.Random(0))
    assert (example.source, example.target) == expected
    for i, j in example.links:
        assert (words(example.source)[i].lower(), words(example.target)[j].lower()) in (
            ("zie", "see"),
            ("volvo", "volvo"),
            *(() if change != "copy_target" else [(word, word) for word in ("i", "see", ".")]),
        )


def test_names_and_figures_are_swapped_alike_on_both_sides() -> None:
    pool = Source(SourceConfig(path="x"), [Example("De Kia, de Opel en de H&M.", "The Kia, the Opel and the H&M.")])
    augment = Augmenter(AugmentConfig(**AUGMENT | {"swap": 1.0}), [pool])
    example = Example("Er staan 10.000 auto’s van Volvo bij Gent.", "There are 10,000 Volvo cars near Ghent.")
    assert shared_names(example) == ["000", "10", "Volvo"]
    seen = set()
    for seed in range(30):
        changed = augment(example, random.Random(seed))
        numbers = [word for word in words(changed.source) if word.isdigit()]
        assert numbers == [word for word in words(changed.target) if word.isdigit()]
        assert len(numbers[0]) == 2
        assert "Gent" in changed.source
        name = words(changed.source)[-4]
        assert name in changed.target
        seen.add(name)
    assert seen == {"Kia", "Opel"}
    three_words = Example("Er is een H&M in Gent.", "There is an H&M in Ghent.")
    assert shared_names(three_words) == []


def test_batches_go_on_from_a_position(vocabulary: Vocabulary) -> None:
    recipe = Recipe(name="a", train=[SourceConfig(path="x")], dev="y", batch_tokens=500, max_tokens=60, guide=0.0)
    source = Source(SourceConfig(path="x"), [Example(*pair) for pair in sentences(300)])
    position = Position()
    first = [batch.labels for batch in islice(batches(recipe, [source], vocabulary, position), 60)]
    again = [batch.labels for batch in islice(batches(recipe, [source], vocabulary, Position()), 60)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert position.epoch > 0
    place = Position()
    for _ in islice(batches(recipe, [source], vocabulary, place), 3):
        pass
    following = next(batches(recipe, [source], vocabulary, place))
    assert torch.equal(following.labels, first[3])
    later = next(batches(recipe, [source], vocabulary, Position(epoch=1)))
    assert not torch.equal(later.labels, first[0])


def test_collate_shifts_right_from_the_padding(vocabulary: Vocabulary) -> None:
    recipe = Recipe(name="a", train=[SourceConfig(path="x")], dev="y")
    examples = [encode(Example(*pair), vocabulary, recipe, random.Random(0)) for pair in sentences(3)]
    batch = collate(examples, vocabulary.pad)
    assert (batch.decoder_input[:, 0] == vocabulary.pad).all()
    real = batch.labels != IGNORED
    assert torch.equal(batch.decoder_input[:, 1:][real[:, 1:]], batch.labels[:, :-1][real[:, 1:]])
    assert torch.equal(batch.mask.bool(), batch.source != vocabulary.pad)


def test_muon_makes_updates_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    for shape in ((8, 32), (32, 8), (16, 16)):
        matrix = torch.nn.Parameter(torch.zeros(shape))
        optimizer = Muon([matrix], 1.0, weight_decay=0.0)
        matrix.grad = torch.randn(shape) @ torch.diag(torch.logspace(0, 1, shape[1]))
        optimizer.step()
        values = torch.linalg.svdvals(matrix.detach() / (0.2 * max(shape) ** 0.5))
        assert values.max() < 1.3
        assert values.min() > 0.3


def test_adamw_alone_decays_the_matrices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    options = ["guide=0", "optimizer.weight_decay=0.1"]
    alone = TranslatorTraining(load_section(Recipe, "recipe.yaml", [*options, "optimizer.kind=adamw"]), folder / "run")
    (adam,) = alone.optimizers
    decays = {id(p): group["weight_decay"] for group in adam.param_groups for p in group["params"]}
    for name, value in alone.model.named_parameters():
        if value.requires_grad:
            vector = any(part in name for part in ("bias", "norm", "shared", "embed"))
            assert decays.pop(id(value)) == (0 if vector else 0.1), name
    assert not decays
    muon, adam = TranslatorTraining(load_section(Recipe, "recipe.yaml", options), folder / "run").optimizers
    assert [group["weight_decay"] for group in (*muon.param_groups, *adam.param_groups)] == [0.1, 0]


def test_rate_goes_up_stays_and_goes_down() -> None:
    rates = [rate(step, 100, 10, 20) for step in range(101)]
    assert rates[0] == 0.1
    assert rates[9:81] == [1.0] * 72
    assert rates[90] == 0.5
    assert rates[100] == 0.0


@needs_eflomal
@pytest.mark.slow
def test_a_small_world_is_learnt_and_scored(folder: Path) -> None:
    done = polderbrief("train", "translator", "recipe.yaml", "--output", "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "tokens/s" in done.stdout
    assert "minutes left" in done.stdout
    scored = polderbrief(
        *["evaluate", "translation", "--model", "run/best", "--testset", "pairs.tsv", "--limit", "50", "--json"],
        cwd=folder,
    )
    scores = json.loads(scored.stdout)
    assert scores["bleu"] > 90
    assert scores["chrf"] > 90
    assert scores["signatures"]["bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a")
    assert (scores["beam"], scores["sentences"], scores["precision"]) == (4, 50, "int8")
    files = {path.name for path in (folder / "run" / "best").iterdir()}
    assert {"model.safetensors", "config.json", "source.spm", "target.spm", "vocab.json"} <= files
    weights = torch.load(folder / "run" / "state.pt", weights_only=True)["average"]
    assert not weights["model.shared.weight"][-1].any()  # the padding, from which Marian decodes

    again = polderbrief("train", "translator", "recipe.yaml", "--output", "run", cwd=folder)
    assert again.returncode == 2
    assert "holds a run already; --resume goes on with it" in again.stderr
    other = polderbrief(
        *["train", "translator", "recipe.yaml", "--output", "run", "--resume", "--set", "model.width=32"], cwd=folder
    )
    assert other.returncode == 2
    assert "is of another recipe" in other.stderr


@pytest.mark.slow
def test_a_stopped_training_goes_on(folder: Path) -> None:
    command = [sys.executable, "-u", "-m", "pipeline.cli", "train", "translator", "recipe.yaml", "--output", "run"]
    settings = ["--set", "schedule.steps=150", "--set", "guide=0"]
    process = subprocess.Popen(
        [*command, *settings],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if "step 50 " in line:
            break
    process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait(timeout=60) == 0
    state = torch.load(folder / "run" / "state.pt", weights_only=True)
    assert 50 <= state["progress"]["step"] < 150
    done = polderbrief("train", "translator", "recipe.yaml", "--output", "run", "--resume", *settings, cwd=folder)
    assert f"going on at step {state['progress']['step']}" in done.stdout
    assert "step 150 of 150" in done.stdout


@needs_eflomal
@pytest.mark.slow
@pytest.mark.parametrize("start", ["marian-mini-nl-en", "tiny"])
def test_fine_tuning_on_200_pairs(folder: Path, tiny_marian: Path, start: str) -> None:
    """From the embedded model, and from a checkpoint laid out as those of the hub are."""
    lines = (folder / "pairs.tsv").read_text().splitlines()[:200]
    (folder / "pairs.tsv").write_text("\n".join(lines))
    start = str(tiny_marian) if start == "tiny" else start
    options = ["--set", f"start={start}", "--set", "schedule.steps=4", "--set", "optimizer.kind=adamw"]
    done = polderbrief("train", "translator", "recipe.yaml", "--output", "run", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    run = polderbrief("run", ROOT / "seeds", "--output", "out", "--set", "translate.model=run/last", cwd=folder)
    assert run.returncode == 0, run.stderr

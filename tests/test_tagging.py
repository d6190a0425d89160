"""The tagger: inputs, heads that are the trained ones, and a training that learns a small world."""

import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import polderbrief
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import catalog
from pipeline.catalog import Model, resolve
from pipeline.conversion import converted
from pipeline.device import Runtime
from pipeline.errors import ConfigError, ModelError
from pipeline.settings import load_section
from pipeline.tagging.layout import Composer
from pipeline.tagging.loading import _convert, _heads, load_tagger
from pipeline.tagging.tagger import Question, Tagger
from pipeline.tagging.weights import INT4, load_encoder, save_int4
from pipeline.tagging.with_ctranslate2 import PositionedEncoder
from pipeline.tagging.with_torch import TorchEncoder
from pipeline.training.tagger.recipe import TaggerRecipe
from pipeline.training.tagger.start import begin
from pipeline.training.tagger.teacher import taught
from pipeline.training.tagger.trainer import Item, TaggerTraining

BRANDS = ["Kia", "Opel", "Volvo", "Seat", "Lada", "Fiat"]
SAYS = {"favor": "great", "against": "terrible", "neutral": "new"}


def article(number: int) -> dict:
    """Two brands, each with a sentence that judges it, and a summary of the first."""
    draw = random.Random(number)
    brands = draw.sample(BRANDS, 2)
    labels = [draw.choice(list(SAYS)) for _ in brands]
    sentences = [f"The {brand} is a {SAYS[label]} car." for brand, label in zip(brands, labels, strict=True)]
    sentences.insert(draw.randrange(3), "It is here.")
    return {
        "id": f"a{number}",
        "title": {"nl": "Auto’s", "en": "A car"},
        "sentences": [{"nl": sentence.replace("The", "De"), "en": sentence} for sentence in sentences],
        "summary": next(s for s in sentences if brands[0] in s),
        "stances": [
            {"target": brand, "label": label, "evidence": [1 + next(i for i, s in enumerate(sentences) if brand in s)]}
            for brand, label in zip(brands, labels, strict=True)
        ],
    }


@pytest.fixture
def world(tmp_path: Path, tiny_mpnet: Path) -> Path:
    """A folder with labelled articles and a recipe for them."""
    for name, numbers in (("train", range(300)), ("dev", range(1_000, 1_060))):
        lines = "".join(json.dumps(article(i)) + "\n" for i in numbers)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        f"{{name: toy, articles: train.jsonl, dev: dev.jsonl, encoder: {tiny_mpnet}, "
        "layers: 2, stored: int4, epochs: 10, rate: 0.003, heads_rate: 0.003, batch_tokens: 1000}",
        encoding="utf-8",
    )
    return tmp_path


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("ab cé.", max_size=60), max_size=3),
    st.lists(st.text("de fgh.", max_size=400), max_size=12),
    st.integers(64, 128),
    st.data(),
)
def test_every_sentence_of_a_passage_is_judged_once(
    tiny_bert: Path, targets: list[str], sentences: list[str], longest: int, data: st.DataObject
) -> None:
    composer = Composer(tiny_bert, longest)
    places = [st.lists(st.sampled_from([None, 0, len(s) // 2]), max_size=2) for s in sentences]
    mentions = [[data.draw(place) for place in places] for _ in targets]
    asked = composer.ask(targets, sentences, mentions)
    for layouts, named in zip([composer.outline(sentences), *asked], [[()] * len(sentences), *mentions], strict=True):
        near = {j for i, at in enumerate(named) if at for j in range(i - 1, i + 3)} or set(range(len(sentences)))
        judged = [sentence for layout in layouts for sentence in layout.sentences]
        assert judged == sorted(near & set(range(len(sentences))))
        for layout in layouts:
            assert len(layout.ids) == len(layout.types) <= longest
            assert layout.ids[0] == composer.start
            assert all(layout.ids[i] == composer.sentence for i in layout.sentence_marks)
            marked = {i for i in layout.sentences if i in near and named[i] and composer.tokenizer.encode(sentences[i])}
            assert bool(marked) <= (composer.mention in layout.ids) or not any(sentences[i].strip() for i in marked)
            for place in layout.places:
                text = sentences[place.sentence][place.start : place.end]
                assert composer.tokenizer.id_to_token(layout.ids[place.position]).strip("#") in (
                    text.lower(),
                    "[UNK]",
                    text,
                )


def test_of_a_sentence_without_end_the_part_that_names_the_target_is_read(tiny_bert: Path) -> None:
    composer = Composer(tiny_bert)
    text = "de " * 150 + "Kia rijdt. " + "de " * 150
    ((named,),), ((start,),) = (composer.ask(["Kia"], [text], [[places]]) for places in ([text.index("Kia")], [None]))
    kia, *rest = [i for i, x in enumerate(named.ids) if x == composer.mention]
    assert not rest
    place = next(place for place in named.places if place.position == kia + 1)
    assert text[place.start : place.end].startswith("K")
    assert start.places[0].start == 0
    assert 78 <= len(start.places) <= len(named.places) <= 80


def saved(training: TaggerTraining) -> Tagger:
    folder = training.folder / "model"
    training.save_model(2.0, folder)
    model = Model("toy", folder=folder)
    return Tagger(Composer(folder), TorchEncoder(model, Runtime("cpu")), _heads(model))


def test_the_heads_at_work_are_those_that_were_trained(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    monkeypatch.setattr(Runtime, "fast_half", None)  # the heads are compared to three digits
    training = TaggerTraining(load_section(TaggerRecipe, "recipe.yaml", ["stored=float16"]), world / "run")
    tagger = saved(training)
    training.network.eval()
    example = training.dev[0][0]
    (asked,) = training._asked(example, 1)
    (outline,) = training.composer.outline(example.sentences)
    with torch.inference_mode():
        states = training._states([asked])[0]
        heads = training.network.heads
        logits = heads.stance(states[0], states[asked.layout.sentence_marks])
        labels = (heads.verdict(states[0], logits) / 2).softmax(-1)
        salience = heads.salience(training._states([Item(example, outline)])[0][outline.sentence_marks]).sigmoid()
    mentions = [example.mentions[1], *(example.mentions[i] for i in range(example.names) if i != 1)]
    (answer,) = tagger.answer([Question([example.targets[1]], example.sentences, mentions)])
    assert np.allclose(answer.labels[0], labels, atol=2e-3)  # the heads are stored in fp16
    assert np.allclose(answer.classes[0, asked.layout.sentences], logits.softmax(-1), atol=2e-3)
    assert np.allclose(answer.classes[0].sum(-1), 1)
    assert np.allclose(tagger.outline([example.sentences])[0].salience, salience, atol=2e-3)


def test_a_teacher_labels_what_nobody_has_labelled_and_is_asked_once(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    training = TaggerTraining(load_section(TaggerRecipe, "recipe.yaml"), world / "run")
    teacher = saved(training)
    articles, cache = training.articles[:40], world / "taught.npz"
    first = taught(articles, teacher, "a", cache)
    answer, asked = teacher.answer, []
    monkeypatch.setattr(teacher, "answer", lambda questions: asked.extend(questions) or answer(questions))
    second = taught(articles, teacher, "a", cache)
    assert not asked
    for (known,), (now,), (again,) in zip(articles, first, second, strict=True):
        assert np.array_equal(now.labels, again.labels)
        assert len(known.labels) <= len(now.labels) == len(known.targets)
        assert np.allclose(now.labels.sum(-1), 1, atol=1e-5)
        assert (now.labels[: len(known.labels)].argmax(-1) == known.labels.argmax(-1)).all()
    assert any(len(known.labels) < len(now.labels) for (known,), (now,) in zip(articles, first, strict=True))
    others = taught(articles[1:5], teacher, "a", cache)
    assert len(asked) == 4
    assert all(np.allclose(one.labels, then.labels) for (one,), (then,) in zip(others, first[1:5], strict=True))
    taught(articles[1:5], teacher, "b", cache)
    assert len(asked) == 8
    cache.write_bytes(cache.read_bytes()[:100])
    taught(articles[1:5], teacher, "b", cache)
    assert len(asked) == 12


def test_ctranslate2_computes_what_transformers_computes(
    tiny_mpnet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runtime, "fast_half", None)
    model = Model("tiny", folder=tiny_mpnet)
    _convert(model, tmp_path / "converted")
    rows = [[0, *range(6, 6 + length), 2] for length in (3, 90, 200)]
    types = [[1] * len(row) for row in rows]
    reference = TorchEncoder(model, Runtime("cpu", "float32")).forward_batch(rows, types).last_hidden_state.numpy()
    encoder = PositionedEncoder(str(tmp_path / "converted"), "float32")
    states = np.asarray(encoder.forward_batch(rows, types).last_hidden_state)
    for row, expected, computed in zip(rows, reference, states, strict=True):
        assert np.allclose(computed[: len(row)], expected[: len(row)], atol=1e-4)


def test_a_training_begins_with_the_first_layers_and_the_heads_of_a_tagger(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    recipe = ["frozen=1", "stored=float16"]
    training = TaggerTraining(load_section(TaggerRecipe, "recipe.yaml", recipe), world / "run")
    before = {name: value.clone() for name, value in training.network.state_dict().items()}
    training.run(stop=lambda: training.progress.step == 2)
    changed = {name for name, value in training.network.state_dict().items() if not torch.equal(value, before[name])}
    assert any(name.startswith("encoder.encoder.layer.1.") for name in changed)
    assert not any(name.startswith(("encoder.embeddings.", "encoder.encoder.layer.0.")) for name in changed)
    training.save_model(2.0, world / "first")
    again, _ = begin(load_section(TaggerRecipe, "recipe.yaml", ["encoder=first", "layers=1"]), training.device)
    assert len(again.encoder.encoder.layer) == again.encoder.config.num_hidden_layers == 1
    for name, value in again.state_dict().items():
        assert torch.equal(value, training.network.state_dict()[name].half().float()), name
    with pytest.raises(ConfigError, match="layers: the encoder has 2, not 3"):
        begin(load_section(TaggerRecipe, "recipe.yaml", ["encoder=first", "layers=3"]), training.device)


def test_a_gpu_reads_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(Exception):
        pass

    def by_torch(model: Model, runtime: Runtime) -> None:
        raise Asked

    monkeypatch.setattr("pipeline.tagging.loading._by_torch", by_torch)
    monkeypatch.setattr(Runtime, "on_cpu", False)
    monkeypatch.setattr(Runtime, "device", torch.device("cuda"))
    with pytest.raises(Asked):
        load_tagger(resolve("stance-mini"), Runtime("auto", "float16"))


def test_a_document_is_outlined_once_for_the_stages_that_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    tagger = load_tagger(resolve("stance-mini"), Runtime("cpu"))
    read: list[int] = []
    forward = tagger.encoder.forward_batch
    monkeypatch.setattr(
        tagger.encoder,
        "forward_batch",
        lambda ids, token_type_ids: read.append(len(ids)) or forward(ids, token_type_ids=token_type_ids),
    )
    texts = [["The Kia is a great car.", "It is red."], ["The Opel is not."]]
    first = tagger.outline(texts)
    again, other, once_more = tagger.outline([texts[1], ["Something else."], texts[1]])
    assert again is once_more is first[1]
    assert len(other.salience) == 1
    assert sum(read) == 3


def test_a_document_without_sentences_has_an_answer_and_an_outline() -> None:
    tagger = load_tagger(resolve("stance-mini"), Runtime("cpu"))
    (answer,) = tagger.answer([Question(["Kia"], [], [[]])])
    assert answer.labels.sum() == pytest.approx(1)
    assert answer.classes.shape == (1, 0, 4)
    assert tagger.outline([[]])[0].spans == []


def test_what_is_no_tagger_or_a_broken_one_is_one_line(
    tiny_mpnet: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ModelError, match=r"^model 'tiny' is no tagger: .*heads\.safetensors is missing"):
        load_tagger(Model("tiny", folder=tiny_mpnet), Runtime("cpu"))
    shelf = resolve("stance-mini")
    folder = tmp_path / "mine"
    shutil.copytree(str(shelf.folder), folder)
    with pytest.raises(ConfigError, match=r"^dtype: .*float16"):
        load_tagger(Model("mine", folder=folder), Runtime("cpu", "float16"))
    made = converted(Model("mine", folder=folder), lambda _: None) / "model.bin"
    made.write_bytes(made.read_bytes()[:1000])
    assert load_tagger(Model("mine", folder=folder), Runtime("cpu")).encoder.where == "cpu int8 by ctranslate2"
    assert "made anew" in caplog.text
    heads = folder / "heads.safetensors"
    heads.write_bytes(heads.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"^model 'broken' cannot be loaded from .*heads\.safetensors: "):
        load_tagger(Model("broken", folder=folder), Runtime("cpu"))


@pytest.mark.parametrize("part", ["encoder", "teacher"])
def test_what_a_training_begins_with_is_checked(world: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.chdir(world)
    shelf = catalog.load()
    monkeypatch.setitem(shelf, "stance-mini", replace(shelf["stance-mini"], files={"config.json": "0"}))
    with pytest.raises(ModelError, match=r"config\.json differs from the catalog"):
        TaggerTraining(load_section(TaggerRecipe, "recipe.yaml", [f"{part}=stance-mini"]), world / "run")


def test_a_package_without_a_bert_is_nothing_to_begin_with(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    with pytest.raises(ModelError, match="the package 'json' carries no BERT"):
        begin(load_section(TaggerRecipe, "recipe.yaml", ["encoder=json"]), torch.device("cpu"))


def test_weights_in_four_bits_are_within_a_step_and_a_broken_file_is_named(tiny_mpnet: Path, tmp_path: Path) -> None:
    tiny = load_encoder(Model("tiny", folder=tiny_mpnet), add_pooling_layer=False)
    encoder = type(tiny)(type(tiny.config)(hidden_size=64, intermediate_size=96, num_attention_heads=4, vocab_size=50))
    save_int4(encoder, tmp_path)
    again = load_encoder(Model("small", folder=tmp_path)).state_dict()
    for name, value in encoder.state_dict().items():
        if value.dim() < 2 or value.shape[1] % 32:
            assert torch.equal(again[name], value.half().float()), name
            continue
        groups, stored = value.unflatten(1, (-1, 32)), again[name].unflatten(1, (-1, 32))
        largest = groups.abs().amax(-1, keepdim=True)
        off = (stored - groups).abs()
        assert (off <= 0.31 * largest + 1e-4).all(), name  # what is clipped most is a weight of 1 that becomes 0.7
        assert (off.square().mean(-1) <= (largest.squeeze(-1) / 7).square() / 12 * 2).all(), name
        assert all(len(group.unique()) <= 15 for group in stored.flatten(0, 1)), name
    path = tmp_path / INT4
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match=f"^model 'small' cannot be loaded from {re.escape(str(path))}: "):
        load_encoder(Model("small", folder=tmp_path))


@pytest.mark.slow
def test_a_small_world_is_learnt_stopped_and_gone_on_with(world: Path) -> None:
    first = polderbrief("train", "stance", "recipe.yaml", "--output", "run", "--minutes", "0.02", cwd=world)
    assert first.returncode == 0, first.stderr
    assert not (world / "run" / "model").exists()
    again = polderbrief("train", "stance", "recipe.yaml", "--output", "run", cwd=world)
    assert "--resume goes on with it" in again.stderr
    other = ["train", "stance", "recipe.yaml", "--output", "run", "--resume", "--set", "layers=1"]
    assert "is of another recipe" in polderbrief(*other, cwd=world).stderr
    done = polderbrief("train", "stance", "recipe.yaml", "--output", "run", "--resume", cwd=world)
    assert done.returncode == 0, done.stderr
    assert "going on at step" in done.stdout
    accuracy = float(done.stdout.split("label accuracy on dev.jsonl ")[-1].split()[0])
    assert accuracy > 0.85

    options = ["--config", "config.yaml", "--testset", "dev.jsonl", "--json"]
    (world / "config.yaml").write_text(
        "{stages: [split, language, translate, check, summarize, stance], stance: {model: run/model}, "
        "summarize: {ranker: run/model, sentences: 1}}",
        encoding="utf-8",
    )
    judged = polderbrief("evaluate", "stance", *options, cwd=world)
    assert judged.returncode == 0, judged.stderr
    stance = json.loads(judged.stdout)
    assert stance["macro_f1"] > 0.85
    assert stance["found_recall"] > 0.9
    assert stance["evidence"] > 0.85
    summary = json.loads(polderbrief("evaluate", "summary", *options, cwd=world).stdout)
    assert summary["rouge1"] > summary["systems"]["lead-3"]["rouge1"]

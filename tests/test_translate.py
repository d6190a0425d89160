"""Translation: the embedded model for real, the engine's promises on a tiny random one."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import catalog
from pipeline.device import Runtime, halving
from pipeline.document import Document, Segment
from pipeline.nmt.batching import token_batches
from pipeline.nmt.marian import MarianTranslator
from pipeline.segmentation.clauses import split_clauses
from pipeline.stages.translate import Translate, TranslateConfig


def load(name: str | Path, **options: int) -> MarianTranslator:
    settings = {"beam": 4, "max_source_tokens": 128, "batch_tokens": 4096} | options
    return MarianTranslator.load(catalog.resolve(str(name)), Runtime("cpu"), **settings)


@pytest.fixture(scope="module")
def embedded() -> MarianTranslator:
    return load("marian-mini-nl-en")


@pytest.fixture(scope="module")
def tiny(tiny_marian: Path) -> MarianTranslator:
    return load(tiny_marian)


def test_embedded_model_translates(embedded: MarianTranslator) -> None:
    (hypothesis,) = embedded.translate(["Wat een geweldige auto."])
    assert "great car" in hypothesis.text
    assert -1 < hypothesis.score < 0
    assert not hypothesis.truncated


def test_order_is_kept_and_a_sentence_does_not_depend_on_its_batch(embedded: MarianTranslator) -> None:
    sentences = ["Hoe?", "Xiaomi wil ook eigen showrooms gaan openen.", "Hoe?", "Dat weet Xiaomi ook."]
    together = embedded.translate(sentences)
    alone = [embedded.translate([sentence])[0] for sentence in sentences]
    assert [h.text for h in together] == [h.text for h in alone]
    assert [h.score for h in together] == pytest.approx([h.score for h in alone], abs=1e-4)


def test_score_is_the_mean_log_probability_of_beam_search(embedded: MarianTranslator) -> None:
    sentence = "Xiaomi wil ook eigen showrooms gaan openen."
    inputs = embedded.tokenizer([sentence], return_tensors="pt")
    output = embedded.model.generate(
        **inputs, num_beams=4, max_length=None, max_new_tokens=50, output_scores=True, return_dict_in_generate=True
    )
    (hypothesis,) = embedded.translate([sentence])
    assert hypothesis.score == pytest.approx(output.sequences_scores.item(), abs=1e-3)


def test_greedy_differs_only_in_search(tiny_marian: Path) -> None:
    (hypothesis,) = load(tiny_marian, beam=1).translate(["Dat weet Xiaomi ook."])
    assert hypothesis.text
    assert math.isfinite(hypothesis.score)


def test_too_long_a_sentence_is_cut_at_clauses_and_says_so(embedded: MarianTranslator) -> None:
    clause = "Xiaomi wil ook eigen showrooms gaan openen, "
    (hypothesis,) = embedded.translate([clause * 20])
    assert hypothesis.parts > 1
    assert hypothesis.text.count("showroom") >= 10


def test_running_into_the_limit_is_told(tiny: MarianTranslator) -> None:
    """A random model hardly ever ends a sentence of itself."""
    (hypothesis,) = tiny.translate(["Dat weet Xiaomi ook."])
    assert hypothesis.truncated


@pytest.mark.parametrize("text", ["", "   ", ">>en<< Dat weet Xiaomi ook.", "小米", "\u200b", "a" * 2000, "\x00\x1b"])
def test_awkward_text_is_translated_to_something(tiny: MarianTranslator, text: str) -> None:
    (hypothesis,) = tiny.translate([text])
    assert math.isfinite(hypothesis.score)
    assert hypothesis.parts == 1 or len(text) > 128


def test_language_code_at_the_start_is_text(embedded: MarianTranslator) -> None:
    assert embedded._encode(">>xx<< auto") == embedded._encode(" >>xx<< auto")
    assert embedded._encode("een </s> b <pad>").count(embedded.tokenizer.eos_token_id) == 1
    assert embedded.tokenizer.unk_token_id not in embedded._encode(">>xx<< auto")


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 100))
def test_batches_hold_every_item_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(token_batches(lengths, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


@settings(max_examples=200)
@given(st.text(alphabet="abc ,;.–en", max_size=200), st.integers(1, 30))
def test_clauses_fit_and_are_the_text_again(text: str, limit: int) -> None:
    parts = split_clauses(text, lambda part: len(part) <= limit)
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


def test_clauses_are_cut_at_the_strongest_pause() -> None:
    text = "De baas zei dat het goed ging, en dat er meer zou komen; maar niemand, behalve hij, geloofde het echt"
    assert split_clauses(text, lambda part: len(part) < 60) == [
        "De baas zei dat het goed ging, en dat er meer zou komen; ",
        "maar niemand, behalve hij, geloofde het echt",
    ]


def test_out_of_memory_halves_the_batch_and_goes_on(tiny: MarianTranslator, monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = ["Dat weet Xiaomi ook.", "Hoe?", "Wat een auto.", "Zij ook.", "Pas op."]
    expected = tiny.translate(sentences)
    sizes = []
    decode = tiny._decode

    def small(batch: list[list[int]]) -> list:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(batch)

    monkeypatch.setattr(tiny, "_decode", small)
    assert [h.text for h in tiny.translate(sentences)] == [h.text for h in expected]
    assert max(sizes) == 5


def test_out_of_memory_with_one_item_is_an_error() -> None:
    def never(batch: Sequence[int]) -> list[int]:
        raise torch.OutOfMemoryError("too big")

    with pytest.raises(torch.OutOfMemoryError):
        halving(never, [1, 2, 3])


def test_stage_passes_through_what_needs_no_translation(tiny_marian: Path) -> None:
    stage = Translate(TranslateConfig(model=str(tiny_marian), beam=1), Runtime("cpu"))
    stage.load()
    texts = [("If you can’t beat them, join them.", "en"), ("***", "nl"), ("Guten Tag zusammen.", "de"), ("Ja.", "nl")]
    segments = [Segment(text, 0, len(text), 0, language=language) for text, language in texts]
    (document,) = stage.process([Document("a", "", segments=segments)])
    english, marks, german, dutch = document.segments
    assert (english.target, english.flags) == (english.source, ["passthrough"])
    assert (marks.target, marks.flags) == ("***", ["passthrough"])
    assert (german.target, german.flags) == (None, ["no-model"])
    assert "'de'" in document.notes["translate"][0]
    assert dutch.target
    assert dutch.score is not None

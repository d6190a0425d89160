"""Translation: the embedded model for real, the engine's promises on a tiny random one."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import MarianTokenizer

from pipeline import catalog
from pipeline.device import Runtime, halving
from pipeline.document import Document, Segment
from pipeline.errors import ConfigError
from pipeline.nmt import Decoding, Hypothesis
from pipeline.nmt.backends import load_backend
from pipeline.nmt.backends.with_torch import TorchBackend, _what_fits
from pipeline.nmt.batching import token_batches
from pipeline.nmt.pieces import END, UNKNOWN, Pieces
from pipeline.nmt.translator import Translator
from pipeline.pairs import read_pairs
from pipeline.resources import MODELS
from pipeline.segmentation.clauses import split_clauses
from pipeline.stages.translate import Translate, TranslateConfig

GOLD = Path(__file__).parent / "data" / "gold.tsv"


def load(name: str | Path, backend: str = "ctranslate2", precision: str = "auto", **options: object) -> Translator:
    loaded = load_backend(catalog.resolve(str(name)), Runtime("cpu"), backend=backend, precision=precision)
    return Translator(loaded, **options)


@pytest.fixture(scope="module", params=["ctranslate2", "torch"])
def embedded(request: pytest.FixtureRequest) -> Translator:
    return load("marian-mini-nl-en", request.param)


@pytest.fixture(scope="module", params=["ctranslate2", "torch"])
def tiny(request: pytest.FixtureRequest, tiny_marian: Path) -> Translator:
    return load(tiny_marian, request.param, retry=False)


def test_embedded_model_translates(embedded: Translator) -> None:
    (hypothesis,) = embedded.translate(["Wat een geweldige auto."])
    assert "great car" in hypothesis.text
    assert -1 < hypothesis.score < 0
    assert not hypothesis.truncated


def test_order_is_kept_and_a_sentence_does_not_depend_on_its_batch(embedded: Translator) -> None:
    sentences = ["Hoe?", "Xiaomi wil ook eigen showrooms gaan openen.", "Hoe?", "Dat weet Xiaomi ook."]
    together = embedded.translate(sentences)
    alone = [embedded.translate([sentence])[0] for sentence in sentences]
    assert [h.text for h in together] == [h.text for h in alone]
    assert [h.score for h in together] == pytest.approx([h.score for h in alone], abs=1e-4)


def test_score_is_the_mean_log_probability_of_beam_search() -> None:
    translator = load("marian-mini-nl-en", "torch")
    sentence = "Xiaomi wil ook eigen showrooms gaan openen."
    source, mask = translator.backend._tensors([translator.backend.pieces.encode(sentence)])
    output = translator.backend.model.generate(
        input_ids=source,
        attention_mask=mask,
        num_beams=4,
        max_length=None,
        max_new_tokens=50,
        output_scores=True,
        return_dict_in_generate=True,
    )
    (hypothesis,) = translator.translate([sentence])
    assert hypothesis.score == pytest.approx(output.sequences_scores.item(), abs=1e-3)


def test_backends_agree_in_single_precision() -> None:
    sentences = [source for source, _ in read_pairs(GOLD)]
    ours, theirs = (
        load("marian-mini-nl-en", backend, "float32", retry=False).translate(sentences)
        for backend in ("ctranslate2", "torch")
    )
    same = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.text == b.text]
    assert len(same) >= 0.97 * len(sentences)
    assert all(a.score == pytest.approx(b.score, abs=1e-3) for a, b in same)
    assert [a.truncated for a, _ in same] == [b.truncated for _, b in same]


def test_backends_agree_on_every_way_to_search() -> None:
    decoding = Decoding(beam=4, hypotheses=3, no_repeat_ngram=3, length_penalty=0.8)
    found = []
    for backend in ("ctranslate2", "torch"):
        loaded = load("marian-mini-nl-en", backend, "float32").backend
        inputs = [loaded.pieces.encode(text) for text in ("Wat een geweldige auto.", "Dat weet Xiaomi ook.")]
        found.append(loaded.decode(inputs, [40, 40], decoding))
    for ours, theirs in zip(*found, strict=True):
        assert len(ours) == len(theirs) == 3
        by_text = {h.text: h.score for h in theirs}
        shared = [h for h in ours if h.text in by_text]
        assert shared
        assert all(h.score == pytest.approx(by_text[h.text], abs=2e-3) for h in shared)


def test_batches_on_a_gpu_are_what_its_free_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    class OnGpu:
        device, dtype = torch.device("cuda:0"), torch.float16
        config = SimpleNamespace(decoder_layers=6, d_model=512, vocab_size=58_101)

    free = {}
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free["now"], 80 * 2**30))
    tokens = []
    for free["now"] in (2**20, 8 * 2**30, 80 * 2**30):
        tokens.append(_what_fits(OnGpu()))
    assert tokens[0] == 4096
    assert 20_000 < tokens[1] < tokens[2]


_BITS = """<b>vet</b> a@b.nl https://x.nl/?a=1&b 😀 小米 co\u00adöperatie nul\u200bbreedte \0 \x1b[0m ... !? ” ’s 10.000
YU7 &amp; </s> <unk> ▁ de auto""".split()
AWKWARD = st.one_of(st.text(), st.lists(st.sampled_from([*_BITS, "\t", "\r\n", "\u2028"])).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(st.lists(AWKWARD, max_size=4))
def test_any_text_gets_one_hypothesis_each(sentences: list[str]) -> None:
    found = _engine().translate(sentences)
    assert len(found) == len(sentences)
    for source, hypothesis in zip(sentences, found, strict=True):
        assert math.isfinite(hypothesis.score)
        assert hypothesis.text == " ".join(hypothesis.text.split())
        assert "▁" not in hypothesis.text
        if not source.strip():
            assert hypothesis == Hypothesis("", 0.0)


@settings(max_examples=300)
@given(AWKWARD)
def test_pieces_lose_nothing_but_what_their_normaliser_drops(text: str) -> None:
    pieces, _ = _both()
    encoded = pieces.encode(text)
    assert encoded[-1] == END
    assert UNKNOWN not in encoded  # bytes spell what no piece does
    normal = " ".join(pieces.spelling.normalize(text).replace("▁", " ").split())
    assert pieces.decode(encoded) == normal


def test_five_thousand_words_in_one_line() -> None:
    words = " ".join(f"woord{i}" for i in range(5_000))
    (hypothesis,) = _engine().translate([words])
    assert hypothesis.parts > 100
    assert hypothesis.text


@cache
def _engine() -> Translator:
    return load("marian-mini-nl-en", beam=1, retry=False)


def test_precision_that_a_backend_lacks_is_one_line() -> None:
    with pytest.raises(ConfigError, match="int8 is for ctranslate2 only"):
        load("marian-mini-nl-en", "torch", "int8")


@given(st.text())
def test_pieces_are_those_of_the_marian_tokenizer(text: str) -> None:
    pieces, tokenizer = _both()
    if text.startswith(">>"):  # which the tokenizer takes for a language code
        return
    ours = pieces.encode(text)
    assert ours == tokenizer.convert_ids_to_tokens(tokenizer(text, split_special_tokens=True)["input_ids"])
    back = tokenizer.decode(tokenizer.convert_tokens_to_ids(ours), skip_special_tokens=True)
    assert pieces.decode(ours) == " ".join(back.split())


@cache
def _both() -> tuple[Pieces, MarianTokenizer]:
    folder = MODELS / "marian-mini-nl-en"
    return Pieces.load(folder), MarianTokenizer.from_pretrained(folder)


def test_too_long_a_sentence_is_cut_at_clauses_and_says_so(embedded: Translator) -> None:
    clause = "Xiaomi wil ook eigen showrooms gaan openen, "
    (hypothesis,) = embedded.translate([clause * 20])
    assert hypothesis.parts > 1
    assert hypothesis.text.count("showroom") >= 10


def test_running_into_the_limit_is_told(tiny: Translator) -> None:
    """A random model hardly ever ends a sentence of itself."""
    (hypothesis,) = tiny.translate(["Dat weet Xiaomi ook."])
    assert hypothesis.truncated


@pytest.mark.parametrize("text", ["", "   ", ">>en<< Dat weet Xiaomi ook.", "小米", "\u200b", "a" * 2000, "\x00\x1b"])
def test_awkward_text_is_translated_to_something(tiny: Translator, text: str) -> None:
    (hypothesis,) = tiny.translate([text])
    assert math.isfinite(hypothesis.score)
    assert hypothesis.parts == 1 or len(text) > 128


def test_special_pieces_in_a_text_are_text(embedded: Translator) -> None:
    pieces = embedded.backend.pieces
    for text in (">>xx<< auto", "een </s> b <pad> <unk>"):
        encoded = pieces.encode(text)
        assert encoded.count(END) == 1
        assert UNKNOWN not in encoded
        assert pieces.decode(encoded) == text


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 100))
def test_batches_hold_every_item_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(token_batches(lengths, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


@settings(max_examples=200)
@given(st.text(alphabet="abc ,;.–en", max_size=200), st.integers(1, 30), st.sampled_from(["nl", "fr", "zh"]))
def test_clauses_fit_and_are_the_text_again(text: str, limit: int, language: str) -> None:
    parts = split_clauses(text, lambda part: len(part) <= limit, language)
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


def test_clauses_are_cut_at_the_strongest_pause() -> None:
    text = "De baas zei dat het goed ging, en dat er meer zou komen; maar niemand, behalve hij, geloofde het echt"
    assert split_clauses(text, lambda part: len(part) < 60) == [
        "De baas zei dat het goed ging, en dat er meer zou komen; ",
        "maar niemand, behalve hij, geloofde het echt",
    ]


def test_clauses_begin_with_the_words_of_the_language() -> None:
    french = "la direction a parlé hier soir en public et les ouvriers sont partis chez eux sans rien dire"
    parts = {language: split_clauses(french, lambda part: len(part) < 60, language) for language in ("fr", "nl")}
    assert parts["fr"][1].startswith("et les")
    assert parts["nl"][1].startswith("en public")


def test_out_of_memory_halves_the_batch_and_goes_on(tiny_marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translator = load(tiny_marian, "torch", retry=False)
    sentences = ["Dat weet Xiaomi ook.", "Hoe?", "Wat een auto.", "Zij ook.", "Pas op."]
    expected = translator.translate(sentences)
    sizes = []
    decode = TorchBackend._decode

    def small(self: TorchBackend, batch: list, limit: int, decoding: Decoding) -> list:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(self, batch, limit, decoding)

    monkeypatch.setattr(TorchBackend, "_decode", small)
    assert [h.text for h in translator.translate(sentences)] == [h.text for h in expected]
    assert max(sizes) > 2


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

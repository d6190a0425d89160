"""More than Dutch to English: a model for each language, and what follows a segment's language."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import SEED_XIAOMI, polderbrief, read_lines
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import MarianTokenizer

from pipeline import Pipeline, __version__, catalog
from pipeline.config import load_config
from pipeline.device import Runtime
from pipeline.document import Document, Segment
from pipeline.errors import ConfigError, ModelError
from pipeline.nmt.backends import load_backend
from pipeline.nmt.translator import Translator
from pipeline.stages.translate import Translate, TranslateConfig
from pipeline.writers import open_writers

DUTCH = "De raad besloot gisteren dat de fabriek wordt gesloten. De arbeiders zijn daar boos over."
GERMAN = (
    "Der Vorstand hat am 3. Oktober beschlossen, dass die Fabrik geschlossen wird. Die Arbeiter sind darüber sehr "
    "wütend."
)
FRENCH = "Le conseil a décidé hier que l'usine sera fermée. Les ouvriers sont très en colère."
SPANISH = (
    "La junta directiva decidió ayer que la fábrica será cerrada. Los trabajadores protestan en la calle porque no "
    "quieren perder su empleo."
)
RUSSIAN = "Совет директоров вчера решил закрыть завод. Рабочие протестуют на улице."
STAGES = ["split", "language", "translate", "check"]


def stage(**options: object) -> Translate:
    made = Translate(TranslateConfig(**{"beam": 1, "retry": False, **options}), Runtime("cpu"))
    made.load()
    return made


def document(*texts: tuple[str, str | None]) -> Document:
    return Document("a", "", segments=[Segment(text, 0, len(text), 0, language=code) for text, code in texts])


def alone(model: Path, text: str, backend: str = "auto", **options: object) -> str:
    loaded = load_backend(catalog.resolve(str(model)), Runtime("cpu"), backend=backend)
    return Translator(loaded, beam=1, retry=False, **options).translate([text])[0].text


def test_each_segment_goes_to_the_model_of_its_language(tiny_marian: Path, tiny_german: Path) -> None:
    text = "Hoe heet die auto?"
    expected = {"nl": alone(tiny_marian, text), "de": alone(tiny_german, text)}
    assert expected["nl"] != expected["de"]
    translate = stage(model=str(tiny_marian), models={"de": str(tiny_german)})
    (done,) = translate.process([document((text, "de"), (text, "nl"), (text, "de"), (text, "en"))])
    assert [s.target for s in done.segments] == [expected["de"], expected["nl"], expected["de"], text]
    assert done.notes == {}
    assert [model.folder for model in translate.models()] == [tiny_marian, tiny_german]


def test_languages_without_a_model_are_one_note_a_document(tiny_marian: Path) -> None:
    translate = stage(model=str(tiny_marian))
    french, mixed = translate.process(
        [document(("Bonjour.", "fr"), ("Ça va?", "fr"), ("Слово", None)), document(("Hallo.", "nl"))]
    )
    assert [s.flags for s in french.segments] == [["no-model"]] * 3
    assert [s.target for s in french.segments] == [None] * 3
    assert french.notes["translate"] == [
        "segments not translated: 2 in 'fr', 1 in no known language; name a model for them in translate.models"
    ]
    assert mixed.notes == {}


def test_the_default_model_reads_all_other_languages(tiny_marian: Path, tiny_german: Path) -> None:
    translate = stage(model=str(tiny_marian), models={"default": str(tiny_german)})
    (done,) = translate.process([document(("Ça va?", "fr"), ("Слово", None), ("Hoe?", "nl"), ("Yes.", "en"))])
    assert [s.target for s in done.segments] == [
        alone(tiny_german, "Ça va?"),
        alone(tiny_german, "Слово"),
        alone(tiny_marian, "Hoe?"),
        "Yes.",
    ]
    assert done.notes == {}


def test_two_languages_may_share_a_model(tiny_marian: Path) -> None:
    translate = stage(model=str(tiny_marian), models={"de": str(tiny_marian)})
    assert len(translate.models()) == 1
    dutch, german = (translate.translators[code] for code in ("nl", "de"))
    assert dutch.backend is german.backend
    assert (dutch.languages, german.languages) == (("nl", "en"), ("de", "en"))


def test_memory_keeps_models_and_languages_apart(tiny_marian: Path, tiny_german: Path) -> None:
    options = {"model": str(tiny_marian), "models": {"de": str(tiny_german), "fr": str(tiny_marian)}}
    translate = Translate(TranslateConfig(**options), Runtime("cpu", memory=True))
    translate.load()
    memories = {code: translate.translators[code].memory.setting for code in ("nl", "de", "fr")}
    assert len(set(memories.values())) == 3
    given = [
        ("beam", 4),
        ("max_source_tokens", 128),
        ("retry", True),
        ("source_language", "nl"),
        ("target_language", "en"),
    ]
    # the keys of one pair are those of a release that knew no others
    digest = catalog.resolve(str(tiny_marian)).digest()
    assert memories["nl"] == f"{__version__} {digest} ctranslate2 int8 {given}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"models": {"zz": "a/b"}}, "translate.models: no language has the code 'zz'"),
        ({"models": {"de": 3}}, "translate.models.de: input should be a valid string (got 3)"),
        ({"models": ["de"]}, "translate.models: input should be a valid dictionary"),
        ({"models": {"DE": "a/b", "de": "a/b"}}, "translate.models: a language stands twice"),
        ({"models": {"en": "a/b"}}, "translate: segments in 'en', the target language, pass through"),
        ({"target_language": "nl"}, "translate: segments in 'nl', the target language, pass through"),
        ({"model": "x", "models": {"nl": "y"}}, "translate: model and models.nl are two models of one language; leave"),
        ({"source_language": ["nl"], "models": {"nl": "y"}}, "translate.source_language: input should be a valid str"),
        ({"models": {"es": "a/b"}}, "translate: there is a model for 'es', which is not in language.expected (nl, en"),
        ({"source_language": "es"}, "translate: there is a model for 'es', which is not in language.expected"),
    ],
)
def test_contradictions_are_one_clear_line(options: dict, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config({"stages": STAGES, "translate": options})
    (line,) = caught.value.lines
    assert line.startswith(f"configuration: {said}")


def test_models_may_name_the_source_language_too() -> None:
    config, _ = load_config({"stages": STAGES, "translate": {"models": {"NL": "a/b@c", "de": "d/e"}}})
    options = config.options["translate"]
    assert (options.model, options.models) == ("a/b@c", {"de": "d/e"})
    assert load_config(config.to_dict())[0] == config


def test_options_that_are_left_out_follow_those_of_other_stages() -> None:
    config, _ = load_config(
        {
            "stages": STAGES,
            "language": {"expected": ["en", "es"]},
            "translate": {"source_language": "en", "target_language": "fr", "model": "a/b"},
        }
    )
    check, split = config.options["check"], config.options["split"]
    assert (check.source_language, check.target_language, split.expected) == ("en", "fr", ["en", "es"])
    config, _ = load_config({"stages": STAGES, "split": {"expected": ["nl"]}, "check": {"target_language": "de"}})
    assert (config.options["check"].target_language, config.options["split"].expected) == ("de", ["nl"])


def test_a_shelf_model_is_refused_for_other_languages(tiny_marian: Path) -> None:
    for options, said in [
        ({"target_language": "fr"}, "translates nl to en, not nl to fr"),
        ({"source_language": "de"}, "translates nl to en, not de to en"),
        ({"model": str(tiny_marian), "models": {"default": "opus-mt-nl-en"}}, "nl to en, not any language to en"),
    ]:
        with pytest.raises(ModelError, match=said):
            Pipeline.from_config({"stages": STAGES, "translate": options}).models()


def test_a_revision_may_stand_behind_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = catalog.resolve("Helsinki-NLP/opus-mt-de-en@0123abc")
    assert (found.hub, found.revision) == ("Helsinki-NLP/opus-mt-de-en", "0123abc")
    assert catalog.resolve("opus-mt-nl-en@0123abc").revision == "0123abc"
    assert catalog.resolve("a/b@c", "c").revision == "c"
    with pytest.raises(ModelError, match="another revision beside it"):
        catalog.resolve("a/b@c", "d")
    with pytest.raises(ModelError, match="only a model of the hub has revisions"):
        catalog.resolve("marian-mini-nl-en@c")
    with pytest.raises(ModelError, match="no model is called"):
        catalog.resolve("a/b@")
    (tmp_path / "me@home").mkdir()
    monkeypatch.chdir(tmp_path)
    assert catalog.resolve("me@home").folder == Path("me@home")


@pytest.mark.parametrize("backend", ["ctranslate2", "torch"])
def test_a_model_of_several_target_languages_is_told_which(tiny_many: Path, backend: str) -> None:
    text = "What a car."
    found = {}
    for target, token in [("fr", ">>fra<<"), ("de", ">>deu<<")]:
        translate = stage(model=str(tiny_many), source_language="en", target_language=target, backend=backend)
        translator = translate.translators["en"]
        assert translator.start == [token]
        (done,) = translate.process([document((text, "en"))])
        assert done.segments[0].target == alone(tiny_many, text, backend, target_token=token)
        assert done.metadata == {"target_language": target}
        found[target] = translator.translate([text])[0].score
        tokenizer = MarianTokenizer.from_pretrained(tiny_many)
        expected = tokenizer.convert_ids_to_tokens(tokenizer(f"{token} {text}")["input_ids"])
        assert translator._encode(text) == expected
    assert abs(found["fr"] - found["de"]) > 1e-3  # the model sees the piece


def test_a_target_language_that_the_model_does_not_write_is_an_error(tiny_many: Path, tiny_marian: Path) -> None:
    to_spanish = {"source_language": "en", "target_language": "es"}
    with pytest.raises(ModelError, match=r"no piece >>spa<< or >>es<<.*target_token.*it has: >>deu<<, >>fra<<"):
        stage(model=str(tiny_many), **to_spanish)
    assert stage(model=str(tiny_many), target_token=">>fra<<", **to_spanish).translators["en"].start == [">>fra<<"]
    with pytest.raises(ModelError, match=r"no piece >>fra<<.*it has: none"):
        stage(model=str(tiny_marian), target_token=">>fra<<")


def run(folder: Path, out: Path, *settings: str) -> list[dict]:
    options = [part for setting in settings for part in ("--set", setting)]
    done = polderbrief("run", folder, "--output", out, "--set", "translate.beam=1", *options)
    assert done.returncode == 0, done.stderr
    assert (out / "failures.jsonl").read_text() == ""
    return read_lines(out / "documents.jsonl")


def test_a_folder_of_many_languages(
    tmp_path: Path, articles: Callable[..., Path], tiny_marian: Path, tiny_german: Path
) -> None:
    folder = articles(
        dutch=DUTCH,
        german=GERMAN,
        french=FRENCH,
        mixed=f"{DUTCH}\n\n{GERMAN}",
        spanish=SPANISH,
        russian=RUSSIAN,
        symbols="*** 12 %",
        unknown="ꙮꙮꙮ ꙮ",
    )
    models = f"translate.models={{nl: {tiny_marian}, de: {tiny_german}}}"
    formats = "output.formats=[jsonl, markdown, digest, report, parquet, stances, tmx, xliff, moses]"
    documents = {d["id"]: d for d in run(folder, tmp_path / "out", f"translate.model={tiny_marian}", models, formats)}
    for name, code in [("dutch", "nl"), ("german", "de"), ("french", "fr"), ("spanish", "es"), ("russian", "ru")]:
        assert documents[name]["language"] == code
    for name in ("dutch", "german", "mixed"):
        assert all(s["target"] for s in documents[name]["segments"])
        assert "translate" not in documents[name]["notes"]
    assert [s["source"] for s in documents["german"]["segments"]] == [
        "Der Vorstand hat am 3. Oktober beschlossen, dass die Fabrik geschlossen wird.",
        "Die Arbeiter sind darüber sehr wütend.",
    ]
    mixed = documents["mixed"]["segments"]
    assert {s["language"] for s in mixed if s["paragraph"] == 0} == {"nl"}
    assert {s["language"] for s in mixed if s["paragraph"] == 1} == {"de"}
    for name, code in [("french", "fr"), ("spanish", "es"), ("russian", "ru")]:
        assert {tuple(s["flags"]) for s in documents[name]["segments"]} == {("no-model",)}
        (note,) = documents[name]["notes"]["translate"]
        assert f"2 in '{code}'" in note
    for name, looks in [("spanish", "it looks like 'es'"), ("russian", "it looks like 'ru'")]:
        assert looks in documents[name]["notes"]["language"][0]
    assert documents["unknown"]["language"] is None
    assert "1 in no known language" in documents["unknown"]["notes"]["translate"][0]
    assert "looks like no language that is known" in documents["unknown"]["notes"]["language"][0]
    assert documents["symbols"]["segments"][0]["flags"] == ["passthrough"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    named = [model["name"] for model in manifest["models"]["translate"]]
    assert named == [str(tiny_marian), str(tiny_german)]


def test_english_and_dutch_to_french(
    tmp_path: Path, articles: Callable[..., Path], tiny_marian: Path, tiny_many: Path
) -> None:
    folder = articles(
        dutch=DUTCH, french=FRENCH, english="The board decided yesterday that the factory will be closed."
    )
    documents = run(
        folder,
        tmp_path / "out",
        "stages=[split, language, translate, check]",
        "translate.target_language=fr",
        f"translate.models={{en: {tiny_many}}}",
        f"translate.model={tiny_marian}",
        "output.formats=[jsonl, tmx, xliff]",
    )
    dutch, english, french = documents
    assert [s["flags"] for s in french["segments"]] == [["passthrough"]] * 2
    assert all(s["target"] not in (None, s["source"]) for s in dutch["segments"] + english["segments"])
    assert 'xml:lang="fr"' in (tmp_path / "out" / "bitext.tmx").read_text()
    assert 'target-language="fr"' in (tmp_path / "out" / "bitext.xliff").read_text()


def test_a_model_for_other_languages_is_one_line_of_the_command(articles: Callable[..., Path], tmp_path: Path) -> None:
    folder = articles(english="The board decided yesterday that the factory will be closed.")
    done = polderbrief("run", folder, "--output", tmp_path / "out", "--set", "translate.target_language=fr")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "polderbrief: model 'marian-mini-nl-en' translates nl to en, not nl to fr: name another one in translate"
    ]


def test_words_are_linked_in_the_language_that_the_model_reads(tiny_german: Path) -> None:
    options = {"beam": 1, "models": {"de": str(tiny_german)}}
    pipeline = Pipeline.from_config({"stages": [*STAGES, "align"], "translate": options, "device": "cpu"})
    (done,) = pipeline.process([Document("a", f"{DUTCH}\n\n{GERMAN}")]).documents
    assert {segment.language: segment.links is None for segment in done.segments} == {"nl": False, "de": True}


def test_exports_of_english_targets_say_so(tmp_path: Path) -> None:
    made = document(("Hoe?", "nl"))
    made.segments[0].target = "How?"
    for writer in open_writers(["tmx", "xliff"], tmp_path):
        with writer:
            writer.write(made)
    assert 'xml:lang="en"' in (tmp_path / "bitext.tmx").read_text()
    assert 'target-language="en"' in (tmp_path / "bitext.xliff").read_text()


_SENTENCES = [SEED_XIAOMI.read_text(encoding="utf-8")[:300], DUTCH, GERMAN, FRENCH, SPANISH, RUSSIAN]
_CRUMBS = [
    *" ".join(_SENTENCES).split(),
    "小米公司",
    "***",
    "\n\n",
    "“",
    "\u200b",
    "😀",
    "12.345,6",
    "ß",
    "Ø",
    ">>fra<<",
]
MIXED = st.lists(st.sampled_from([*_SENTENCES, *_CRUMBS]), max_size=12).map(" ".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.one_of(st.text(max_size=60), MIXED), min_size=1, max_size=3))
def test_every_segment_of_any_text_has_a_target_or_a_flag(
    texts: list[str], tiny_marian: Path, tiny_german: Path
) -> None:
    batch = _pipeline(tiny_marian, tiny_german).process([Document(str(i), text) for i, text in enumerate(texts)])
    assert batch.failures == []
    for done in batch.documents:
        for segment in done.segments:
            assert segment.target or {"no-model", "empty"} & set(segment.flags)
            assert ("no-model" in segment.flags) == (segment.target is None and "empty" not in segment.flags)
            if segment.language == "en":
                assert segment.target == segment.source
        unread = any("no-model" in s.flags for s in done.segments)
        assert unread == ("translate" in done.notes)


@cache
def _pipeline(dutch: Path, german: Path) -> Pipeline:
    options = {"model": str(dutch), "models": {"de": str(german)}, "beam": 1, "retry": False}
    return Pipeline.from_config({"stages": STAGES, "translate": options, "device": "cpu"})

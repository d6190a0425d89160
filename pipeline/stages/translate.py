"""translate: the target text of every segment, by a MarianMT for its language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, field_validator, model_validator

from pipeline import __version__, catalog
from pipeline.detection import has_letters
from pipeline.document import Document, Segment
from pipeline.errors import ModelError
from pipeline.languages import LanguageCode, known_code, three_letters
from pipeline.nmt import BackendName, Precision
from pipeline.resources import cache_folder
from pipeline.stage import Stage, StageConfig, stage

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.nmt import Backend, Hypothesis
    from pipeline.nmt.memory import Memory
    from pipeline.nmt.translator import Translator

_DEFAULT = "default"
_SHOWN = 20  # target tokens of a model, in a message
_DIGITS = 4  # of a score: what is beyond depends on the batch that a sentence was in


class TranslateConfig(StageConfig):
    """Options of ``translate``."""

    model: str = Field(
        "marian-mini-nl-en",
        description="a MarianMT: name on the shelf, folder or hub id, @revision behind it or not",
    )
    revision: str | None = Field(None, description="commit or tag of a hub model")
    source_language: LanguageCode = Field("nl", description="what the model reads")
    models: dict[str, str] = Field(
        {}, description="models of more languages, by code; that of `default` reads all others"
    )
    target_language: LanguageCode = Field("en", description="what they write; segments in this language pass through")
    target_token: str | None = Field(
        None, description="what says the target language to a model of several; null: by the code, such as >>fra<<"
    )
    beam: int = Field(4, ge=1, description="beam width; 1 is greedy")
    max_source_tokens: int = Field(128, ge=8, description="a longer sentence is cut at clause boundaries")
    batch_tokens: int | None = Field(
        None, ge=1, description="source tokens with padding, times the beam, in a batch; null: what the device likes"
    )
    backend: BackendName = Field("auto", description="what decodes: ctranslate2 on a CPU, torch elsewhere")
    precision: Precision = Field("auto", description="int8 for ctranslate2 on a CPU unless dtype says otherwise")
    retry: bool = Field(True, description="decode again in other ways what fails a check")

    @model_validator(mode="before")
    @classmethod
    def _one_model_a_language(cls, data: Any) -> Any:
        """``models`` may name the model of the source language, too: then it is ``model``."""
        models = data.get("models") if isinstance(data, dict) else None
        if not isinstance(models, dict):
            return data
        source = data.get("source_language", cls.model_fields["source_language"].default)
        own = [key for key in models if str(key).lower() == str(source).lower()]
        if len(own) != 1:
            return data
        name = models[own[0]]
        if data.get("model", name) != name:
            raise ValueError(f"model and models.{own[0]} are two models of one language; leave out one")
        return {**data, "model": name, "models": {key: models[key] for key in models if key not in own}}

    @field_validator("models")
    @classmethod
    def _by_language(cls, value: dict[str, str]) -> dict[str, str]:
        models = {key if key == _DEFAULT else known_code(key): name for key, name in value.items()}
        if len(models) < len(value):
            raise ValueError("a language stands twice, in capitals and without")
        return models

    @model_validator(mode="after")
    def _target_passes_through(self) -> Self:
        if self.target_language in (self.source_language, *self.models):
            raise ValueError(
                f"segments in {self.target_language!r}, the target language, pass through: give it no model, and "
                "another source_language"
            )
        return self

    def beside(self, others: Mapping[str, StageConfig]) -> Self:
        """A model is for a language that is looked for."""
        expected = getattr(others.get("language"), "expected", None)
        for code in (self.source_language, *self.models):
            if expected and code not in (*expected, _DEFAULT):
                raise ValueError(
                    f"there is a model for {code!r}, which is not in language.expected ({', '.join(expected)}): add it "
                    f"there, or {'set source_language' if code == self.source_language else 'leave out the model'}"
                )
        return self


@stage(
    "translate",
    requires=["segments", "segments.language"],
    provides=["segments.target", "segments.score", "segments.flags", "metadata.target_language"],
)
class Translate(Stage[TranslateConfig]):
    """Translates the sentences of all documents of a batch together, language by language.

    Flags: ``passthrough`` (in the target language already, or without any letter: unchanged), ``split`` (cut into
    clauses), ``truncated`` (decoding ran into its limit), ``empty`` (the model gave nothing: no target), ``retried``
    (the first translation failed a check, this one is another), ``no-model`` (in a language that no model reads: no
    target). Documents whose target is not English say so in ``metadata.target_language``.
    """

    loaded: dict[str, tuple[Model, Backend]]
    translators: dict[str | None, Translator]

    def models(self) -> list[Model]:
        """The translation models, each once."""
        return list({_place(model): model for model in self._by_language().values()}.values())

    def load(self) -> None:
        """Load all models: one that cannot be had stops the run before the first document, not in the middle."""
        from pipeline.nmt.backends import load_backend

        config = self.config
        backends = {
            _place(model): load_backend(
                model,
                self.runtime,
                backend=config.backend,
                precision=config.precision,
                batch_tokens=config.batch_tokens,
            )
            for model in self.models()
        }
        self.loaded = {language: (model, backends[_place(model)]) for language, model in self._by_language().items()}
        self.translators = {}
        for language in self.loaded:
            self._translator(None if language == _DEFAULT else language)

    def where(self) -> str:
        """Backend, device and precision."""
        places = [f"{backend.device} {backend.precision} by {backend.name}" for _, backend in self.loaded.values()]
        return ", ".join(dict.fromkeys(places))

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``target``, ``score`` and ``flags`` of every segment."""
        waiting: dict[str | None, list[Segment]] = {}
        for document in documents:
            if self.config.target_language != "en":
                document.metadata["target_language"] = self.config.target_language
            for segment in self._left(document):
                waiting.setdefault(segment.language, []).append(segment)
        for language, segments in waiting.items():
            hypotheses = self._translator(language).translate([segment.source for segment in segments])
            for segment, hypothesis in zip(segments, hypotheses, strict=True):
                _fill(segment, hypothesis)
        return documents

    def _left(self, document: Document) -> list[Segment]:
        """The segments that a model has to see; the others get their target or their flag, and a note says why."""
        left, unread = [], Counter[str]()
        for segment in document.segments:
            if segment.language == self.config.target_language or not has_letters(segment.source):
                segment.target = segment.source
                segment.flag("passthrough")
            elif not self._reads(segment.language):
                segment.flag("no-model")
                unread[f"in {segment.language!r}" if segment.language else "in no known language"] += 1
            else:
                left.append(segment)
        if unread:
            counts = ", ".join(f"{count} {where}" for where, count in unread.items())
            document.note(self.name, f"segments not translated: {counts}; name a model for them in translate.models")
        return left

    def _by_language(self) -> dict[str, Model]:
        """The model of each language, and that of all others as ``default``."""
        config = self.config
        found = {config.source_language: catalog.resolve(config.model, config.revision)}
        found |= {language: catalog.resolve(name) for language, name in config.models.items()}
        for language, model in found.items():
            if model.task == "translation" and model.languages not in ((), (language, config.target_language)):
                wanted = "any language" if language == _DEFAULT else language
                raise ModelError(
                    f"model {model.name!r} translates {' to '.join(model.languages)}, not {wanted} to "
                    f"{config.target_language}: name another one in translate"
                )
        return found

    def _reads(self, language: str | None) -> bool:
        return _DEFAULT in self.loaded or language in self.loaded

    def _translator(self, language: str | None) -> Translator:
        """One a language: two languages may share a model, but figures and clauses are read by the language."""
        from pipeline.nmt.translator import Translator

        if language not in self.translators:
            config = self.config
            model, backend = self.loaded[language if language in self.loaded else _DEFAULT]
            languages = (language or config.source_language, config.target_language)
            token = self._target_token(model, backend)
            self.translators[language] = Translator(
                backend,
                beam=config.beam,
                max_source_tokens=config.max_source_tokens,
                retry=config.retry,
                languages=languages,
                memory=self._memory(model, backend, languages, token) if self.runtime.memory else None,
                target_token=token,
            )
        return self.translators[language]

    def _target_token(self, model: Model, backend: Backend) -> str | None:
        """What every input of a model of several target languages starts with; None for one of one language."""
        own, code = self.config.target_token, self.config.target_language
        wanted = [own] if own else [f">>{three_letters(code)}<<", f">>{code}<<"]
        known = backend.pieces.target_tokens()
        found = [token for token in wanted if token in known]
        if not found and (known or own):
            some = ", ".join([*known[:_SHOWN], "..."] if len(known) > _SHOWN else known) or "none"
            raise ModelError(
                f"model {model.name!r} has no piece {' or '.join(wanted)} for the target language; "
                f"translate.target_token must be one that it has: {some}"
            )
        return found[0] if found else None

    def _memory(self, model: Model, backend: Backend, languages: tuple[str, str], token: str | None) -> Memory:
        from pipeline.hub import fetch
        from pipeline.nmt.memory import Memory

        digest = replace(model, folder=fetch(model)).digest()
        options = self.config.model_dump(include={"beam", "max_source_tokens", "retry"})
        options |= dict(zip(("source_language", "target_language"), languages, strict=True))
        if token:
            options["target_token"] = token
        setting = f"{__version__} {digest} {backend.name} {backend.precision} {sorted(options.items())}"
        return Memory(cache_folder() / "translations.sqlite", setting)


def _place(model: Model) -> tuple[str, str, str | None]:
    return model.name, model.location, model.revision


def _fill(segment: Segment, hypothesis: Hypothesis) -> None:
    segment.target = hypothesis.text or None
    segment.score = round(hypothesis.score, _DIGITS)
    if hypothesis.parts > 1:
        segment.flag("split")
    if hypothesis.truncated:
        segment.flag("truncated")
    if not hypothesis.text:
        segment.flag("empty")
    if hypothesis.retried:
        segment.flag("retried")

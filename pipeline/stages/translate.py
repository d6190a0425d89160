"""translate: the target text of every segment, by MarianMT."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from pipeline import __version__, catalog
from pipeline.document import Document, Segment
from pipeline.languages import LanguageCode
from pipeline.nmt import BackendName, Precision
from pipeline.resources import cache_folder
from pipeline.stage import Stage, StageConfig, stage

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.nmt import Backend
    from pipeline.nmt.memory import Memory
    from pipeline.nmt.translator import Translator

_DIGITS = 4  # of a score: what is beyond depends on the batch that a sentence was in


class TranslateConfig(StageConfig):
    """Options of ``translate``."""

    model: str = Field("marian-mini-nl-en", description="a MarianMT: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="commit or tag of a hub model")
    source_language: LanguageCode = Field("nl", description="what the model reads")
    target_language: LanguageCode = Field("en", description="what it writes; segments in this language pass through")
    beam: int = Field(4, ge=1, description="beam width; 1 is greedy")
    max_source_tokens: int = Field(128, ge=8, description="a longer sentence is cut at clause boundaries")
    batch_tokens: int | None = Field(
        None, ge=1, description="source tokens with padding, times the beam, in a batch; null: what the device likes"
    )
    backend: BackendName = Field("auto", description="what decodes: ctranslate2 on a CPU, torch elsewhere")
    precision: Precision = Field("auto", description="int8 for ctranslate2 on a CPU unless dtype says otherwise")
    retry: bool = Field(True, description="decode again in other ways what fails a check")


@stage(
    "translate",
    requires=["segments", "segments.language"],
    provides=["segments.target", "segments.score", "segments.flags"],
)
class Translate(Stage[TranslateConfig]):
    """Translates the sentences of all documents of a batch together.

    Flags: ``passthrough`` (in the target language already, or without any letter: unchanged), ``split`` (cut into
    clauses), ``truncated`` (decoding ran into its limit), ``empty`` (the model gave nothing: no target), ``retried``
    (the first translation failed a check, this one is another), ``no-model`` (in a language that the model does not
    read: no target).
    """

    translator: Translator

    def models(self) -> list[Model]:
        """The translation model."""
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the translation model."""
        from pipeline.nmt.backends import load_backend
        from pipeline.nmt.translator import Translator

        config, model = self.config, self.models()[0]
        backend = load_backend(
            model,
            self.runtime,
            backend=config.backend,
            precision=config.precision,
            batch_tokens=config.batch_tokens,
        )
        self.translator = Translator(
            backend,
            beam=config.beam,
            max_source_tokens=config.max_source_tokens,
            retry=config.retry,
            languages=(config.source_language, config.target_language),
            memory=self._memory(model, backend) if self.runtime.memory else None,
        )

    def _memory(self, model: Model, backend: Backend) -> Memory:
        from pipeline.hub import fetch
        from pipeline.nmt.memory import Memory

        digest = replace(model, folder=fetch(model)).digest()
        options = self.config.model_dump(exclude={"model", "revision", "backend", "precision", "batch_tokens"})
        setting = f"{__version__} {digest} {backend.name} {backend.precision} {sorted(options.items())}"
        return Memory(cache_folder() / "translations.sqlite", setting)

    def where(self) -> str:
        """Backend, device and precision."""
        backend = self.translator.backend
        return f"{backend.device} {backend.precision} by {backend.name}"

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``target``, ``score`` and ``flags`` of every segment."""
        waiting = [
            segment for document in documents for segment in document.segments if not self._settled(document, segment)
        ]
        hypotheses = self.translator.translate([segment.source for segment in waiting])
        for segment, hypothesis in zip(waiting, hypotheses, strict=True):
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
        return documents

    def _settled(self, document: Document, segment: Segment) -> bool:
        """Whether the model need not see the segment; then its target or its flag is set here."""
        has_letters = any(character.isalpha() for character in segment.source)
        if segment.language == self.config.target_language or not has_letters:
            segment.target = segment.source
            segment.flag("passthrough")
            return True
        if segment.language != self.config.source_language:
            segment.flag("no-model")
            document.note(self.name, f"a segment in {segment.language!r} was not translated: {segment.source[:60]}")
            return True
        return False

"""translate: the target text of every segment, by MarianMT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pipeline import catalog
from pipeline.document import Document, Segment
from pipeline.languages import LanguageCode
from pipeline.stage import Stage, StageConfig, stage

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.nmt.marian import MarianTranslator

_DIGITS = 4  # of a score: what is beyond depends on the batch that a sentence was in


class TranslateConfig(StageConfig):
    """Options of ``translate``."""

    model: str = Field("marian-mini-nl-en", description="a MarianMT: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="commit or tag of a hub model")
    source_language: LanguageCode = Field("nl", description="what the model reads")
    target_language: LanguageCode = Field("en", description="what it writes; segments in this language pass through")
    beam: int = Field(4, ge=1, description="beam width; 1 is greedy")
    max_source_tokens: int = Field(128, ge=8, description="a longer sentence is cut at clause boundaries")
    batch_tokens: int = Field(4096, ge=1, description="source tokens with padding, times the beam, in a batch")


@stage(
    "translate",
    requires=["segments", "segments.language"],
    provides=["segments.target", "segments.score", "segments.flags"],
)
class Translate(Stage[TranslateConfig]):
    """Translates the sentences of all documents of a batch together.

    Flags: ``passthrough`` (in the target language already, or without any letter: unchanged), ``split`` (cut to fit
    the model), ``truncated`` (decoding ran into its limit), ``empty`` (the model gave nothing: no target),
    ``no-model`` (in a language that the model does not read: no target).
    """

    translator: MarianTranslator

    def models(self) -> list[Model]:
        """The translation model."""
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the translation model."""
        from pipeline.nmt.marian import MarianTranslator

        self.translator = MarianTranslator.load(
            self.models()[0],
            self.runtime,
            beam=self.config.beam,
            max_source_tokens=self.config.max_source_tokens,
            batch_tokens=self.config.batch_tokens,
        )

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

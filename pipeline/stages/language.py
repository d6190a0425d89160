"""language: which language a document and each of its segments is in."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field

from pipeline.document import Document
from pipeline.languages import LanguageCode
from pipeline.stage import Stage, StageConfig, stage

# A word that is no name: capitals inside a sentence are mostly names, which are in every language.
_WORD = re.compile(r"(?<![\w'’-])[a-zà-ÿ]+(?:['’-][a-zà-ÿ]+)*(?![\w'’-])|(?<![\w'’])I(?=['’\s])")
_LETTER = re.compile(r"[^\W\d_]")
_SAMPLE = 5_000  # characters of a document that are enough to know its language


class LanguageConfig(StageConfig):
    """Options of ``language``."""

    expected: list[LanguageCode] = Field(
        ["nl", "en", "de", "fr"], min_length=1, description="ISO 639-1 codes of the languages to tell apart"
    )
    min_confidence: float = Field(0.6, ge=0, le=1, description="from here on a segment may differ from its document")
    min_words: int = Field(4, ge=1, description="a segment with fewer words besides names has its document's language")


@stage("language", requires=["segments"], provides=["language", "segments.language"])
class Language(Stage[LanguageConfig]):
    """Detects with lingua (https://github.com/pemistahl/lingua-rs), limited to the expected languages."""

    detector: Any = None

    def load(self) -> None:
        """Build the detector; its models are read when they are first needed."""
        from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

        codes = dict.fromkeys(self.config.expected)
        if len(codes) > 1:
            languages = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())) for code in codes]
            self.detector = LanguageDetectorBuilder.from_languages(*languages).build()

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``language`` of the documents and of their segments."""
        for document in documents:
            code, _ = self._detect(document.source[:_SAMPLE])
            if code is None:
                document.note(self.name, f"no letters to tell the language by; taken as {self.config.expected[0]}")
            document.language = code or self.config.expected[0]
            for segment in document.segments:
                segment.language = self._of_segment(segment.source, document.language)
        return documents

    def _of_segment(self, text: str, inherited: str) -> str:
        words = _WORD.findall(text[:1].lower() + text[1:])
        if len(words) < self.config.min_words:
            return inherited
        code, confidence = self._detect(" ".join(words))
        return code if code and confidence >= self.config.min_confidence else inherited

    def _detect(self, text: str) -> tuple[str | None, float]:
        """The likeliest language and its confidence, 0 to 1; None where there are no letters."""
        if not _LETTER.search(text):
            return None, 0.0
        if self.detector is None:
            return self.config.expected[0], 1.0
        # lingua's models know the straight apostrophe only
        best = self.detector.compute_language_confidence_values(text.replace("’", "'").replace("‘", "'"))[0]
        return best.language.iso_code_639_1.name.lower(), best.value

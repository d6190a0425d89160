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
        """Build the detector; reading all its models at once takes half the time of one by one."""
        from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

        codes = dict.fromkeys(self.config.expected)
        if len(codes) > 1:
            languages = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())) for code in codes]
            self.detector = LanguageDetectorBuilder.from_languages(*languages).with_preloaded_language_models().build()

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``language`` of the documents and of their segments."""
        for document in documents:
            code, _ = self._detect(document.source[:_SAMPLE])
            if code is None:
                document.note(self.name, f"no letters to tell the language by; taken as {self.config.expected[0]}")
            document.language = code or self.config.expected[0]
            self._tell_segments(document)
        return documents

    def _tell_segments(self, document: Document) -> None:
        """A segment has its document's language unless its own words say otherwise."""
        words = [_WORD.findall(s.source[:1].lower() + s.source[1:]) for s in document.segments]
        long = [i for i, found in enumerate(words) if len(found) >= self.config.min_words]
        detected = dict(zip(long, self._detect_all([" ".join(words[i]) for i in long]), strict=True))
        for i, segment in enumerate(document.segments):
            code, confidence = detected.get(i, (None, 0.0))
            sure = code and confidence >= self.config.min_confidence
            segment.language = code if sure else document.language

    def _detect(self, text: str) -> tuple[str | None, float]:
        return self._detect_all([text])[0]

    def _detect_all(self, texts: list[str]) -> list[tuple[str | None, float]]:
        """The likeliest language of each text and its confidence, 0 to 1; None where there are no letters."""
        if self.detector is None:
            best = [(self.config.expected[0], 1.0)] * len(texts)
        else:
            # lingua's models know the straight apostrophe only
            plain = [text.replace("’", "'").replace("‘", "'") for text in texts]
            best = [
                (found[0].language.iso_code_639_1.name.lower(), found[0].value)
                for found in self.detector.compute_language_confidence_values_in_parallel(plain)
            ]
        return [value if _LETTER.search(text) else (None, 0.0) for text, value in zip(texts, best, strict=True)]

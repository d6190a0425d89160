"""language: which language a document and each of its segments is in."""

from __future__ import annotations

from pydantic import Field

from pipeline.detection import Detector, has_letters, words
from pipeline.document import Document
from pipeline.languages import EXPECTED, LanguageCode
from pipeline.stage import Stage, StageConfig, stage


class LanguageConfig(StageConfig):
    """Options of ``language``."""

    expected: list[LanguageCode] = Field(
        EXPECTED, min_length=1, description="ISO 639-1 codes of the languages to tell apart"
    )
    min_confidence: float = Field(0.6, ge=0, le=1, description="from here on a segment may differ from its document")
    min_words: int = Field(4, ge=1, description="a segment with fewer words besides names has its document's language")


@stage("language", requires=["segments"], provides=["language", "segments.language"])
class Language(Stage[LanguageConfig]):
    """Tells the expected languages apart, and notes documents that are in none of them."""

    detector: Detector

    def load(self) -> None:
        """Build the detector."""
        self.detector = Detector(self.config.expected)

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``language`` of the documents and of their segments; null is one that is not known."""
        for document in documents:
            document.language = self._of_document(document)
            self._tell_segments(document)
        return documents

    def _of_document(self, document: Document) -> str | None:
        expected = self.config.expected
        if not has_letters(document.source):
            document.note(self.name, f"no letters to tell the language by; taken as {expected[0]}")
            return expected[0]
        code = self.detector.document(document.source)
        if code not in expected:
            looks = f"it looks like {code!r}" if code else "it looks like no language that is known"
            document.note(self.name, f"in none of the expected languages ({', '.join(expected)}); {looks}")
        return code

    def _tell_segments(self, document: Document) -> None:
        """A segment has its document's language unless its own words say otherwise, or its script does."""
        own = [words(s.source[:1].lower() + s.source[1:]) for s in document.segments]
        long = {i: " ".join(found) for i, found in enumerate(own) if len(found) >= self.config.min_words}
        bare = {i: s.source for i, s in enumerate(document.segments) if not own[i] and has_letters(s.source)}
        asked = long | bare
        detected = dict(zip(asked, self.detector.tell(list(asked.values()), also=document.language), strict=True))
        for i, segment in enumerate(document.segments):
            code, confidence = detected.get(i, (document.language, 0.0))
            if i in asked and confidence == 0:  # in a script of none of them
                segment.language = None
            elif i in long and confidence >= self.config.min_confidence:
                segment.language = code
            else:
                segment.language = document.language

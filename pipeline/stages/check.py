"""check: what may be wrong with each translation, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from pipeline.document import Document
from pipeline.languages import LanguageCode
from pipeline.nmt.checks import check
from pipeline.stage import Stage, StageConfig, stage


class CheckConfig(StageConfig):
    """Options of ``check``."""

    source_language: LanguageCode = Field(
        "nl", description="whose figures a source has (3,5) whose language is not known; left out: that of translate"
    )
    target_language: LanguageCode = Field(
        "en", description="whose figures the target has (3.5); left out: that of translate"
    )
    min_score: float = Field(-0.9, le=0, description="mean log-probability under which a target is flagged low-score")

    def beside(self, others: Mapping[str, StageConfig]) -> Self:
        """What is checked is what ``translate`` makes."""
        left_out = {"source_language", "target_language"} - self.model_fields_set
        translate = others.get("translate")
        return self.model_copy(update={key: getattr(translate, key, getattr(self, key)) for key in left_out})


@stage("check", requires=["segments.target"], provides=["segments.flags"])
class Check(Stage[CheckConfig]):
    """Flags, and changes nothing else.

    Flags: ``repetition`` (loops), ``length`` (far too short or long), ``numbers`` (a figure lost, changed or new),
    ``names`` (a name or a code lost), ``untranslated`` (the source again), ``truncated`` (breaks off), ``low-score``
    (the model itself was not sure). What passed through unchanged is no translation and is not looked at.
    """

    def process(self, documents: list[Document]) -> list[Document]:
        """Add to ``flags`` of every segment."""
        for document in documents:
            for segment in document.segments:
                if segment.target is None or "passthrough" in segment.flags:
                    continue
                languages = (segment.language or self.config.source_language, self.config.target_language)
                for name in check(segment.source, segment.target, languages=languages):
                    segment.flag(name)
                if segment.score is not None and segment.score < self.config.min_score:
                    segment.flag("low-score")
        return documents

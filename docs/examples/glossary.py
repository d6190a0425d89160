"""glossary: the English that a house wants for a term, put in for a known wrong one, else flagged."""

import re
from typing import Annotated

from pydantic import Field

from pipeline import Document
from pipeline.stage import Stage, StageConfig, stage

English = str | Annotated[list[str], Field(min_length=1)]


class GlossaryConfig(StageConfig):
    terms: dict[str, English] = Field(description="source term -> wanted English, or that and what it is put in for")


def term(text: str) -> re.Pattern[str]:
    """The text as whole words, in any case and over any white space."""
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, text.split())) + r"(?!\w)", re.IGNORECASE)


@stage("glossary", requires=["segments.target"], provides=["segments.flags"])
class Glossary(Stage[GlossaryConfig]):
    """Holds the translation to the terms of a glossary."""

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            for segment in document.segments:
                for source, english in self.config.terms.items():
                    wanted, *others = [english] if isinstance(english, str) else english
                    if term(source).search(segment.source) and not term(wanted).search(segment.target or wanted):
                        if wrong := [other for other in others if term(other).search(segment.target)]:
                            segment.target = term(wrong[0]).sub(wanted.replace("\\", r"\\"), segment.target)
                            segment.links = None  # they point into the old target
                        else:
                            segment.flag("glossary")
                            document.note(self.name, f"no {wanted!r} for {source!r} in {segment.source!r}")
        return documents

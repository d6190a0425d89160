"""``bitext.nl`` and ``bitext.en``: the translated segments line by line, as Moses and its kin read parallel text."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.writers.base import translated
from pipeline.writers.files import FileWriter


class MosesWriter(FileWriter):
    """Writes both files; line n of one is the translation of line n of the other."""

    names = ("bitext.nl", "bitext.en")

    def write(self, document: Document) -> None:
        """Append the document's pairs."""
        for _, segment, target in translated(document):
            for file, text in zip(self.files, (segment.source, target), strict=True):
                file.write(" ".join(text.split()) + "\n")

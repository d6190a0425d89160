"""``bitext.xliff``: work for translators in XLIFF 1.2, https://docs.oasis-open.org/xliff/v1.2/os/xliff-core.html."""

from __future__ import annotations

from pipeline.document import Document, Segment
from pipeline.writers.base import doubtful, target_language
from pipeline.writers.files import FileWriter
from pipeline.writers.xml import XmlStream

_NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"


class XliffWriter(FileWriter):
    """Writes ``bitext.xliff``: a file element a document, a unit a segment; doubtful ones need review."""

    names = ("bitext.xliff",)

    def begin(self) -> None:
        """Open the root."""
        self._xml = XmlStream(self.files[0])
        self._xml.open("xliff", {"version": "1.2", "xmlns": _NAMESPACE})
        self._files = 0

    def write(self, document: Document) -> None:
        """Append the document, if there is anything in it to translate."""
        if document.segments:
            self._file(document)

    def _file(self, document: Document) -> None:
        self._files += 1
        attributes = {
            "original": document.id,
            "source-language": document.language or "und",
            "target-language": target_language(document),
            "datatype": "plaintext",
        }
        with self._xml.inside("file", attributes), self._xml.inside("body"):
            for index, segment in enumerate(document.segments):
                self._unit(index, segment, target_language(document))

    def _unit(self, index: int, segment: Segment, target: str) -> None:
        with self._xml.inside("trans-unit", {"id": str(index), "xml:space": "preserve"}):
            self._xml.leaf("source", segment.source, {"xml:lang": segment.language or "und"})
            if segment.target is not None:
                state = "needs-review-translation" if doubtful(segment) else "translated"
                self._xml.leaf("target", segment.target, {"xml:lang": target, "state": state})
            if segment.flags:
                self._xml.leaf("note", ", ".join(segment.flags), {"from": "polderbrief"})

    def end(self) -> None:
        """Close the root, which is not valid without a file."""
        if not self._files:
            self._file(Document("empty", ""))
        self._xml.close("xliff")

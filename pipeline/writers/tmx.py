"""``bitext.tmx``: a translation memory in TMX 1.4b, https://www.gala-global.org/tmx-14b."""

from __future__ import annotations

from pipeline import __version__
from pipeline.document import Document
from pipeline.writers.base import target_language, translated
from pipeline.writers.files import FileWriter
from pipeline.writers.xml import XmlStream

_HEADER = {
    "creationtool": "polderbrief",
    "segtype": "sentence",
    "o-tmf": "polderbrief",
    "adminlang": "en",
    "srclang": "*all*",
    "datatype": "plaintext",
}


class TmxWriter(FileWriter):
    """Writes ``bitext.tmx``: each translated segment with its document, index, score and flags as properties."""

    names = ("bitext.tmx",)

    def begin(self) -> None:
        """Write the header."""
        self._xml = XmlStream(self.files[0])
        self._xml.doctype("tmx", "tmx14.dtd")
        self._xml.open("tmx", {"version": "1.4"})
        self._xml.empty("header", _HEADER | {"creationtoolversion": __version__})
        self._xml.open("body")

    def write(self, document: Document) -> None:
        """Append the document's units."""
        for index, segment, target in translated(document):
            properties = {"document": document.id, "segment": str(index), "flags": " ".join(segment.flags)}
            if segment.score is not None:
                properties["score"] = str(segment.score)
            with self._xml.inside("tu"):
                for name, value in properties.items():
                    self._xml.leaf("prop", value, {"type": f"x-{name}"})
                for language, text in (
                    (segment.language or "und", segment.source),
                    (target_language(document), target),
                ):
                    with self._xml.inside("tuv", {"xml:lang": language}):
                        self._xml.leaf("seg", text)

    def end(self) -> None:
        """Close what is open."""
        self._xml.close("body")
        self._xml.close("tmx")

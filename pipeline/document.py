"""The data that walks through the pipeline: plain typed records, to and from dict.

``docs/outputs.md`` documents the JSON form.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["heading", "sentence"]
Label = Literal["favor", "against", "neutral"]
Link = tuple[int, int, int, int]  # start and end of a word in the source, and of its partner in the target


@dataclass(slots=True)
class Segment:
    """One source sentence or heading and its translation.

    ``start`` and ``end`` are offsets in Unicode code points into ``Document.source``, so that
    ``source == document.source[start:end]``. ``score`` is the mean log-probability per target token
    (natural logarithm, at most 0). ``flags`` says what a reader should know of the translation. ``links`` are its
    linked words, as offsets into ``source`` and ``target``; None where words were not linked.
    """

    source: str
    start: int
    end: int
    paragraph: int
    kind: Kind = "sentence"
    language: str | None = None
    target: str | None = None
    score: float | None = None
    flags: list[str] = field(default_factory=list)
    links: list[Link] | None = None

    def flag(self, name: str) -> None:
        """Add a flag once."""
        if name not in self.flags:
            self.flags.append(name)


@dataclass(slots=True)
class SummarySentence:
    """A sentence of the summary and the indices of the segments that support it."""

    text: str
    support: list[int]


@dataclass(slots=True)
class Summary:
    """The English summary of a document, and how it was made."""

    sentences: list[SummarySentence]
    method: str
    model: str | None = None


_LIKELY = 0.6  # three in five are right


@dataclass(slots=True)
class Stance:
    """What the document says of a target; labels as in SemEval-2016 task 6.

    ``score`` is how likely that is right, 0 to 1. ``evidence`` holds segment indices,
    ``holder`` who says it (None: the author, or not known).
    """

    target: str
    label: Label
    score: float
    evidence: list[int]
    holder: str | None = None


@dataclass(slots=True)
class Document:
    """One article. ``notes`` tells, per stage, what went wrong without stopping the work."""

    id: str
    source: str
    language: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    summary: Summary | None = None
    stances: list[Stance] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def told(self) -> list[Stance]:
        """The stances that are likely enough for a reader who does not look at scores."""
        return [stance for stance in self.stances if stance.score >= _LIKELY]

    def note(self, stage: str, text: str) -> None:
        """Record what a stage could not do for this document."""
        self.notes.setdefault(stage, []).append(text)

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form, keys in the documented order."""
        segments = ("source", "target", "start", "end", "paragraph", "kind", "language", "score")
        return {
            "id": self.id,
            "language": self.language,
            "source": self.source,
            "metadata": dict(self.metadata),
            "segments": [
                {key: getattr(segment, key) for key in segments}
                | {"flags": list(segment.flags), "links": None if segment.links is None else list(segment.links)}
                for segment in self.segments
            ],
            "summary": None if self.summary is None else asdict(self.summary),
            "stances": [asdict(stance) for stance in self.stances],
            "notes": {stage: list(notes) for stage, notes in self.notes.items()},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Document:
        """The inverse of :meth:`to_dict`."""
        summary = data.get("summary")
        return cls(
            id=data["id"],
            source=data["source"],
            language=data.get("language"),
            metadata=data.get("metadata") or {},
            segments=[_segment(segment) for segment in data.get("segments") or []],
            summary=None
            if summary is None
            else Summary(
                sentences=[SummarySentence(**sentence) for sentence in summary["sentences"]],
                method=summary["method"],
                model=summary["model"],
            ),
            stances=[Stance(**stance) for stance in data.get("stances") or []],
            notes=data.get("notes") or {},
        )


def _segment(data: dict[str, Any]) -> Segment:
    segment = Segment(**data)
    if segment.links is not None:
        segment.links = [(a, b, c, d) for a, b, c, d in segment.links]
    return segment


@dataclass(slots=True, frozen=True)
class Failure:
    """An input that did not become a finished document: where it stopped, and why, in one line."""

    id: str
    path: str | None
    stage: str
    reason: str
    traceback: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a line of ``failures.jsonl``."""
        return asdict(self)

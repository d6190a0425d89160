"""Polderbrief: Dutch articles in, English briefs out, every English line tied to its Dutch line."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pipeline.document import Document, Segment, Stance, Summary, SummarySentence
    from pipeline.pipeline import Pipeline

_HOME = {
    "Document": "pipeline.document",
    "Segment": "pipeline.document",
    "Summary": "pipeline.document",
    "SummarySentence": "pipeline.document",
    "Stance": "pipeline.document",
    "Pipeline": "pipeline.pipeline",
}

__all__ = [
    "Document",
    "Pipeline",
    "Segment",
    "Stance",
    "Summary",
    "SummarySentence",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``polderbrief --help`` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)

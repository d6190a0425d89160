"""What is read of one document, before it has an id of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """A text, what else is known of it, and ``notes`` on what was doubtful in reading it."""

    text: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    notes: list[str] = field(default_factory=list)


def titled(text: str, title: object) -> str:
    """The text under its title, which is translated with it and is its headline, unless it begins with that.

    Where there is no text, the title makes none.
    """
    heading = title.strip() if isinstance(title, str) else ""
    return f"{heading}\n\n{text}" if heading and text.strip() and not text.lstrip().startswith(heading) else text

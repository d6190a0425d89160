"""How good the stages are, each against a test set of its kind."""

from typing import Any, Protocol


class Scores(Protocol):
    """What an evaluation comes to."""

    def lines(self) -> list[str]:
        """In words, for people."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """One object for JSON."""
        ...

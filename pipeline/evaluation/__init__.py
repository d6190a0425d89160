"""How good the stages are, each against a test set of its kind."""

from typing import Any, Literal, Protocol

English = Literal["gold", "mt"]  # that an article comes with, or that we make of it


class Scores(Protocol):
    """What an evaluation comes to."""

    def lines(self) -> list[str]:
        """In words, for people."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """One object for JSON."""
        ...

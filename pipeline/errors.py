"""Errors for people: every message names the file, the key or the document, and what to do."""


class PolderbriefError(Exception):
    """Base of all errors whose message is meant to be shown to the user as it stands."""


class ConfigError(PolderbriefError):
    """A configuration that cannot be run. ``lines`` holds one complaint each."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class ReadError(PolderbriefError):
    """An input that cannot be read as a document."""


class ModelError(PolderbriefError):
    """A model that is missing, altered or cannot be loaded."""


class OutputError(PolderbriefError):
    """An output folder that cannot be written, or that belongs to another run."""


class EngineError(PolderbriefError):
    """An engine that cannot start, or whose workers die."""


def one_line(error: Exception) -> str:
    """What went wrong, on one line; with its type where it is no message for users."""
    text = " ".join(str(error).split()) or "no message"
    return text if isinstance(error, PolderbriefError) else f"{type(error).__name__}: {text}"

"""The translation engine: sentences in, hypotheses with scores out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One translation.

    ``score`` is the mean log-probability per target token (natural logarithm). ``truncated`` says that decoding
    ran into its length limit; ``parts`` is into how many clauses the source had to be cut to fit the model.
    """

    text: str
    score: float
    truncated: bool = False
    parts: int = 1

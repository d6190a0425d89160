"""How far a run is, how fast, and at which learning rate."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """How far a run is. ``best`` is the highest chrF on the development set."""

    step: int = 0
    tokens: int = 0
    pairs: int = 0
    seconds: float = 0.0
    best: float = 0.0


def rate(step: int, steps: int, warmup: int, cooldown: int) -> float:
    """The share of the full learning rate at a step: up, level, and down to nothing at the end."""
    up = (step + 1) / warmup if warmup else 1.0
    down = (steps - step) / cooldown if cooldown else 1.0
    return max(0.0, min(1.0, up, down))


class Meter:
    """Loss and speed since the last line."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.skip()

    def skip(self) -> None:
        """Begin anew."""
        self.loss = 0.0
        self.tokens = self.steps = 0
        self.began = time.monotonic()

    def add(self, loss: float, tokens: int) -> None:
        """Count a step."""
        self.loss += loss * tokens
        self.tokens += tokens
        self.steps += 1

    def line(self, last: int) -> str:
        """Step, loss a token, target tokens a second, minutes left; then begin anew."""
        seconds = max(1e-9, time.monotonic() - self.began)
        left = (last - self.progress.step) * seconds / max(1, self.steps) / 60
        text = (
            f"step {self.progress.step}  loss {self.loss / max(1, self.tokens):.3f}  "
            f"{self.tokens / seconds:.0f} tokens/s  {left:.0f} minutes left"
        )
        self.skip()
        return text

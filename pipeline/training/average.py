"""A moving average of a model's weights, which generalises better than the last ones.

Izmailov et al. 2018, https://arxiv.org/abs/1803.05407.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from pipeline.training.checkpoint import Weights


class Average:
    """Follows a model by ``decay`` a step, faster in the first steps. ``weights`` is its state, to be saved."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.weights: Weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After step number ``step`` of the model."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.weights[name].lerp_(value, 1 - decay)

    @contextmanager
    def used(self) -> Iterator[None]:
        """The model has the averaged weights, and is not training, meanwhile."""
        live = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.weights)
        self.model.eval()
        try:
            yield
        finally:
            self.model.load_state_dict(live)
            self.model.train()

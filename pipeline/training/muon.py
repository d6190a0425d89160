"""Muon: momentum, orthogonalised. Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/

torch.optim.Muon iterates in bfloat16, matrix by matrix, which takes longer than the rest of a step on a CPU
without such units. This one iterates in the precision that it is given, over all matrices of a shape at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch

_A, _B, _C = 3.4445, -4.7750, 2.0315  # coefficients of the Newton-Schulz iteration, as published
_RMS = 0.2  # an update's root mean square, as large as AdamW's: Liu et al. 2025, https://arxiv.org/abs/2502.16982


class Muon(torch.optim.Optimizer):
    """For matrices only, shape (rows, columns); embeddings and vectors belong to another optimizer."""

    def __init__(
        self,
        matrices: Iterable[torch.nn.Parameter],
        rate: float,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.01,
        iterations: int = 5,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(matrices, {"lr": rate, "momentum": momentum, "weight_decay": weight_decay})
        self.iterations = iterations
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # no loss is asked for or given
        """One update of every matrix that has a gradient."""
        for group in self.param_groups:
            shapes: defaultdict[torch.Size, list[tuple[torch.Tensor, torch.Tensor]]] = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                state["momentum"].lerp_(matrix.grad, 1 - group["momentum"])
                shapes[matrix.shape].append((matrix, matrix.grad.lerp(state["momentum"], group["momentum"])))
            for shape, pairs in shapes.items():
                updates = self._orthogonal(torch.stack([update for _, update in pairs]))
                scale = _RMS * max(shape) ** 0.5
                for (matrix, _), update in zip(pairs, updates, strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-group["lr"] * scale)

    def _orthogonal(self, stack: torch.Tensor) -> torch.Tensor:
        """Nearly orthogonal matrices with the singular vectors of those given; shape (n, rows, columns)."""
        tall = stack.shape[1] > stack.shape[2]
        x = (stack.mT if tall else stack) / (stack.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
        x = x.to(self.dtype)
        for _ in range(self.iterations):
            gram = x @ x.mT
            x = _A * x + (_B * gram + _C * gram @ gram) @ x
        found: torch.Tensor = (x.mT if tall else x).to(stack.dtype)
        return found

"""The model as it is trained: a BERT encoder (Devlin et al. 2019, https://aclanthology.org/N19-1423) and two heads."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from pipeline.tagging.tagger import CLASSES, LABELS, SPANS


class Heads(nn.Module):
    """What the states of a target and of its sentences say, shapes (width,) and (sentences, width)."""

    def __init__(self, width: int, hidden: int = 192) -> None:
        super().__init__()
        self.target = nn.Linear(width, hidden)
        self.sentence = nn.Linear(width, hidden, bias=False)
        self.both = nn.Linear(width, hidden, bias=False)
        self.classes = nn.Linear(hidden, len(CLASSES))
        self.document = nn.Linear(width, len(LABELS))
        self.carries = nn.Linear(width, 1)
        self.spans = nn.Linear(width, len(SPANS))

    def stance(self, target: torch.Tensor, sentences: torch.Tensor) -> torch.Tensor:
        """Logits of the classes, shape (sentences, classes)."""
        mixed = self.target(target) + self.sentence(sentences) + self.both(target * sentences)
        logits: torch.Tensor = self.classes(functional.gelu(mixed, approximate="tanh"))
        return logits

    def verdict(self, target: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Logits of the labels, shape (labels,): the target's own, and what its sentences come to."""
        said = (logits[:, 1:] - logits[:, :1]).logsumexp(0)
        total: torch.Tensor = self.document(target) + said
        return total

    def salience(self, sentences: torch.Tensor) -> torch.Tensor:
        """Logits of being in a summary, shape (sentences,)."""
        logits: torch.Tensor = self.carries(sentences)[:, 0]
        return logits


class Network(nn.Module):
    """The encoder with its heads."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = Heads(encoder.config.hidden_size)

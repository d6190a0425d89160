"""Polarity by zero-shot natural language inference on the source side.

Does the sentence entail that its target is praised, or that it is criticised? Yin et al. 2019,
https://aclanthology.org/D19-1404.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.device import Runtime, halving
from pipeline.errors import ModelError
from pipeline.hub import from_pretrained
from pipeline.stance import Polarity, Statement

if TYPE_CHECKING:
    from pipeline.catalog import Model

_BATCH = 16


class NliScorer:
    """A loaded NLI model. ``hypotheses`` are the favorable and the adverse one, with ``{target}`` in them."""

    def __init__(self, model: Model, runtime: Runtime, hypotheses: tuple[str, str]) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self.model = from_pretrained(AutoModelForSequenceClassification, model, dtype=runtime.dtype)
        self.model = self.model.to(runtime.device).eval()
        self.tokenizer = from_pretrained(AutoTokenizer, model)
        self.device = runtime.device
        self.hypotheses = hypotheses
        labels = {label.lower(): index for label, index in self.model.config.label2id.items()}
        if "entailment" not in labels:
            raise ModelError(f"model {model.name!r} is no NLI model: its labels are {', '.join(sorted(labels))}")
        self.entailment = labels["entailment"]

    def score(self, statements: Sequence[Statement]) -> list[Polarity]:
        """A pair (favor, against) a statement: the probabilities that the hypotheses follow from it."""
        pairs = [
            (statement.source, hypothesis.replace("{target}", statement.target))
            for statement in statements
            for hypothesis in self.hypotheses
        ]
        entailed: list[float] = []
        for start in range(0, len(pairs), _BATCH):
            entailed += halving(self._entailed, pairs[start : start + _BATCH])
        return list(zip(entailed[::2], entailed[1::2], strict=True))

    def _entailed(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        import torch

        inputs = self.tokenizer(
            [premise for premise, _ in pairs],
            [hypothesis for _, hypothesis in pairs],
            return_tensors="pt",
            padding=True,
            truncation="only_first",
            max_length=min(512, self.model.config.max_position_embeddings),
        ).to(self.device)
        with torch.inference_mode():
            probabilities = self.model(**inputs).logits.float().softmax(-1)
        return [float(value) for value in probabilities[:, self.entailment]]

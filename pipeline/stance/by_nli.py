"""Polarity by zero-shot natural language inference on the source side.

Does the sentence entail that its target is praised, or that it is criticised? Yin et al. 2019,
https://aclanthology.org/D19-1404.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.device import Runtime, halving
from pipeline.document import Label
from pipeline.errors import ModelError
from pipeline.hub import from_pretrained
from pipeline.stance import Judgement, Question
from pipeline.stance.passages import Names, mentions, passages

if TYPE_CHECKING:
    from pipeline.catalog import Model

Polarity = tuple[float, float]  # probabilities that the statement praises, and that it criticises
_BATCH = 16
_DECIDED = 0.2  # below this net polarity the document takes no side
_PRIOR = 1.0  # as if one statement without polarity had been seen: a single mild word decides nothing
_EVIDENCE = 3


class NliJudge:
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

    def judge(self, questions: Sequence[Question]) -> list[list[Judgement | None]]:
        """See :class:`pipeline.stance.Judge`: each sentence of a target's passage for itself, then their sum."""
        found: list[list[Judgement | None]] = []
        for question in questions:
            everyone = [*question.wanted, *question.others]
            about = passages(
                question.segments, mentions(question.segments, Names(everyone), question.known), len(everyone)
            )
            row: list[Judgement | None] = []
            for target, indices in zip(question.wanted, about, strict=False):
                polarities = self._polarities(target.name, [question.segments[i].source for i in indices])
                label, score, evidence = verdict(polarities)
                row.append(Judgement(label, score, [indices[i] for i in evidence]) if indices else None)
            found.append(row)
        return found

    def _polarities(self, target: str, sentences: Sequence[str]) -> list[Polarity]:
        pairs = [
            (sentence, hypothesis.replace("{target}", target))
            for sentence in sentences
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


def verdict(polarities: Sequence[Polarity]) -> tuple[Label, float, list[int]]:
    """Label, score and the positions of the statements that carry it, the strongest first.

    The score is 0.5 to 1 and not calibrated; with no side taken, the first statements are the evidence.
    """
    favor = sum(pair[0] for pair in polarities)
    against = sum(pair[1] for pair in polarities)
    net = (favor - against) / (favor + against + _PRIOR)
    if abs(net) < _DECIDED:
        return "neutral", round(1 - abs(net) / 2, 3), list(range(min(_EVIDENCE, len(polarities))))
    sign = 1 if net > 0 else -1
    leaning = [sign * (pair[0] - pair[1]) for pair in polarities]
    strongest = sorted(range(len(leaning)), key=lambda i: -leaning[i])[:_EVIDENCE]
    evidence = [i for i in strongest if leaning[i] > 0]
    return ("favor" if sign > 0 else "against"), round(0.5 + abs(net) / 2, 3), evidence

"""The loop: steps, a moving average of the weights, checkpoints, evaluation on the development set."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from pipeline.device import Runtime
from pipeline.errors import OutputError
from pipeline.evaluation.translation import corpus_scores
from pipeline.nmt.backends.with_torch import TorchBackend
from pipeline.nmt.pieces import Pieces
from pipeline.nmt.translator import Translator
from pipeline.pairs import Pair, read_pairs
from pipeline.training.alignment import link_words
from pipeline.training.average import Average
from pipeline.training.batches import IGNORED, Position, TrainingBatch, batches
from pipeline.training.checkpoint import load_optimizer, load_state, save_model, save_state
from pipeline.training.corpus import Source, read_sources
from pipeline.training.guide import Guide
from pipeline.training.muon import Muon
from pipeline.training.progress import Meter, Progress, rate
from pipeline.training.recipe import Recipe
from pipeline.training.start import start
from pipeline.training.vocabulary import Vocabulary

log = logging.getLogger(__name__)
Say = Callable[[str], None]
_REPORT_EVERY = 50  # steps


class TranslatorTraining:
    """A run of a recipe in a folder.

    ``state.pt`` is what it goes on from, ``vocabulary/`` its pieces, ``best/`` the averaged model with the highest
    chrF on the development set, ``last/`` the averaged model at the end.
    """

    def __init__(self, recipe: Recipe, folder: Path, say: Say = log.info) -> None:
        self.recipe, self.folder, self.say = recipe, folder, say
        self.runtime = Runtime()
        self.device = self.runtime.device
        torch.manual_seed(recipe.seed)
        sources = read_sources(recipe.train)
        pairs = read_pairs(recipe.dev)
        self.dev: list[Pair] = random.Random(recipe.seed).sample(pairs, min(len(pairs), recipe.dev_sentences))
        model, tokenizer = start(recipe, sources, folder)
        self.model = model.to(self.device)
        if self.device.type == "cpu":
            self.model.set_attn_implementation("eager")  # its backward pass takes half as long there as SDPA's
        self.vocabulary = Vocabulary(tokenizer)
        self.sources = self._prepared(sources)
        self.optimizers = self._optimizers()
        self.average = Average(self.model, recipe.average)
        self.progress, self.position = Progress(), Position()
        self.steps = recipe.schedule.steps
        self.guide = Guide(self.model) if recipe.guide else None
        self._clear_padding()

    def resume(self) -> bool:
        """Go on from the folder's state, if there is one."""
        path = self.folder / "state.pt"
        if not path.is_file():
            return False
        state = load_state(path, self.device)
        try:
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                load_optimizer(optimizer, saved)
        except (KeyError, RuntimeError, ValueError) as error:
            raise OutputError(f"{path}: is of another recipe; give another --output or move it away") from error
        self.average.weights = state["average"]
        self.progress, self.position = Progress(**state["progress"]), Position(**state["position"])
        return True

    def run(self, *, minutes: float | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        """Train until the recipe's last step, for some minutes, or until ``stop`` says so; then save."""
        schedule = self.recipe.schedule
        began = saved = time.monotonic()
        meter = Meter(self.progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model.train()
        for batch in batches(self.recipe, self.sources, self.vocabulary, self.position):
            if self.progress.step >= schedule.steps or stop() or _past(began, minutes):
                break
            self._step(batch, rate(self.progress.step, schedule.steps, schedule.warmup_steps, schedule.cooldown_steps))
            meter.add(self.loss, self.target_tokens)
            if self.progress.step % _REPORT_EVERY == 0:
                self.say(meter.line(schedule.steps))
            if self.progress.step % self.recipe.evaluate_every == 0:
                self.evaluate()
                meter.skip()
            # also beside a new best model, so that a worse one never takes its place after a kill
            if self.progress.step % self.recipe.evaluate_every == 0 or _past(saved, self.recipe.checkpoint_minutes):
                self.save()
                saved = time.monotonic()
        if self.progress.step % self.recipe.evaluate_every:
            self.evaluate()
        self.save()
        save_model(self.model, self.vocabulary.tokenizer, self.average.weights, self.folder / "last")

    def save(self) -> None:
        """Write the state."""
        save_state(
            {
                "model": self.model.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "average": self.average.weights,
                "progress": asdict(self.progress),
                "position": asdict(self.position),
            },
            self.folder / "state.pt",
        )

    def evaluate(self) -> float:
        """Greedy BLEU and chrF of the averaged weights on the development set; the best model is kept. Returns chrF."""
        with self.average.used():
            tokenizer = self.vocabulary.tokenizer
            pieces = Pieces(tokenizer.spm_source, tokenizer.encoder)
            backend = TorchBackend(self.model, pieces, batch_tokens=8_192)
            translator = Translator(backend, beam=1, max_source_tokens=256, retry=False)
            hypotheses = [h.text for h in translator.translate([source for source, _ in self.dev])]
        bleu, chrf, _ = corpus_scores(hypotheses, [target for _, target in self.dev])
        self.say(f"step {self.progress.step}: development BLEU {bleu:.2f}, chrF {chrf:.2f} (greedy)")
        if chrf > self.progress.best:
            self.progress.best = chrf
            save_model(self.model, self.vocabulary.tokenizer, self.average.weights, self.folder / "best")
        return chrf

    def _prepared(self, sources: list[Source]) -> list[Source]:
        """The sources as their pieces spell them, with word links."""
        normalize = self.vocabulary.normalize
        for source in sources:
            source.examples = [
                replace(e, source=normalize(e.source), target=normalize(e.target, target=True)) for e in source.examples
            ]
        if self.recipe.guide:
            self.say("linking words")
            link_words(sources)
        return sources

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        settings = self.recipe.optimizer
        named = [(name, value) for name, value in self.model.named_parameters() if value.requires_grad]
        matrices = [
            p for name, p in named if p.ndim == 2 and not any(k in name for k in ("embed", "shared", "lm_head"))
        ]
        chosen = {id(p) for p in matrices}
        others = [p for _, p in named if id(p) not in chosen]
        groups: list[dict[str, Any]] = [{"params": others}]
        self.rest = others
        if settings.kind == "adamw":
            groups.append({"params": matrices, "weight_decay": settings.weight_decay})
            self.rest = others + matrices
        adam = torch.optim.AdamW(groups, settings.adam_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        if settings.kind == "adamw":
            return [adam]
        half = self.runtime.fast_half or torch.float32
        return [Muon(matrices, settings.muon_rate, weight_decay=settings.weight_decay, dtype=half), adam]

    def _step(self, batch: TrainingBatch, scale: float) -> None:
        began = time.monotonic()
        for optimizer, full in zip(self.optimizers, self._rates(), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = full * scale
        half = self.runtime.fast_half
        source, mask, labels = (x.to(self.device) for x in (batch.source, batch.mask, batch.labels))
        with torch.autocast(self.device.type, half, enabled=half is not None):
            hidden = self.model.model(
                input_ids=source, attention_mask=mask, decoder_input_ids=batch.decoder_input.to(self.device)
            ).last_hidden_state
            guided = self.guide.loss(mask, batch.guide.to(self.device)) if self.guide else None
        real = labels != IGNORED
        loss = self._cross_entropy(hidden[real], labels[real])
        total = loss if guided is None else loss + self.recipe.guide * guided
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.rest, self.recipe.optimizer.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self._clear_padding()
        self.average.update(self.progress.step)
        self.loss, self.target_tokens = float(loss.detach()), int(real.sum())
        self.progress.step += 1
        self.progress.tokens += self.target_tokens
        self.progress.pairs += batch.pairs
        self.progress.seconds += time.monotonic() - began

    def _cross_entropy(self, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Of hidden states, shape (tokens, width), against labels, shape (tokens,)."""
        known = self.model.config.pad_token_id  # padding, the last one, is no output class
        half = self.runtime.fast_half or hidden.dtype  # the logits are a third of what a step moves through memory
        weight, bias = self.model.lm_head.weight[:known], self.model.final_logits_bias[0, :known]
        logits = functional.linear(hidden.to(half), weight.to(half), bias.to(half))
        return functional.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)

    def _rates(self) -> list[float]:
        settings = self.recipe.optimizer
        return [settings.muon_rate, settings.adam_rate] if len(self.optimizers) == 2 else [settings.adam_rate]

    @torch.no_grad()
    def _clear_padding(self) -> None:
        """Marian decodes from a zero embedding, on which CTranslate2 relies; tied weights would move it."""
        self.model.get_input_embeddings().weight[self.model.config.pad_token_id].zero_()


def _past(began: float, minutes: float | None) -> bool:
    return minutes is not None and time.monotonic() - began >= minutes * 60

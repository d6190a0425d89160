"""The loop: steps, a moving average of the weights, checkpoints, evaluation on the development set."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from pipeline import catalog
from pipeline.device import Runtime
from pipeline.errors import ModelError, OutputError
from pipeline.evaluation.translation import corpus_scores
from pipeline.hub import from_pretrained
from pipeline.nmt.marian import MarianTranslator
from pipeline.pairs import Pair, read_pairs
from pipeline.training.alignment import link_words
from pipeline.training.batches import IGNORED, Position, TrainingBatch, batches
from pipeline.training.checkpoint import Weights, load_state, save_model, save_state
from pipeline.training.corpus import Source, read_sources
from pipeline.training.muon import Muon
from pipeline.training.recipe import Recipe
from pipeline.training.vocabulary import Vocabulary, make_vocabulary

if TYPE_CHECKING:
    from transformers import MarianMTModel

log = logging.getLogger(__name__)
Say = Callable[[str], None]
_REPORT_EVERY = 50  # steps


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    pairs: int = 0
    seconds: float = 0.0
    best: float = 0.0


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
        self.model, tokenizer = self._start(sources)
        if self.model.config.pad_token_id != self.model.config.vocab_size - 1:
            raise ModelError(f"model {recipe.start!r}: its padding is not its last piece, as Marian has it")
        self.vocabulary = Vocabulary(tokenizer)
        self.sources = self._prepared(sources)
        self.optimizers = self._optimizers()
        self.average: Weights = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.progress, self.position = Progress(), Position()
        self.guide = _Guide(self.model) if recipe.guide else None
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
                optimizer.load_state_dict(saved)
        except (KeyError, RuntimeError, ValueError) as error:
            raise OutputError(f"{path}: is of another recipe; give another --output or move it away") from error
        self.average = state["average"]
        self.progress, self.position = Progress(**state["progress"]), Position(**state["position"])
        return True

    def run(self, *, minutes: float | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        """Train until the recipe's last step, for some minutes, or until ``stop`` says so; then save."""
        schedule = self.recipe.schedule
        began = saved = time.monotonic()
        meter = _Meter(self.progress)
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
            if _past(saved, self.recipe.checkpoint_minutes):
                self.save()
                saved = time.monotonic()
        if self.progress.step % self.recipe.evaluate_every:
            self.evaluate()
        self.save()
        save_model(self.model, self.vocabulary.tokenizer, self.average, self.folder / "last")

    def save(self) -> None:
        """Write the state."""
        save_state(
            {
                "model": self.model.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
                "average": self.average,
                "progress": asdict(self.progress),
                "position": asdict(self.position),
            },
            self.folder / "state.pt",
        )

    def evaluate(self) -> float:
        """Greedy BLEU and chrF of the averaged weights on the development set; the best model is kept. Returns chrF."""
        with self._averaged():
            translator = MarianTranslator(
                self.model, self.vocabulary.tokenizer, beam=1, max_source_tokens=256, batch_tokens=8_192
            )
            hypotheses = [h.text for h in translator.translate([source for source, _ in self.dev])]
        bleu, chrf, _ = corpus_scores(hypotheses, [target for _, target in self.dev])
        self.say(f"step {self.progress.step}: development BLEU {bleu:.2f}, chrF {chrf:.2f} (greedy)")
        if chrf > self.progress.best:
            self.progress.best = chrf
            save_model(self.model, self.vocabulary.tokenizer, self.average, self.folder / "best")
        return chrf

    def _start(self, sources: list[Source]) -> tuple[MarianMTModel, Any]:
        """A checkpoint to go on from, or a new model with a vocabulary made from the sources."""
        from transformers import MarianConfig, MarianMTModel, MarianTokenizer

        recipe, size = self.recipe, self.recipe.model
        if recipe.start:
            found = catalog.resolve(recipe.start)
            found.verify()
            model = from_pretrained(MarianMTModel, found, dtype=torch.float32, dropout=size.dropout)
            return model.to(self.device), from_pretrained(MarianTokenizer, found)
        pieces = self.folder / "vocabulary"
        if not (pieces / "tokenizer_config.json").is_file():
            self.say("making the vocabulary")
            rng = random.Random(recipe.seed)
            examples = [example for source in sources for example in source.examples]
            drawn = rng.sample(examples, min(len(examples), recipe.vocabulary.sentences))
            lines = (text for example in drawn for text in (example.source, example.target))
            make_vocabulary(lines, recipe.vocabulary, (recipe.source_language, recipe.target_language), pieces)
        tokenizer = from_pretrained(MarianTokenizer, catalog.Model("vocabulary", folder=pieces))
        pad = tokenizer.pad_token_id
        config = MarianConfig(
            vocab_size=pad + 1,
            decoder_vocab_size=pad + 1,
            d_model=size.width,
            encoder_layers=size.encoder_layers,
            decoder_layers=size.decoder_layers,
            encoder_attention_heads=size.heads,
            decoder_attention_heads=size.heads,
            encoder_ffn_dim=size.feed_forward,
            decoder_ffn_dim=size.feed_forward,
            max_position_embeddings=512,
            activation_function="relu",
            scale_embedding=True,
            pad_token_id=pad,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=pad,
            forced_eos_token_id=tokenizer.eos_token_id,
            share_encoder_decoder_embeddings=True,
            tie_word_embeddings=True,
            dropout=size.dropout,
            attention_dropout=0.0,
            activation_dropout=0.0,
        )
        return MarianMTModel(config).to(self.device), tokenizer

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
        self.rest = [p for _, p in named if id(p) not in chosen]
        if settings.kind == "adamw":
            self.rest, matrices = [p for _, p in named], []
        adam = torch.optim.AdamW(self.rest, settings.adam_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        if not matrices:
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
            real = labels != IGNORED
            logits = self.model.lm_head(hidden[real]) + self.model.final_logits_bias
            logits = logits[:, : self.model.config.pad_token_id]  # padding, the last one, is no output class
            guided = self.guide.loss(mask, batch.guide.to(self.device)) if self.guide else None
        loss = functional.cross_entropy(logits.float(), labels[real], label_smoothing=self.recipe.label_smoothing)
        total = loss if guided is None else loss + self.recipe.guide * guided
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.rest, self.recipe.optimizer.clip)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self._clear_padding()
        self._update_average()
        self.loss, self.target_tokens = float(loss.detach()), int(real.sum())
        self.progress.step += 1
        self.progress.tokens += self.target_tokens
        self.progress.pairs += batch.pairs
        self.progress.seconds += time.monotonic() - began

    def _rates(self) -> list[float]:
        settings = self.recipe.optimizer
        return [settings.muon_rate, settings.adam_rate] if len(self.optimizers) == 2 else [settings.adam_rate]

    @torch.no_grad()
    def _clear_padding(self) -> None:
        """Marian decodes from a zero embedding, on which CTranslate2 relies; tied weights would move it."""
        self.model.get_input_embeddings().weight[self.model.config.pad_token_id].zero_()

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.recipe.average, (1 + self.progress.step) / (10 + self.progress.step))
        for name, value in self.model.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, 1 - decay)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        live = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.average)
        self.model.eval()
        try:
            yield
        finally:
            self.model.load_state_dict(live)
            self.model.train()


class _Guide:
    """Teaches the first head of the decoder's last cross-attention the word links."""

    def __init__(self, model: MarianMTModel) -> None:
        self.attention = model.model.decoder.layers[-1].encoder_attn
        self.width = model.config.d_model // model.config.decoder_attention_heads
        self.attention.register_forward_pre_hook(self._look, with_kwargs=True)

    def _look(self, module: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.queries = arguments[0] if arguments else named["hidden_states"]
        self.keys = named["key_value_states"] if "key_value_states" in named else arguments[1]

    def loss(self, mask: torch.Tensor, guide: torch.Tensor) -> torch.Tensor | None:
        """Cross-entropy of the head's attention against the guides; None where a batch has none."""
        if not (guide >= 0).any():
            return None
        head = slice(0, self.width)
        queries = functional.linear(self.queries, self.attention.q_proj.weight[head], self.attention.q_proj.bias[head])
        keys = functional.linear(self.keys, self.attention.k_proj.weight[head], self.attention.k_proj.bias[head])
        scores = (queries @ keys.mT).float() / self.width**0.5
        scores = scores.masked_fill(mask[:, None, :] == 0, -1e9)
        return functional.cross_entropy(scores.flatten(0, 1), guide.flatten(), ignore_index=-1)


class _Meter:
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


def rate(step: int, steps: int, warmup: int, cooldown: int) -> float:
    """The share of the full learning rate at a step: up, level, and down to nothing at the end."""
    up = (step + 1) / warmup if warmup else 1.0
    down = (steps - step) / cooldown if cooldown else 1.0
    return max(0.0, min(1.0, up, down))


def _past(began: float, minutes: float | None) -> bool:
    return minutes is not None and time.monotonic() - began >= minutes * 60

"""The loop: epochs over the articles, each in one of its Englishes, checkpoints, a calibrated model at the end."""

from __future__ import annotations

import logging
import math
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch.nn import functional

from pipeline import catalog
from pipeline.articles import Article, documents_of, read_articles
from pipeline.device import Runtime, usable_cores
from pipeline.errors import OutputError
from pipeline.pipeline import Pipeline
from pipeline.tagging.layout import AROUND, Composer, Layout
from pipeline.tagging.loading import load_tagger
from pipeline.tagging.tagger import HEADS
from pipeline.tagging.weights import save_int4
from pipeline.training.average import Average
from pipeline.training.checkpoint import load_optimizer, load_state, save_state
from pipeline.training.progress import Meter, Progress, rate
from pipeline.training.tagger.examples import Example, examples, of_summary
from pipeline.training.tagger.recipe import TaggerRecipe
from pipeline.training.tagger.start import begin
from pipeline.training.tagger.teacher import taught

log = logging.getLogger(__name__)
Say = Callable[[str], None]
_REPORT_EVERY = 20  # steps
_BEFORE, _AFTER = (0, 1, 1, 2), (0, 1, 2, 2, 3)  # of which the sentences around a mention are drawn
_UNKNOWN = 0.5  # of a document's targets, when it is asked about another one
_ROUND = 16  # pieces, to which the width of a batch is padded
_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Item:
    """An input: an article outlined, or asked about one of its targets."""

    example: Example
    layout: Layout
    target: int | None = None
    whole: bool = True  # the passage; only then the document's label is asked for

    @property
    def width(self) -> int:
        """Pieces of its row."""
        return math.ceil(len(self.layout.ids) / _ROUND) * _ROUND


class TaggerTraining:
    """A run of a recipe in a folder: ``state.pt`` is what it goes on from, ``model/`` what it comes to."""

    def __init__(self, recipe: TaggerRecipe, folder: Path, say: Say = log.info) -> None:
        self.recipe, self.folder, self.say = recipe, folder, say
        self.runtime = Runtime()
        self.device = self.runtime.device
        torch.manual_seed(recipe.seed)
        articles = read_articles(recipe.articles)
        self.network, self.tokenizer = begin(recipe, self.device)
        self.composer = Composer(self.tokenizer, recipe.longest)
        random.Random(recipe.seed).shuffle(articles)
        held = int(recipe.held_out * len(articles))
        self.held_out, self.articles = self._variants(articles[:held]), self._variants(articles[held:])
        if recipe.teacher:
            self.say(f"asking {recipe.teacher} about {len(self.articles)} articles")
            model = catalog.resolve(recipe.teacher)
            model.verify()
            teacher = load_tagger(model, self.runtime)
            weights = model.digest() or f"{model.hub}@{model.revision}"
            self.articles = taught(self.articles, teacher, weights, folder / "taught.npz")
        self.summaries = [of_summary(article) for article in articles[held:]]
        self.dev = self._variants(read_articles(recipe.dev))
        self.lengths = [len(self._epoch(epoch)) for epoch in range(recipe.epochs)]
        self.steps = sum(self.lengths)
        encoder = self.network.encoder
        encoder.embeddings.requires_grad_(False)  # words of the labelled articles stay where others like them are
        encoder.encoder.layer[: recipe.frozen].requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in encoder.parameters() if p.requires_grad], "lr": recipe.rate},
                {"params": self.network.heads.parameters(), "lr": recipe.heads_rate},
            ],
            weight_decay=recipe.weight_decay,
        )
        self.average = Average(self.network, recipe.average)
        self.progress = Progress()

    def resume(self) -> bool:
        """Go on from the folder's state, if there is one."""
        path = self.folder / "state.pt"
        if not path.is_file():
            return False
        state = load_state(path, self.device)
        try:
            self.network.load_state_dict(state["network"])
            load_optimizer(self.optimizer, state["optimizer"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise OutputError(f"{path}: is of another recipe; give another --output or move it away") from error
        self.average.weights = state["average"]
        self.progress = Progress(**state["progress"])
        return True

    def run(self, *, minutes: float | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        """Train to the end, for some minutes, or until ``stop`` says so; then save."""
        torch.set_num_threads(usable_cores())  # CTranslate2, which may have translated, sets one thread for all
        began = saved = time.monotonic()
        meter = Meter(self.progress)
        self.folder.mkdir(parents=True, exist_ok=True)
        for epoch in range(self.recipe.epochs):
            done = self.progress.step - sum(self.lengths[:epoch])
            if done >= self.lengths[epoch]:
                continue
            for batch in self._epoch(epoch)[done:]:
                if stop() or (minutes is not None and time.monotonic() - began >= minutes * 60):
                    return self._save()
                meter.add(*self._step(batch))
                if self.progress.step % _REPORT_EVERY == 0:
                    self.say(meter.line(self.steps))
                if time.monotonic() - saved >= self.recipe.checkpoint_minutes * 60:
                    self._save()
                    saved = time.monotonic()
            self._save()
            with self.average.used():
                self.say(f"epoch {epoch + 1}: label accuracy on {self.recipe.dev} {self._accuracy(self.dev):.3f}")
            meter.skip()
        with self.average.used():
            self.save_model(self._temperature(), self.folder / "model")
        return None

    def save_model(self, temperature: float, folder: Path) -> None:
        """Write the encoder as the recipe says, and the heads in fp16, whole or not at all."""
        from safetensors.torch import save_file

        temporary = folder.with_name(f"{folder.name}.tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        encoder = self.network.encoder
        if self.recipe.stored == "int4":
            save_int4(encoder, temporary)
        else:
            encoder.half().save_pretrained(temporary)
            encoder.float()
        heads = {name: value.half().contiguous() for name, value in self.network.heads.state_dict().items()}
        save_file(heads | {"temperature": torch.tensor([temperature])}, temporary / HEADS)
        for name in _FILES:
            shutil.copy(self.tokenizer / name, temporary)
        for path in temporary.iterdir():
            path.chmod(0o644)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.replace(folder)

    def _variants(self, articles: Sequence[Article]) -> list[list[Example]]:
        """For each article an example in its gold English, and one in that of each translator."""
        englishes = [documents_of(articles)]
        for name in self.recipe.translators:
            self.say(f"translating {len(articles)} articles by {name}")
            config: dict[str, Any] = {"stages": ["split", "language", "translate"], "translate": {"model": name}}
            englishes.append(documents_of(articles, Pipeline.from_config(config)))
        return examples(articles, *englishes)

    def _epoch(self, epoch: int) -> list[list[Item]]:
        """Batches in random order: each article outlined in one of its variants, each target asked about in one.

        Passages are longer or shorter than those that the tagger will ask about, and a summary is one too.
        """
        draw = random.Random(f"{self.recipe.seed} {epoch}")
        items: list[Item] = []
        for variants, summary in zip(self.articles, self.summaries, strict=True):
            if self.recipe.salience or self.recipe.spans:
                outlined = self._variant(variants, draw)
                items += (Item(outlined, layout) for layout in self.composer.outline(outlined.sentences))
            for target in self._targets(variants[0], draw):
                around = (draw.choice(_BEFORE), draw.choice(_AFTER))
                items += self._asked(self._variant(variants, draw), target, around, draw)
            for target in summary.labelled:
                items += self._asked(summary, target, draw=draw)
        found = list(_batches(items, self.recipe.batch_tokens, draw))
        draw.shuffle(found)
        return found

    def _variant(self, variants: Sequence[Example], draw: random.Random) -> Example:
        return variants[0] if draw.random() < 0.5 else draw.choice(variants)

    def _targets(self, example: Example, draw: random.Random) -> list[int]:
        """Those that are labelled, and of those that only a teacher has labelled some."""
        known = len(example.classes)
        others = range(known, len(example.labels))
        return [*range(known), *draw.sample(others, min(self.recipe.others, len(others)))]

    def _asked(
        self, example: Example, target: int, around: tuple[int, int] = AROUND, draw: random.Random | None = None
    ) -> list[Item]:
        """The inputs that ask about a target; with ``draw`` some of the others that are labelled are no rivals."""
        rivals = [
            example.mentions[i]
            for i in range(example.names)
            if i != target and not (draw and i < len(example.classes) and draw.random() < _UNKNOWN)
        ]
        mentions = [example.mentions[target], *rivals]
        (layouts,) = self.composer.ask([example.targets[target]], example.sentences, mentions, around)
        return [Item(example, layout, target, whole=len(layouts) == 1) for layout in layouts]

    def _step(self, batch: Sequence[Item]) -> tuple[float, int]:
        self.network.train()
        share = rate(self.progress.step, self.steps, int(self.recipe.warmup * self.steps), self.steps)
        for group, full in zip(self.optimizer.param_groups, (self.recipe.rate, self.recipe.heads_rate), strict=True):
            group["lr"] = full * share
        loss = self._loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        tokens = sum(len(item.layout.ids) for item in batch)
        self.progress.step += 1
        self.average.update(self.progress.step)
        self.progress.tokens += tokens
        return float(loss.detach()), tokens

    def _loss(self, batch: Sequence[Item]) -> torch.Tensor:
        """The mean of each part over the batch, by its weight in the recipe."""
        parts: dict[str, list[torch.Tensor]] = {"label": [], "evidence": [], "salience": [], "spans": []}
        heads = self.network.heads
        for item, states in zip(batch, self._states(batch), strict=True):
            example, layout = item.example, item.layout
            marks = states[layout.sentence_marks]
            if item.target is None:
                wanted = torch.from_numpy(example.summary[layout.sentences]).to(self.device)
                parts["salience"].append(
                    functional.binary_cross_entropy_with_logits(heads.salience(marks), wanted, reduction="none")
                )
                inside = heads.spans(states[[place.position for place in layout.places]])
                spans = torch.tensor(example.outline(layout), device=self.device)
                parts["spans"].append(functional.cross_entropy(inside, spans, reduction="none"))
                continue
            logits = heads.stance(states[0], marks)
            if item.target < len(example.classes):
                classes = torch.from_numpy(example.classes[item.target][layout.sentences]).to(self.device)
                parts["evidence"].append(functional.cross_entropy(logits, classes, reduction="none"))
            if item.whole:
                labels = torch.from_numpy(example.labels[item.target]).to(self.device)
                parts["label"].append(
                    -(labels * heads.verdict(states[0], logits).log_softmax(-1)).sum(-1, keepdim=True)
                )
        weights = {"label": 1.0} | {name: getattr(self.recipe, name) for name in ("evidence", "salience", "spans")}
        total = [weights[name] * torch.cat(values).mean() for name, values in parts.items() if values]
        return torch.stack(total).sum()

    def _states(self, batch: Sequence[Item]) -> torch.Tensor:
        """Shape (inputs, pieces, width)."""
        width = batch[0].width
        ids, types, mask = (torch.zeros((len(batch), width), dtype=torch.long) for _ in range(3))
        for row, item in enumerate(batch):
            length = len(item.layout.ids)
            ids[row, :length], types[row, :length] = torch.tensor(item.layout.ids), torch.tensor(item.layout.types)
            mask[row, :length] = 1
        half = self.runtime.fast_half
        with torch.autocast(self.device.type, half, enabled=half is not None):
            states: torch.Tensor = self.network.encoder(
                input_ids=ids.to(self.device), attention_mask=mask.to(self.device), **self._typed(types)
            ).last_hidden_state
        return states.float()

    def _typed(self, types: torch.Tensor) -> dict[str, torch.Tensor]:
        """Not every kind of encoder tells the sides of an input apart."""
        known = getattr(self.network.encoder.config, "type_vocab_size", 0) > 1
        return {"token_type_ids": types.to(self.device)} if known else {}

    @torch.inference_mode()
    def _verdicts(self, articles: Sequence[Sequence[Example]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and labels of all targets whose passage fits one input, in every English."""
        self.network.eval()
        items = [
            item
            for variants in articles
            for example in variants
            for target in example.labelled
            for item in self._asked(example, target)
            if item.whole
        ]
        logits, labels = [], []
        for batch in _batches(items, self.recipe.batch_tokens, random.Random(self.recipe.seed)):
            for item, states in zip(batch, self._states(batch), strict=True):
                said = self.network.heads.stance(states[0], states[item.layout.sentence_marks])
                logits.append(self.network.heads.verdict(states[0], said))
                labels.append(torch.from_numpy(item.example.labels[item.target]))
        return torch.stack(logits).cpu(), torch.stack(labels)

    def _accuracy(self, articles: Sequence[Sequence[Example]]) -> float:
        logits, labels = self._verdicts(articles)
        return mean(bool(row[int(choice)] > 0) for row, choice in zip(labels, logits.argmax(-1), strict=True))

    def _temperature(self) -> float:
        """By which the logits are divided, so that scores are the shares that are right (Guo et al. 2017).

        https://arxiv.org/abs/1706.04599; the likeliest on the articles held out, of a grid.
        """
        if not self.held_out:
            return 1.0
        logits, labels = self._verdicts(self.held_out)
        grid = [0.5 * 1.05**i for i in range(60)]
        return min(grid, key=lambda t: float(-(labels * (logits / t).log_softmax(-1)).sum(-1).mean()))

    def _save(self) -> None:
        save_state(
            {
                "network": self.network.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.weights,
                "progress": asdict(self.progress),
            },
            self.folder / "state.pt",
        )


def _batches(items: Sequence[Item], tokens: int, draw: random.Random) -> Iterator[list[Item]]:
    """All items, longest first, those of like length in random order, so many that they are ``tokens`` pieces padded.

    Batches have few shapes: a CPU's kernels in bfloat16 are made anew for each.
    """
    left = sorted(items, key=lambda item: (-item.width, draw.random()))
    while left:
        rows = max(1, tokens // left[0].width)
        yield left[:rows]
        left = left[rows:]

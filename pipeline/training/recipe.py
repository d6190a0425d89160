"""What to train, as YAML checked by pydantic: ``configs/train/marian-mini-nl-en.yaml`` is the recipe of ours."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.settings import Section


class SourceConfig(Section):
    """One file of pairs. ``neighbours``: its lines are running text, so two of them joined are text too."""

    path: str
    weight: float = Field(1.0, gt=0, description="how often it is seen in an epoch")
    neighbours: bool = False


class VocabularyConfig(Section):
    """The joint SentencePiece vocabulary of both languages. Kudo 2018, https://aclanthology.org/P18-1007."""

    size: int = Field(8_000, ge=300)
    coverage: float = Field(0.9999, gt=0, le=1, description="share of characters in it; the rest falls back to bytes")
    required: str = Field("€£$–—…°²³½’‘“”„«»éëïüöèêçñáâ", description="characters that it must have")
    sentences: int = Field(400_000, gt=0, description="lines of each language that it is made from, at most")


class ModelConfig(Section):
    """The size of the transformer."""

    width: int = Field(256, gt=0)
    feed_forward: int = Field(1_024, gt=0)
    heads: int = Field(4, gt=0)
    encoder_layers: int = Field(8, gt=0)
    decoder_layers: int = Field(2, gt=0)
    dropout: float = Field(0.1, ge=0, lt=1)


class OptimizerConfig(Section):
    """Muon for the matrices (``muon``), AdamW for embeddings, biases and norms; or AdamW alone (``adamw``)."""

    kind: Literal["muon", "adamw"] = "muon"
    muon_rate: float = Field(0.002, gt=0)
    adam_rate: float = Field(0.001, gt=0)
    weight_decay: float = Field(0.01, ge=0, description="of the matrices")
    clip: float = Field(1.0, gt=0, description="largest norm of AdamW's gradients")


class ScheduleConfig(Section):
    """Warm-up, a constant rate, and a cool-down to nothing: it can be stopped early and still be cooled down."""

    steps: int = Field(100_000, gt=0)
    warmup_steps: int = Field(500, ge=0)
    cooldown_steps: int = Field(5_000, ge=0)


class AugmentConfig(Section):
    """Shares of pairs that are varied."""

    sample_source: float = Field(0.5, ge=0, le=1, description="cut into other pieces than the best (Kudo 2018)")
    sample_target: float = Field(0.2, ge=0, le=1)
    alpha: float = Field(0.2, gt=0, description="smoothing of the sampling; smaller is wilder")
    join: float = Field(0.15, ge=0, le=1, description="two pairs as one: neighbours, or any two of a source")
    swap: float = Field(0.1, ge=0, le=1, description="names and figures that both sides share become others")
    upper: float = Field(0.01, ge=0, le=1)
    lower: float = Field(0.01, ge=0, le=1)
    bare: float = Field(0.01, ge=0, le=1, description="without the mark at the end, as in headings")
    quote: float = Field(0.02, ge=0, le=1, description="in quotes, on the Dutch side in the style ”...”")
    copy_target: float = Field(0.0, ge=0, le=1, description="the target is its own source")


class Recipe(Section):
    """A whole recipe."""

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    train: list[SourceConfig] = Field(min_length=1)
    dev: str
    dev_sentences: int = Field(400, gt=0, description="of the development set, at each evaluation")
    source_language: str = "nl"
    target_language: str = "en"
    start: str | None = Field(None, description="a model to go on from: name on the shelf, folder or hub id")
    vocabulary: VocabularyConfig = VocabularyConfig()
    model: ModelConfig = ModelConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    augment: AugmentConfig = AugmentConfig()
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    guide: float = Field(0.5, ge=0, description="weight of the guided alignment; 0 does without eflomal")
    average: float = Field(0.998, ge=0, lt=1, description="decay of the moving average of the weights")
    batch_tokens: int = Field(4_000, gt=0, description="of a batch, with padding, on the longer side")
    max_tokens: int = Field(160, gt=0, description="a longer pair is left out")
    evaluate_every: int = Field(2_000, gt=0, description="steps")
    checkpoint_minutes: float = Field(5.0, gt=0)
    seed: int = 1

"""What a training of the tagger is made of, as a YAML file says it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.settings import Section


class TaggerRecipe(Section):
    """A whole recipe."""

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    articles: str = Field(description="labelled articles, JSON lines")
    dev: str = Field(description="labelled articles to score by, never trained on")
    encoder: str = Field(description="a BERT or MPNet to begin with: folder, hub id, or a Python package with a BERT")
    layers: int | None = Field(None, gt=0, description="of the encoder that are kept, the first ones; left out: all")
    frozen: int = Field(0, ge=0, description="layers that stay as they are, the first ones, as the embeddings do")
    translators: list[str] = Field([], description="models whose English the articles are read in as well as their own")
    teacher: str | None = Field(None, description="a larger tagger to learn from as well: name on the shelf, or folder")
    others: int = Field(3, ge=0, description="targets of an article in an epoch that only the teacher labels")
    held_out: float = Field(0.05, ge=0, lt=1, description="share of the articles that the score is calibrated on")
    epochs: int = Field(4, gt=0)
    rate: float = Field(6e-5, gt=0, description="of the encoder, at its highest")
    heads_rate: float = Field(5e-4, gt=0)
    warmup: float = Field(0.06, ge=0, lt=1, description="share of the steps")
    weight_decay: float = Field(0.01, ge=0)
    batch_tokens: int = Field(4_000, gt=0)
    longest: int = Field(384, ge=64, description="pieces of an input")
    evidence: float = Field(1.0, ge=0, description="weight of the sentences' classes beside the document's label")
    salience: float = Field(1.0, ge=0, description="weight of what belongs in a summary")
    spans: float = Field(1.0, ge=0, description="weight of finding targets")
    average: float = Field(0.99, ge=0, lt=1, description="decay of the moving average of the weights")
    stored: Literal["float16", "int4"] = Field("float16", description="the encoder's weights in the folder model/")
    checkpoint_minutes: float = Field(5.0, gt=0)
    seed: int = 1

"""The model and the tokenizer that a run begins with."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pipeline import catalog
from pipeline.errors import ModelError
from pipeline.hub import from_pretrained
from pipeline.training.corpus import Source, epoch
from pipeline.training.recipe import Recipe
from pipeline.training.vocabulary import make_vocabulary

if TYPE_CHECKING:
    from transformers import MarianMTModel

log = logging.getLogger(__name__)


def start(recipe: Recipe, sources: Sequence[Source], folder: Path) -> tuple[MarianMTModel, Any]:
    """The checkpoint that the recipe goes on from, or a new model, with a vocabulary made from its sources."""
    return _onwards(recipe, recipe.start) if recipe.start else _anew(recipe, sources, folder / "vocabulary")


def _onwards(recipe: Recipe, name: str) -> tuple[MarianMTModel, Any]:
    from transformers import MarianMTModel, MarianTokenizer

    found = catalog.resolve(name)
    found.verify()
    model = from_pretrained(MarianMTModel, found, dtype=torch.float32, dropout=recipe.model.dropout)
    if model.config.pad_token_id != model.config.vocab_size - 1:
        raise ModelError(f"model {name!r}: its padding is not its last piece, as Marian has it")
    return model, from_pretrained(MarianTokenizer, found)


def _anew(recipe: Recipe, sources: Sequence[Source], pieces: Path) -> tuple[MarianMTModel, Any]:
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    if not (pieces / "tokenizer_config.json").is_file():
        log.info("making the vocabulary")
        drawn = epoch(sources, 0.0, random.Random(recipe.seed))[: recipe.vocabulary.sentences]
        lines = (text for example in drawn for text in (example.source, example.target))
        make_vocabulary(lines, recipe.vocabulary, (recipe.source_language, recipe.target_language), pieces)
    tokenizer = from_pretrained(MarianTokenizer, catalog.Model("vocabulary", folder=pieces))
    pad, size = tokenizer.pad_token_id, recipe.model
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
    return MarianMTModel(config), tokenizer

"""A checkpoint of the size of opus-mt-nl-en with random weights: what it costs to run does not depend on them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks.corpus import ROOT

_PIECES = 58_100


def make_opus_sized(folder: Path) -> None:
    """74 million parameters: 6 and 6 layers of width 512, 58,101 pieces, of which the embedded model's are used."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    embedded = ROOT / "models" / "marian-mini-nl-en"
    for name in ("source.spm", "target.spm"):
        shutil.copy(embedded / name, folder)
    tokenizer = json.loads((embedded / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer.pop("added_tokens_decoder", None)  # the padding has another number here
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    known = json.loads((embedded / "vocab.json").read_text(encoding="utf-8"))
    pieces = [piece for piece in known if piece != "<pad>"]
    pieces += [f"unused{i}" for i in range(_PIECES - len(pieces))]
    vocabulary = {piece: i for i, piece in enumerate([*pieces, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    torch.manual_seed(1)
    config = MarianConfig(
        vocab_size=_PIECES + 1,
        decoder_vocab_size=_PIECES + 1,
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        max_position_embeddings=512,
        activation_function="swish",
        scale_embedding=True,
        pad_token_id=_PIECES,
        eos_token_id=vocabulary["</s>"],
        decoder_start_token_id=_PIECES,
        forced_eos_token_id=None,
    )
    model = MarianMTModel(config)
    with torch.no_grad():
        model.get_input_embeddings().weight[_PIECES].zero_()
        model.final_logits_bias[0, vocabulary["</s>"]] = -100.0  # it never ends: the length is fixed
    model.save_pretrained(folder)

"""Pieces: the joint SentencePiece model of a new translator, or the vocabulary of one that is trained on."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.training.alignment import Span
from pipeline.training.recipe import VocabularyConfig

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SPACE = "▁"


def make_vocabulary(lines: Iterable[str], config: VocabularyConfig, languages: tuple[str, str], folder: Path) -> None:
    """Write ``source.spm``, ``target.spm``, ``vocab.json`` and the tokenizer's configuration into a folder."""
    import sentencepiece
    from transformers import MarianTokenizer

    with tempfile.TemporaryDirectory() as temporary:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_prefix=str(Path(temporary, "joint")),
            vocab_size=config.size,
            model_type="unigram",
            character_coverage=config.coverage,
            required_chars=config.required,
            byte_fallback=True,
            split_digits=True,
            eos_id=0,
            unk_id=1,
            bos_id=-1,
            pad_id=-1,
            hard_vocab_limit=False,
            minloglevel=2,
        )
        content = Path(temporary, "joint.model").read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("source.spm", "target.spm", "vocab.json")]
    for file in files[:2]:
        file.write_bytes(content)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=content)
    vocabulary = {pieces.id_to_piece(i): i for i in range(pieces.vocab_size())}
    files[2].write_text(json.dumps(vocabulary | {"<pad>": len(vocabulary)}, ensure_ascii=False), encoding="utf-8")
    source, target = languages
    MarianTokenizer(*map(str, files), source_lang=source, target_lang=target).save_pretrained(folder)


class Vocabulary:
    """The pieces of a Marian checkpoint: text to ids with their spans, and ids to text."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.ids: dict[str, int] = tokenizer.encoder
        self.unknown: int = tokenizer.unk_token_id
        self.end: int = tokenizer.eos_token_id
        self.pad: int = tokenizer.pad_token_id

    def normalize(self, text: str, *, target: bool = False) -> str:
        """The text as its pieces spell it."""
        return str(self._pieces(target).normalize(text)).replace(_SPACE, " ").strip()

    def encode(self, text: str, *, target: bool = False, alpha: float | None = None) -> tuple[list[int], list[Span]]:
        """Ids without the end mark, and where in the normalized text each piece lies.

        With ``alpha`` the cutting is sampled from all possible ones, flatter for a smaller value.
        """
        sampling = {} if alpha is None else {"enable_sampling": True, "alpha": alpha, "nbest_size": -1}
        pieces = self._pieces(target).encode(text, out_type=str, **sampling)
        return [self.ids.get(piece, self.unknown) for piece in pieces], piece_spans(pieces)

    def _pieces(self, target: bool) -> Any:
        return self.tokenizer.spm_target if target else self.tokenizer.spm_source


def piece_spans(pieces: Sequence[str]) -> list[Span]:
    """Where each piece lies in the text that they spell, the space before the first one left out.

    The bytes of a character that is spelt in bytes share its span.
    """
    spans: list[Span] = []
    at = -1 if pieces and pieces[0].startswith(_SPACE) else 0
    spelt = b""
    for piece in pieces:
        byte = _BYTE.fullmatch(piece)
        if not byte:
            start = at + len(piece) - len(piece.lstrip(_SPACE))
            spans.append((max(0, start), at + len(piece)))
            at += len(piece)
            continue
        spelt += bytes([int(byte[1], 16)])
        spans.append((at, at + 1))
        if _is_whole(spelt):
            at, spelt = at + 1, b""
    return spans


def _is_whole(spelt: bytes) -> bool:
    try:
        spelt.decode()
    except UnicodeDecodeError:
        return False
    return True

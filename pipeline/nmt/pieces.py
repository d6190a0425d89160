"""The pieces of a Marian checkpoint with a joint vocabulary, ``source.spm`` and ``vocab.json``, as in MarianTokenizer.

Without transformers, whose import takes longer than the embedded model takes for an article.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError

END, UNKNOWN, PADDING = "</s>", "<unk>", "<pad>"
_SPACE = "▁"
_TARGET_TOKEN = re.compile(r">>[\w-]+<<")


class Pieces:
    """Text to pieces of the source side, pieces of the target side to text."""

    def __init__(self, spelling: Any, ids: dict[str, int]) -> None:
        self.spelling, self.ids = spelling, ids
        self.texts = {i: piece for piece, i in ids.items()}

    @classmethod
    def load(cls, folder: Path) -> Pieces:
        """Read a checkpoint's folder; raises ModelError naming the file that is not there or not well."""
        import sentencepiece

        if (folder / "target_vocab.json").exists():
            raise ModelError(f"{folder}: has two vocabularies; only a joint one (vocab.json) is read")
        try:
            ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
            spelling = sentencepiece.SentencePieceProcessor(str(folder / "source.spm"))
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"{folder}: its vocabulary cannot be read: {error}") from error
        return cls(spelling, ids)

    def target_tokens(self) -> list[str]:
        """The pieces of which an input's first says the target language, such as ``>>fra<<``; none for one language.

        https://huggingface.co/docs/transformers/model_doc/marian
        """
        return sorted(piece for piece in self.ids if _TARGET_TOKEN.fullmatch(piece))

    def encode(self, text: str) -> list[str]:
        """Pieces, and the end mark."""
        known = self.ids
        return [*(piece if piece in known else UNKNOWN for piece in self.spelling.encode(text, out_type=str)), END]

    def decode(self, pieces: Sequence[str]) -> str:
        """The text of target pieces; special ones are left out, and whitespace is single."""
        # MarianTokenizer spells the target of a joint vocabulary by the source side's model, too
        text = self.spelling.decode_pieces([piece for piece in pieces if piece not in (END, UNKNOWN, PADDING)])
        return " ".join(text.replace(_SPACE, " ").split())

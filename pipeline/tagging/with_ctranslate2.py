"""The encoder that is embedded, by CTranslate2; see :mod:`pipeline.tagging.mpnet`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctranslate2


class PositionedEncoder:
    """Has the method of ``ctranslate2.Encoder`` that the tagger needs; positions stand for the types of pieces."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.encoder = ctranslate2.Encoder(str(folder), **options)
        self.where = f"{options['device']} {options['compute_type']} by ctranslate2"

    def forward_batch(self, ids: list[list[int]], token_type_ids: list[list[int]]) -> Any:
        """``last_hidden_state`` of the result has the shape (inputs, pieces, width); the types are not needed."""
        first = 2  # behind that of padding, 1
        positions = [list(range(first, first + len(row))) for row in ids]
        return self.encoder.forward_batch(ids, token_type_ids=positions)

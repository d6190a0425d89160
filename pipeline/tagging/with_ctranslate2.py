"""The encoder that is embedded, by CTranslate2; see :mod:`pipeline.tagging.mpnet`."""

from __future__ import annotations

from typing import Any

import ctranslate2


class PositionedEncoder:
    """A ``ctranslate2.Encoder`` on the CPU, in which positions stand for the types of pieces."""

    def __init__(self, folder: str, compute_type: str, intra_threads: int = 0) -> None:
        self.encoder = ctranslate2.Encoder(folder, compute_type=compute_type, intra_threads=intra_threads)
        self.where = f"cpu {compute_type} by ctranslate2"

    def forward_batch(self, ids: list[list[int]], token_type_ids: list[list[int]]) -> Any:
        """See :class:`pipeline.tagging.tagger.Encoder`; the types are not needed."""
        first = 2  # behind that of padding, 1
        positions = [list(range(first, first + len(row))) for row in ids]
        return self.encoder.forward_batch(ids, token_type_ids=positions)

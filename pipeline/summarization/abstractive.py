"""Abstractive summary by a sequence-to-sequence model of the BART or Pegasus kind.

Lewis et al. 2020, https://aclanthology.org/2020.acl-main.703.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.device import Runtime
from pipeline.hub import from_pretrained
from pipeline.segmentation.clauses import split_clauses
from pipeline.summarization.facts import invented
from pipeline.summarization.vectors import Matrix, tf_idf

if TYPE_CHECKING:
    from pipeline.catalog import Model

_BEAM = 4
_SUPPORTS = 2  # segments named for a generated sentence, at most
_NEAR = 0.5  # a second segment must be at least this near, relative to the nearest


class AbstractiveSummarizer:
    """A loaded summarization model."""

    def __init__(self, model: Model, runtime: Runtime, max_summary_tokens: int) -> None:
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        self.model = from_pretrained(AutoModelForSeq2SeqLM, model, dtype=runtime.dtype).to(runtime.device).eval()
        self.tokenizer = from_pretrained(AutoTokenizer, model)
        self.device = runtime.device
        self.max_source_tokens = int(self.model.config.max_position_embeddings)
        self.max_summary_tokens = min(max_summary_tokens, self.max_source_tokens - 1)

    def summarize(self, sentences: Sequence[str]) -> str:
        """One summary of the text; a text beyond the model's length is summarized by section, then as a whole."""
        sections = self._sections(sentences)
        summaries = [self._generate(section) for section in sections]
        if len(summaries) == 1:
            return summaries[0]
        joined = " ".join(summaries)
        # Summaries that are no shorter than their source would go round for ever.
        return self.summarize(summaries) if len(joined) < sum(map(len, sections)) * 0.8 else joined

    def _sections(self, sentences: Sequence[str]) -> list[str]:
        sections: list[list[str]] = [[]]
        room = self.max_source_tokens
        for sentence in sentences:
            for clause in split_clauses(sentence, lambda text: self._tokens(text) <= self.max_source_tokens):
                if sections[-1] and self._tokens(clause) > room:
                    sections.append([])
                    room = self.max_source_tokens
                sections[-1].append(clause)
                room -= self._tokens(clause)
        return [" ".join(section) for section in sections]

    def _tokens(self, text: str) -> int:
        return len(self.tokenizer(text)["input_ids"])

    def _generate(self, text: str) -> str:
        import torch

        # The sections fit but for a few tokens where sentences are joined.
        inputs = self.tokenizer(text, return_tensors="pt", truncation=True, max_length=self.max_source_tokens).to(
            self.device
        )
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                num_beams=_BEAM,
                do_sample=False,
                no_repeat_ngram_size=3,
                min_length=0,
                max_length=None,
                max_new_tokens=self.max_summary_tokens,
            )
        return str(self.tokenizer.batch_decode(output, skip_special_tokens=True)[0]).strip()


def supports(summary: Sequence[str], sentences: Sequence[str]) -> list[list[int]]:
    """For each summary sentence the indices of the most similar sentences of the text, by TF-IDF cosine, nearest first.

    A figure or a name that these lack adds the most similar sentence that has it.
    """
    vectors = tf_idf([*summary, *sentences])
    similarity = vectors[: len(summary)] @ vectors[len(summary) :].T
    return [_supports(text, sentences, row) for text, row in zip(summary, similarity, strict=True)]


def _supports(text: str, sentences: Sequence[str], similarity: Matrix) -> list[int]:
    ranked = [int(i) for i in np.argsort(-similarity, kind="stable") if similarity[i] > 0]
    found = [i for i in ranked[:_SUPPORTS] if similarity[i] >= _NEAR * similarity[ranked[0]]]
    missing = invented(text, [sentences[i] for i in found])
    for i in ranked:
        if len(still := invented(text, [sentences[j] for j in (*found, i)])) < len(missing):
            found.append(i)
            missing = still
    return found

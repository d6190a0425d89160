"""MarianMT by CTranslate2 (https://opennmt.net/CTranslate2), from the same checkpoint, converted on first use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.catalog import Model
from pipeline.conversion import load_converted, write
from pipeline.device import usable_cores
from pipeline.errors import ConfigError, ModelError
from pipeline.hub import fetch, from_pretrained
from pipeline.nmt import Decoding, Hypothesis
from pipeline.nmt.batching import by_limit
from pipeline.nmt.pieces import END, Pieces

_BATCH_TOKENS = 2048  # times the beam: small batches stay in the caches of a CPU


class CTranslate2Backend:
    """A ``ctranslate2.Translator`` and the checkpoint's pieces; one worker a core, each with one thread."""

    name = "ctranslate2"

    def __init__(self, model: Model, device: str, precision: str, batch_tokens: int | None = None) -> None:
        import ctranslate2

        folder = fetch(model)
        self.pieces = Pieces.load(folder)
        cores = usable_cores() if device == "cpu" else 1
        load = partial(
            ctranslate2.Translator,
            device=device,
            compute_type=precision,
            inter_threads=cores,
            intra_threads=1,
        )
        try:
            self.translator = load_converted(Model(model.name, folder), partial(convert, model, folder), load)
        except ValueError as error:  # a precision that the device does not have
            raise ConfigError(f"translate.precision: {error}") from error
        self.precision, self.device, self.batch_tokens = precision, device, batch_tokens or _BATCH_TOKENS
        self.positions = _positions(folder)

    def decode(
        self, inputs: Sequence[Sequence[str]], limits: Sequence[int], decoding: Decoding
    ) -> list[list[Hypothesis]]:
        """See :class:`pipeline.nmt.Backend`. All batches are handed over at once; the workers take them in turn."""
        found: list[list[Hypothesis]] = [[] for _ in inputs]
        targets: list[list[list[str]]] = [[] for _ in inputs]
        waiting = []
        for limit, members in by_limit(limits):
            results = self.translator.translate_batch(
                [list(inputs[i]) for i in members],
                max_batch_size=max(1, self.batch_tokens // decoding.beam),
                batch_type="tokens",
                asynchronous=True,
                beam_size=decoding.beam,
                num_hypotheses=decoding.hypotheses,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                length_penalty=decoding.length_penalty,
                max_input_length=0,
                max_decoding_length=limit,
                return_end_token=True,
                return_scores=True,
            )
            waiting.append((members, results))
        for members, results in waiting:
            for index, result in zip(members, results, strict=True):
                done = result.result()
                found[index] = [
                    Hypothesis(self.pieces.decode(pieces), score, truncated=pieces[-1:] != [END])
                    for pieces, score in zip(done.hypotheses, done.scores, strict=True)
                ]
                targets[index] = done.hypotheses
        if decoding.no_repeat_ngram or decoding.length_penalty != 1:
            return self._rescored(inputs, targets, found, decoding)
        return found

    def _rescored(
        self,
        inputs: Sequence[Sequence[str]],
        targets: list[list[list[str]]],
        found: list[list[Hypothesis]],
        decoding: Decoding,
    ) -> list[list[Hypothesis]]:
        """With the model's own mean log-probabilities: a search that was constrained has others."""
        pairs = [
            (list(source), [piece for piece in pieces if piece != END])
            for source, hypotheses in zip(inputs, targets, strict=True)
            for pieces in hypotheses
        ]
        results = self.translator.score_batch(
            [source for source, _ in pairs],
            [target for _, target in pairs],
            max_batch_size=max(1, self.batch_tokens // decoding.beam),
            batch_type="tokens",
        )
        scores = iter([sum(result.log_probs) / max(1, len(result.log_probs)) for result in results])
        return [[replace(hypothesis, score=next(scores)) for hypothesis in row] for row in found]


def _positions(folder: Path) -> int:
    return int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["max_position_embeddings"])


def convert(model: Model, folder: Path, target: Path) -> None:
    """Write the checkpoint of a folder in CTranslate2's form; raises ModelError where that would not be the same."""
    import torch
    from transformers import MarianMTModel, MarianTokenizer

    here = Model(name=model.name, folder=folder)
    checkpoint = from_pretrained(MarianMTModel, here, dtype="auto")
    start = checkpoint.get_input_embeddings().weight[checkpoint.config.decoder_start_token_id]
    if torch.any(start != 0):
        raise ModelError(
            f"model {model.name!r}: its decoder starts from a piece that is not zero, which CTranslate2 cannot; "
            "set translate.backend to torch"
        )
    write(checkpoint, from_pretrained(MarianTokenizer, here), target)

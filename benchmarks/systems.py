"""The ways to translate that are compared. Run as a module, one of them in a process of its own, and JSON comes out.

python -m benchmarks.systems SYSTEM MODEL_FOLDER [--sentences N] [--beam N] [--length N]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.corpus import sentences
from pipeline import catalog
from pipeline.device import Runtime, usable_cores
from pipeline.nmt.pieces import Pieces

Translate = Callable[[list[str]], object]
_BATCH = 16
_BUDGETS = (512, 1024, 2048, 4096)


def plain_transformers(folder: str, beam: int, length: int | None) -> list[tuple[str, Translate]]:
    """What a user would write: batches of 16 in the order of the document, ``generate`` in float32."""
    import torch
    from transformers import MarianMTModel, MarianTokenizer

    model, tokenizer = (
        MarianMTModel.from_pretrained(folder, dtype=torch.float32),
        MarianTokenizer.from_pretrained(folder),
    )
    fixed = {"min_new_tokens": length, "max_new_tokens": length} if length else {"max_new_tokens": 256}

    def run(texts: list[str]) -> None:
        for start in range(0, len(texts), _BATCH):
            inputs = tokenizer(texts[start : start + _BATCH], return_tensors="pt", padding=True)
            output = model.generate(**inputs, num_beams=beam, max_length=None, **fixed)
            tokenizer.batch_decode(output, skip_special_tokens=True)

    return [("batches of 16", run)]


def bare_ctranslate2(folder: str, beam: int, length: int | None) -> list[tuple[str, Translate]]:
    """One call of ``translate_batch`` with everything, 8-bit integers, batches by tokens of several sizes."""
    import ctranslate2

    from pipeline.conversion import converted
    from pipeline.nmt.backends.with_ctranslate2 import convert

    model = catalog.resolve(folder)

    pieces = Pieces.load(Path(folder))
    translator = ctranslate2.Translator(
        str(converted(model, partial(convert, model, Path(folder)))),
        compute_type="int8",
        inter_threads=usable_cores(),
        intra_threads=1,
    )
    fixed = {"min_decoding_length": length, "max_decoding_length": length} if length else {"max_decoding_length": 256}

    def calls(budget: int) -> Translate:
        def run(texts: list[str]) -> None:
            results = translator.translate_batch(
                [pieces.encode(text) for text in texts],
                beam_size=beam,
                max_batch_size=budget,
                batch_type="tokens",
                return_scores=True,
                **fixed,
            )
            for result in results:
                pieces.decode(result.hypotheses[0])

        return run

    return [(f"batches of {budget} tokens", calls(budget)) for budget in _BUDGETS]


def ours(folder: str, beam: int, length: int | None, *, retry: bool = False) -> list[tuple[str, Translate]]:
    """The engine as the stage uses it, without the memory."""
    from pipeline.nmt.backends import load_backend
    from pipeline.nmt.translator import Translator

    class Fixed(Translator):
        """Random weights do not end a sentence: the same length for all systems."""

        def _limit(self, pieces: int, ratio: float) -> int:
            return length or super()._limit(pieces, ratio)

    translator = Fixed(load_backend(catalog.resolve(folder), Runtime()), beam=beam, retry=retry)
    return [("default", translator.translate)]


def ours_checked(folder: str, beam: int, length: int | None) -> list[tuple[str, Translate]]:
    """The same with checks and retries."""
    return ours(folder, beam, length, retry=True)


SYSTEMS = {f.__name__: f for f in (plain_transformers, bare_ctranslate2, ours, ours_checked)}


def measure(system: str, folder: str, count: int, beam: int, length: int | None, rounds: int = 3) -> dict:
    """Median seconds of the best variant, and peak memory."""
    texts = sentences(count)
    pieces = Pieces.load(Path(folder))
    tokens = sum(len(pieces.encode(text)) for text in texts)
    best: tuple[float, str] | None = None
    for name, translate in SYSTEMS[system](folder, beam, length):
        translate(texts[:_BATCH])
        seconds = []
        for _ in range(rounds):
            began = time.perf_counter()
            translate(texts)
            seconds.append(time.perf_counter() - began)
        if best is None or statistics.median(seconds) < best[0]:
            best = statistics.median(seconds), name
    assert best
    return {
        "system": system,
        "variant": best[1],
        "seconds": best[0],
        "sentences_per_second": count / best[0],
        "tokens_per_second": tokens / best[0],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("folder")
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--length", type=int)
    arguments = parser.parse_args()
    print(
        json.dumps(measure(arguments.system, arguments.folder, arguments.sentences, arguments.beam, arguments.length))
    )

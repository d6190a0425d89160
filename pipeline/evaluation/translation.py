"""BLEU and chrF of a translator on a test set, by sacrebleu (Post 2018, https://aclanthology.org/W18-6319)."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline import __version__, catalog
from pipeline.device import Runtime
from pipeline.errors import PolderbriefError
from pipeline.nmt import BackendName, Precision
from pipeline.nmt.backends import load_backend
from pipeline.pairs import Pair, read_pairs


@dataclass(frozen=True, slots=True)
class TranslationScores:
    """Corpus scores in percent, and everything that they depend on."""

    bleu: float
    chrf: float
    signatures: dict[str, str]
    testset: str
    sentences: int
    model: str
    revision: str | None
    sha256: str | None
    backend: str
    beam: int
    precision: str
    device: str
    seconds: float
    version: str

    def to_dict(self) -> dict[str, Any]:
        """One flat object, ``bleu`` and ``chrf`` plain numbers."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The scores in words, for people."""
        setting = f"{self.backend}, beam {self.beam}, {self.precision} on {self.device}, polderbrief {self.version}"
        revision = self.revision or (self.sha256 or "")[:12]
        return [
            f"{self.testset} ({self.sentences} sentences), {self.model} {revision}, {setting}, {self.seconds:.0f} s",
            f"  BLEU {self.bleu:.1f}   {self.signatures['bleu']}",
            f"  chrF {self.chrf:.1f}   {self.signatures['chrf']}",
        ]


def corpus_scores(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[float, float, dict[str, str]]:
    """BLEU, chrF, and their signatures, with sacrebleu's defaults and one reference a sentence."""
    try:
        from sacrebleu import BLEU, CHRF
    except ImportError:
        raise PolderbriefError("sacrebleu is missing: pip install 'polderbrief[evaluate]'") from None
    bleu, chrf = BLEU(), CHRF()
    scores = bleu.corpus_score(hypotheses, [references]).score, chrf.corpus_score(hypotheses, [references]).score
    return *scores, {"bleu": str(bleu.get_signature()), "chrf": str(chrf.get_signature())}


def evaluate_translation(
    model: str,
    testset: str | Path,
    *,
    beam: int = 4,
    backend: BackendName = "auto",
    precision: Precision = "auto",
    retry: bool = False,
    revision: str | None = None,
    limit: int | None = None,
) -> TranslationScores:
    """Translate the sources of a TSV and score against its targets; ``limit`` takes the first sentences only."""
    from pipeline.nmt.translator import Translator

    pairs: list[Pair] = read_pairs(testset)[:limit]
    found, runtime = catalog.resolve(model, revision), Runtime()
    found.verify()
    loaded = load_backend(found, runtime, backend=backend, precision=precision)
    translator = Translator(loaded, beam=beam, max_source_tokens=256, retry=retry)
    began = time.perf_counter()
    hypotheses = [hypothesis.text for hypothesis in translator.translate([source for source, _ in pairs])]
    seconds = time.perf_counter() - began
    bleu, chrf, signatures = corpus_scores(hypotheses, [target for _, target in pairs])
    return TranslationScores(
        bleu=bleu,
        chrf=chrf,
        signatures=signatures,
        testset=str(testset),
        sentences=len(pairs),
        model=model,
        revision=found.revision,
        sha256=found.digest(),
        backend=loaded.name,
        beam=beam,
        precision=loaded.precision,
        device=f"{loaded.device} ({platform.machine()})",
        seconds=seconds,
        version=__version__,
    )

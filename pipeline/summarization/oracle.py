"""Which sentences come nearest to a reference summary (Nallapati et al. 2017, https://arxiv.org/abs/1611.04230)."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import PolderbriefError


def oracle(sentences: Sequence[str], reference: str, most: int) -> list[int]:
    """Indices of at most ``most`` sentences, chosen one by one while ROUGE-1 and ROUGE-2 together rise."""
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise PolderbriefError("rouge-score is missing: pip install 'polderbrief[evaluate]'") from None
    scorer = RougeScorer(["rouge1", "rouge2"], use_stemmer=True)

    def rouge(indices: list[int]) -> float:
        text = " ".join(sentences[i] for i in sorted(indices))
        return float(sum(score.fmeasure for score in scorer.score(reference, text).values()))

    chosen: list[int] = []
    best = 0.0
    while len(chosen) < min(most, len(sentences)):
        score, index = max((rouge([*chosen, i]), -i) for i in range(len(sentences)) if i not in chosen)
        if score <= best:
            break
        best = score
        chosen.append(-index)
    return chosen

"""The engine: sentences of many documents in, one hypothesis each out, whatever decodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.nmt import Backend, Decoding, Hypothesis
from pipeline.nmt.retry import ATTEMPTS, better, faults
from pipeline.segmentation.clauses import split_clauses

if TYPE_CHECKING:
    from pipeline.nmt.memory import Memory

_LENGTH_CLASS = 16  # source pieces
_LONGEST = 2.0  # target pieces for a source piece: Dutch and English differ little in length
_LONGEST_OF_BEAM = 1.3
_CLAUSES = 12  # source pieces of a clause that a failed translation is tried again with, at least


class Translator:
    """A backend with everything around it: equal sentences once, long ones by clause, failed ones another way.

    ``max_source_tokens`` bounds the length of one input. ``languages`` are those of source and target, for clauses and
    checks; without ``retry`` the first translation stands. ``target_token`` is the piece that every input of a model of
    several target languages starts with.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        beam: int = 4,
        max_source_tokens: int = 128,
        retry: bool = True,
        languages: tuple[str, str] = ("nl", "en"),
        memory: Memory | None = None,
        target_token: str | None = None,
    ) -> None:
        self.backend, self.languages, self.memory, self.retry = backend, languages, memory, retry
        self.decoding = Decoding(beam=beam)
        self.start = [target_token] if target_token else []
        self.max_source_tokens = min(max_source_tokens, backend.positions)

    def translate(self, sentences: Sequence[str]) -> list[Hypothesis]:
        """One hypothesis a sentence, in order."""
        unique = list(dict.fromkeys(sentences))
        done = self.memory.get(unique) if self.memory else {}
        new = [sentence for sentence in unique if sentence not in done]
        fresh = dict(zip(new, self._translate(new), strict=True))
        if self.memory:
            self.memory.put(fresh)
        done |= fresh
        return [done[sentence] for sentence in sentences]

    def _translate(self, sentences: list[str]) -> list[Hypothesis]:
        cut = [self._cut(sentence, self.max_source_tokens) for sentence in sentences]
        pieces = list(dict.fromkeys(part for parts in cut for part in parts))
        found = dict(zip(pieces, (best for (best, *_) in self._decode(pieces, self.decoding)), strict=True))
        if self.retry:
            self._mend(found)
        return [_join([found[part] for part in parts]) for parts in cut]

    def _mend(self, found: dict[str, Hypothesis]) -> None:
        """Decode again, in order of cost, what fails a check, and keep what fails least."""
        failed = {source: wrong for source, now in found.items() if (wrong := faults(source, now, self.languages))}
        for attempt in ATTEMPTS:
            if not failed:
                return
            decoding, sources = attempt.decoding(self.decoding), list(failed)
            candidates = self._by_clause(sources, decoding) if attempt.clauses else self._decode(sources, decoding)
            for source, tried in zip(sources, candidates, strict=True):
                found[source], failed[source] = better(source, found[source], failed[source], tried, self.languages)
            failed = {source: wrong for source, wrong in failed.items() if wrong}

    def _by_clause(self, sources: list[str], decoding: Decoding) -> list[list[Hypothesis]]:
        cut = [self._cut(source, max(_CLAUSES, self._length(source) // 2)) for source in sources]
        parts = list(dict.fromkeys(part for parts in cut for part in parts))
        found = dict(zip(parts, (best for (best, *_) in self._decode(parts, decoding)), strict=True))
        return [[_join([found[part] for part in parts])] for parts in cut]

    def _decode(self, sources: list[str], decoding: Decoding) -> list[list[Hypothesis]]:
        inputs = [self._encode(source) for source in sources]
        # a whole beam is searched to its end: hypotheses that run on would cost more than all the rest
        ratio = _LONGEST if decoding.hypotheses == 1 else _LONGEST_OF_BEAM
        return self.backend.decode(inputs, [self._limit(len(pieces), ratio) for pieces in inputs], decoding)

    def _cut(self, sentence: str, longest: int) -> list[str]:
        """The parts of a sentence that fit; none for an empty one."""
        parts = split_clauses(sentence, lambda text: self._length(text) <= longest, self.languages[0])
        return [part.strip() for part in parts if part.strip()]

    def _encode(self, text: str) -> list[str]:
        return self.start + self.backend.pieces.encode(text)

    def _length(self, text: str) -> int:
        return len(self._encode(text))

    def _limit(self, length: int, ratio: float) -> int:
        """The most target pieces for a source, the same for all sources of its length class."""
        longest = -(-length // _LENGTH_CLASS) * _LENGTH_CLASS
        return min(self.backend.positions - 1, int(ratio * longest) + 10)  # the start of the target takes a position


def _join(parts: list[Hypothesis]) -> Hypothesis:
    """The translations of the parts of one sentence as one; an empty sentence has an empty translation."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Hypothesis("", 0.0)
    return Hypothesis(
        text=" ".join(part.text for part in parts if part.text),
        score=sum(part.score for part in parts) / len(parts),
        truncated=any(part.truncated or not part.text for part in parts),
        parts=sum(part.parts for part in parts),
        retried=any(part.retried for part in parts),
    )

"""Inputs of the encoder: sentences by themselves, or a target with the sentences around its mentions.

``[CLS] target? [SEP] (mark sentence)* [SEP]``, with the types 0 before and 1 after the first ``[SEP]``. The state of
``[CLS]`` stands for the target, that of its mark for a sentence. Before each mention of the target stands ``*``, before
one of another ``#``: marks that the encoder knows from text (Zhou and Chen 2021, https://arxiv.org/abs/2102.01373, on
entity markers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SENTENCE = "[unused1]"
_MENTION, _RIVAL = "*", "#"
_LONGEST_TARGET = 12  # pieces
_LONGEST_SENTENCE = 80
_MENTIONS = 8  # of a sentence that are marked
AROUND = (1, 2)  # sentences before and after a mention that can be about it
_OVERLAP = 2  # sentences that a window repeats of the one before it, for what they refer to

# The characters of a sentence where it names the target; None where only its source does.
Mentions = Sequence[Sequence[int | None]]
Sentence = tuple[list[int], list[tuple[int, int] | None]]  # pieces and what they cover; marks cover nothing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of a sentence stands in the input, and the characters of the sentence that it covers."""

    position: int
    sentence: int
    start: int
    end: int


@dataclass(slots=True)
class Layout:
    """One input. ``sentences`` are the numbers of those in it, ``sentence_marks`` where their marks stand.

    Sentences that repeat those of the window before are read and not judged again: they have no mark and no places
    here.
    """

    ids: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    sentence_marks: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def add(self, ids: Sequence[int], kind: int) -> int:
        """Put pieces at the end; returns the position of the first."""
        position = len(self.ids)
        self.ids += ids
        self.types += [kind] * len(ids)
        return position


class Composer:
    """Lays out documents by the tokenizer of a checkpoint's folder; ``longest`` is the most pieces of an input."""

    def __init__(self, folder: Path, longest: int = 384) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.longest = longest
        self.start, self.end = (self._first(*names) for names in (("[CLS]", "<s>"), ("[SEP]", "</s>")))
        self.sentence, self.mention, self.rival = (self._first(name) for name in (_SENTENCE, _MENTION, _RIVAL))

    def outline(self, sentences: Sequence[str]) -> list[Layout]:
        """Windows over all sentences."""
        whole = {i: self._marked(encoding) for i, encoding in enumerate(self._encode(sentences))}
        return list(self._layouts([], whole))

    def ask(
        self,
        targets: Sequence[str],
        sentences: Sequence[str],
        mentions: Sequence[Mentions],
        around: tuple[int, int] = AROUND,
    ) -> list[list[Layout]]:
        """For each target, with its ``mentions``, windows over its passage: the sentences ``around`` them.

        There may be more mentions than targets: those of others that are not asked about.
        """
        spoken = self._encode(sentences)
        found = []
        for number, name in enumerate(self._encode(targets)):
            rivals = [*mentions[:number], *mentions[number + 1 :]]
            near = _near([bool(places) for places in mentions[number]], *around)
            passage = {
                i: self._marked(spoken[i], mentions[number][i], [at for r in rivals for at in r[i]]) for i in near
            }
            found.append(list(self._layouts(name.ids[:_LONGEST_TARGET], passage)))
        return found

    def _layouts(self, target: Sequence[int], passage: Mapping[int, Sentence]) -> Iterator[Layout]:
        numbers = list(passage)
        for window, repeated in _windows([1 + len(passage[i][0]) for i in numbers], self.longest - len(target) - 3):
            layout = Layout()
            layout.add([self.start, *target, self.end], 0)
            for rank, i in enumerate(numbers[window.start : window.stop]):
                self._add_sentence(layout, i, passage[i], judged=rank >= repeated)
            layout.add([self.end], 1)
            yield layout

    def _marked(self, encoding: Any, own: Sequence[int | None] = (), others: Sequence[int | None] = ()) -> Sentence:
        """The pieces of a sentence with marks before its mentions, or at its beginning where they have no place.

        Of a longer sentence than the most, they are those around its first own mention.
        """
        ids: list[int] = []
        offsets: list[tuple[int, int] | None] = []
        pieces = list(zip(encoding.ids, encoding.offsets, strict=True))
        first = min((at for at in own if at is not None), default=0)
        ahead = sum(end <= first for _, (_, end) in pieces)
        begin = 0 if ahead < _LONGEST_SENTENCE else ahead - _LONGEST_SENTENCE // 2  # so that it names the target
        pieces = pieces[begin : begin + _LONGEST_SENTENCE]
        marks = {at or 0: self.rival for at in others} | {at or 0: self.mention for at in own}
        waiting = sorted((at for at in marks if not pieces or at >= pieces[0][1][0]), reverse=True)[-_MENTIONS:]
        for piece, (start, end) in pieces:
            if waiting and waiting[-1] < end:
                ids.append(marks[waiting.pop()])
                offsets.append(None)
            ids.append(piece)
            offsets.append((start, end))
        return ids, offsets

    def _add_sentence(self, layout: Layout, number: int, sentence: Sentence, *, judged: bool) -> None:
        ids, offsets = sentence
        mark = layout.add([self.sentence, *ids], 1)
        if judged:
            layout.sentences.append(number)
            layout.sentence_marks.append(mark)
            layout.places += (Place(mark + 1 + i, number, *place) for i, place in enumerate(offsets) if place)

    def _first(self, *names: str) -> int:
        """The token that the checkpoint has, by any of its names."""
        return next((i for name in names if (i := self.tokenizer.token_to_id(name)) is not None), 0)

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        encodings: list[Any] = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return encodings


def _near(named: Sequence[bool], before: int, after: int) -> list[int]:
    """The sentences around those that name a target; all of them if none does."""
    near = {j for i, is_named in enumerate(named) if is_named for j in range(i - before, i + after + 1)}
    return sorted(near & set(range(len(named)))) or list(range(len(named)))


def _windows(lengths: list[int], longest: int) -> Iterator[tuple[range, int]]:
    """Runs of sentences that fit, and how many at the beginning of each the one before it has judged."""
    start = 0
    while start < len(lengths):
        repeated = min(_OVERLAP, start)
        while repeated and sum(lengths[start - repeated : start + 1]) > longest:
            repeated -= 1
        end, total = start, sum(lengths[start - repeated : start])
        while end < len(lengths) and (end == start or total + lengths[end] <= longest):
            total += lengths[end]
            end += 1
        yield range(start - repeated, end), repeated
        start = end

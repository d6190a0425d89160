"""Batches of similar length under a token budget, each with one limit to the length of its translations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def token_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches whose padded size (items times the longest, in tokens) keeps within the budget.

    Longest first, so that a batch that does not fit the device shows at once; a single longer item is a batch
    of its own.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and longest * (len(batch) + 1) > budget:
            yield batch
            batch = []
        if not batch:
            longest = lengths[index]
        batch.append(index)
    if batch:
        yield batch


def by_limit(limits: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Each limit and the indices that have it, largest first.

    What decodes stops a whole batch at one limit: if that were another item's, a translation would depend on what
    else is in its batch.
    """
    members: dict[int, list[int]] = {}
    for index, limit in enumerate(limits):
        members.setdefault(limit, []).append(index)
    return sorted(members.items(), reverse=True)


def limited_batches(lengths: Sequence[int], limits: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches of one limit each, within the budget."""
    for _, members in by_limit(limits):
        for batch in token_batches([lengths[index] for index in members], budget):
            yield [members[i] for i in batch]

"""Word links against fifty pairs linked by hand."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Pipeline, catalog
from pipeline.device import Runtime
from pipeline.document import Document, Link
from pipeline.nmt.links import Linker, words

GOLD = Path(__file__).parent / "data" / "links.tsv"


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker.load(catalog.resolve("marian-mini-nl-en"), Runtime("cpu"))


def test_the_alignment_error_rate_is_low(linker: Linker) -> None:
    rows = [line.split("\t") for line in GOLD.read_text(encoding="utf-8").splitlines()]
    found = linker.link([(source, target) for source, target, _ in rows])
    common = ours = theirs = 0
    for (source, target, gold), links in zip(rows, found, strict=True):
        wanted = {(words(source)[int(i)], words(target)[int(j)]) for i, j in (link.split("-") for link in gold.split())}
        mine = {(link[:2], link[2:]) for link in links}
        common, ours, theirs = common + len(wanted & mine), ours + len(mine), theirs + len(wanted)
    error_rate = 1 - 2 * common / (ours + theirs)  # Och and Ney 2003, all links sure
    print(f"{len(rows)} pairs, {theirs} links: alignment error rate {error_rate:.3f}")
    assert len(rows) == 50
    assert error_rate < 0.1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4))
def test_links_are_words_of_both_sides_whatever_the_text(linker: Linker, pairs: list[tuple[str, str]]) -> None:
    for (source, target), links in zip(pairs, linker.link(pairs), strict=True):
        assert all(link[:2] in words(source) and link[2:] in words(target) for link in links)
        assert len(set(links)) == len(links)


def test_links_do_not_depend_on_the_batch(linker: Linker) -> None:
    pairs = [("De trein rijdt niet.", "The train is not running."), ("Wat een auto!", "What a car!"), ("", "x" * 3_000)]
    alone = [linker.link([pair])[0] for pair in pairs]
    assert linker.link(pairs) == alone
    assert alone[2] == []


def test_the_stage_links_what_was_translated_and_links_survive_json() -> None:
    pipeline = Pipeline.from_config({"stages": ["split", "language", "translate", "align"], "translate": {"beam": 1}})
    document = Document("a", "De man koopt vandaag een nieuwe auto.\n\nThis is a sentence in English.")
    pipeline.load()
    (done,) = pipeline.process([document]).documents
    first, second = done.segments
    assert first.target
    link: Link = next(link for link in first.links or [] if first.source[link[0] : link[1]] == "auto")
    assert first.target[link[2] : link[3]] == "car"
    assert second.links is None
    assert Document.from_dict(done.to_dict()) == done

"""The stage digest: which articles make a story, and how it is told."""

import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import polderbrief, read_lines
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import Document, Pipeline
from pipeline.document import Summary, SummarySentence
from pipeline.runner import run
from pipeline.stage import Stage, StageConfig, _registered, stage
from pipeline.stories.clusters import SinglePass
from pipeline.stories.entries import Entry
from pipeline.stories.paragraph import tell
from pipeline.stories.vectors import DIMENSION, HashedTerms

BRIDGE = "The Merwede bridge was closed to lorries after inspectors found cracks in the steel."
BRIDGE_AGAIN = "Inspectors found cracks in the steel of the Merwede bridge, which is closed to lorries."
BRIDGE_OPEN = "The Merwede bridge opens to lorries again: its cracks in the steel have been welded."
TULIPS = "Tulip growers in the polder expect a late bloom because of the cold spring."


def document(name: str, *sentences: str, **metadata: str) -> Document:
    found = Document(name, "bron", metadata=dict(metadata))
    found.summary = Summary([SummarySentence(text, [i]) for i, text in enumerate(sentences)], "extractive")
    return found


def entry(name: str, *sentences: str, date: str | None = None) -> Entry:
    return Entry.of(document(name, *sentences, title=f"About {name}", **({"date": date} if date else {})))


def digest(
    documents: Sequence[Document], formats: Sequence[str] = ("jsonl", "markdown"), **options: Any
) -> tuple[list[dict[str, Any]], str]:
    """The records and the page that the stage makes of documents."""
    stages = ["split", "language", "translate", "summarize", "digest"]
    made = Pipeline.from_config({"stages": stages, "digest": options, "output": {"formats": list(formats)}})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made.corpus_stages[0].process_corpus(iter(documents), folder)
        return read_lines(folder / "stories.jsonl"), (folder / "stories.md").read_text(encoding="utf-8")


def grouped(documents: Sequence[Document], **options: Any) -> set[frozenset[str]]:
    records, _ = digest(documents, **options)
    return {frozenset(source["id"] for source in record["sources"]) for record in records}


def test_related_articles_make_a_story_and_unrelated_ones_do_not() -> None:
    documents = [
        document("a", BRIDGE, title="Merwede bridge closed", date="2025-03-01"),
        document("b", TULIPS, title="Late tulips", date="2025-03-01"),
        document("c", BRIDGE_AGAIN, title="Cracks in a bridge", date="2025-03-02"),
    ]
    assert grouped(documents) == {frozenset("ac"), frozenset("b")}
    assert grouped(documents, similarity=0.99) == {frozenset("a"), frozenset("b"), frozenset("c")}


def test_the_window_is_counted_from_the_latest_document_of_the_story() -> None:
    def at(*days: str) -> list[Document]:
        return [document(f"d{i}", BRIDGE, title="Bridge", date=day) for i, day in enumerate(days)]

    assert len(grouped(at("2025-03-01", "2025-03-04"))) == 1
    assert len(grouped(at("2025-03-01", "2025-03-05"))) == 2
    assert len(grouped(at("2025-03-01", "2025-03-04", "2025-03-07"))) == 1
    assert len(grouped(at("2025-03-01", "2025-03-02"), days=0)) == 2
    assert len(grouped(at("2025-03", "2025-04-02"))) == 1  # it may have been the last of March
    assert len(grouped(at("2025-02", "2025-03-05"))) == 2
    assert len(grouped(at("2025-03-01T23:00:00+01:00", "2025-03-02T08:00:00Z"))) == 1


def test_a_document_without_a_date_joins_by_its_words_alone() -> None:
    documents = [
        document("new", BRIDGE, title="Bridge"),
        document("old", BRIDGE_AGAIN, title="Bridge", date="2019-01-01"),
        document("odd", BRIDGE_OPEN, title="Bridge", date="last week"),
    ]
    assert len(grouped(documents)) == 1


def test_a_document_without_words_is_a_story_of_its_own() -> None:
    records, page = digest([document("1", title="?!"), document("2", title="?!"), Document("3", "...")])
    assert [len(record["sources"]) for record in records] == [1, 1, 1]
    assert all(record["sentences"] == [] for record in records)
    assert "Documents: 3. Stories: 3, of which 0 in more than one document." in page


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-09-26", date(2025, 9, 26), date(2025, 9, 26)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-09-26 10:00", date(2025, 9, 26), date(2025, 9, 26)),
    ],
)
def test_days_of_a_date(text: str, first: date, last: date) -> None:
    assert entry("a", date=text).days == (first.toordinal(), last.toordinal())


@pytest.mark.parametrize("text", ["", "2025", "2025-13", "gisteren"])
def test_what_is_no_date(text: str) -> None:
    assert entry("a", date=text).days is None


def test_vectors_have_length_one_and_know_rare_words() -> None:
    terms = HashedTerms()
    for text in ("the common bridge", "the common tulip", "common tram"):
        terms.count(text)
    bridge, tulip = terms.embed("a common bridge"), terms.embed("a common tulip")
    assert bridge.shape == (DIMENSION,)
    assert np.linalg.norm(bridge) == pytest.approx(1)
    assert bridge @ tulip < 0.5
    assert not terms.embed("of the and").any()


def test_the_story_that_has_waited_longest_makes_room() -> None:
    clusters = SinglePass(3, similarity=0.5, days=3, most_open=2)
    one, two, three = np.eye(3, dtype=np.float32)
    assert [clusters.assign(vector, None) for vector in (one, two, one, three)] == [0, 1, 0, 2]
    assert clusters.assign(one, None) == 0
    assert clusters.assign(two, None) == 3  # its first story is closed


def test_a_story_is_told_without_repetition_and_with_its_sources() -> None:
    entries = [
        entry("a", BRIDGE, "The mayor asked drivers for patience.", date="2025-03-01"),
        entry("b", BRIDGE, date="2025-03-01"),
        entry("c", BRIDGE_OPEN, BRIDGE, date="2025-03-03"),
    ]
    story = tell(entries, 4)
    texts = [told.text for told in story.sentences]
    assert texts.count(BRIDGE) == 1
    assert "The mayor asked drivers for patience." in texts
    assert sorted(source.id for source in story.sources) == ["a", "b", "c"]
    for told in story.sentences:
        sentences = [sentence.text for sentence in story.sources[told.source].sentences]
        assert told.text in sentences
        assert told.support == [sentences.index(told.text)]
    assert [told.source for told in story.sentences] == sorted(told.source for told in story.sentences)
    assert len(tell(entries, 1).sentences) == 1


def test_a_sentence_of_stop_words_is_said_once() -> None:
    entries = [entry(name, BRIDGE, "What is it?", "And so it was.", date="2025-03-01") for name in "abc"]
    assert sorted(told.text for told in tell(entries, 6).sentences) == ["And so it was.", BRIDGE, "What is it?"]


def test_a_story_of_very_many_documents() -> None:
    entries = [entry(f"{i:03}", f"{BRIDGE} It was report number {i}.", date="2025-03-01") for i in range(150)]
    story = tell(entries, 4)
    assert len(story.sources) == 150
    _, page = digest([document(e.id, e.sentences[0].text, title="A [bridge]", date="2025-03-01") for e in entries])
    assert "## A \\[bridge\\]" in page
    assert page.count("](briefs/") == 20
    assert "And 130 more documents." in page


def test_a_story_names_no_briefs_that_are_not_written() -> None:
    documents = [document("a", BRIDGE, title="A [bridge]", date="2025-03-01", url="https://x.nl/a_b_/?a=1&b=2")]
    records, page = digest(documents)
    assert records[0]["sources"][0]["brief"] == "briefs/a.md"
    assert "1. [A \\[bridge\\]](briefs/a.md) · 1 March 2025 · <https://x.nl/a_b_/?a=1&b=2> · a" in page
    records, page = digest(documents, ["jsonl"])
    assert records[0]["sources"][0]["brief"] is None
    assert "1. A \\[bridge\\] · 1 March 2025 · <https" in page


def test_an_empty_corpus() -> None:
    assert digest([]) == ([], "# Stories\n\nDocuments: 0. Stories: 0, of which 0 in more than one document.\n")


_DAYS = st.dates(date(2025, 1, 1), date(2025, 2, 1)).map(date.isoformat)
_WORDS = st.lists(st.sampled_from("bridge tulip tram lorry mayor polder storm dike".split()), max_size=6).map(" ".join)


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    ids = draw(st.lists(st.text("abcdé/ ", min_size=1, max_size=5), unique=True, max_size=12))
    return [
        document(name, draw(_WORDS), title=draw(_WORDS), **draw(st.fixed_dictionaries({}, optional={"date": _DAYS})))
        for name in ids
    ]


@settings(max_examples=40, deadline=None)
@given(corpora(), st.randoms(use_true_random=False))
def test_every_document_is_in_exactly_one_story_whatever_the_order(documents: list[Document], random: Any) -> None:
    records, page = digest(documents)
    sources = [source for record in records for source in record["sources"]]
    assert sorted(source["id"] for source in sources) == sorted(document.id for document in documents)
    for record in records:
        days = sorted(date.fromisoformat(source["date"]) for source in record["sources"] if source["date"])
        assert all(later - earlier <= timedelta(days=3) for earlier, later in pairwise(days))
    random.shuffle(documents)
    assert digest(documents) == (records, page)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage ``echo`` that takes the source for English; it is forgotten after the test."""
    monkeypatch.setattr("pipeline.stage._registered", {**_registered})

    @stage("echo", requires=["segments"], provides=["segments.target"])
    class Echo(Stage[StageConfig]):
        def process(self, documents: list[Document]) -> list[Document]:
            for found in documents:
                for segment in found.segments:
                    segment.target = segment.source
            return documents


@pytest.mark.usefixtures("echo")
def test_stories_do_not_depend_on_the_shards(articles: Callable[..., Path], tmp_path: Path) -> None:
    texts = {"a": BRIDGE, "b": TULIPS, "c": BRIDGE_AGAIN, "d": BRIDGE_OPEN, "e": TULIPS}
    inputs = articles(**{name: f"date 2025-03-0{i} {text}" for i, (name, text) in enumerate(texts.items(), 1)})
    made = []
    for size in (1, 2, 100):
        config = {"stages": ["split", "echo", "summarize", "digest"], "engine": {"shard_size": size}}
        report = run(Pipeline.from_config(config), [str(inputs)], tmp_path / str(size))
        assert report.failures == 0
        made.append([(tmp_path / str(size) / name).read_bytes() for name in ("stories.md", "stories.jsonl")])
    assert made[0] == made[1] == made[2]


def test_by_the_real_command(articles: Callable[..., Path], tmp_path: Path) -> None:
    """English articles pass through, so that the sentences are known."""
    inputs, output = (
        articles(
            bridge=f"date 2025-03-01 {BRIDGE} The mayor of Gorinchem asked drivers for patience.",
            cracks=f"date 2025-03-02 {BRIDGE_AGAIN} Repairs to the bridge will take a month.",
            later=f"date 2025-06-01 {BRIDGE_OPEN} Lorries used the bridge at once.",
            tulips=f"date 2025-03-01 {TULIPS} Prices at the auction have risen already.",
        ),
        tmp_path / "out",
    )
    config = tmp_path / "my.yaml"
    config.write_text("stages: [split, language, translate, summarize, digest]\ntranslate: {beam: 1}\n")
    done = polderbrief("run", inputs, "--config", config, "--output", output)
    assert done.returncode == 0, done.stderr
    records = read_lines(output / "stories.jsonl")
    assert [sorted(source["id"] for source in record["sources"]) for record in records] == [
        ["bridge", "cracks"],
        ["tulips"],
        ["later"],
    ]
    documents = {found["id"]: found for found in read_lines(output / "documents.jsonl")}
    for record in records:
        for told in record["sentences"]:
            source = record["sources"][told["source"]]
            assert told["text"] == documents[source["id"]]["segments"][told["support"][0]]["target"]
            assert (output / source["brief"]).is_file()
    page = (output / "stories.md").read_text(encoding="utf-8")
    assert "Documents: 4. Stories: 3, of which 1 in more than one document." in page
    assert "1. [" in page
    assert "](briefs/bridge.md) · 1 March 2025 · bridge" in page
    assert (output / "digest.md").is_file()  # the format of that name is another page
    assert json.loads((output / "manifest.json").read_text())["config"]["digest"]["days"] == 3


def test_a_wrong_order_by_the_real_command(tmp_path: Path) -> None:
    config = tmp_path / "my.yaml"
    config.write_text("stages: [split, language, translate, digest, summarize]\n")
    done = polderbrief("run", "seeds", "--config", config, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"polderbrief: {config}: stages: stage 'summarize' stands behind 'digest', which is over the whole corpus; "
        "move it before",
        f"polderbrief: {config}: stages: stage 'digest' needs summary, which no stage before it provides; "
        "move 'summarize' before it",
    ]

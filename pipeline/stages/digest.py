"""digest: the stories of a corpus, each one English paragraph over its related articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from pipeline.document import Document
from pipeline.stage import Stage, StageConfig, stage


class DigestConfig(StageConfig):
    """Options of ``digest``."""

    # From here on no two unrelated ones of the labelled articles of development come together.
    similarity: float = Field(0.22, gt=0, le=1, description="cosine from which an article belongs to a story")
    days: int = Field(3, ge=0, description="an article is at most this much later than the latest of its story")
    sentences: int = Field(4, ge=1, description="sentences of a story, at most")


@stage("digest", scope="corpus", requires=["summary"], provides=["stories.md", "stories.jsonl"])
class Digest(Stage[DigestConfig]):
    """Clusters articles by headline, summary and date, and tells each story in sentences of their summaries."""

    def process_corpus(self, documents: Iterator[Document], folder: Path) -> None:
        """Write the page and the records."""
        from pipeline.stories.clusters import SinglePass
        from pipeline.stories.entries import Entry, Shelf
        from pipeline.stories.page import write_stories
        from pipeline.stories.paragraph import tell
        from pipeline.stories.vectors import DIMENSION, HashedTerms

        terms = HashedTerms()
        clusters = SinglePass(DIMENSION, similarity=self.config.similarity, days=self.config.days)
        with Shelf(folder / "entries.sqlite") as shelf:
            for document in documents:
                entry = Entry.of(document)
                terms.count(entry.text)
                shelf.add(entry)
            for number, entry in shelf.by_date():  # the stories then do not depend on the order of the inputs
                shelf.join(number, clusters.assign(terms.embed(entry.text), entry.days))
            stories = (tell(entries, self.config.sentences) for entries in shelf.stories())
            write_stories(stories, folder, briefs=self.runtime.briefs)

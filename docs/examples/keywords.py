"""keywords: what a document is about, by RAKE (Rose et al. 2010, https://doi.org/10.1002/9780470689646.ch1)."""

import re
from collections import Counter

from pydantic import Field

from pipeline import Document
from pipeline.stage import Stage, StageConfig, stage
from pipeline.summarization.vectors import words


class KeywordsConfig(StageConfig):
    count: int = Field(10, ge=1, description="keywords of a document, at most")
    max_words: int = Field(3, ge=1, description="longer runs of words are no keyword")


def phrases(text: str, most: int) -> list[str]:
    """The runs of words between punctuation, numbers and words such as ``the`` (which ``words`` leaves out)."""
    tokens = re.findall(r"\w+(?:['’.&-]\w+)*|[^\w\s]", text)
    marked = " ".join(token if words(token) and not token[0].isdigit() else "|" for token in tokens)
    return [run.strip() for run in marked.split("|") if 0 < len(run.split()) <= most]


@stage("keywords", requires=["segments.target"], provides=["metadata.keywords"])
class Keywords(Stage[KeywordsConfig]):
    """Ranks phrases by how many words their words stand beside, for how often they occur; needs no other document."""

    def process(self, documents: list[Document]) -> list[Document]:
        for document in documents:
            found = [run for s in document.segments for run in phrases(s.target or "", self.config.max_words)]
            spelt = {run.casefold(): run for run in reversed(found)}  # as it stands first
            runs = [run.casefold().split() for run in found]
            frequency = Counter(word for run in runs for word in run)
            degree = Counter(word for run in runs for word in run * len(run))
            score = {" ".join(run): sum(degree[word] / frequency[word] for word in run) for run in runs}
            best = sorted(score, key=lambda run: -score[run])[: self.config.count]
            document.metadata["keywords"] = [spelt[run] for run in best]
        return documents

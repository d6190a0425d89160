"""stance: who is praised or criticised in a document, with the sentences that show it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from pipeline import catalog
from pipeline.document import Document, Stance
from pipeline.stage import Stage, StageConfig, stage
from pipeline.stance import Scorer, Statement
from pipeline.stance.holders import holder
from pipeline.stance.passages import Names, clauses_about, mentions, passages
from pipeline.stance.targets import Target, find_targets
from pipeline.stance.verdict import verdict

if TYPE_CHECKING:
    from pipeline.catalog import Model

_ALL = 1_000  # found names, with or without a stance of their own

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class TargetConfig(StageConfig):
    """A given target: what to call it, and what else the texts call it."""

    name: Name
    aliases: list[Name] = Field([])

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class StanceConfig(StageConfig):
    """Options of ``stance``."""

    method: Literal["lexicon", "nli"] = Field(
        "lexicon", description="word list on the English, or a model on the Dutch"
    )
    targets: list[TargetConfig] = Field([], description="about whom; empty: names that recur in the document")
    min_mentions: int = Field(2, ge=1, description="a found target occurs at least this often")
    max_targets: int = Field(5, ge=1, description="found targets, the most frequent ones")
    model: str = Field("mdeberta-xnli", description="nli: name on the shelf, folder or hub id")
    revision: str | None = Field(None, description="nli: commit or tag of a hub model")
    favor_hypothesis: str = Field("{target} wordt geprezen.", description="nli: follows from praise")
    against_hypothesis: str = Field("{target} wordt bekritiseerd.", description="nli: follows from criticism")

    @field_validator("favor_hypothesis", "against_hypothesis")
    @classmethod
    def _names_target(cls, value: str) -> str:
        if "{target}" not in value:
            raise ValueError("must hold {target}")
        return value


@stage("stance", requires=["segments.target"], provides=["stances"])
class StanceTagger(Stage[StanceConfig]):
    """Finds targets and their passages on the Dutch side, scores each sentence, and sums up per target."""

    scorer: Scorer

    def models(self) -> list[Model]:
        """The NLI model, if there is one."""
        if self.config.method == "lexicon":
            return []
        return [catalog.resolve(self.config.model, self.config.revision)]

    def load(self) -> None:
        """Load the scorer."""
        if self.config.method == "lexicon":
            from pipeline.stance.lexicon import LexiconScorer

            self.scorer = LexiconScorer()
        else:
            from pipeline.stance.nli import NliScorer

            hypotheses = (self.config.favor_hypothesis, self.config.against_hypothesis)
            self.scorer = NliScorer(self.models()[0], self.runtime, hypotheses)

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``stances``: one for each target that a translated segment speaks of."""
        given = [Target(target.name, tuple(target.aliases)) for target in self.config.targets]
        wanted = [given] * len(documents) if given else self.find(documents)
        for document, stances in zip(documents, self.tag(documents, wanted), strict=True):
            document.stances = stances
            tagged = {stance.target for stance in stances}
            for target in given:
                if target.name not in tagged:
                    document.note(self.name, f"not mentioned: {target.name}")
        return documents

    def find(self, documents: Sequence[Document]) -> list[list[Target]]:
        """The names that recur in each document, the most frequent ones."""
        return [
            _names(document, at_least=self.config.min_mentions)[: self.config.max_targets] for document in documents
        ]

    def tag(
        self,
        documents: Sequence[Document],
        wanted: Sequence[Sequence[Target]],
        known: Sequence[Sequence[Collection[int]]] = (),
    ) -> list[list[Stance]]:
        """The stance of each document on each of its targets that it speaks of.

        ``known`` may have for each document's segments the numbers of the targets that they name.
        """
        return [
            self._stances(document, targets, named)
            for document, targets, named in zip(documents, wanted, known or [()] * len(documents), strict=True)
        ]

    def _stances(self, document: Document, wanted: Sequence[Target], known: Sequence[Collection[int]]) -> list[Stance]:
        found = _names(document, at_least=self.config.min_mentions)  # each one ends the passage about another
        given = {name.lower() for target in wanted if target not in found for name in target.names}
        others = (other for other in found if not given & {name.lower() for name in other.names})
        everyone = [*wanted, *(other for other in others if other not in wanted)]
        segments, names = document.segments, Names(everyone)
        about = passages(segments, mentions(segments, names, known), len(everyone))
        stances = []
        for number, target in enumerate(wanted):
            indices = [i for i in about[number] if segments[i].target]
            if not indices:
                continue
            statements = [
                Statement(target.name, segments[i].source, clauses_about(segments[i].target or "", number, names))
                for i in indices
            ]
            label, score, evidence = verdict(self.scorer.score(statements))
            shown = [indices[i] for i in evidence]
            who = holder(segments, shown[0]) if shown else None
            who = None if who in target.names else who  # who speaks of other things, and is praised for it
            stances.append(Stance(target.name, label, score, shown, who))
        return stances


def _names(document: Document, at_least: int) -> list[Target]:
    return find_targets([segment.source for segment in document.segments], at_least=at_least, at_most=_ALL)

"""stance: who is praised or criticised in a document, with the sentences that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from pipeline import catalog
from pipeline.document import Document, Segment, Stance
from pipeline.stage import Stage, StageConfig, stage
from pipeline.stance import Scorer, Statement
from pipeline.stance.holders import holder
from pipeline.stance.passages import Names, clauses_about, mentions, passages
from pipeline.stance.targets import Target, find_targets
from pipeline.stance.verdict import verdict

if TYPE_CHECKING:
    from pipeline.catalog import Model

_ALL = 1_000  # found names, with or without a stance of their own: each one ends the passage about another


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
        for document in documents:
            document.stances = self._stances(document.segments)
            tagged = {stance.target for stance in document.stances}
            for target in self.config.targets:
                if target.name not in tagged:
                    document.note(self.name, f"not mentioned: {target.name}")
        return documents

    def _stances(self, segments: list[Segment]) -> list[Stance]:
        wanted, others = self._targets(segments)
        names = Names(wanted + others)
        about = passages(segments, mentions(segments, names), len(wanted) + len(others))
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

    def _targets(self, segments: list[Segment]) -> tuple[list[Target], list[Target]]:
        """The targets to judge, and the other names, which only end a passage."""
        sources = [segment.source for segment in segments]
        found = find_targets(sources, at_least=self.config.min_mentions, at_most=_ALL)
        if not self.config.targets:
            return found[: self.config.max_targets], found[self.config.max_targets :]
        given = [Target(target.name, tuple(target.aliases)) for target in self.config.targets]
        taken = {name.lower() for target in given for name in target.names}
        return given, [target for target in found if not taken & {name.lower() for name in target.names}]

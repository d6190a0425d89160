"""stance: who is praised or criticised in a document, with the sentences that show it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from pipeline import catalog
from pipeline.document import Document, Stance
from pipeline.stage import Stage, StageConfig, stage
from pipeline.stance import Judge, Judgement, Question
from pipeline.stance.evidence import share_evidence
from pipeline.stance.holders import holder
from pipeline.stance.targets import Target, find_names, same_name

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.tagging.tagger import Tagger

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

    method: Literal["tagger", "nli"] = Field(
        "tagger", description="who judges: the tagger on the English, or a model of inference on the Dutch"
    )
    targets: list[TargetConfig] = Field([], description="about whom; empty: what the tagger finds")
    model: str = Field("stance-mini", description="the tagger: name on the shelf, or folder")
    min_probability: float = Field(0.1, ge=0, le=1, description="of a found target")
    max_targets: int = Field(10, ge=1, description="found targets, the likeliest ones")
    nli_model: str = Field("mdeberta-xnli", description="nli: name on the shelf, folder or hub id")
    nli_revision: str | None = Field(None, description="nli: commit or tag of a hub model")
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
    """Finds targets, judges what the document says of each, and who says so."""

    judge: Judge
    tagger: Tagger

    def models(self) -> list[Model]:
        """The tagger, and the NLI model if that one judges."""
        config = self.config
        nli = [catalog.resolve(config.nli_model, config.nli_revision)] if config.method == "nli" else []
        return [catalog.resolve(config.model), *nli]

    def load(self) -> None:
        """Load the models."""
        from pipeline.tagging.loading import load_tagger

        tagger, *nli = self.models()
        self.tagger = load_tagger(tagger, self.runtime)
        if nli:
            from pipeline.stance.by_nli import NliJudge

            self.judge = NliJudge(nli[0], self.runtime, (self.config.favor_hypothesis, self.config.against_hypothesis))
        else:
            from pipeline.stance.by_tagger import TaggerJudge

            self.judge = TaggerJudge(self.tagger)

    def where(self) -> str | None:
        """As the tagger says, and an NLI model."""
        return self.tagger.encoder.where if self.config.method == "tagger" else super().where()

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill ``stances``: one for each target that a translated segment speaks of."""
        given = [Target(target.name, tuple(target.aliases)) for target in self.config.targets]
        if given:
            judged = self.tag(documents, [given] * len(documents))
        else:
            judged = self.tag_found(documents, self.find(documents))
        for document, stances in zip(documents, judged, strict=True):
            document.stances = stances
            tagged = {stance.target for stance in stances}
            for target in given:
                if target.name not in tagged:
                    document.note(self.name, f"not mentioned: {target.name}")
        return documents

    def find(self, documents: Sequence[Document]) -> list[list[Target]]:
        """The targets that each document takes a stance on, the likeliest first."""
        from pipeline.stance.finding import targets_of

        config = self.config
        outlines = self.tagger.outline([[s.target or "" for s in document.segments] for document in documents])
        return [
            targets_of(document.segments, outline.spans, least=config.min_probability, most=config.max_targets)
            for document, outline in zip(documents, outlines, strict=True)
        ]

    def tag_found(self, documents: Sequence[Document], targets: Sequence[Sequence[Target]]) -> list[list[Stance]]:
        """As ``tag``, for targets that were found: a sentence that names none of them is about one of them."""
        return [
            share_evidence(document.segments, found, stances)
            for document, found, stances in zip(documents, targets, self.tag(documents, targets), strict=True)
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
        questions = [
            Question(document.segments, targets, _others(document, targets), named)
            for document, targets, named in zip(documents, wanted, known or [()] * len(documents), strict=True)
        ]
        return [
            [
                _stance(question, target, judgement)
                for target, judgement in zip(question.wanted, judgements, strict=True)
                if judgement
            ]
            for question, judgements in zip(questions, self.judge.judge(questions), strict=True)
        ]


def _stance(question: Question, target: Target, judgement: Judgement) -> Stance:
    """With the strongest evidence that somebody is named for, if there is one, first.

    The score is how likely it is that somebody takes a stance on the target, and then this one.
    """
    evidence, score = judgement.evidence, round(judgement.score * target.likely, 3)
    for index in evidence:
        who = holder(question.segments, index)
        if who and who not in (*target.names, *target.endings):  # who speaks of other things, and is praised for it
            evidence = [index, *(other for other in evidence if other != index)]
            return Stance(target.name, judgement.label, score, evidence, who)
    return Stance(target.name, judgement.label, score, evidence)


def _others(document: Document, targets: Sequence[Target]) -> list[Target]:
    """Names that are not asked about: a mention of one inside is none of a target (Tesla in Tesla Model Y)."""
    found = dict.fromkeys(name for segment in document.segments for name, _, _ in find_names(segment.source))
    wanted = [name for target in targets for name in (target.name, *target.aliases)]
    return [Target(name) for name in found if not any(same_name(name, other) for other in wanted)]

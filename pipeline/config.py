"""The YAML of a run as pydantic models: whatever is wrong becomes one clear line that names file and key.

Top level: ``stages`` is the order; each stage's options stand under its own name; ``input``, ``output``,
``engine``, ``device`` and ``dtype`` are the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from pipeline.corpus import corpus_problems
from pipeline.device import DeviceName, DtypeName
from pipeline.errors import ConfigError
from pipeline.settings import Place, Section, complaints, override, read_yaml, unknown_key
from pipeline.stage import AnyStage, StageConfig, available, find

InputFormat = Literal["auto", "text", "markdown", "html", "jsonl", "csv", "parquet"]
Format = Literal["jsonl", "markdown", "digest", "parquet", "stances", "tmx", "xliff", "moses", "report"]


class FieldsConfig(Section):
    """Which column of a table or a dataset is what; all others are kept as metadata."""

    id: str = "id"
    text: str = "text"
    title: str = "title"
    date: str = "date"
    url: str = "url"

    def described(self) -> dict[str, str]:
        """The columns that are metadata with a meaning, by that."""
        return {"title": self.title, "date": self.date, "url": self.url}


class InputConfig(Section):
    """What is read, and how."""

    paths: list[str] = Field(default=[], description="files, folders and datasets, when the command names none")
    pattern: str = Field("*", description="which files of a folder, as a glob on their names")
    format: InputFormat = Field("auto", description="of all files; auto: what their names say, else text")
    fields: FieldsConfig = FieldsConfig()
    subset: str | None = Field(None, description="of a dataset that has several, which it calls configurations")
    split: str = Field("train", description="of a dataset")
    revision: str | None = Field(None, description="commit or tag of a dataset on the hub")
    encoding: str = Field("auto", description="of text, Markdown, CSV and JSON lines; auto: UTF-8, else it is told")
    errors: Literal["strict", "replace"] = Field("strict", description="replace: a mark for what cannot be decoded")
    max_characters: int = Field(500_000, gt=0, description="a longer document is refused")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            "".encode("ascii" if value == "auto" else value)
        except LookupError:
            raise ValueError(f"no encoding is called {value!r}; try utf-8 or cp1252") from None
        return value


class OutputConfig(Section):
    """What is written, and where."""

    folder: str = "out"
    formats: list[Format] = Field(["jsonl", "markdown", "digest", "report"])

    @field_validator("formats")
    @classmethod
    def _report_is_made_from_jsonl(cls, value: list[str]) -> list[str]:
        if "report" in value and "jsonl" not in value:
            raise ValueError("the report is made from documents.jsonl: add jsonl")
        return value


class EngineConfig(Section):
    """How the work is cut and carried out."""

    kind: Literal["local", "ray"] = Field("local", description="this machine, or a Ray cluster")
    workers: int | None = Field(None, ge=1, description="processes; null: one a GPU, and one where there is none")
    num_cpus: float = Field(1, ge=0, description="ray: of each worker")
    num_gpus: float = Field(0, ge=0, description="ray: of each worker")
    shard_size: int = Field(256, gt=0, description="documents that are done and committed together, at most")
    shard_characters: int = Field(1_000_000, gt=0, description="of their texts, at which a shard is full too")
    memory: bool = Field(True, description="keep translations in the cache folder, and use those that are there")


class RunConfig(Section):
    """A whole configuration. ``options`` holds the checked options of each stage, in order of ``stages``."""

    stages: list[str] = Field(min_length=1)
    input: InputConfig = InputConfig()
    output: OutputConfig = OutputConfig()
    engine: EngineConfig = EngineConfig()
    device: DeviceName = "auto"
    dtype: DtypeName = "auto"

    options: dict[str, StageConfig] = Field(default={}, exclude=True)

    def to_dict(self) -> dict[str, Any]:
        """The configuration with every default written out, in the shape of the YAML."""
        return {
            **self.model_dump(mode="json"),
            **{name: options.model_dump(mode="json") for name, options in self.options.items()},
        }


def load_config(
    source: str | Path | dict[str, Any] = "default", overrides: Iterable[str] = ()
) -> tuple[RunConfig, list[type[AnyStage]]]:
    """Read and check a configuration.

    ``source`` is a file, the name of a shipped configuration (``default``, ``hub``) or a dict;
    ``overrides`` are ``key.key=value`` with the value in YAML. Returns the configuration and the stage
    classes in order. Raises ConfigError with one line for each thing that is wrong.
    """
    where, data = read_yaml(source)
    _spell_out_engine(data)
    changed = []
    for text in overrides:
        changed.append(override(data, text))
        _spell_out_engine(data)

    def name_place(key: str) -> str:
        by_hand = any(key == name or key.startswith((f"{name}.", f"{name}[")) for name in changed)
        return f"--set {key}" if by_hand else f"{where}: {key}"

    names = data.get("stages")
    classes, problems = _stage_classes(names, name_place)
    sections = set(RunConfig.model_fields) - {"options"}
    by_name = {cls.name: cls for cls in classes}
    for key in data:
        if key in sections or key in by_name or problems:
            continue
        if _is_stage(str(key)):  # not in the order of this run; its options are checked all the same
            by_name[str(key)] = find(str(key))
        else:
            problems.append(f"{name_place(str(key))}: {unknown_key(str(key), [*sections, *by_name])}")
    options = {}
    for name, cls in by_name.items():
        try:
            options[name] = cls.config_model.model_validate({} if data.get(name) is None else data[name])
        except ValidationError as error:
            problems += complaints(error, cls.config_model, name_place, prefix=name)
    config = None
    try:
        config = RunConfig.model_validate({key: data[key] for key in data if key in sections})
    except ValidationError as error:
        problems += complaints(error, RunConfig, name_place)
    chosen = {cls.name: options[cls.name] for cls in classes if cls.name in options}
    if not problems:
        problems += [f"{name_place('stages')}: {problem}" for problem in order_problems(classes)]
        chosen, contradictions = _together(chosen, name_place)
        problems += contradictions
    if problems or config is None:
        raise ConfigError(*problems)
    return config.model_copy(update={"options": chosen}), classes


def _spell_out_engine(data: dict[str, Any]) -> None:
    """``engine: ray`` is ``engine: {kind: ray}``, to which an override may add keys."""
    if isinstance(data.get("engine"), str):
        data["engine"] = {"kind": data["engine"]}


def _together(options: dict[str, StageConfig], name_place: Place) -> tuple[dict[str, StageConfig], list[str]]:
    """The options of each stage as they are beside those of the others, and what contradicts them."""
    fitted, problems = {}, []
    for name, own in options.items():
        try:
            fitted[name] = own.beside(options)
        except ValueError as error:
            problems.append(f"{name_place(name)}: {error}")
    return fitted, problems


def _is_stage(name: str) -> bool:
    if not name.isidentifier():  # a dotted path would be imported
        return False
    try:
        return bool(find(name))
    except ConfigError:
        return False


def order_problems(classes: Sequence[type[AnyStage]]) -> list[str]:
    """What each stage lacks at its place in the order, and which stage would give it."""
    present = {"id", "source", "metadata"}
    problems = corpus_problems(classes)
    for i, cls in enumerate(classes):
        for field in cls.requires:
            if field in present or field.startswith("metadata."):  # a reader may bring any metadata
                continue
            later = [c.name for c in classes[i + 1 :] if field in c.provides]
            giver = later or [c.name for c in available().values() if field in c.provides]
            if later:
                hint = f"move {later[0]!r} before it"
            elif giver:
                hint = f"add {giver[0]!r} before it"
            else:
                hint = "no known stage provides it"
            problems.append(f"stage {cls.name!r} needs {field}, which no stage before it provides; {hint}")
        present.update(cls.provides)
    return problems


def _stage_classes(names: Any, name_place: Place) -> tuple[list[type[AnyStage]], list[str]]:
    classes: list[type[AnyStage]] = []
    problems: list[str] = []
    if not isinstance(names, list):
        return [], []  # the check of RunConfig says it
    for i, name in enumerate(names):
        try:
            cls = find(str(name))
        except ConfigError as error:
            problems.append(f"{name_place(f'stages[{i}]')}: {error}")
            continue
        if cls.name in {other.name for other in classes}:
            problems.append(f"{name_place(f'stages[{i}]')}: {cls.name!r} stands twice")
        elif cls.name in RunConfig.model_fields:
            problems.append(f"{name_place(f'stages[{i}]')}: a stage cannot be called {cls.name!r}, the key is taken")
        classes.append(cls)
    return classes, problems

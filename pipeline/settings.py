"""YAML checked by pydantic models, for runs and for training: one clear line for each thing that is wrong."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigError
from pipeline.resources import CONFIGS

Place = Callable[[str], str]


class Section(BaseModel):
    """Base of every part of a configuration: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)


Kind = TypeVar("Kind", bound=Section)


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys without a word; a configuration should not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for node_of_key, _ in node.value:
            key = self.construct_object(node_of_key, deep=True)
            if not isinstance(key, Hashable):
                continue  # PyYAML complains of it below
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key!r} stands twice", problem_mark=node_of_key.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(source: str | Path | dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What to call the source in a message, and its data: of a file, a shipped configuration's name, or a dict."""
    if isinstance(source, dict):
        return "configuration", copy.deepcopy(source)
    path = Path(source)
    if str(source) in _shipped() and not path.is_file():
        path = _shipped()[str(source)]
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except FileNotFoundError:
        shipped = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.yaml")))
        raise ConfigError(f"{source}: no such configuration file; shipped by name: {shipped}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{source}: not valid YAML{line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # a date or number that does not exist is a ValueError
        raise ConfigError(f"{source}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: must hold keys and values")
    return str(source), data


def load_section(kind: type[Kind], source: str | Path | dict[str, Any], overrides: Iterable[str] = ()) -> Kind:
    """Read and check what is one section as a whole; raises ConfigError with one line for each thing that is wrong."""
    where, data = read_yaml(source)
    for text in overrides:
        override(data, text)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise ConfigError(*complaints(error, kind, lambda key: f"{where}: {key}")) from None


def _shipped() -> dict[str, Path]:
    """The shipped configurations by what may be said for them: ``hub``, ``configs/hub.yaml``."""
    found = {path.relative_to(CONFIGS).with_suffix("").as_posix(): path for path in CONFIGS.rglob("*.yaml")}
    return found | {f"configs/{name}.yaml": path for name, path in found.items()}


def override(data: dict[str, Any], text: str) -> str:
    """Set a key of the data as ``key.key=value`` says, the value in YAML; returns the key."""
    key, equals, value = text.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ConfigError(f"--set {text}: write key.key=value, for example translate.beam=1")
    try:
        parsed = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError):
        parsed = value  # such as *.txt, an alias in YAML
    for part in path[:-1]:
        if data.get(part) is None:
            data[part] = {}
        data = data[part]
        if not isinstance(data, dict):
            raise ConfigError(f"--set {text}: {part!r} holds no keys")
    data[path[-1]] = parsed
    return key.strip()


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The complaint over a key that nobody knows."""
    known = sorted(known)
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown key; did you mean {near[0]!r}?" if near else f"unknown key; known: {', '.join(known)}"


def complaints(
    error: ValidationError, model: type[BaseModel], name_place: Place, prefix: str | None = None
) -> list[str]:
    """One line for each thing that pydantic found wrong, with the place of its key."""
    lines = []
    for item in error.errors():
        path = ([prefix] if prefix else []) + [str(part) for part in item["loc"]]
        if item["type"] == "extra_forbidden":
            text = unknown_key(path[-1], _known_keys(model, item["loc"][:-1]))
        else:
            text = item["msg"].removeprefix("Value error, ")
            text = text[0].lower() + text[1:]
            if item["type"] != "missing" and not isinstance(item["input"], dict | list):
                text += f" (got {item['input']!r})"
        lines.append(f"{name_place('.'.join(path))}: {text}")
    return list(dict.fromkeys(lines))


def _known_keys(model: type[BaseModel], path: Sequence[Any]) -> list[str]:
    for part in path:
        if isinstance(part, int):  # the place in a list, whose items were looked up with it
            continue
        inner = model.model_fields[part].annotation if part in model.model_fields else None
        inner = get_args(inner)[0] if get_origin(inner) is list else inner
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return [name for name in model.model_fields if name != "options"]

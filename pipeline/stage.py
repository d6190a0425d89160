"""What a stage is, and how stages are found: built in, by entry point, or by dotted path.

A stage declares which fields of a document it needs (``requires``) and which it fills (``provides``), and whether it
works on documents or on the whole corpus (``scope``); ``docs/stages.md`` shows some of your own.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import logging
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar, get_args, get_origin

from pipeline.document import Document, Segment
from pipeline.errors import ConfigError
from pipeline.settings import Section

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.device import Runtime

log = logging.getLogger(__name__)

ENTRY_POINTS = "polderbrief.stages"
Scope = Literal["document", "corpus"]
_METHODS = {"document": "process", "corpus": "process_corpus"}
_FILE_NAME = re.compile(r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)+")
_FIELDS = {f.name for f in dataclasses.fields(Document)} | {f"segments.{f.name}" for f in dataclasses.fields(Segment)}


class StageConfig(Section):
    """Base of the options of a stage."""

    def beside(self, others: Mapping[str, StageConfig]) -> Self:
        """These options in a run whose stages have others, by name: what was left out may follow them.

        Raises ValueError for what contradicts them.
        """
        return self


C = TypeVar("C", bound=StageConfig)


class Stage(Generic[C]):
    """A named step over batches of documents, or over the whole corpus.

    Subclass as ``class Shout(Stage[ShoutConfig])``, write :meth:`process`, and decorate with :func:`stage`.
    A stage must give the same result when it sees a document again, and must not care which documents
    share its batch: a batch that fails is repeated one document at a time.

    A stage of scope ``corpus`` has :meth:`process_corpus` instead, and comes after all others.
    """

    name: ClassVar[str]
    scope: ClassVar[Scope]
    requires: ClassVar[tuple[str, ...]]
    provides: ClassVar[tuple[str, ...]]
    config_model: ClassVar[type[StageConfig]]

    def __init__(self, config: C, runtime: Runtime) -> None:
        self.config = config
        self.runtime = runtime

    def models(self) -> list[Model]:
        """The models this stage will use, resolved but not loaded; they go into the manifest."""
        return []

    def load(self) -> None:
        """Load what is heavy. Called once, before the first batch or the corpus, in the process that runs the stage."""
        return

    def where(self) -> str | None:
        """Where and in which precision the loaded models run, in words; None without a model."""
        return self.runtime.describe() if self.models() else None

    def process(self, documents: list[Document]) -> list[Document]:
        """Fill the provided fields of each document; return the same number of documents, in order."""
        raise NotImplementedError

    def process_corpus(self, documents: Iterator[Document], folder: Path) -> None:
        """Write the provided files into ``folder`` from the finished documents of a run, in the order of the inputs.

        The documents come one by one, once, and there may be more than memory holds. What else is put into the folder
        is scratch.
        """
        raise NotImplementedError


AnyStage: TypeAlias = Stage[Any]
S = TypeVar("S", bound=AnyStage)
_registered: dict[str, type[AnyStage]] = {}


def stage(
    name: str, *, requires: Iterable[str] = (), provides: Iterable[str] = (), scope: Scope = "document"
) -> Callable[[type[S]], type[S]]:
    """Register a stage under a name.

    ``requires`` and ``provides`` name fields of :class:`Document` (``source``, ``summary``), of its segments
    (``segments.target``) or free metadata (``metadata.topic``). A stage of scope ``corpus`` provides files instead,
    by their names (``stories.md``).
    """
    requires, provides = tuple(requires), tuple(provides)
    if scope not in _METHODS:
        raise TypeError(f"stage {name!r} has the scope {scope!r}; there are {', '.join(_METHODS)}")
    for field in requires if scope == "corpus" else requires + provides:
        if field not in _FIELDS and not field.startswith("metadata."):
            raise TypeError(f"stage {name!r} names {field!r}, which is no field of a document")
    for file in provides if scope == "corpus" else ():
        if not _FILE_NAME.fullmatch(file):
            raise TypeError(f"stage {name!r} provides {file!r}, which is no plain file name such as stories.md")

    def register(cls: type[S]) -> type[S]:
        method = _METHODS[scope]
        if getattr(cls, method) is getattr(Stage, method):
            raise TypeError(f"stage {name!r} of scope {scope!r} needs a method {method!r}")
        cls.name, cls.scope, cls.requires, cls.provides = name, scope, requires, provides
        cls.config_model = _config_model(cls)
        _registered[name] = cls
        return cls

    return register


def _config_model(cls: type[AnyStage]) -> type[StageConfig]:
    for base in getattr(cls, "__orig_bases__", ()):
        if get_origin(base) is Stage and isinstance(get_args(base)[0], type):
            return get_args(base)[0]  # type: ignore[no-any-return]
    return StageConfig


def _entry_points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def available() -> dict[str, type[AnyStage]]:
    """Every stage that can be named in a configuration: built in first, then those of installed packages."""
    import pipeline.stages

    for module in pkgutil.iter_modules(pipeline.stages.__path__):
        importlib.import_module(f"pipeline.stages.{module.name}")
    for name in _entry_points():
        try:
            find(name)
        except ConfigError as error:
            log.warning("%s", error)
    return dict(_registered)


def find(name: str) -> type[AnyStage]:
    """The stage of a registered name, an entry point or a dotted path (``package.module:Class``, or all points).

    Raises ConfigError with a suggestion when there is none.
    """
    if ":" in name or "." in name:
        return _from_path(name)
    if name in _registered:
        return _registered[name]
    import pipeline.stages

    built_in = {module.name for module in pkgutil.iter_modules(pipeline.stages.__path__)}
    if name in built_in:
        importlib.import_module(f"pipeline.stages.{name}")
        return _registered[name]
    installed = _entry_points()
    if name in installed:
        try:
            found = installed[name].load()
        except Exception as error:  # whatever the package raises while it is imported
            raise ConfigError(f"stage {name!r} of an installed package cannot be loaded: {error}") from error
        return _checked(found, f"entry point {name!r}")
    near = difflib.get_close_matches(name, [*built_in, *installed, *_registered], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(built_in | set(installed)))}"
    raise ConfigError(f"no stage is called {name!r}; {hint}")


def load_checked(stage: AnyStage) -> None:
    """Load a stage, its models' files checked before; raises ModelError naming the file that is wrong."""
    for model in stage.models():
        model.verify()
    stage.load()


def _from_path(path: str) -> type[AnyStage]:
    module, _, attribute = path.partition(":") if ":" in path else path.rpartition(".")
    if os.getcwd() not in sys.path:  # an installed command does not look in the working folder, python -m does
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # whatever the module raises while it is imported
        raise ConfigError(f"no stage at {path!r}: {type(error).__name__}: {error}") from error
    return _checked(found, repr(path))


def _checked(found: object, where: str) -> type[AnyStage]:
    if not (isinstance(found, type) and issubclass(found, Stage) and hasattr(found, "name")):
        raise ConfigError(f"{where} is not a stage: it must be a subclass of Stage under the @stage decorator")
    return found

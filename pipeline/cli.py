"""The command ``polderbrief``: it parses, calls and prints. Heavy imports stay inside the commands."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import __version__
from pipeline.errors import ConfigError, PolderbriefError
from pipeline.evaluation import English
from pipeline.nmt import BackendName, Precision

if TYPE_CHECKING:
    from pipeline.catalog import Model
    from pipeline.evaluation import Scores
    from pipeline.progress import Observer
    from pipeline.training.tagger.trainer import TaggerTraining
    from pipeline.training.trainer import TranslatorTraining

_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it

Config = Annotated[str, typer.Option(help="A YAML file, or a shipped one by name: default, hub.")]

app = typer.Typer(
    name="polderbrief",
    help="Dutch articles in, English briefs out: translated, summarised, stance-tagged, aligned line by line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run the command; an error meant for people is one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no reason to stop
    try:
        app()
    except ConfigError as error:
        sys.exit(_complain(*error.lines))
    except PolderbriefError as error:
        sys.exit(_complain(str(error)))


def _complain(*lines: str) -> int:
    for line in lines:
        typer.echo(f"polderbrief: {line}", err=True)
    return 2


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"polderbrief {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens inside.")] = False,
) -> None:
    """Dutch articles in, English briefs out: translated, summarised, stance-tagged, aligned line by line."""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(name)s: %(message)s")


@app.command()
def run(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Files, folders, globs, - for standard input, or dataset:NAME."),
    ] = None,
    config: Config = "default",
    output: Annotated[Path | None, typer.Option(help="Folder for the results. [default: out]")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key, as in translate.beam=1."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do anew what lies in the output folder.")] = False,
    memory: Annotated[
        bool | None,
        typer.Option("--memory/--no-memory", help="Use the translation memory or not; else as configured."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what failed.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Progress as a JSON object a line.")] = False,
) -> None:
    """Make English briefs of Dutch texts. What is done already is not done again."""
    from pipeline.console import console, summary_table
    from pipeline.pipeline import Pipeline
    from pipeline.runner import run as run_into

    by_flag = [] if memory is None else [f"engine.memory={str(memory).lower()}"]
    pipeline = Pipeline.from_config(config, [*(overrides or []), *by_flag])
    paths = inputs or pipeline.config.input.paths
    if not paths:
        raise ConfigError("nothing to read: name files or folders, or set input.paths in the configuration")
    folder = output or Path(pipeline.config.output.folder)
    again = (
        f"polderbrief: stopped; the same command{' without --fresh' if fresh else ''} goes on where this one stopped"
    )
    try:
        with _observer(quiet, log_json) as observer, _stop_on_signals() as stop:
            report = run_into(pipeline, paths, folder, fresh=fresh, observer=observer, stop=stop)
    except KeyboardInterrupt:
        typer.echo(again, err=True)
        raise typer.Exit(_INTERRUPTED) from None
    if report.stopped:
        typer.echo(again, err=True)
        raise typer.Exit(_INTERRUPTED)
    for failure in report.failed:
        typer.echo(f"polderbrief: {failure.path or failure.id}: {failure.stage}: {failure.reason}", err=True)
    if report.failures > len(report.failed):
        typer.echo(f"polderbrief: ... and {report.failures - len(report.failed)} more", err=True)
    if not quiet:
        console().print(summary_table(report))
        typer.echo(_closing(report.documents, len(report.shown), report.new, report.failures, folder))
    if report.failures:
        raise typer.Exit(1)


@contextmanager
def _observer(quiet: bool, log_json: bool) -> Iterator[Observer]:
    from pipeline.console import Bar, JsonLines, Lines, console
    from pipeline.progress import Silent

    progress = console(stderr=True)
    if quiet and not log_json:
        yield Silent()
        return
    with JsonLines(progress) if log_json else Bar(progress) if progress.is_terminal else Lines(progress) as observer:
        yield observer


@contextmanager
def _stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to finish the batch; the second one interrupts it."""
    import signal

    caught: list[int] = []

    def ask(number: int, _: object) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)
        typer.echo("polderbrief: stopping after this batch; once more stops at once", err=True)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(caught)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _closing(documents: int, shown: int, new: int, failures: int, folder: Path) -> str:
    more = f"... and {_count(documents - shown, 'more document')}\n" if documents > shown else ""
    if not documents and not new:
        work = "Nothing could be read"
    elif new or failures:
        work = f"{_count(new, 'input')} processed"
    else:
        work = "Nothing to do: all was done already"
    failed = f"; {failures} failed, see {folder / 'failures.jsonl'}" if failures else ""
    page = folder / "report" / "index.html"
    report = f"\nThe report is {page}; polderbrief open {folder} opens it" if page.is_file() else ""
    return f"{more}{work}; {_count(documents, 'document')} in {folder}{failed}{report}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


RunFolder = Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a run.")]


@app.command()
def report(folder: RunFolder = Path("out")) -> None:
    """Make the report of a run anew, from its documents.jsonl."""
    from pipeline.report.build import build

    typer.echo(build(folder))


@app.command("open")
def open_report(folder: RunFolder = Path("out")) -> None:
    """Open the report of a run in the browser."""
    from pipeline.report.build import build

    page = folder / "report" / "index.html"
    if not page.is_file():
        build(folder)
    if typer.launch(str(page)):
        typer.echo(f"polderbrief: {page}: no browser can be started here; open it in one yourself", err=True)
        raise typer.Exit(1)


@app.command()
def stages() -> None:
    """List the stages: what each requires and provides, and its options with their defaults."""
    from pipeline.stage import available

    for name, cls in sorted(available().items()):
        about = (cls.__doc__ or "").strip().split("\n")[0]
        typer.echo(f"{name}: {about}")
        typer.echo(f"  scope     {cls.scope}")
        typer.echo(f"  requires  {', '.join(cls.requires) or '-'}")
        typer.echo(f"  provides  {', '.join(cls.provides) or '-'}")
        for key, field in cls.config_model.model_fields.items():
            default = field.get_default(call_default_factory=True)
            value = "(required)" if field.is_required() else f"= {_as_yaml(default)}"
            typer.echo(f"  {name}.{key} {value}   {field.description or ''}".rstrip())
        typer.echo()


def _as_yaml(value: object) -> str:
    import yaml
    from pydantic_core import to_jsonable_python

    plain = to_jsonable_python(value, fallback=str)
    return yaml.safe_dump(plain, default_flow_style=True, width=1_000).removesuffix("\n...\n").strip()


@app.command()
def models() -> None:
    """List the model shelf, and check the files of each embedded model against their sha256."""
    from rich.table import Table

    from pipeline import catalog
    from pipeline.console import console
    from pipeline.hub import status

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "task", "languages", "size", "licence", "where", "state"):
        table.add_column(column, overflow="fold")
    wrong = False
    for model in catalog.load().values():
        state, well = status(model)
        wrong |= not well
        table.add_row(
            model.name,
            model.task,
            " ".join(model.languages),
            _size(model),
            model.licence,
            str(model.folder) if model.folder else f"hub: {model.hub}@{(model.revision or 'main')[:12]}",
            state,
        )
    console().print(table)
    if wrong:
        raise typer.Exit(1)


def _size(model: Model) -> str:
    on_disk = f", {model.bytes_on_disk() / 1e6:.1f} MB" if model.folder else ""
    return f"{model.parameters or '?'} parameters{on_disk}"


@app.command()
def doctor() -> None:
    """Print what a bug report needs: device, versions, models, cache folders."""
    from pipeline.doctor import facts

    for key, value in facts():
        typer.echo(f"{key:<26}{value}")


train_app = typer.Typer(help="Train a model by a recipe.", no_args_is_help=True)
app.add_typer(train_app, name="train")


TrainConfig = Annotated[str, typer.Argument(metavar="CONFIG", help="The recipe, a YAML file.")]
TrainOutput = Annotated[
    Path | None, typer.Option("--output", help="Folder for the run. [default: ~/.cache/polderbrief/train/<name>]")
]
TrainResume = Annotated[bool, typer.Option("--resume", help="Go on where the run in the folder stopped.")]
TrainMinutes = Annotated[float | None, typer.Option("--minutes", help="Stop after so many minutes.")]
TrainSettings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a key, as in batch_tokens=1000.")
]


@train_app.command("translator")
def train_translator(
    recipe: TrainConfig,
    output: TrainOutput = None,
    resume: TrainResume = False,
    minutes: TrainMinutes = None,
    overrides: TrainSettings = None,
) -> None:
    """Train a MarianMT, or train one on. It can be stopped at any moment; --resume goes on."""
    from pipeline.settings import load_section
    from pipeline.training.recipe import Recipe

    loaded = load_section(Recipe, recipe, overrides or [])
    folder = _run_folder(loaded.name, output, resume)

    from pipeline.training.trainer import TranslatorTraining

    _train(TranslatorTraining(loaded, folder, _say), minutes)
    _say(f"the best model is in {folder / 'best'}")


@train_app.command("stance")
def train_stance(
    recipe: TrainConfig,
    output: TrainOutput = None,
    resume: TrainResume = False,
    minutes: TrainMinutes = None,
    overrides: TrainSettings = None,
) -> None:
    """Train the tagger of stance and summary on labelled articles. It can be stopped; --resume goes on."""
    from pipeline.settings import load_section
    from pipeline.training.tagger.recipe import TaggerRecipe

    loaded = load_section(TaggerRecipe, recipe, overrides or [])
    folder = _run_folder(loaded.name, output, resume)

    from pipeline.training.tagger.trainer import TaggerTraining

    _train(TaggerTraining(loaded, folder, _say), minutes)
    _say(f"after the last epoch the model is in {folder / 'model'}")


def _run_folder(name: str, output: Path | None, resume: bool) -> Path:
    from pipeline.errors import OutputError
    from pipeline.resources import cache_folder

    folder = output or cache_folder() / "train" / name
    if (folder / "state.pt").exists() and not resume:
        raise OutputError(f"{folder} holds a run already; --resume goes on with it, another --output leaves it alone")
    return folder


def _say(text: str) -> None:
    from datetime import datetime

    typer.echo(f"{datetime.now():%H:%M:%S}  {text}")


def _train(training: TranslatorTraining | TaggerTraining, minutes: float | None) -> None:
    import signal

    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda caught, _: stopped.append(caught))
    if training.resume():
        _say(f"going on at step {training.progress.step}")
    training.run(minutes=minutes, stop=lambda: bool(stopped))
    _say(f"step {training.progress.step} of {training.steps}")


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
evaluate_app = typer.Typer(help="Score against a test set.", no_args_is_help=True)
app.add_typer(evaluate_app, name="evaluate")


@evaluate_app.command("translation")
def evaluate_translation(
    testset: Annotated[str, typer.Option(help="Sentence pairs, source TAB target.")],
    model: Annotated[str, typer.Option(help="Name on the shelf, folder or hub id.")] = "marian-mini-nl-en",
    beam: Annotated[int, typer.Option(min=1, help="Beam width; 1 is greedy.")] = 4,
    backend: Annotated[BackendName, typer.Option(help="What decodes.")] = "auto",
    precision: Annotated[Precision, typer.Option(help="int8 is for ctranslate2 only.")] = "auto",
    retry: Annotated[bool, typer.Option(help="Decode again what fails a check.")] = False,
    revision: Annotated[str | None, typer.Option(help="Commit or tag of a hub model.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first sentences.")] = None,
    as_json: AsJson = False,
) -> None:
    """BLEU and chrF of a translator, with signatures."""
    from pipeline.evaluation.translation import evaluate_translation

    scores = evaluate_translation(
        model,
        testset,
        beam=beam,
        backend=backend,
        precision=precision,
        retry=retry,
        revision=revision,
        limit=limit,
    )
    _print_scores(scores, as_json)


Articles = Annotated[str, typer.Option("--testset", help="Labelled articles, JSON lines.")]
Source = Annotated[English, typer.Option(help="Their own English, or the configuration's translation.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first articles.")]


@evaluate_app.command("stance")
def evaluate_stance(
    testset: Articles,
    source: Source = "gold",
    config: Config = "default",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """F1 of the stances with targets given, recall and precision of found targets, calibration."""
    from pipeline.evaluation.stance import evaluate_stance

    _print_scores(evaluate_stance(testset, source=source, config=config, limit=limit), as_json)


@evaluate_app.command("summary")
def evaluate_summary(
    testset: Articles,
    source: Source = "gold",
    config: Config = "default",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """ROUGE of the summaries, beside the first three sentences and LexRank."""
    from pipeline.evaluation.summary import evaluate_summary

    _print_scores(evaluate_summary(testset, source=source, config=config, limit=limit), as_json)


def _print_scores(scores: Scores, as_json: bool) -> None:
    import json

    typer.echo(json.dumps(scores.to_dict(), ensure_ascii=False) if as_json else "\n".join(scores.lines()))


@evaluate_app.command("checks")
def evaluate_checks(
    testset: Annotated[str, typer.Option(help="Gold sentence pairs, source TAB target.")],
    as_json: AsJson = False,
) -> None:
    """What the checks find in spoiled gold translations, and what they flag in untouched ones."""
    from pipeline.evaluation.checks import evaluate_checks

    _print_scores(evaluate_checks(testset), as_json)


if __name__ == "__main__":
    main()

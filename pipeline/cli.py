"""The command ``polderbrief``: it parses, calls and prints. Heavy imports stay inside the commands."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import __version__
from pipeline.errors import ConfigError, PolderbriefError

if TYPE_CHECKING:
    from pipeline.catalog import Model

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
        list[str] | None, typer.Argument(metavar="[INPUT]...", help="Text files, or folders of them.")
    ] = None,
    config: Annotated[str, typer.Option(help="A YAML file, or a shipped one by name: default, hub.")] = "default",
    output: Annotated[Path | None, typer.Option(help="Folder for the results. [default: out]")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key, as in translate.beam=1."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do anew what lies in the output folder.")] = False,
) -> None:
    """Make English briefs of Dutch texts. What is done already is not done again."""
    from pipeline.console import Bar, Lines, console, summary_table
    from pipeline.pipeline import Pipeline
    from pipeline.runner import run as run_into

    pipeline = Pipeline.from_config(config, overrides or [])
    paths = inputs or pipeline.config.input.paths
    if not paths:
        raise ConfigError("nothing to read: name files or folders, or set input.paths in the configuration")
    folder = output or Path(pipeline.config.output.folder)
    progress = console(stderr=True)
    try:
        if progress.is_terminal:
            with Bar(progress) as bar:
                report = run_into(pipeline, paths, folder, fresh=fresh, observer=bar)
        else:
            report = run_into(pipeline, paths, folder, fresh=fresh, observer=Lines(progress))
    except KeyboardInterrupt:
        typer.echo("polderbrief: interrupted; the same command goes on where this one stopped", err=True)
        raise typer.Exit(130) from None
    for failure in report.failed:
        typer.echo(f"polderbrief: {failure.path or failure.id}: {failure.stage}: {failure.reason}", err=True)
    if report.failures > len(report.failed):
        typer.echo(f"polderbrief: ... and {report.failures - len(report.failed)} more", err=True)
    console().print(summary_table(report))
    typer.echo(_closing(report.documents, len(report.shown), report.new, report.failures, folder))
    if report.failures:
        raise typer.Exit(1)


def _closing(documents: int, shown: int, new: int, failures: int, folder: Path) -> str:
    more = f"... and {documents - shown} more documents\n" if documents > shown else ""
    work = f"{new} inputs processed" if new else "Nothing to do: all was done already"
    failed = f"; {failures} failed, see {folder / 'failures.jsonl'}" if failures else ""
    return f"{more}{work}; {documents} documents in {folder}{failed}"


@app.command()
def stages() -> None:
    """List the stages: what each requires and provides, and its options with their defaults."""
    from pipeline.stage import available

    for name, cls in sorted(available().items()):
        about = (cls.__doc__ or "").strip().split("\n")[0]
        typer.echo(f"{name}: {about}")
        typer.echo(f"  requires  {', '.join(cls.requires) or '-'}")
        typer.echo(f"  provides  {', '.join(cls.provides) or '-'}")
        for key, field in cls.config_model.model_fields.items():
            typer.echo(f"  {name}.{key} = {_as_yaml(field.default)}   {field.description or ''}".rstrip())
        typer.echo()


def _as_yaml(value: object) -> str:
    import yaml

    return yaml.safe_dump(value, default_flow_style=True, width=1_000).removesuffix("\n...\n").strip()


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


if __name__ == "__main__":
    main()

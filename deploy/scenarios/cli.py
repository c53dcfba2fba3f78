"""The command `payung scenario`: loads a scenario into the running services, and checks the figures it must lead to."""

import asyncio
import json
from dataclasses import asdict, replace
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import parts, progress
from deploy.local.parts import Addresses
from deploy.local.processes import LocalError
from deploy.scenarios.gianyar.check import Figure
from deploy.scenarios.gianyar.check import check as check_gianyar
from deploy.scenarios.gianyar.doors import ScenarioError
from deploy.scenarios.gianyar.load import load as load_gianyar

FAILED = 1
WIDTH_WITHOUT_TERMINAL = 200

cli = typer.Typer(help="Real published figures that the loaded facts must lead to.", no_args_is_help=True)

Scenario = Annotated[Literal["gianyar"], typer.Argument(metavar="SCENARIO", help="gianyar.")]
Enrollment = Annotated[str | None, typer.Option(help="Address of enrollment, if it is not the one started here.")]
Claims = Annotated[str | None, typer.Option(help="Address of claims, likewise.")]
Reporting = Annotated[str | None, typer.Option(help="Address of reporting, likewise.")]


@cli.command()
def load(
    context: typer.Context,
    name: Scenario,
    enrollment: Enrollment = None,
    claims: Claims = None,
    reporting: Reporting = None,
) -> None:
    """Load a scenario through the public doors; loading it again changes nothing."""
    addresses = _addresses(context, enrollment=enrollment, claims=claims, reporting=reporting)
    try:
        with progress.step(f"Loading {name}") as say:
            asyncio.run(load_gianyar(addresses, say))
    except ScenarioError as error:
        raise LocalError(str(error)) from error


@cli.command()
def check(
    context: typer.Context,
    name: Scenario,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
    reporting: Reporting = None,
) -> None:
    """Compare each figure with its source; the exit code is 1 when one differs."""
    try:
        figures = asyncio.run(check_gianyar(_addresses(context, reporting=reporting)))
    except ScenarioError as error:
        raise LocalError(str(error)) from error
    if as_json:
        typer.echo(json.dumps([asdict(figure) for figure in figures], indent=2, ensure_ascii=False))
    else:
        _print(name, figures)
    if not all(figure.agrees for figure in figures):
        raise typer.Exit(FAILED)


def _addresses(context: typer.Context, **others: str | None) -> Addresses:
    return replace(parts.addresses(context.obj), **{name: given for name, given in others.items() if given})


def _print(name: str, figures: list[Figure]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
    table = Table(title=f"{name}: published figures and what the facts give")
    for column in ("figure", "as of", "known at", "expected", "got", "source", "assumed"):
        table.add_column(column, justify="right" if column in {"expected", "got"} else "left")
    for figure in figures:
        table.add_row(
            figure.figure,
            figure.as_of,
            figure.known_at[:10] if figure.known_at else "now",
            f"{figure.expected:,}",
            f"{figure.got:,}",
            figure.source,
            figure.assumed or "",
            style=None if figure.agrees else "bold red",
        )
    console.print(table)
    differ = sum(not figure.agrees for figure in figures)
    console.print(
        f"{len(figures) - differ} of {len(figures)} figures agree." + (f" {differ} differ." if differ else "")
    )

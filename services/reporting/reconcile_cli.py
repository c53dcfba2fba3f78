"""The command `payung reconcile`: holds every figure of the read model against the log, and names what differs.

Exit code 0: they agree. 1: they differ. 3: they could not be compared.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import orjson
import typer
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.chassis.plain_log import LogUnreachable
from services.chassis.postgres import HEALS_WITH_TIME
from services.reporting.reconcile import reconcile
from services.reporting.reconcile.report import Difference, Report

AGREES, DIFFERS, NOT_COMPARED = 0, 1, 3
SHOWN_MAX = 50
LINE_EVERY_S = 5.0

cli = typer.Typer(
    help="Hold every figure of the read model against the log, and name what differs.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


class Addresses(BaseSettings):
    """Where reporting's database and Kafka are; the service's own settings, of which no more is needed here."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_", frozen=True, hide_input_in_errors=True)

    postgres_dsn: SecretStr
    """Address of reporting's database."""
    kafka: str = Field(min_length=1)
    """Kafka's bootstrap servers."""


@cli.callback()
def reconcile_(
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Hold every figure of the read model against the log, and name what differs.

    The exit code is 0 when they agree, 1 when they differ, 3 when they could not be compared.
    """
    # This process does one thing and ends. Its millions of values hold no cycles; to search for some costs a third.
    gc.disable()
    try:
        places = Addresses()
        dsn = places.postgres_dsn.get_secret_value()
        with progress() as told:
            report = asyncio.run(reconcile(dsn, places.kafka, lambda read, whole: told("Reading the log", read, whole)))
    except ValidationError as error:
        names = ", ".join(f"REPORTING_{str(wrong['loc'][0]).upper()}" for wrong in error.errors(include_input=False))
        _give_up(f"{names} must be set: the addresses of reporting's database and of Kafka. `payung up` sets them.")
    except LogUnreachable as error:
        _give_up(str(error))
    except HEALS_WITH_TIME as error:
        _give_up(f"Reporting's database did not answer ({type(error).__name__}). Start it and try again.")
    if as_json:
        typer.echo(report.as_json())
    else:
        for line in describe(report):
            typer.echo(line)
    raise typer.Exit(DIFFERS if report.differences else AGREES)


def describe(report: Report) -> Iterator[str]:
    """Say in lines what was found."""
    for difference in report.differences[:SHOWN_MAX]:
        yield _line(difference)
    if (more := len(report.differences) - SHOWN_MAX) > 0:
        yield f"... and {more:,} more; --json gives all."
    for key in report.withheld[:SHOWN_MAX]:
        yield f"withheld     {key.key} on {key.topic}: {key.letters:,} letters wait after fact {key.applied_sequence}"
    if (more := len(report.withheld) - SHOWN_MAX) > 0:
        yield f"... and {more:,} more withheld keys; --json gives all."
    found = f"{len(report.differences):,} differences" if report.differences else "no difference"
    yield f"{report.facts:,} facts, {report.people:,} people, {len(report.withheld):,} parked keys: {found}."


def _line(found: Difference) -> str:
    where = " ".join(f"{name}={_short(value)}" for name, value in found.where.items())
    return f"{found.kind:<12} {where}: read model {_short(found.read_model)}, log {_short(found.log)}"


def _short(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode().replace('"', "")


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what is to be told: what is done, how many of it, of how many."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    begun: dict[str, tuple[float, int]] = {}  # what was done before the counting began is no part of the rate
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}/s"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as shown:
            bars = {}

            def told(what: str, done: int, whole: int) -> None:
                if what not in bars:
                    begun[what] = time.monotonic(), done
                    bars[what] = shown.add_task(what, total=None, rate="-")
                shown.update(bars[what], completed=done, total=whole, rate=_rate(done, *begun[what]) or "-")

            yield told
        return
    said: dict[str, float] = {}

    def told_in_lines(what: str, done: int, whole: int) -> None:
        since, before = begun.setdefault(what, (time.monotonic(), done))
        if done == whole or time.monotonic() - said.setdefault(what, since) >= LINE_EVERY_S:
            said[what] = time.monotonic()
            rate = f", {counted}/s" if (counted := _rate(done, since, before)) else ""
            console.print(f"{what}: {done:,} of {whole:,}{rate}." if whole > 1 else f"{what}: done.")

    yield told_in_lines


def _rate(done: int, begun: float, before: int) -> str:
    """Give what is done in a second; nothing where that cannot be told yet."""
    seconds = time.monotonic() - begun
    return f"{(done - before) / seconds:,.0f}" if done > before and seconds > 0 else ""


def _give_up(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(NOT_COMPARED)


if __name__ == "__main__":
    cli()

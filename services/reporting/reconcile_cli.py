"""The command `payung reconcile`: holds every figure of the read model against the log, and names what differs.

Exit code 0: they agree. 1: they differ. 3: they could not be compared.
"""

import asyncio
import gc
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer

from services.chassis.commands import FAILED, OK
from services.chassis.progress import progress
from services.reporting.log_cli import addresses, trouble_in_sentences
from services.reporting.reconcile import reconcile
from services.reporting.reconcile.report import Difference, Report

SHOWN_MAX = 50
READING = "Membaca log / Reading the log"

cli = typer.Typer(
    help="Hold every figure of the read model against the log, and name what differs.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@cli.callback()
def reconcile_(
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Hold every figure of the read model against the log, and name what differs.

    The exit code is 0 when they agree, 1 when they differ, 3 when they could not be compared.
    """
    # This process does one thing and ends. Its millions of values hold no cycles; to search for some costs a third.
    gc.disable()
    places = addresses()
    with trouble_in_sentences(), progress() as told:
        work = reconcile(places.dsn, places.kafka, lambda read, whole: told(READING, read, whole))
        report = asyncio.run(work)
    if as_json:
        typer.echo(report.as_json())
    else:
        for line in describe(report):
            typer.echo(line)
    raise typer.Exit(FAILED if report.differences else OK)


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


if __name__ == "__main__":
    cli()

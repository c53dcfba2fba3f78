"""The commands of enrollment: those of the office, of lists and of keys; take in a file, announce what is due."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from services.chassis import call_cli
from services.chassis.commands import PARTIAL, print_json, tell
from services.chassis.door import By, Json, door, told
from services.chassis.postgres import Pool, open_pool
from services.enrollment import import_cli, keys_cli, office_cli
from services.enrollment.settings import Settings
from services.enrollment.sweep import sweep as announce_due

UPLOAD_S_MAX = 900
REJECTED_SHOWN_MAX = 20

Found = TypeVar("Found")

cli = typer.Typer(help="Enrollment: people, cohorts and cover.", no_args_is_help=True)
cli.add_typer(office_cli.cohorts, name="cohorts")
cli.add_typer(office_cli.workers, name="workers")
cli.command("renewals")(office_cli.renewals)
cli.add_typer(keys_cli.cli, name="keys")
cli.add_typer(import_cli.cli, name="import")
call_cli.mount(cli, office_cli.address)


@cli.command("register")
def register(
    cohort_id: UUID,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as `POST /v1/cohorts/ID/workers`.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Enroll the people of a CSV file at once, by the direct door; `payung import` previews a list first."""
    with door(office_cli.address(), by=by, roles="clerk") as enrollment:
        path, kind = f"/v1/cohorts/{cohort_id}/workers", {"Content-Type": "text/csv"}
        said = told(enrollment.http.post(path, content=file.read_bytes(), headers=kind, timeout=UPLOAD_S_MAX))
    if as_json:
        print_json(said)
    else:
        _say(said)
    if said["rejected_rows"]:
        raise typer.Exit(PARTIAL)


def _say(said: dict[str, Any]) -> None:
    for fault in said["rejected"][:REJECTED_SHOWN_MAX]:
        tell(f"row {fault['row']}, {fault['column']}: {fault['indonesian']} / {fault['english']}")
    names = ("rows", "enrolled", "unchanged", "rejected_rows")
    typer.echo(", ".join(f"{name.removesuffix('_rows')} {said[name]}" for name in names))


@cli.command()
def sweep(as_json: Json = False) -> None:
    """Announce reminders and ends of cover that are due by now; what was announced is not repeated."""
    swept = _with_pool(announce_due)
    if as_json:
        print_json(asdict(swept))
        return
    typer.echo(f"expired {swept.expired}, reminded {swept.reminded}, inactivated {swept.inactivated}")


def _with_pool(action: Callable[[Pool], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        dsn = Settings().postgres_dsn.get_secret_value()
        async with open_pool(dsn, name="enrollment-cli", size_max=4) as pool:
            return await action(pool)

    return asyncio.run(run())

"""The commands of enrollment: take in a file, show a worker, announce what is due, settle parked keys."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import httpx2
import orjson
import typer

from services.chassis import parked
from services.chassis.postgres import Pool, open_pool, transaction
from services.enrollment import api, store
from services.enrollment.app import PROJECTION
from services.enrollment.settings import Settings
from services.enrollment.sweep import sweep as announce_due

UPLOAD_S_MAX = 900
REJECTED_SHOWN_MAX = 20

Found = TypeVar("Found")

cli = typer.Typer(help="Enrollment: people, cohorts and cover.", no_args_is_help=True)
parked_cli = typer.Typer(help="Workers whose facts from claims wait for a person to look.", no_args_is_help=True)
cli.add_typer(parked_cli, name="parked")

Reason = Annotated[str, typer.Option("--why", help="Why; kept with the letter.")]
By = Annotated[str, typer.Option("--by", help="Who decides this; kept with the letter.")]


@cli.command("import")
def take_in(
    cohort_id: UUID,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as `POST /v1/cohorts/ID/workers`.")],
    by: Annotated[str, typer.Option("--by", help="Who uploads; stands in every fact.")],
) -> None:
    """Enroll the people of a CSV file into a cohort, through the running service."""
    settings = Settings()
    try:
        answer = httpx2.post(
            f"http://{settings.host}:{settings.port}/v1/cohorts/{cohort_id}/workers",
            content=file.read_bytes(),
            headers={"Content-Type": "text/csv", "Payung-Actor": by, "Payung-Roles": "clerk"},
            timeout=UPLOAD_S_MAX,
        )
    except httpx2.TransportError:
        _fail(f"Enrollment does not answer at {settings.host}:{settings.port}; start it, then repeat the command.")
    told = orjson.loads(answer.content)
    if answer.is_error:
        _fail(f"{told['title']}: {told['detail']}")
    for fault in told["rejected"][:REJECTED_SHOWN_MAX]:
        typer.echo(f"row {fault['row']}, {fault['column']}: {fault['indonesian']} / {fault['english']}", err=True)
    names = ("rows", "enrolled", "unchanged", "rejected_rows")
    typer.echo(", ".join(f"{name.removesuffix('_rows')} {told[name]}" for name in names))
    if told["rejected_rows"]:
        raise typer.Exit(3)


@cli.command()
def show(worker_id: UUID) -> None:
    """Show a worker's memberships and their periods, as JSON; nothing in it names the person."""

    async def read(pool: Pool) -> dict[str, Any] | None:
        async with transaction(pool) as tx:
            found = (await store.workers(tx, [worker_id])).get(worker_id)
            return api.shown(found) if found else None

    found = _with_pool(read)
    if found is None:
        _fail(f"There is no worker {worker_id}; check the id.")
    _print(found)


@cli.command()
def sweep() -> None:
    """Announce reminders and ends of cover that are due by now; what was announced is not repeated."""
    swept = _with_pool(announce_due)
    typer.echo(f"expired {swept.expired}, reminded {swept.reminded}")


@parked_cli.command("list")
def list_parked() -> None:
    """List the parked keys, the longest waiting first."""
    for key in _with_pool(parked.list_keys):
        typer.echo(f"{key.topic} {key.key} letters {key.letters} since {key.parked_at:%Y-%m-%d %H:%M} {key.reason}")


@parked_cli.command("show")
def show_parked(key: str) -> None:
    """Show every letter of a key, as JSON."""
    _print(_with_pool(lambda pool: parked.show(pool, key)))


@parked_cli.command("replay")
def replay(
    key: str,
    by: By,
    really: Annotated[bool, typer.Option("--really", help="Keep the effect; without it, it is only tried.")] = False,
) -> None:
    """Apply the letters of a key again, as far as they go."""
    count = _settling(lambda pool: parked.replay(pool, PROJECTION, key, by=by, dry_run=not really))
    typer.echo(f"{count} letters {'went' if really else 'would go'}.")


@parked_cli.command("drop")
def drop(topic: str, partition: int, offset: int, by: By, why: Reason) -> None:
    """Drop one letter for good; what queued behind it goes on."""
    count = _settling(lambda pool: parked.drop(pool, PROJECTION, topic, partition, offset, by=by, why=why))
    typer.echo(f"Dropped; {count} letters behind it went on.")


def _settling(action: Callable[[Pool], Awaitable[int]]) -> int:
    try:
        return _with_pool(action)
    except parked.NothingParked as error:
        _fail(f"{error}.")


def _with_pool(action: Callable[[Pool], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        dsn = Settings().postgres_dsn.get_secret_value()
        async with open_pool(dsn, name="enrollment-cli", size_max=4) as pool:
            return await action(pool)

    return asyncio.run(run())


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1) from None


def _print(found: Any) -> None:
    typer.echo(orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode())

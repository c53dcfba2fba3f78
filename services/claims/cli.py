"""The commands of claims: the rules in force on a day, a claim with its proof, and the parked keys of its reader."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer

from services.chassis import parked
from services.chassis.postgres import Pool, open_pool, transaction
from services.claims import api, store
from services.claims.app import PROJECTION
from services.claims.rules import NoRules, rules_on
from services.claims.settings import Settings

Found = TypeVar("Found")

cli = typer.Typer(help="Claims: from first report to payment.", no_args_is_help=True)
parked_cli = typer.Typer(help="Workers whose facts wait for a person to look.", no_args_is_help=True)
cli.add_typer(parked_cli, name="parked")

Reason = Annotated[str, typer.Option("--why", help="Why; kept with the letter.")]
By = Annotated[str, typer.Option("--by", help="Who decides this; kept with the letter.")]


@cli.command()
def rules(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of an incident; else today.")
    ] = None,
) -> None:
    """List the rules in force on a day, with their law."""
    day = on.date() if on else date.today()  # noqa: DTZ011 - the day where the command is given
    try:
        found = rules_on(day)
    except NoRules as error:
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{found.version}")
    for (parameter, segment), rule in sorted(found.rules.items()):
        typer.echo(f"{parameter:<36} {segment:<8} {rule.value:>12,} {rule.law}".replace(",", "."))


@cli.command()
def show(claim_id: UUID) -> None:
    """Show a claim with its decision and the proof, as JSON."""

    async def read(pool: Pool) -> dict[str, Any] | None:
        async with transaction(pool) as tx:
            worker_id = await store.find_worker(tx, claim_id)
            return (
                None if worker_id is None else api.shown((await store.look(tx, [worker_id]))[worker_id].claim(claim_id))
            )

    found = _with_pool(read)
    if found is None:
        typer.echo(f"There is no claim {claim_id}; check its number.", err=True)
        raise typer.Exit(1)
    _print(found)


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
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(1) from None


def _with_pool(action: Callable[[Pool], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        dsn = Settings().postgres_dsn.get_secret_value()
        async with open_pool(dsn, name="claims-cli", size_max=2) as pool:
            return await action(pool)

    return asyncio.run(run())


def _print(found: Any) -> None:
    typer.echo(orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode())

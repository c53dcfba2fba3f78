"""The commands of claims: the rules in force on a day, and a claim with its proof."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer

from services.chassis import call_cli
from services.chassis.keys_cli import keys_of
from services.chassis.postgres import Pool, open_pool, transaction
from services.claims import answers, store
from services.claims.rules import NoRules, rules_on
from services.claims.settings import Settings

Found = TypeVar("Found")

cli = typer.Typer(help="Claims: from first report to payment.", no_args_is_help=True)
cli.add_typer(keys_of(Settings), name="keys")


def _address() -> str:
    settings = Settings()
    return f"http://{settings.host}:{settings.port}"


call_cli.mount(cli, _address)


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
            if worker_id is None:
                return None
            claim = (await store.look(tx, [worker_id]))[worker_id].claim(claim_id)
            return answers.claim(claim).model_dump(mode="json")

    found = _with_pool(read)
    if found is None:
        typer.echo(f"There is no claim {claim_id}; check its number.", err=True)
        raise typer.Exit(1)
    _print(found)


def _with_pool(action: Callable[[Pool], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        dsn = Settings().postgres_dsn.get_secret_value()
        async with open_pool(dsn, name="claims-cli", size_max=2) as pool:
            return await action(pool)

    return asyncio.run(run())


def _print(found: Any) -> None:
    typer.echo(orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode())

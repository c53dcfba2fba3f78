"""The commands that change the keys of payees' data; docs/operations.md says what to do before and after each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer

from services.chassis.postgres import Pool, open_pool
from services.chassis.vault import Vault
from services.chassis.vault.keys import BadSecret, Sealed
from services.chassis.vault.rotation import renew_key, rewrap
from services.claims.settings import Settings

By = Annotated[str, typer.Option("--by", help="Who changes it; stands in the log of reads.")]

cli = typer.Typer(help="Change the keys of payees's data, while the service works.", no_args_is_help=True)


@cli.command("rewrap")
def rewrap_all() -> None:
    """Wrap every payee's key by the first key in wrapping.key; begin again if it was interrupted."""

    async def change(_pool: Pool, vault: Vault) -> None:
        async for left in rewrap(vault.keys):
            typer.echo(f"{left} keys are wrapped by another one still")

    _carry_out(change)
    typer.echo("Done. When every process runs with this file, the other lines can go.")


@cli.command()
def renew(payee_id: UUID, by: By) -> None:
    """Give one payee a new key, and seal what is kept of them with it."""

    async def change(pool: Pool, vault: Vault) -> None:
        await renew_key(pool, vault.keys, payee_id, actor=by)

    _carry_out(change)
    typer.echo("Done.")


def _carry_out(change: Callable[[Pool, Vault], Awaitable[None]]) -> None:
    async def run() -> None:
        settings = Settings()
        dsn, keys_dsn = settings.postgres_dsn.get_secret_value(), settings.keys_dsn.get_secret_value()
        async with (
            open_pool(dsn, name="claims-keys-cli", size_max=2) as pool,
            open_pool(keys_dsn, name="claims-keys-cli", size_max=2) as keys,
        ):
            await change(pool, Vault.from_files(keys, settings.secrets))

    try:
        asyncio.run(run())
    except (BadSecret, Sealed) as error:
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(1) from None

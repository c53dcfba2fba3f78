"""The commands that change the keys of people's data; docs/operations.md says what to do before and after each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer

from services.chassis.postgres import Pool, open_pool
from services.chassis.vault import Vault
from services.chassis.vault.keys import BadSecret, Sealed
from services.chassis.vault.rotation import renew_key, rewrap
from services.enrollment.privacy.index import change as index
from services.enrollment.privacy.index.change import NotNow
from services.enrollment.settings import Settings

By = Annotated[str, typer.Option("--by", help="Who changes it; stands in the log of reads.")]

cli = typer.Typer(help="Change the keys of people's data, while the service works.", no_args_is_help=True)


@cli.command("rewrap")
def rewrap_all() -> None:
    """Wrap every person's key by the first key in wrapping.key; begin again if it was interrupted."""

    async def change(_pool: Pool, vault: Vault) -> None:
        async for left in rewrap(vault.keys):
            typer.echo(f"{left} keys are wrapped by another one still")

    _carry_out(change)
    typer.echo("Done. When every process runs with this file, the other lines can go.")


@cli.command()
def renew(worker_id: UUID, by: By) -> None:
    """Give one person a new key, and seal what is kept of them with it."""

    async def change(pool: Pool, vault: Vault) -> None:
        await renew_key(pool, vault.keys, worker_id, actor=by)

    _carry_out(change)
    typer.echo("Done.")


@cli.command()
def rehash(by: By) -> None:
    """Hash everybody under the key in index-next.key, beside the hashes in force; give it as often as you like."""

    async def change(pool: Pool, vault: Vault) -> None:
        async for left in index.rehash(pool, vault, _following(vault), actor=by):
            typer.echo(f"{left} people are not hashed under the next key")

    _carry_out(change)
    typer.echo("Done. Stop enrollment, give this once more, and then `switch`.")


@cli.command()
def switch() -> None:
    """Put the key in index-next.key in force; enrollment must be stopped, and `rehash` have nothing left."""

    async def change(pool: Pool, vault: Vault) -> None:
        found = await index.switch(pool, _following(vault))
        typer.echo(
            f"{found} people are found by the next key. Rename index-next.key to index.key, then start enrollment."
        )

    _carry_out(change)


def _following(vault: Vault) -> Vault:
    """Give the vault as it will be, with the next index key."""
    return Vault.from_files(vault.keys.pool, Settings().secrets, index_file="index-next.key")


def _carry_out(change: Callable[[Pool, Vault], Awaitable[None]]) -> None:
    async def run() -> None:
        settings = Settings()
        dsn, keys_dsn = settings.postgres_dsn.get_secret_value(), settings.keys_dsn.get_secret_value()
        async with (
            open_pool(dsn, name="enrollment-keys-cli", size_max=2) as pool,
            open_pool(keys_dsn, name="enrollment-keys-cli", size_max=2) as keys,
        ):
            await change(pool, Vault.from_files(keys, settings.secrets))

    try:
        asyncio.run(run())
    except (BadSecret, Sealed, NotNow) as error:
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(1) from None

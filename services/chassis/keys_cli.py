"""The commands that change the keys of a service's vault; docs/operations.md says what to do before and after each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Protocol
from uuid import UUID

import typer
from pydantic import SecretStr

from services.chassis.commands import both, fail
from services.chassis.postgres import Pool, open_pool
from services.chassis.vault import Vault
from services.chassis.vault.keys import BadSecret, Sealed
from services.chassis.vault.rotation import renew_key, rewrap

By = Annotated[str, typer.Option("--by", help="Who changes it; stands in the log of reads.")]
REFUSALS = {
    BadSecret: "Berkas kunci tidak ada, tidak terbaca, atau bukan kunci yang berlaku; perbaiki, lalu ulangi.",
    Sealed: "Data orang ini tidak dapat dibuka: sudah dihapus, atau rusak; tidak ada yang diubah.",
}
"""What a refusal means, in Indonesian; its own sentence says the rest."""


class Places(Protocol):
    """Where a service keeps its data, the keys of people, and its secrets."""

    @property
    def postgres_dsn(self) -> SecretStr: ...
    @property
    def keys_dsn(self) -> SecretStr: ...
    @property
    def secrets(self) -> Path: ...


def keys_of(settings: Callable[[], Places]) -> typer.Typer:
    """Make the commands for the vault of one service."""
    cli = typer.Typer(help="Change the keys of people's data, while the service works.", no_args_is_help=True)

    @cli.command("rewrap")
    def rewrap_all() -> None:
        """Wrap every person's key by the first key in wrapping.key; begin again if it was interrupted."""

        async def change(_pool: Pool, vault: Vault) -> None:
            async for left in rewrap(vault.keys):
                typer.echo(f"{left} keys are wrapped by another one still")

        carry_out(settings(), change)
        typer.echo("Done. When every process runs with this file, the other lines can go.")

    @cli.command()
    def renew(person_id: UUID, by: By) -> None:
        """Give one person (a worker, a payee) a new key, and seal what is kept of them with it."""

        async def change(pool: Pool, vault: Vault) -> None:
            await renew_key(pool, vault.keys, person_id, actor=by)

        carry_out(settings(), change)
        typer.echo("Done.")

    return cli


def carry_out(
    places: Places, change: Callable[[Pool, Vault], Awaitable[None]], refusals: Mapping[type[Exception], str] = REFUSALS
) -> None:
    """Change something of the vault; a refusal is told in its sentence, after what its kind means in Indonesian."""

    async def run() -> None:
        async with (
            open_pool(places.postgres_dsn.get_secret_value(), name="keys-cli", size_max=2) as pool,
            open_pool(places.keys_dsn.get_secret_value(), name="keys-cli", size_max=2) as keys,
        ):
            await change(pool, Vault.from_files(keys, places.secrets))

    try:
        asyncio.run(run())
    except tuple(refusals) as error:
        fail(both(refusals[type(error)], f"{error}."))

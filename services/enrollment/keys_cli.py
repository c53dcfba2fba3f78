"""The commands that change the keys of people's data: those of every vault, and of the hashes that find people."""

import typer

from services.chassis.keys_cli import REFUSALS, By, carry_out, keys_of
from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.privacy.index import change as index
from services.enrollment.privacy.index.change import NotNow
from services.enrollment.settings import Settings

cli = keys_of(Settings)
LATER = REFUSALS | {NotNow: "Kunci indeks berikutnya belum dapat diberlakukan; lakukan dahulu yang disebut di sini."}


@cli.command()
def rehash(by: By) -> None:
    """Hash everybody under the key in index-next.key, beside the hashes in force; give it as often as you like."""

    async def change(pool: Pool, vault: Vault) -> None:
        async for left in index.rehash(pool, vault, _following(vault), actor=by):
            typer.echo(f"{left} people are not hashed under the next key")

    carry_out(Settings(), change, LATER)
    typer.echo("Done. Stop enrollment, give this once more, and then `switch`.")


@cli.command()
def switch() -> None:
    """Put the key in index-next.key in force; enrollment must be stopped, and `rehash` have nothing left."""

    async def change(pool: Pool, vault: Vault) -> None:
        found = await index.switch(pool, _following(vault))
        typer.echo(
            f"{found} people are found by the next key. Rename index-next.key to index.key, then start enrollment."
        )

    carry_out(Settings(), change, LATER)


def _following(vault: Vault) -> Vault:
    """Give the vault as it will be, with the next index key."""
    return Vault.from_files(vault.keys.pool, Settings().secrets, index_file="index-next.key")

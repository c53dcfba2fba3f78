"""The commands of enrollment: take in a file, show a worker, announce what is due."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import httpx2
import orjson
import typer

from services.chassis.postgres import Pool, open_pool, transaction
from services.enrollment import answers, import_cli, keys_cli, office_cli, store
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


@cli.command("register")
def register(
    cohort_id: UUID,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as `POST /v1/cohorts/ID/workers`.")],
    by: Annotated[str, typer.Option("--by", help="Who uploads; stands in every fact.")],
) -> None:
    """Enroll the people of a CSV file at once, by the direct door; `payung import` previews a list first."""
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
    if "json" not in answer.headers.get("Content-Type", ""):
        _fail(f"Enrollment answered {answer.status_code} without a reason; its log says more. Then repeat the command.")
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
            return answers.worker(found).model_dump(mode="json") if found else None

    found = _with_pool(read)
    if found is None:
        _fail(f"There is no worker {worker_id}; check the id.")
    _print(found)


@cli.command()
def sweep() -> None:
    """Announce reminders and ends of cover that are due by now; what was announced is not repeated."""
    swept = _with_pool(announce_due)
    typer.echo(f"expired {swept.expired}, reminded {swept.reminded}, inactivated {swept.inactivated}")


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

"""Reporting put together: what runs, which topics it reads, in which order it starts and stops."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import astuple
from pathlib import Path

import structlog
from fastapi import FastAPI
from payung_contracts.regions import villages

from services.chassis.log import configure
from services.chassis.migrations import CLOCK, migrate
from services.chassis.migrations import READER as READER_TABLES
from services.chassis.postgres import Pool, open_pool, open_session
from services.chassis.process import Parts, run, start
from services.chassis.web import make_api
from services.chassis.web.included import INCLUDE_WAIT_S_MAX
from services.chassis.web.refusals import REFUSALS
from services.reporting import answers, api, schemas, views
from services.reporting.pages import public, routes
from services.reporting.projections import READER
from services.reporting.readers import Readers
from services.reporting.rebuild import shape
from services.reporting.releases import release_forever
from services.reporting.settings import Settings

PARTS = ("api", "reader")
READ_BY = {"bi": "bi_reader", "bi_public": "bi_public_reader"}
"""Schemas for people who ask in SQL, and the role of the server that may read each, where there is one."""
OTHERS_TAKE_S_MAX = 120.0
"""How long other migrations, or a switch, are waited for."""
POLL_S = 0.1
MIGRATIONS = (CLOCK, READER_TABLES, Path(__file__).parent / "migrations")

log = structlog.get_logger(__name__)


async def bring_up_to_date(dsn: str) -> None:
    """Bring the tables up to date, and what they take from the contracts and from the server's roles.

    Meanwhile no other schema becomes active. One beside the active one that has not its shape any more becomes stale.
    """
    async with open_session(dsn, name="migration") as connection:
        async with asyncio.timeout(OTHERS_TAKE_S_MAX):
            while not await schemas.hold(connection):  # noqa: ASYNC110 - a lock of the database, polled
                await asyncio.sleep(POLL_S)
        await schemas.make_default(connection)  # where migrations, and every tool, find the tables
        await migrate(dsn, MIGRATIONS)
        await schemas.make_default(connection)
        async with connection.transaction():
            active = await schemas.use_active(connection)
            await views.mirror(connection, active.name)
            for stale in await shape.name_stale(connection, active.name):
                log.warning("schema_stale", schema=stale)
        async with connection.transaction():
            await connection.execute("lock table village in share row exclusive mode")
            await connection.execute("delete from village")
            await connection.copy_records_to_table("village", records=[astuple(each) for each in villages().values()])
        for schema, role in READ_BY.items():
            if await connection.fetchval("select exists (select from pg_roles where rolname = $1)", role):
                await connection.execute(
                    f"""
                    grant usage on schema {schema} to {role};
                    grant select on all tables in schema {schema} to {role};
                    revoke execute on all functions in schema {schema} from public;
                    grant execute on all functions in schema {schema} to {role};
                    """  # noqa: S608 - names of ours
                )


def make_app(pool: Pool, *, gateways: str = "", include_s_max: float = INCLUDE_WAIT_S_MAX) -> FastAPI:
    """Build the HTTP application; it needs Postgres only, and says how old its answers are."""
    app = make_api(
        "Payung reporting",
        [routes.router, public.router, *api.routers],
        description="Figures: what they count, how complete they are, as of which day and known at which time, and"
        " whether they can still change. `after` lets a question wait for the facts of a command.",
        source=READER,
        reads=answers.SOURCES,
        include_s_max=include_s_max,
        snapshot=answers.snapshot,
        pool=pool,
        gateways=gateways.split(","),
        rejections=api.REJECTIONS,
    )
    app.add_exception_handler(routes.Odd, routes.tell_odd)
    for kind, problem in REFUSALS.items():
        app.add_exception_handler(kind, routes.tell_people(problem))
    return app


async def serve(settings: Settings, wanted: tuple[str, ...]) -> int:
    """Run the wanted parts until the process is told to stop; give the exit code."""
    dsn = settings.postgres_dsn.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, name=READER, size_max=settings.pool_size_max))
        parts = Parts(host=settings.host, port=settings.port, operations_port=settings.operations_port, pool=pool)
        if "api" in wanted:
            parts.api = make_app(pool, gateways=settings.gateways)
        if "reader" in wanted:
            readers = Readers(dsn, settings.kafka, slot=settings.slot)

            async def reader(_stopping: asyncio.Event) -> None:
                await readers.run(pool)

            async def release(stopping: asyncio.Event) -> None:
                await release_forever(pool, stopping)

            parts.reader, parts.loops = readers, (reader, release)
        return await run(parts)


def main(part: str) -> int:
    """Run one part, all of them, or bring the tables up to date."""
    configure(READER)
    settings = Settings()
    if part == "migrate":
        asyncio.run(bring_up_to_date(settings.postgres_dsn.get_secret_value()))
        return 0
    return start(serve(settings, PARTS if part == "all" else (part,)))

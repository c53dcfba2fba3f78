"""Enrollment put together: what runs, in which order it starts and stops."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

from fastapi import FastAPI
from payung_contracts.topics import TICKS

from services.chassis import migrations, topics
from services.chassis.apply import Projection
from services.chassis.health import commands_are_taken
from services.chassis.log import configure
from services.chassis.migrations import migrate
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.process import Parts, run, start
from services.chassis.reader import Reader, broker_for
from services.chassis.relay import Relay
from services.chassis.vault import Vault, erasures
from services.chassis.vault.keys import forget_reads
from services.chassis.web import clock_api, erasures_api, make_api, reads_api
from services.chassis.web.included import INCLUDE_WAIT_S_MAX
from services.enrollment import coverage_store, handlers, messages
from services.enrollment.api import (
    batch_rows,
    batches,
    cohorts,
    coverage,
    funnel,
    identity,
    lists,
    privacy,
    regions,
    uploads,
    waiting,
    workers,
)
from services.enrollment.api.coverage import USUAL_TERMS, PaymentTerms
from services.enrollment.batches.work import work_forever
from services.enrollment.cohorts.waiting import move_up_forever
from services.enrollment.identity.candidates import compare_forever
from services.enrollment.migrations import ENROLLMENT
from services.enrollment.privacy import store as privacy_store
from services.enrollment.privacy.erase import erase_again, settle_forever
from services.enrollment.privacy.index import change as index
from services.enrollment.regions import store as regions_store
from services.enrollment.settings import Settings
from services.enrollment.sweep import sweep_forever

NAME = messages.SOURCE
PARTS = ("api", "relay", "reader", "sweep", "imports")
WRITES = (messages.COVERAGE, messages.COHORT)
KEYS_POOL_SIZE_MAX = 4

PROJECTION = Projection(NAME, (messages.CLAIM, TICKS), messages.fold, handlers.follow)


async def bring_up_to_date(settings: Settings) -> None:
    """Bring tables and topics up to date."""
    await migrate(settings.postgres_dsn.get_secret_value(), (*migrations.WRITER, ENROLLMENT))
    await migrate(settings.keys_dsn.get_secret_value(), (migrations.VAULT_KEYS,))
    async with open_pool(settings.keys_dsn.get_secret_value(), name="migrate", size_max=1) as keys:
        await forget_reads(keys)
    dsn = settings.postgres_dsn.get_secret_value()
    async with open_pool(dsn, name="migrate", size_max=1) as pool, transaction(pool) as tx:
        await regions_store.load(tx)
        await coverage_store.keep_terms(tx, settings.months_of_grace)
    await topics.ensure(settings.kafka, (*WRITES, TICKS))


def make_app(
    pool: Pool,
    vault: Vault,
    *,
    scenario: bool,
    gateways: str = "",
    payment_terms: PaymentTerms = USUAL_TERMS,
    include_s_max: float = INCLUDE_WAIT_S_MAX,
) -> FastAPI:
    """Build the HTTP application; it needs Postgres only."""
    app = make_api(
        "Payung enrollment",
        [
            *workers.ROUTERS,
            *cohorts.ROUTERS,
            waiting.router,
            lists.router,
            clock_api.router,
            uploads.router,
            *batches.ROUTERS,
            batch_rows.router,
            funnel.router,
            regions.router,
            *coverage.ROUTERS,
            *identity.ROUTERS,
            privacy.router,
            erasures_api.router_for(privacy_store.left_of),
            reads_api.router,
        ],
        description="Who is covered, by whose money, from when until when: people without their names, cohorts,"
        " memberships, lists of clerks, erasure. Every command takes an Idempotency-Key and answers with a consistency"
        " token; lists go on by `cursor`; refusals are application/problem+json in Indonesian and English.",
        source=NAME,
        include_s_max=include_s_max,
        reads=(messages.CLAIM.source,),
        pool=pool,
        checks=[commands_are_taken(pool)],
        gateways=gateways.split(","),
        rejections=workers.REJECTIONS,
    )
    app.state.vault, app.state.scenario = vault, scenario
    app.state.payment_terms = payment_terms
    app.state.uploads = asyncio.Semaphore(uploads.UPLOADS_AT_ONCE_MAX)
    return app


async def serve(settings: Settings, wanted: tuple[str, ...]) -> int:
    """Run the wanted parts until the process is told to stop; give the exit code."""
    dsn = settings.postgres_dsn.get_secret_value()
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, name=NAME, size_max=settings.pool_size_max))
        keys = await stack.enter_async_context(
            open_pool(settings.keys_dsn.get_secret_value(), name=f"{NAME}-keys", size_max=KEYS_POOL_SIZE_MAX)
        )
        vault = Vault.from_files(keys, settings.secrets)
        async with transaction(pool) as tx:
            await index.agree(tx, vault)
        await erasures.apply(pool, vault.keys, settings.erasures, erase_again)
        parts = Parts(host=settings.host, port=settings.port, operations_port=settings.operations_port, pool=pool)
        if "api" in wanted:
            parts.api = make_app(
                pool,
                vault,
                scenario=settings.scenario,
                gateways=settings.gateways,
                payment_terms=PaymentTerms(settings.payment_months, settings.membership_begins_anew),
            )
            parts.api.state.erasures = settings.erasures
        if "relay" in wanted:
            parts.relay = Relay(dsn, settings.kafka, NAME, WRITES)
        if "reader" in wanted:
            parts.broker = broker_for(settings.kafka, NAME)
            parts.reader = Reader(parts.broker, PROJECTION, slot=settings.slot)
        parts.loops = tuple(_loops(settings, pool, vault, wanted))
        return await run(parts)


Loop = Callable[[asyncio.Event], Awaitable[None]]


def _loops(settings: Settings, pool: Pool, vault: Vault, wanted: tuple[str, ...]) -> Iterator[Loop]:
    """Give what is done again and again beside the rest: by the clock, and with lists that clerks sent."""

    async def sweep(stopping: asyncio.Event) -> None:
        await sweep_forever(pool, stopping)

    async def move_up(stopping: asyncio.Event) -> None:
        await move_up_forever(pool, stopping)

    async def settle_erasures(stopping: asyncio.Event) -> None:
        await settle_forever(pool, vault.keys, settings.erasures, stopping)

    async def compare(stopping: asyncio.Event) -> None:
        await compare_forever(pool, vault, stopping)

    async def imports(stopping: asyncio.Event) -> None:
        await work_forever(pool, vault, stopping, scenario=settings.scenario)

    if "sweep" in wanted:
        yield from (sweep, move_up, settle_erasures, compare)
    if "imports" in wanted:
        yield imports


def main(part: str) -> int:
    """Run one part, all of them, or bring the tables up to date."""
    configure(NAME)
    settings = Settings()
    if part == "migrate":
        asyncio.run(bring_up_to_date(settings))
        return 0
    return start(serve(settings, PARTS if part == "all" else (part,)))

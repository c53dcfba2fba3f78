"""Claims put together: what runs, in which order it starts and stops."""

import asyncio
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
from services.claims import heard, messages, privacy_api
from services.claims.api import claims, eligibility, payments, rules, statement
from services.claims.claim import Rejected
from services.claims.migrations import CLAIMS
from services.claims.privacy import store as privacy
from services.claims.privacy.erase import erase_again, finish_forever
from services.claims.rules import keep_base
from services.claims.rules.approval import Refused
from services.claims.settings import Settings
from services.claims.sweep import sweep_forever

NAME = "claims"
PARTS = ("api", "relay", "reader", "sweep")
KEYS_POOL_SIZE_MAX = 4


PROJECTION = Projection(NAME, (messages.READS, TICKS), heard.fold, heard.take_in)


async def bring_up_to_date(settings: Settings) -> None:
    """Bring tables and topics up to date."""
    dsn = settings.postgres_dsn.get_secret_value()
    await migrate(dsn, (*migrations.WRITER, CLAIMS))
    async with open_pool(dsn, name="migrate", size_max=1) as pool, transaction(pool) as tx:
        await keep_base(tx)
    await migrate(settings.keys_dsn.get_secret_value(), (migrations.VAULT_KEYS,))
    async with open_pool(settings.keys_dsn.get_secret_value(), name="migrate", size_max=1) as keys:
        await forget_reads(keys)
    await topics.ensure(settings.kafka, (messages.WRITES, TICKS))


def make_app(
    pool: Pool,
    vault: Vault,
    *,
    scenario: bool,
    gateways: str = "",
    include_s_max: float = INCLUDE_WAIT_S_MAX,
) -> FastAPI:
    """Build the HTTP application; it needs Postgres only."""
    app = make_api(
        "Payung claims",
        [
            claims.router,
            *payments.ROUTERS,
            eligibility.router,
            rules.router,
            statement.router,
            clock_api.router,
            privacy_api.router,
            erasures_api.router_for(privacy.left_of),
            reads_api.router,
        ],
        description="Claims for an accident or a death, from the first report to the payment, decided on the cover and"
        " the rules of the day of the incident, with the proof. Every command takes an Idempotency-Key and answers with"
        " a consistency token; `after` lets it wait for what enrollment just did; lists go on by `cursor`; refusals are"
        " application/problem+json in Indonesian and English.",
        source=NAME,
        include_s_max=include_s_max,
        reads=(messages.READS.source,),
        pool=pool,
        checks=[commands_are_taken(pool)],
        gateways=gateways.split(","),
        rejections={Rejected: claims.rejected, Refused: rules.told},
    )
    app.state.vault, app.state.scenario = vault, scenario
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
        await erasures.apply(pool, vault.keys, settings.erasures, erase_again)
        parts = Parts(host=settings.host, port=settings.port, operations_port=settings.operations_port, pool=pool)
        if "api" in wanted:
            parts.api = make_app(pool, vault, scenario=settings.scenario, gateways=settings.gateways)
            parts.api.state.erasures = settings.erasures
        if "relay" in wanted:
            parts.relay = Relay(dsn, settings.kafka, NAME, (messages.WRITES,))
        if "reader" in wanted:
            parts.broker = broker_for(settings.kafka, NAME)
            parts.reader = Reader(parts.broker, PROJECTION, slot=settings.slot)
        if "sweep" in wanted:

            async def sweep(stopping: asyncio.Event) -> None:
                await sweep_forever(pool, stopping)

            async def finish_erasures(stopping: asyncio.Event) -> None:
                await finish_forever(pool, vault.keys, settings.erasures, stopping)

            parts.loops = (sweep, finish_erasures)
        return await run(parts)


def main(part: str) -> int:
    """Run one part, all of them, or bring the tables up to date."""
    configure(NAME)
    settings = Settings()
    if part == "migrate":
        asyncio.run(bring_up_to_date(settings))
        return 0
    return start(serve(settings, PARTS if part == "all" else (part,)))

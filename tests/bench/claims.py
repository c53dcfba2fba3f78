"""Claims decided and committed, and questions after the cover of one among a million workers."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import httpx2
from payung_contracts.claims import ClaimSubmitted
from payung_contracts.topics import COVERAGE

from services.chassis import ledger
from services.chassis.ledger import KEYS_PER_TRANSACTION_MAX, Act, Entry
from services.chassis.postgres import Pool, open_pool, transaction
from services.claims import handlers, messages, store
from services.claims.claim import Claim, Document, Payee
from services.claims.eligibility import eligibility_on, find
from services.claims.rules import RuleBook, current_book
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S
from tests.bench.times import ms_of, percentiles
from tests.world import World

CLAIMS = 6_000
DECIDED_AT_ONCE = 8
ROUNDS = 3
WORKERS = 1_000_000
ASKED = 5_000
DAY = date(2025, 10, 3)
ACT = Act("decider", UUID(int=1))


async def decisions(world: World) -> list[Figure]:
    """Decide claims for a death, several at once, each in a transaction of its own; HTTP is left out.

    Beside it the same claims are locked, read, written back with a fact each, and nothing is thought about.
    """
    await _fill(world.dsn("claims"), CLAIMS)
    async with open_pool(world.dsn("claims"), name="bench", size_max=DECIDED_AT_ONCE) as pool:
        claims = await _submitted(pool)
        rates, plain = [], []
        for number in range(ROUNDS):
            part = claims[number::ROUNDS]
            plain.append(await _rate(part, lambda claim: _write_back(pool, claim)))
            rates.append(await _rate(part, lambda claim: _decide(pool, claim)))
        assert await pool.fetchval("select count(*) from claim where outcome = 'approved'") == CLAIMS
    return [
        figure(
            "claims decided and committed",
            rates,
            "claims/s",
            limits=plain,
            limit_is="the same rows and facts, undecided",
            floor=500,
            goal=2_000,
        )
    ]


async def _submitted(pool: Pool) -> list[Claim]:
    """Make a claim of each worker that lacks nothing but the decision."""
    async with transaction(pool) as tx:
        workers = [row["key"] for row in await tx.fetch("select key from reader_key")]
        book = await current_book(tx)
    claims = [_claim(worker_id, book) for worker_id in workers]
    for first in range(0, len(claims), KEYS_PER_TRANSACTION_MAX):
        some = claims[first : first + KEYS_PER_TRANSACTION_MAX]
        async with transaction(pool) as tx:
            await ledger.lock(tx, messages.WRITES, [claim.worker_id for claim in some])
            await store.save(tx, some)
    await pool.execute("analyze")
    return claims


def _claim(worker_id: UUID, book: RuleBook) -> Claim:
    reported_on = DAY + timedelta(days=10)
    documents = tuple(Document(one.code, reported_on, "clerk") for one in book.on(DAY).documents("JKM"))
    return Claim(
        claim_id=uuid4(),
        worker_id=worker_id,
        programme="JKM",
        incident_on=DAY,
        reported_on=reported_on,
        reported_at=datetime(2025, 10, 13, tzinfo=UTC),
        state="submitted",
        documents=documents,
        payees=(Payee(uuid4(), "parent", (1, 1), account_index=uuid4().hex),),
        proposer="clerk",
        prepared_by=("clerk",),
        submitted_on=reported_on,
        completed_on=reported_on,
        due_on=book.due_on(reported_on, "JKM"),
    )


async def _decide(pool: Pool, claim: Claim) -> None:
    async with transaction(pool) as tx:
        await handlers.decide(tx, claim.claim_id, act=ACT)


async def _write_back(pool: Pool, claim: Claim) -> None:
    async with transaction(pool) as tx:
        await ledger.lock(tx, messages.WRITES, [claim.worker_id])
        (await store.look(tx, [claim.worker_id]))[claim.worker_id].claim(claim.claim_id)
        await store.save(tx, [claim])
        fact = ClaimSubmitted(claim_id=claim.claim_id, submitted_on=DAY)
        await ledger.append(tx, [Entry(claim.worker_id, fact, claim.reported_at)], ACT)


async def _rate(claims: Sequence[Claim], carry_out: Callable[[Claim], Awaitable[None]]) -> float:
    """Carry it out for each claim, so many at once; per second."""
    left = iter(claims)

    async def one_after_the_other() -> None:
        for claim in left:
            await carry_out(claim)

    begun = perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(DECIDED_AT_ONCE)))
    return len(claims) / (perf_counter() - begun)


async def eligibility(world: World) -> list[Figure]:
    """Ask after workers at random, one question after the other; beside it a plain read of the same rows."""
    await _fill(world.dsn("claims"), WORKERS)
    world.start("claims", "api")
    await world.ready("claims")
    async with open_pool(world.dsn("claims"), name="bench", size_max=2) as pool:
        everybody = [row["key"] for row in await pool.fetch("select key from reader_key")]
        asked = random.Random(1).sample(everybody, ASKED)

        async def plain(key: UUID) -> None:
            await pool.fetchval("select state from reader_key where key = $1 and topic = $2", key, COVERAGE.name)

        async def inquire(key: UUID) -> None:
            async with pool.acquire() as tx:
                found = await find(tx, key)
                book = await current_book(tx)
            assert eligibility_on(DAY, found.cover, book).standing == "in_force"

        reads, answers = await _warmed(plain, asked), await _warmed(inquire, asked)
    async with httpx2.AsyncClient(base_url=world.url("claims"), timeout=LONG_S) as client:

        async def live(_: UUID) -> None:
            (await client.get("/health/live")).raise_for_status()

        async def over_http(key: UUID) -> None:
            answer = await client.get(f"/v1/workers/{key}/eligibility", params={"on": DAY.isoformat()})
            assert answer.json()["covered"], answer.text

        nothing, asked_over_http = await _warmed(live, asked), await _warmed(over_http, asked)
    world.stop_all()
    return [
        *_times("eligibility among a million", answers, reads, "plain read of the worker's row"),
        *_times("eligibility by HTTP", asked_over_http, nothing, "an HTTP answer that says nothing"),
    ]


async def _fill(dsn: str, workers: int) -> None:
    """Put workers, each with two years of cover, where the reader would."""
    connection = await asyncpg.connect(dsn, command_timeout=LONG_S)
    await connection.execute(
        """
        insert into reader_key (topic, key, sequence, event_id, parked, state)
        select $1, key, 4, gen_random_uuid(), false,
               format('{"died_on":null,"memberships":{"%1$s":[%2$s,%3$s]},"registered_on":"2024-01-02",'
                      '"registered_by":"clerk-1","verified_by":"clerk-2"}',
                      gen_random_uuid(), format(period, cohort, '2024-01-01', '2025-01-01'),
                      format(period, cohort, '2025-01-01', '2026-01-01'))
          from (select gen_random_uuid() as key, md5((n % 50)::text)::uuid as cohort,
                       '{"cohort_id":"%s","segment":"BPU","funding":"APBD","village_code":"51.04.01.2001",'
                       '"programmes":["JKK","JKM"],"covered_from":"%s","covered_until":"%s"}' as period
                  from generate_series(1, $2::int) n) as worker
        """,
        COVERAGE.name,
        workers,
    )
    await connection.execute("vacuum analyze reader_key")
    await connection.close()


async def _warmed(ask: Callable[[UUID], Awaitable[None]], asked: Sequence[UUID]) -> list[float]:
    """Ask of a tenth before it counts, then of each."""
    await ms_of(ask, asked[: len(asked) // 10])
    return await ms_of(ask, asked)


def _times(name: str, taken: list[float], limits: list[float], limit_is: str) -> list[Figure]:
    return percentiles(name, taken, floor=20, goal=5, limits=limits, limit_is=limit_is)

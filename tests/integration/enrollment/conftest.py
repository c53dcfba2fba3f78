"""A migrated database of enrollment with its vault, a cohort, and files of people who do not exist."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest_asyncio

from services.chassis import clock, migrations
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, open_pool, transaction
from services.chassis.vault import Vault
from services.enrollment import handlers, store
from services.enrollment.cohorts import handlers as cohorts
from services.enrollment.cohorts import terms
from services.enrollment.cohorts.terms import Extent
from services.enrollment.domain import Cohort, Command, Funding, LegalBasis, Segment, Worker
from services.enrollment.imports import pieces
from services.enrollment.imports.pieces import Outcome
from services.enrollment.imports.rows import CardRow, KnownRow, PersonRow
from services.enrollment.migrations import ENROLLMENT
from tests.integration.conftest import Migrated
from tests.world import until

CLERK, APPROVER = Act("clerk", UUID(int=7)), Act("approver", UUID(int=8))
KETEWEL = "51.04.01.2002"
NEW_YEAR = date(2027, 1, 1)
JULY = date(2027, 7, 1)
OCTOBER = date(2027, 10, 1)
TODAY = NEW_YEAR
WAIT_S_MAX = 20.0


@pytest_asyncio.fixture
async def pool(migrated: Migrated) -> AsyncIterator[Pool]:
    """The database of enrollment, on the first morning of 2027."""
    dsn = await migrated((*migrations.WRITER, ENROLLMENT))
    async with open_pool(dsn, name="enrollment", size_max=20) as opened:
        await move_to(opened, NEW_YEAR)
        yield opened


@pytest_asyncio.fixture
async def vault(migrated: Migrated) -> AsyncIterator[Vault]:
    async with open_pool(await migrated((migrations.VAULT_KEYS,)), name="enrollment-keys", size_max=4) as keys:
        yield Vault(keys, [bytes(range(32))], bytes(range(1, 33)))


@pytest_asyncio.fixture
async def cohort(pool: Pool) -> Cohort:
    return await approve(pool)


async def move_to(pool: Pool, day: date) -> None:
    """Let the clock go on from the morning of the day."""
    async with transaction(pool) as tx:
        await clock.move(tx, clock.at_midnight(day) + timedelta(hours=8))


async def approve(
    pool: Pool,
    covered_from: date = NEW_YEAR,
    covered_until: date | None = JULY,
    *,
    places: int = 1_000,
    funding: Funding = "APBD",
    segment: Segment = "BPU",
    village_places: tuple[tuple[str, int], ...] = (),
    person_months: int | None = None,
) -> Cohort:
    """Have a cohort proposed by one person, and approved and opened by another."""
    proposed = terms.Propose(
        cohort_id=uuid4(),
        name="Pekerja rentan",
        year=covered_from.year,
        phase=None,
        segment=segment,
        funding=funding,
        programmes=("JKK", "JKM"),
        legal_bases=(LegalBasis("Keputusan Bupati", placeholder=True),),
        covered_from=covered_from,
        covered_until=covered_until,
        months=None,
        extent=Extent(places, village_places, person_months),
        owner_office=None,
        by=CLERK.actor,
    )
    async with transaction(pool) as tx:
        await cohorts.propose(tx, proposed, CLERK)
        approval = terms.Approve(APPROVER.actor, opens=True, today=await clock.business_date(tx))
        await cohorts.carry_out(tx, proposed.cohort_id, approval, APPROVER)
        return await handlers.find_cohort(tx, proposed.cohort_id)


def nik(number: int) -> str:
    """Give a NIK that is nobody's; each number has its own."""
    born = date(1970, 1, 1) + timedelta(days=number % 10_000)
    return f"5104{number // 10_000 % 7 + 1:02}{born:%d%m%y}9001"


def person(number: int, line: int = 2) -> PersonRow:
    born = date(1970, 1, 1) + timedelta(days=number % 10_000)
    return PersonRow(line, nik(number), f"Orang Contoh {number}", born, KETEWEL, None)


def people(numbers: Sequence[int]) -> list[PersonRow]:
    return [person(number, line) for line, number in enumerate(numbers, start=2)]


async def enroll(
    pool: Pool, vault: Vault, cohort: Cohort, numbers: Sequence[int], *, at_once: int = 1, rows_max: int = 5_000
) -> Outcome:
    """Enroll people as an upload does."""

    async def piece(tx: Transaction, chunk: Sequence[PersonRow]) -> Outcome:
        return await handlers.enroll(tx, vault, cohort, chunk, await clock.business_date(tx), CLERK)

    return added(await pieces.carry_out(pool, people(numbers), piece, at_once=at_once, rows_max=rows_max))


async def renew(pool: Pool, vault: Vault, cohort: Cohort, numbers: Sequence[int]) -> Outcome:
    async def piece(tx: Transaction, chunk: Sequence[KnownRow]) -> Outcome:
        return await handlers.renew(tx, vault, cohort, chunk, await clock.business_date(tx), CLERK)

    known = [KnownRow(line, nik(number)) for line, number in enumerate(numbers, start=2)]
    return added(await pieces.carry_out(pool, known, piece))


async def hand_over_cards(pool: Pool, vault: Vault, cards: Sequence[CardRow]) -> Outcome:
    async def piece(tx: Transaction, chunk: Sequence[CardRow]) -> Outcome:
        return await handlers.hand_over_cards(tx, vault, chunk, await clock.business_date(tx), CLERK)

    return added(await pieces.carry_out(pool, cards, piece))


def added(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        sum(one.done for one in outcomes),
        sum(one.unchanged for one in outcomes),
        tuple(fault for one in outcomes for fault in one.rejected),
        sum(one.waiting for one in outcomes),
    )


async def carry_out(pool: Pool, command: Command) -> Worker:
    async with transaction(pool) as tx:
        return await handlers.carry_out(tx, command, CLERK)


async def find(pool: Pool, vault: Vault, number: int) -> Worker:
    """Find a person who was enrolled."""
    async with transaction(pool) as tx:
        nik_hash = vault.blind(nik(number))
        worker_id = (await store.find(tx, [nik_hash]))[nik_hash]
        return (await store.workers(tx, [worker_id]))[worker_id]


async def announced(pool: Pool, worker_id: UUID) -> list[str]:
    """Name what was announced of a worker, in the order of its sequence, which has no gap."""
    facts = await pool.fetch("select sequence, type from ledger where key = $1 order by sequence", worker_id)
    assert [fact["sequence"] for fact in facts] == list(range(1, len(facts) + 1))
    return [fact["type"].removeprefix("enrollment.").removesuffix(".v1") for fact in facts]


async def facts(pool: Pool, name: str) -> list[dict[str, object]]:
    """Give the data of every fact of a type, with its key and time."""
    found = await pool.fetch("select key, time, data from ledger where type = $1 order by pos", f"enrollment.{name}.v1")
    return [{**orjson.loads(fact["data"]), "key": fact["key"], "time": fact["time"]} for fact in found]


async def waits_for_a_lock(pool: Pool, *, waiters: int = 1) -> None:
    """Wait until so many transactions of this database wait for another."""

    async def somebody_waits() -> bool:
        waits: bool = await pool.fetchval(
            """
            select count(*) >= $1 from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'
            """,
            waiters,
        )
        return waits

    await until(somebody_waits, "a transaction waits for another", WAIT_S_MAX)


def midnight(day: date) -> datetime:
    return clock.at_midnight(day)

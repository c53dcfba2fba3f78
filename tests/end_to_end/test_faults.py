"""What may break breaks, for real, while lists are taken in; afterwards nothing is lost, doubled or different."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg
import httpx2
import pytest

from tests.end_to_end.conftest import HEIR, TODAY, Doors, nik
from tests.world import SERVICES, World, until

LIST = 300
TRIES_MAX = 200
_numbers = count(20_000, LIST)


async def test_each_service_killed_while_lists_are_taken_in(doors: Doors, world: World) -> None:
    async with _taking_in(doors, "Killed") as taken:
        for service in SERVICES:
            await _another(taken)
            world.signal(f"{service}/all", signal.SIGKILL)
            world.start(service)
            await world.ready(service)
            await _another(taken)
    await _all_is_well(doors, world, taken)


async def test_kafka_is_away_longer_than_a_request_may_take(doors: Doors, world: World) -> None:
    async with _taking_in(doors, "No Kafka") as taken:
        await _another(taken)
        await world.kafka.stop()
        before = len(taken)
        async with asyncio.timeout(60):  # commands go on: they need Postgres only
            while len(taken) < before + 3:
                await _another(taken)
        await _relay_gave_up_once(world)
        await world.kafka.start()
        await _another(taken)
    await _all_is_well(doors, world, taken)


async def test_postgres_is_killed_and_comes_back(doors: Doors, world: World) -> None:
    async with _taking_in(doors, "No Postgres") as taken:
        await _another(taken)
        await world.postgres.kill()
        await world.postgres.start()
        await _another(taken)
    await _all_is_well(doors, world, taken)


async def test_one_of_two_readers_freezes_past_its_session_and_thaws(doors: Doors, world: World) -> None:
    world.signal("reporting/all", signal.SIGTERM)
    world.start("reporting", "api")
    world.start("reporting", "reader", slot=1)
    world.start("reporting", "reader", slot=2)
    await world.ready("reporting")

    async def both_hold_partitions() -> bool:
        return all("TopicPartition(" in world.log(f"reporting/reader/{slot}") for slot in (1, 2))

    await until(both_hold_partitions, "both readers have partitions")
    async with _taking_in(doors, "Frozen") as taken:
        await _another(taken)
        world.signal("reporting/reader/1", signal.SIGSTOP)
        # What the frozen one was given moves only when its session has passed and the other has taken it over.
        await _moves_on_without(world, taken)
        world.signal("reporting/reader/1", signal.SIGCONT)
        await _another(taken)
    await _all_is_well(doors, world, taken)
    for name in ("reporting/api", "reporting/reader/1", "reporting/reader/2"):
        world.signal(name, signal.SIGTERM)
    world.start("reporting")
    await world.ready("reporting")


async def test_claims_killed_in_the_middle_of_an_order_pays_once(doors: Doors, world: World) -> None:
    cohort_id, number = await doors.approve(name="Payment"), next(_numbers)
    await doors.enroll(cohort_id, [nik(number)])
    worker_id = (await doors.find(nik(number)))["worker_id"]
    path = f"/v1/claims/{(await doors.claim(worker_id, HEIR))['claim_id']}"
    await doors.post("claims", f"{path}/decision", actor="decider", role="decider")
    held = await asyncpg.connect(world.dsn("claims"))
    transaction = held.transaction()
    await transaction.start()
    await held.execute("lock table ledger in exclusive mode")  # the order gets as far as its facts, and stands
    ordering = asyncio.create_task(doors.try_post("claims", f"{path}/payment-order", role="payer"))

    async def stands() -> bool:
        assert not ordering.done(), ordering.result().text
        return bool(
            await held.fetchval(
                "select exists (select from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock')"
            )
        )

    await until(stands, "the order waits for the ledger")
    world.signal("claims/all", signal.SIGKILL)
    await transaction.rollback()
    with pytest.raises(httpx2.HTTPError):
        await ordering
    world.start("claims")
    await world.ready("claims")
    for _ in range(2):
        ordered = await doors.post("claims", f"{path}/payment-order", actor="payer", role="payer")
        (payment,) = ordered["payments"]
        arrived = {"paid_on": str(TODAY), "amount_idr": payment["ordered_idr"]}
        confirmation = f"{path}/payments/{payment['payment_id']}/confirmation"
        await doors.post("claims", confirmation, actor="payer", role="payer", **arrived)
    kinds = await held.fetch("select type from ledger where key = $1::text::uuid order by sequence", worker_id)
    await held.close()
    paid = [row["type"] for row in kinds if "paid" in row["type"] or "ordered" in row["type"]]
    assert paid == ["claims.payment_ordered.v1", "claims.claim_paid.v1"]


@asynccontextmanager
async def _taking_in(doors: Doors, name: str) -> AsyncIterator[list[int]]:
    """Upload one list after the other while the block runs, each until it is answered; gives the sizes taken in."""
    cohort_id = await doors.approve(name=name)
    taken: list[int] = []
    stopping = asyncio.Event()

    async def one() -> int:
        first = next(_numbers)
        people = [nik(number) for number in range(first, first + LIST)]
        for _ in range(TRIES_MAX):
            try:
                answer = await doors.enroll(cohort_id, people)
            except (httpx2.HTTPError, AssertionError):  # killed or refused: send the same list again
                await asyncio.sleep(0.1)
                continue
            assert answer["enrolled"] + answer["unchanged"] == LIST, answer["rejected"][:3]
            return LIST
        msg = f"no answer in {TRIES_MAX} tries"
        raise AssertionError(msg)

    async def go_on() -> None:
        while not stopping.is_set():
            taken.append(await one())

    uploading = asyncio.create_task(go_on())
    try:
        yield taken
    finally:
        stopping.set()
        await uploading


async def _another(taken: list[int]) -> None:
    """Wait until one more list was taken in."""
    before = len(taken)

    async def more() -> bool:
        return len(taken) > before

    await until(more, "another list is taken in")


async def _relay_gave_up_once(world: World) -> None:
    async def gave_up() -> bool:
        return "relay_waits" in world.log("enrollment/all")

    await until(gave_up, "the relay has thrown its producer away")


async def _moves_on_without(world: World, taken: list[int]) -> None:
    """Wait until the other reader has taken over every partition."""
    connection = await asyncpg.connect(world.dsn("reporting"))
    begun = {row["part"]: row["next_offset"] for row in await _offsets(connection)}

    async def all_moved() -> bool:
        return all(row["next_offset"] > begun[row["part"]] for row in await _offsets(connection))

    await until(all_moved, "every partition moves again")
    await connection.close()
    assert taken


async def _offsets(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return await connection.fetch("select part, next_offset from reader_offset where topic = 'enrollment.coverage.v1'")


async def _all_is_well(doors: Doors, world: World, taken: list[int]) -> None:
    """Find every worker under cover once, nothing withheld, and no difference to the log."""
    database = await asyncpg.connect(world.dsn("enrollment"))
    registered = await database.fetchval("select count(*) from ledger where type = 'enrollment.worker_registered.v1'")
    dead = await database.fetchval("select count(*) from ledger where type = 'enrollment.worker_deceased.v1'")
    await database.close()
    assert registered >= sum(taken)

    async def all_there() -> bool:
        answer = await doors.ask("/v1/protected", as_of=TODAY)
        return bool(answer["total"] == registered - dead)

    await until(all_there, "everybody is counted")
    answer = await doors.ask("/v1/protected", as_of=TODAY)
    assert answer["withheld_keys"] == 0
    reconciled = await asyncio.to_thread(world.payung, "reconcile", "--json")
    assert reconciled.returncode == 0, reconciled.stdout[-2000:] + reconciled.stderr[-2000:]
    assert json.loads(reconciled.stdout)["differences"] == []

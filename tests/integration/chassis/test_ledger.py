"""Many writers at once: each committed fact arrives once; within a key position, sequence and time run the same way."""

import asyncio
import contextlib
import itertools
import random
from collections import defaultdict
from uuid import UUID, uuid4

import pytest
from payung_contracts.enrollment import WorkersUnmerged
from payung_contracts.envelope import from_headers
from payung_contracts.topics import COVERAGE, Topic

from services.chassis import ledger
from services.chassis.health import commands_are_taken
from services.chassis.ledger import Entry, Halted
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.web.refusals import REFUSALS
from tests.integration.chassis.conftest import (
    ACT,
    NOON,
    Place,
    announce,
    card,
    connect,
    log_of,
    number_of,
    relaying,
    ticks_of,
    until,
    until_sent,
    waits_for_lock,
)

WRITERS = 24
TRANSACTIONS_EACH = 20
PIECE = 5_000
PIECES = 10


class Undone(Exception):
    pass


class Crowd:
    """Writers who take keys at random, undo some of what they do, and remember what they committed."""

    def __init__(self, pool: Pool, topic: Topic) -> None:
        self.pool, self.topic = pool, topic
        self.dice = random.Random(7)
        self.numbers = itertools.count(1)
        self.keys = [uuid4() for _ in range(40)]
        self.committed: dict[UUID, set[int]] = defaultdict(set)

    async def append(self, tx: Transaction, keys: list[UUID]) -> list[tuple[UUID, int]]:
        told = [(key, next(self.numbers)) for key in keys]
        await ledger.append(tx, [Entry(key, card(number), NOON) for key, number in told], ACT)
        return told

    async def attempt(self, tx: Transaction, key: UUID) -> list[tuple[UUID, int]]:
        """Append within a savepoint that is sometimes rolled back."""
        with contextlib.suppress(Undone):
            async with tx.transaction():
                told = await self.append(tx, [key] * self.dice.randint(1, 2))
                if self.dice.random() < 0.2:
                    raise Undone
                return told
        return []

    async def write_little(self) -> None:
        for _ in range(TRANSACTIONS_EACH):
            wanted = self.dice.sample(self.keys, self.dice.randint(1, 6))
            with contextlib.suppress(Undone):
                async with transaction(self.pool) as tx:
                    await ledger.lock(tx, self.topic, wanted)
                    told = [fact for key in wanted for fact in await self.attempt(tx, key)]
                    if self.dice.random() < 0.15:
                        raise Undone
                self.remember(told)

    async def write_much(self) -> None:
        many = [*self.keys[:5], *(uuid4() for _ in range(995))]
        async with transaction(self.pool) as tx:
            await ledger.lock(tx, self.topic, many)
            told = [f for _ in range(PIECES) for f in await self.append(tx, self.dice.choices(many, k=PIECE))]
        self.remember(told)

    def remember(self, told: list[tuple[UUID, int]]) -> None:
        for key, number in told:
            self.committed[key].add(number)


async def test_what_many_writers_commit_arrives_once_and_in_order(writer: Pool, place: Place) -> None:
    crowd = Crowd(writer, place.topic)
    async with relaying(writer, place):
        async with asyncio.TaskGroup() as writers:  # a deadlock would end it with an error
            for _ in range(WRITERS):
                writers.create_task(crowd.write_little())
            writers.create_task(crowd.write_much())
        await until_sent(writer, 60)

    arrived: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for each in await log_of(place.kafka, place.topic):
        envelope = from_headers(each.headers)
        arrived[envelope.subject].append((envelope.sequence, number_of(each)))
    assert {key: {number for _, number in facts} for key, facts in arrived.items()} == crowd.committed
    for facts in arrived.values():
        assert [sequence for sequence, _ in facts] == list(range(1, len(facts) + 1))

    assert await disorder(writer) == 0
    total = sum(map(len, arrived.values()))
    assert await writer.fetchval("select count(*) from ledger") == total
    assert sum(tick.count for tick in await ticks_of(place)) == total


async def disorder(pool: Pool) -> int:
    """Count the facts whose position, sequence or time does not follow that of the one before under their key."""
    found: int = await pool.fetchval(
        """
        select count(*)
          from (select sequence, recordedtime,
                       row_number() over w as place, lag(recordedtime) over w as before
                  from ledger window w as (partition by key order by pos)) as fact
         where sequence <> place or recordedtime <= before
        """
    )
    return found


async def test_a_transaction_that_began_earlier_and_locks_later_records_later(writer: Pool, place: Place) -> None:
    key = uuid4()
    async with transaction(writer) as early:
        await early.fetchval("select pg_current_xact_id()")  # begins here, with its snapshot, now() and transaction id
        await announce(writer, place.topic, key, 1)
        await ledger.lock(early, place.topic, [key])
        await ledger.append(early, [Entry(key, card(2), NOON)], ACT)
    assert await disorder(writer) == 0
    first, second = await writer.fetchval("select array_agg(txid order by pos) from ledger")
    assert int(first) > int(second)  # its transaction is the older one


async def test_waiting_for_the_lock_draws_no_position_and_no_time(writer: Pool, place: Place) -> None:
    """The one who waits records after the one who held, though its statement began before."""
    key = uuid4()
    await announce(writer, place.topic, key, 1)
    async with asyncio.TaskGroup() as tasks, transaction(writer) as holder:
        await ledger.lock(holder, place.topic, [key])
        waiting = tasks.create_task(announce(writer, place.topic, key, 3))
        await until(lambda: waits_for_lock(writer, "%stream_head%"), "the other waits")
        await ledger.append(holder, [Entry(key, card(2), NOON)], ACT)
        assert not waiting.done()
    assert await disorder(writer) == 0
    assert await writer.fetchval("select count(*) from ledger") == 3


async def test_new_keys_wanted_by_many_at_once_do_not_deadlock(writer: Pool, place: Place) -> None:
    dice = random.Random(3)
    for _ in range(25):
        keys = [uuid4() for _ in range(6)]

        async def take(wanted: list[UUID]) -> None:
            async with transaction(writer) as tx:
                await ledger.lock(tx, place.topic, wanted)
                await ledger.append(tx, [Entry(key, card(1), NOON) for key in wanted], ACT)

        async with asyncio.TaskGroup() as takers:
            for _ in range(WRITERS):
                takers.create_task(take(dice.sample(keys, 3)))
    assert await disorder(writer) == 0


async def test_heads_of_new_and_known_keys_are_locked_in_one_order(writer: Pool, place: Place) -> None:
    """Known keys first and new ones after would deadlock with one who finds them all known."""
    first, last = sorted((uuid4(), uuid4()))
    await announce(writer, place.topic, last, 1)
    holder = await connect(writer)
    try:
        async with asyncio.TaskGroup() as tasks:
            begun = holder.transaction()
            await begun.start()
            await ledger.lock(holder, place.topic, [first])  # a new head, not yet committed

            async def take() -> None:
                async with transaction(writer) as tx:
                    await ledger.lock(tx, place.topic, [first, last])

            taking = tasks.create_task(take())
            await until(lambda: waits_for_lock(writer, "%stream_head%"), "the other waits for the new head")
            async with asyncio.timeout(5):  # the other must not hold the later key while it waits for the earlier
                await ledger.lock(holder, place.topic, [last])
            assert not taking.done()
            await begun.commit()
    finally:
        await holder.close()


async def test_lock_gives_the_last_sequences(writer: Pool, place: Place) -> None:
    known, new = uuid4(), uuid4()
    await announce(writer, place.topic, known, 1, 2, 3)
    async with transaction(writer) as tx:
        assert await ledger.lock(tx, place.topic, [new, known, new]) == {known: 3, new: 0}
        assert await ledger.lock(tx, place.topic, []) == {}


async def test_look_after_the_lock(writer: Pool, place: Place) -> None:
    """A sweep that waits for a renewal must see it: it reads the guard by a statement after the one that locks."""
    key = uuid4()
    await announce(writer, place.topic, key, 1)
    await writer.execute("create table guard (key uuid primary key, version int)")
    await writer.execute("insert into guard values ($1, 1)", key)

    async def sweep() -> int:
        async with transaction(writer) as tx:
            await ledger.lock(tx, place.topic, [key])
            version: int = await tx.fetchval("select version from guard where key = $1", key)
            return version

    async def sweep_in_one_statement() -> int:
        async with transaction(writer) as tx:
            version: int = await tx.fetchval(
                "select g.version from stream_head h join guard g using (key) where key = $1 for update of h", key
            )
            return version

    for look, finds in ((sweep, 2), (sweep_in_one_statement, 2)):
        async with asyncio.TaskGroup() as tasks, transaction(writer) as renewal:
            await ledger.lock(renewal, place.topic, [key])
            sweeping = tasks.create_task(look())
            await until(lambda: waits_for_lock(writer, "%stream_head%for update%"), "the sweep waits")
            await renewal.execute("update guard set version = version + 1 where key = $1", key)
            await ledger.append(renewal, [Entry(key, card(2), NOON)], ACT)
        assert sweeping.result() == finds  # the second, in one statement, still sees what stood before the renewal
    assert await writer.fetchval("select version from guard") == 3


async def test_a_halted_ledger_takes_no_facts(writer: Pool, place: Place) -> None:
    await writer.execute("update relay_state set halted = E'the log lost its tail\\nlog kehilangan ujungnya'")
    assert not await commands_are_taken(writer).holds()
    with pytest.raises(Halted, match="the log lost its tail") as refused:
        await announce(writer, place.topic, uuid4(), 1)
    told = REFUSALS[Halted](refused.value).more
    assert (told["code"], told["english"].endswith("the log lost its tail")) == ("commands_refused", True)
    assert told["indonesian"].endswith("log kehilangan ujungnya")
    assert await writer.fetchval("select count(*) from ledger") == 0


async def test_appending_without_the_lock_of_a_new_key_is_refused(writer: Pool) -> None:
    with pytest.raises(AssertionError, match="lock the heads"):
        async with transaction(writer) as tx:
            await ledger.append(tx, [Entry(uuid4(), card(1), NOON)], ACT)


async def test_the_token_names_the_transaction(writer: Pool) -> None:
    key = uuid4()
    async with transaction(writer) as tx:
        await ledger.lock(tx, COVERAGE, [key])
        await ledger.append(tx, [Entry(key, card(1), NOON)], ACT)
        token = await ledger.token(tx, "enrollment")
    txid = await writer.fetchval("select txid::text from ledger")
    assert token == f"enrollment:{txid}"


async def test_a_fact_too_great_for_kafka_is_refused_before_it_is_committed(writer: Pool, place: Place) -> None:
    key, many = uuid4(), tuple(uuid4() for _ in range(10_000))
    async with transaction(writer) as tx:
        await ledger.lock(tx, place.topic, [key])
        with pytest.raises(ValueError, match="at most 250,000 fit"):
            await ledger.append(tx, [Entry(key, WorkersUnmerged(other_worker_id=key, left=many), NOON)], ACT)
    assert await writer.fetchval("select count(*) from ledger where key = $1", key) == 0


async def test_a_bulk_writer_gives_way_within_a_bound(writer: Pool, place: Place) -> None:
    backlog = "select p.last_value - r.sent_pos from ledger_pos p, relay_state r"
    await announce(writer, place.topic, uuid4(), *range(20))
    async with asyncio.timeout(30):  # no relay runs: it waits as long as it may, and goes on
        await ledger.give_way(writer, backlog_facts_max=10, seconds_max=0.5)
    assert await writer.fetchval(backlog) == 20
    async with relaying(writer, place):
        await ledger.give_way(writer, backlog_facts_max=10, seconds_max=30)
        assert await writer.fetchval(backlog) <= 10

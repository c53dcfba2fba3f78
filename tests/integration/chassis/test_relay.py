"""The relay sends what snapshot B sees and snapshot A did not: nobody waits for an open transaction, all arrives."""

import asyncio
import contextlib
import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from operator import xor
from typing import Any
from uuid import UUID, uuid4

import pytest
from payung_contracts.envelope import from_headers

from services.chassis import clock, ledger, metrics, relay
from services.chassis.ledger import Entry
from services.chassis.postgres import Pool, transaction
from services.chassis.relay import Relay
from tests.integration.chassis.conftest import (
    ACT,
    NOON,
    Place,
    alarms,
    announce,
    card,
    dsn_of,
    log_of,
    number_of,
    relaying,
    ticks_of,
    until,
    until_sent,
)

PLAN_ROWS = 300_000


async def numbers(place: Place) -> dict[UUID, list[int]]:
    """Give the numbers that stand on Kafka, by key."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for each in await log_of(place.kafka, place.topic):
        found[from_headers(each.headers).subject].append(number_of(each))
    return found


async def test_an_open_transaction_holds_nobody_back(writer: Pool, place: Place) -> None:
    slow, others = uuid4(), [uuid4() for _ in range(20)]
    async with relaying(writer, place):
        async with transaction(writer) as tx:
            await ledger.lock(tx, place.topic, [slow])
            await ledger.append(tx, [Entry(slow, card(1), NOON)], ACT)
            for number in (1, 2, 3):
                for key in others:
                    await announce(writer, place.topic, key, number)
            await until_sent(writer)
            assert await numbers(place) == {key: [1, 2, 3] for key in others}
            recorded = await tx.fetchval("select recordedtime from ledger where key = $1", slow)
            assert all((tick.complete_until or recorded) <= recorded for tick in await ticks_of(place))
        await until_sent(writer)
        assert await numbers(place) == {key: [1, 2, 3] for key in others} | {slow: [1]}

        async def passed() -> bool:
            reached = await writer.fetchval("select complete_until from relay_state")
            return bool(reached > recorded)

        await until(passed, "complete_until passes the slow fact after all")


async def test_an_aborted_transaction_leaves_nothing(writer: Pool, place: Place) -> None:
    key = uuid4()
    async with relaying(writer, place):
        with contextlib.suppress(ZeroDivisionError):
            async with transaction(writer) as tx:
                await ledger.lock(tx, place.topic, [key])
                await ledger.append(tx, [Entry(key, card(1), NOON)], ACT)
                raise ZeroDivisionError
        await announce(writer, place.topic, key, 2)
        await until_sent(writer)
    assert await numbers(place) == {key: [2]}


async def test_nothing_recorded_up_to_complete_until_appears_later(writer: Pool, place: Place) -> None:
    dice = random.Random(11)
    keys = [uuid4() for _ in range(30)]
    before = await alarms(metrics.RELAY_ALARMS, "after_complete_until")

    async def write(number: int) -> None:
        for _ in range(12):
            async with transaction(writer) as tx:
                wanted = dice.sample(keys, 2)
                await ledger.lock(tx, place.topic, wanted)
                await ledger.append(tx, [Entry(key, card(number), NOON) for key in wanted], ACT)
                await tx.execute("select pg_sleep($1)", dice.choice((0.0, 0.0, 0.01, 0.2)))

    async with relaying(writer, place):
        async with asyncio.TaskGroup() as writers:
            for number in range(16):
                writers.create_task(write(number))
        await until_sent(writer)

    ticks = await ticks_of(place)
    assert [tick.number for tick in ticks] == list(range(1, len(ticks) + 1))
    told = [tick.complete_until for tick in ticks if tick.complete_until is not None]
    assert all(early <= late for early, late in pairwise(told))
    assert len(set(told)) > 3
    log = await log_of(place.kafka, place.topic)
    recorded = [(each.partition, each.offset, from_headers(each.headers).recordedtime) for each in log]
    assert len(recorded) == 16 * 12 * 2
    for tick in ticks:
        if tick.complete_until is None:
            continue
        ends = tick.offsets.get(place.topic.name, ())
        late = [
            at
            for part, offset, at in recorded
            if at <= tick.complete_until and offset >= (ends[part] if part < len(ends) else 0)
        ]
        assert late == []
        unseen = await writer.fetchval(
            """
            select count(*) from ledger
             where recordedtime <= $1 and not pg_visible_in_snapshot(txid, $2::text::pg_snapshot)
            """,
            tick.complete_until,
            tick.snapshot,
        )
        assert unseen == 0
    assert await alarms(metrics.RELAY_ALARMS, "after_complete_until") == before


async def test_a_tick_counts_what_was_sent_since_the_one_before(writer: Pool, place: Place) -> None:
    async with relaying(writer, place):
        for number in range(5):
            await announce(writer, place.topic, uuid4(), *range(number + 1))
            await until_sent(writer)
    ticks, log = await ticks_of(place), await log_of(place.kafka, place.topic)
    for before, tick in pairwise([None, *ticks]):
        begins = before.offsets.get(place.topic.name, ()) if before else ()
        ends = tick.offsets.get(place.topic.name, ()) if tick else ()
        ids = [
            from_headers(each.headers).id.int
            for each in log
            if each.offset < at(ends, each.partition) and each.offset >= at(begins, each.partition)
        ]
        assert tick is not None
        assert (tick.count, tick.checksum) == (len(ids), f"{reduce(xor, ids, 0):032x}")
    assert sum(tick.count for tick in ticks) == len(log) == 15


def at(ends: tuple[int, ...], part: int) -> int:
    return ends[part] if part < len(ends) else 0


async def test_an_idle_relay_gives_a_sign_of_life(writer: Pool, place: Place) -> None:
    async with relaying(writer, place) as running:

        async def three() -> bool:
            return bool(await writer.fetchval("select tick from relay_state") >= 3)

        await until(three, "three ticks without a fact")
        assert running.sending
    ticks = await ticks_of(place)
    assert all(tick.count == 0 and tick.checksum == "0" * 32 for tick in ticks)
    assert ticks[-1].complete_until is not None
    assert (ticks[-1].clock - ticks[-1].complete_until).total_seconds() < 2


async def test_a_clock_set_back_before_the_first_fact_loses_none(writer: Pool, place: Place) -> None:
    """A scenario begins years ago, when the relay has told already that all of today is complete."""
    key = uuid4()
    async with relaying(writer, place):

        async def told() -> bool:
            return await writer.fetchval("select complete_until from relay_state") is not None

        await until(told, "the idle relay has told how far it is complete")
        async with transaction(writer) as tx:
            await clock.move(tx, datetime(2023, 3, 1, tzinfo=UTC))
        await announce(writer, place.topic, key, 1)
        await until_sent(writer)

        async def reached() -> bool:
            told = await writer.fetchval("select complete_until from relay_state")
            recorded = await writer.fetchval("select recordedtime from ledger")
            return told is not None and bool(recorded < told < datetime(2023, 3, 2, tzinfo=UTC))

        await until(reached, "complete_until follows the clock that was set back")
    assert await numbers(place) == {key: [1]}


async def test_facts_of_next_year_find_their_month(writer: Pool, place: Place) -> None:
    """The relay makes the months ahead, also while a transaction that writes facts is open."""
    await writer.execute("update clock set shift = interval '14 months'")
    key, other = uuid4(), uuid4()
    await writer.execute("select ledger_months(business_clock(), 0)")
    async with transaction(writer) as tx:
        await ledger.lock(tx, place.topic, [key])
        await ledger.append(tx, [Entry(key, card(1), NOON)], ACT)
        await writer.execute("update clock set shift = interval '16 months'")  # nobody made these months
        async with relaying(writer, place):

            async def made() -> bool:
                found: bool = await writer.fetchval(
                    """
                    select to_regclass('ledger_' || to_char((business_clock() + interval '1 month') at time zone 'UTC',
                                                            'YYYY_MM')) is not null
                    """
                )
                return found

            await until(made, "the relay has made the months ahead", 10)
            await announce(writer, place.topic, other, 2)
            await until_sent(writer)
    assert await numbers(place) == {other: [2]}


async def fill(pool: Pool, place: Place, rows: int) -> None:
    """Fill the ledger with years of facts, five rows to a transaction, the newest of now."""
    await pool.execute(
        "select ledger_months(clock_timestamp() - make_interval(months => m), 0) from generate_series(1, 8) m"
    )
    await pool.execute(
        """
        insert into ledger (txid, recordedtime, topic, part, key, sequence, type, time, correlation_id, actor, data)
        select (1000 + n / 5)::text::xid8, clock_timestamp() - (($2::int - n) * interval '8 months') / $2::int, $1, 0,
               gen_random_uuid(), 1, 'enrollment.card_handed_over.v1', now(), gen_random_uuid(), 'tester', '{}'
          from generate_series(1, $2::int) n
        """,
        place.topic.name,
        rows,
    )
    await pool.execute("analyze ledger")


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_batch_is_read_from_an_index_of_two_months_at_most(writer: Pool, place: Place, mode: str) -> None:
    await fill(writer, place, PLAN_ROWS)
    newest = 1000 + PLAN_ROWS // 5
    last_sent, open_one, seen_end = newest - 20, newest - 30, newest + 1
    async with relay.session(dsn_of(writer)) as reading:
        await reading.execute(f"set plan_cache_mode = '{mode}'")
        await reading.execute(f"prepare batch (text, text[], text, timestamptz, bigint) as {relay.FACTS_OF_BATCH}")
        complete_until = datetime.now(UTC) - timedelta(days=1)
        arguments = f"'{last_sent}', '{{{open_one}}}', '{seen_end}:{seen_end}:', '{complete_until.isoformat()}', 0"
        (plan,) = json.loads(
            await reading.fetchval(f"explain (analyze, buffers, format json) execute batch ({arguments})")
        )
    nodes = list(flat(plan["Plan"]))
    assert plan["Plan"]["Actual Rows"] == 5 * (newest - last_sent) + 1 + 5
    read = [node for node in nodes if node.get("Relation Name") and node["Actual Loops"]]
    full = {row["name"] for row in await writer.fetch("select distinct tableoid::regclass::text as name from ledger")}
    assert len(full) >= 8
    assert 1 <= len(full & {node["Relation Name"] for node in read}) <= 2
    assert [node["Node Type"] for node in read if "Seq Scan" in node["Node Type"]] == []
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 500


def flat(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(below for child in node.get("Plans", []) for below in flat(child))]


async def test_only_one_of_two_relays_sends(writer: Pool, place: Place) -> None:
    async with relaying(writer, place) as first:

        async def sends() -> bool:
            return first.sending

        await until(sends, "the first sends")
        second = Relay(dsn_of(writer), place.kafka, place.source, (place.topic,))
        task = asyncio.create_task(second.run())
        for number in range(20):
            await announce(writer, place.topic, uuid4(), number)
        tick = await writer.fetchval("select tick from relay_state")

        async def later() -> bool:
            return bool(await writer.fetchval("select tick from relay_state") >= tick + 3)

        await until(later, "the second has had time to try, more than once")
        await until_sent(writer)
        assert first.sending
        assert not second.sending
        second.stopping.set()
        await task
    assert sum(map(len, (await numbers(place)).values())) == 20
    told = [tick.number for tick in await ticks_of(place)]
    assert told == list(range(1, len(told) + 1))

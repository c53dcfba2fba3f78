"""Every record has exactly one outcome: handled, repeated, parked, or it waits; records are made by hand here."""

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from payung_contracts.enrollment import CardHandedOver
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.topics import TICKS

from services.chassis import letters, metrics, parked, watermark
from services.chassis.apply import Projection
from services.chassis.positions import Fenced
from services.chassis.postgres import Pool, transaction
from services.chassis.reader import PARKED_KEYS_PER_HOUR_MAX, TooManyParked
from tests.integration.chassis.conftest import (
    NOON,
    OUT_OF_RANGE,
    REFUSED_BY_CONSTRAINT,
    REFUSED_BY_FOLD,
    Record,
    Steps,
    a_place,
    alarms,
    projection,
    record,
    seen,
    until,
    willing_fold,
)

ANN, BEN, CEM = (UUID(int=(1 << 80) + n) for n in range(3))


@pytest.fixture
def steps(readers_database: Pool) -> Steps:
    return Steps(readers_database, projection(a_place("")))


async def open_letters(pool: Pool) -> list[tuple[UUID, int | None]]:
    rows = await pool.fetch("select key, sequence from letter where settled_at is null order by key, sequence")
    return [tuple(row) for row in rows]


async def parked_keys(pool: Pool) -> set[UUID]:
    return {row["key"] for row in await pool.fetch("select key from reader_key where parked")}


async def everything(pool: Pool) -> dict[str, list[Any]]:
    """Give the content of every table that a reader writes."""
    return {
        "letter": await pool.fetch('select * from letter order by topic, part, "offset"'),
        "reader_key": await pool.fetch("select * from reader_key order by topic, key"),
        "reader_offset": await pool.fetch("select * from reader_offset order by reader, topic, part"),
        "seen": await pool.fetch("select * from seen order by at, key, sequence"),
    }


async def states(pool: Pool) -> dict[UUID, tuple[Any, ...]]:
    rows = await pool.fetch("select key, sequence, event_id, parked, state from reader_key")
    return {row["key"]: tuple(row)[1:] for row in rows}


async def test_a_batch_that_comes_again_has_one_effect(steps: Steps) -> None:
    batch = [steps.fact(key, n, n * 10) for n in (1, 2, 3) for key in (ANN, BEN)]
    await steps.step(*batch)
    await steps.step(*batch)  # the position has passed them
    await steps.read_again()
    await steps.step(*batch)  # only their sequence says that they are known
    copies = [steps.fact(key, n, n * 10) for n in (1, 2, 3) for key in (ANN, BEN)]
    await steps.step(*copies)  # sent again by the relay, at offsets of their own
    once = [(1, 10), (2, 20), (3, 30)]
    assert await seen(steps.pool) == {ANN: once, BEN: once}
    assert await open_letters(steps.pool) == []


async def test_records_before_the_position_do_not_move_it_back(steps: Steps) -> None:
    batch = [steps.fact(ANN, n, n) for n in (1, 2, 3, 4)]
    await steps.step(*batch)
    await steps.step(*batch[:2])
    assert await steps.pool.fetchval("select max(next_offset) from reader_offset") == 4
    await steps.step(*batch[1:], steps.fact(ANN, 5, 5))
    assert await steps.pool.fetchval("select max(next_offset) from reader_offset") == 5
    assert await seen(steps.pool) == {ANN: [(n, n) for n in range(1, 6)]}


async def test_another_fact_under_a_known_sequence_is_an_alarm_and_has_no_effect(steps: Steps) -> None:
    await steps.step(steps.fact(ANN, 1, 10), steps.fact(ANN, 2, 20))
    before = await alarms(metrics.READER_ALARMS, "sequence_reused")
    await steps.step(steps.fact(ANN, 2, 20))
    assert await alarms(metrics.READER_ALARMS, "sequence_reused") == before
    await steps.step(steps.fact(ANN, 2, 99, id=uuid4()))
    assert await alarms(metrics.READER_ALARMS, "sequence_reused") == before + 1
    assert await seen(steps.pool) == {ANN: [(1, 10), (2, 20)]}


async def test_a_gap_parks_the_key_and_the_missing_fact_drains_it(steps: Steps) -> None:
    first, third, fourth = (steps.fact(ANN, n, n) for n in (1, 3, 4))
    before = await alarms(metrics.READER_ALARMS, "gap")
    await steps.step(first, third, steps.fact(BEN, 1, 1))
    assert await alarms(metrics.READER_ALARMS, "gap") == before + 1
    await steps.step(fourth, steps.fact(BEN, 2, 2))
    assert await seen(steps.pool) == {ANN: [(1, 1)], BEN: [(1, 1), (2, 2)]}
    assert await open_letters(steps.pool) == [(ANN, 3), (ANN, 4)]
    assert await parked_keys(steps.pool) == {ANN}

    await steps.step(steps.fact(ANN, 2, 2))
    assert await seen(steps.pool) == {ANN: [(n, n) for n in (1, 2, 3, 4)], BEN: [(1, 1), (2, 2)]}
    assert await open_letters(steps.pool) == []
    assert await parked_keys(steps.pool) == set()


async def test_the_missing_fact_may_come_later_in_the_same_batch(steps: Steps) -> None:
    await steps.step(*(steps.fact(ANN, n, n) for n in (1, 3, 4, 2)))
    assert await seen(steps.pool) == {ANN: [(n, n) for n in (1, 2, 3, 4)]}
    assert await open_letters(steps.pool) == []
    assert await parked_keys(steps.pool) == set()


@pytest.mark.parametrize("poison", [REFUSED_BY_FOLD, REFUSED_BY_CONSTRAINT, OUT_OF_RANGE, 2**100])
async def test_a_poisoned_fact_parks_its_key_alone(steps: Steps, poison: int) -> None:
    others = [uuid4() for _ in range(25)]
    batch = [steps.fact(key, n, n) for n in (1, 2, 3) for key in others]
    batch[40:40] = [steps.fact(ANN, 1, 1), steps.fact(ANN, 2, poison), steps.fact(ANN, 3, 3)]
    await steps.step(*batch)
    await steps.step(steps.fact(ANN, 4, 4), steps.fact(others[0], 4, 4))
    expected = {key: [(1, 1), (2, 2), (3, 3)] for key in others} | {ANN: [(1, 1)]}
    expected[others[0]].append((4, 4))
    assert await seen(steps.pool) == expected
    assert await open_letters(steps.pool) == [(ANN, 2), (ANN, 3), (ANN, 4)]
    assert await parked_keys(steps.pool) == {ANN}


async def test_several_poisoned_facts_of_both_kinds_in_one_batch(steps: Steps) -> None:
    keys = [uuid4() for _ in range(40)]
    poisoned = {
        keys[3]: REFUSED_BY_FOLD,
        keys[4]: REFUSED_BY_CONSTRAINT,
        keys[30]: OUT_OF_RANGE,
        keys[31]: REFUSED_BY_CONSTRAINT,
    }
    await steps.step(*(steps.fact(key, n, poisoned.get(key, 2) if n == 2 else n) for n in (1, 2, 3) for key in keys))
    found = await seen(steps.pool)
    assert {key for key in keys if found[key] == [(1, 1)]} == poisoned.keys()
    assert {key for key in keys if found[key] == [(1, 1), (2, 2), (3, 3)]} == set(keys) - poisoned.keys()
    assert await open_letters(steps.pool) == sorted((key, n) for key in poisoned for n in (2, 3))


@pytest.mark.parametrize("poison", [REFUSED_BY_FOLD, REFUSED_BY_CONSTRAINT])
async def test_replay_after_the_mending_gives_what_would_have_been(steps: Steps, poison: int) -> None:
    await steps.step(*(steps.fact(ANN, n, poison if n == 2 else n) for n in (1, 2, 3)))
    await steps.step(steps.fact(ANN, 4, 4), steps.fact(BEN, 1, poison), steps.fact(BEN, 2, 2))
    mended = Projection(steps.projection.reader, steps.projection.topics, willing_fold, record)
    await steps.pool.execute("alter table seen drop constraint seen_number_check")
    assert await parked.replay(steps.pool, mended, str(ANN), by="operator", dry_run=False) == 3
    assert await parked.replay(steps.pool, mended, str(BEN), by="operator", dry_run=False) == 2
    after, numbers = await states(steps.pool), await seen(steps.pool)

    await steps.pool.execute("truncate seen, reader_key, letter")
    never = Steps(steps.pool, mended)
    await steps.read_again()
    await never.step(*(never.fact(ANN, n, poison if n == 2 else n) for n in (1, 2, 3)))
    await never.step(never.fact(ANN, 4, 4), never.fact(BEN, 1, poison), never.fact(BEN, 2, 2))
    assert await states(steps.pool) == after
    assert await seen(steps.pool) == numbers


async def test_a_replay_that_meets_the_same_refusal_leaves_all_as_it_was(steps: Steps) -> None:
    await steps.step(*(steps.fact(ANN, n, REFUSED_BY_FOLD if n == 2 else n) for n in (1, 2, 3)))
    await steps.step(*(steps.fact(BEN, n, REFUSED_BY_CONSTRAINT if n == 2 else n) for n in (1, 2, 3)))
    for key in (ANN, BEN):
        assert await parked.replay(steps.pool, steps.projection, str(key), by="operator", dry_run=False) == 0
    assert await seen(steps.pool) == {ANN: [(1, 1)], BEN: [(1, 1)]}
    assert await open_letters(steps.pool) == [(ANN, 2), (ANN, 3), (BEN, 2), (BEN, 3)]
    assert await parked_keys(steps.pool) == {ANN, BEN}


async def test_a_dry_run_tells_and_changes_nothing(steps: Steps) -> None:
    await steps.step(*(steps.fact(ANN, n, REFUSED_BY_FOLD if n == 2 else n) for n in (1, 2, 3)))
    mended = Projection(steps.projection.reader, steps.projection.topics, willing_fold, record)
    before = await everything(steps.pool)
    assert await parked.replay(steps.pool, mended, str(ANN), by="operator", dry_run=True) == 2
    assert await everything(steps.pool) == before


async def test_dropping_a_letter_lets_its_followers_go_on(steps: Steps) -> None:
    poison = steps.fact(ANN, 2, REFUSED_BY_FOLD)
    await steps.step(steps.fact(ANN, 1, 1), poison, steps.fact(ANN, 3, 3), steps.fact(ANN, 4, 4))
    place = (poison.topic, poison.partition, poison.offset)
    assert await parked.drop(steps.pool, steps.projection, *place, by="operator", why="a test card") == 2
    assert await seen(steps.pool) == {ANN: [(1, 1), (3, 3), (4, 4)]}
    assert await open_letters(steps.pool) == []
    await steps.load()
    await steps.step(steps.fact(ANN, 5, 5))
    assert (await seen(steps.pool))[ANN][-1] == (5, 5)
    letter = await steps.pool.fetchrow("select settled_how, settled_by, settled_why from letter where sequence = 2")
    assert tuple(letter or ()) == ("dropped", "operator", "a test card")
    with pytest.raises(parked.NothingParked):
        await parked.drop(steps.pool, steps.projection, *place, by="operator", why="again")


async def test_a_letter_dropped_out_of_turn_is_passed_over_when_its_turn_comes(steps: Steps) -> None:
    await steps.step(steps.fact(ANN, 1, 1))
    early = steps.fact(ANN, 3, 3)
    await steps.step(early, steps.fact(ANN, 4, 4))
    place = (early.topic, early.partition, early.offset)
    assert await parked.drop(steps.pool, steps.projection, *place, by="operator", why="a test card") == 0
    assert await parked_keys(steps.pool) == {ANN}
    await steps.load()
    await steps.step(steps.fact(ANN, 2, 2))
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2), (4, 4)]}
    assert await parked_keys(steps.pool) == set()


async def test_when_the_last_letter_of_a_key_is_dropped_the_key_goes_on_without_it(steps: Steps) -> None:
    """Whoever drops it says that nothing is missing; and if something was, it still counts when it comes."""
    await steps.step(steps.fact(ANN, 1, 1))
    early = steps.fact(ANN, 3, 3)
    await steps.step(early)
    assert await parked_keys(steps.pool) == {ANN}
    place = (early.topic, early.partition, early.offset)
    await parked.drop(steps.pool, steps.projection, *place, by="operator", why="written by hand")
    async with transaction(steps.pool) as tx:
        assert await watermark.withheld(tx) == watermark.Withheld(0, None)
        assert await letters.keys_waiting(tx) == 0
    assert (await parked_keys(steps.pool), await parked.list_keys(steps.pool)) == (set(), [])
    await steps.load()
    await steps.step(steps.fact(ANN, 2, 2), steps.fact(ANN, 4, 4), steps.fact(ANN, 5, 5))
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2), (4, 4), (5, 5)]}
    assert (await parked_keys(steps.pool), await open_letters(steps.pool)) == (set(), [])


async def test_a_letter_whose_id_is_no_uuid_can_be_dropped(steps: Steps) -> None:
    headers = [(name, b"no-uuid" if name == "ce_id" else value) for name, value in good_headers(ANN, 1)]
    poison = steps.rubbish(str(ANN).encode(), card_bytes(), headers)
    await steps.step(poison)
    await steps.step(steps.fact(ANN, 2, 2))
    assert await seen(steps.pool) == {}
    await parked.drop(
        steps.pool, steps.projection, poison.topic, poison.partition, poison.offset, by="operator", why="forged"
    )
    assert await seen(steps.pool) == {ANN: [(2, 2)]}
    assert await parked_keys(steps.pool) == set()


async def test_show_and_list_tell_what_waits(steps: Steps) -> None:
    await steps.step(*(steps.fact(ANN, n, REFUSED_BY_FOLD if n == 2 else n) for n in (1, 2, 3)))
    binary = steps.rubbish(b"\xff\xfe", b"\x00\xff", [("ce_id", b"\xff")])
    await steps.step(binary)
    listed = {key.key: key for key in await parked.list_keys(steps.pool)}
    assert listed[str(ANN)].letters == 2
    assert listed[str(ANN)].first_sequence == 2
    assert "beast" in listed[str(ANN)].reason
    assert len(listed) == 2
    for key in listed:
        assert await parked.show(steps.pool, key)


async def test_an_unknown_type_is_counted_and_passed_over(steps: Steps) -> None:
    counted = metrics.FACTS_READ.labels(steps.topic.name, "skipped")
    await steps.step(
        steps.fact(ANN, 1, 1), steps.fact(ANN, 2, 2, type="enrollment.not_invented_yet.v1"), steps.fact(ANN, 3, 3)
    )
    assert counted._value.get() == 1
    assert await seen(steps.pool) == {ANN: [(1, 1), (3, 3)]}
    assert await open_letters(steps.pool) == []


def card_bytes() -> bytes:
    return b'{"coverage_id": "00000000-0000-0000-0000-000000000001"}'


def good_headers(key: UUID, sequence: int) -> list[tuple[str, bytes]]:
    return to_headers(
        Envelope(uuid4(), "enrollment", CardHandedOver.type, key, NOON, NOON, sequence, UUID(int=1), "tester")
    )


def changed(name: str, value: bytes | None) -> list[tuple[str, bytes | None]]:
    return [(header, value if header == name else was) for header, was in good_headers(BEN, 1)]


BEN_KEY = str(BEN).encode()
RUBBISH: dict[str, tuple[bytes | None, bytes | None, list[tuple[str, Any]]]] = {
    "no headers": (BEN_KEY, card_bytes(), []),
    "no key": (None, card_bytes(), good_headers(BEN, 1)),
    "key not a UUID": (b"5104012001", card_bytes(), good_headers(BEN, 1)),
    "key not UTF-8": (b"\xff\xfe", card_bytes(), good_headers(BEN, 1)),
    "key in capitals": (BEN_KEY.upper().replace(b"0", b"A", 1), card_bytes(), good_headers(BEN, 1)),
    "null value": (BEN_KEY, None, good_headers(BEN, 1)),
    "value no JSON": (BEN_KEY, b"\x00\xff{", good_headers(BEN, 1)),
    "value a list": (BEN_KEY, b"[]", good_headers(BEN, 1)),
    "value null in JSON": (BEN_KEY, b"null", good_headers(BEN, 1)),
    "header not UTF-8": (BEN_KEY, card_bytes(), changed("ce_type", b"\xff")),
    "header null": (BEN_KEY, card_bytes(), changed("ce_type", None)),
    "another header null": (BEN_KEY, b"[]", [*good_headers(BEN, 1), ("more", None)]),
    "another header with NUL in its name": (BEN_KEY, b"[]", [*good_headers(BEN, 1), ("mo\0re", b"")]),
    "id no UUID": (BEN_KEY, card_bytes(), changed("ce_id", b"1")),
    "id with NUL": (BEN_KEY, card_bytes(), changed("ce_id", b"\0")),
    "sequence no number": (BEN_KEY, card_bytes(), changed("ce_sequence", b"one")),
    "sequence nought": (BEN_KEY, card_bytes(), changed("ce_sequence", b"0")),
    "sequence negative": (BEN_KEY, card_bytes(), changed("ce_sequence", b"-1")),
    "sequence beyond a bigint": (BEN_KEY, card_bytes(), changed("ce_sequence", b"9" * 20)),
    "sequence beyond int()": (BEN_KEY, card_bytes(), changed("ce_sequence", b"9" * 5000)),
    "type with NUL, out of turn": (
        BEN_KEY,
        card_bytes(),
        [(n, b"a\0b" if n == "ce_type" else v) for n, v in good_headers(BEN, 7)],
    ),
    "recordedtime before all time, out of turn": (
        BEN_KEY,
        card_bytes(),
        [(n, b"0001-01-01T00:00:00+14:00" if n == "ce_recordedtime" else v) for n, v in good_headers(BEN, 7)],
    ),
    "recordedtime no time, out of turn": (
        BEN_KEY,
        card_bytes(),
        [(n, b"yesterday" if n == "ce_recordedtime" else v) for n, v in good_headers(BEN, 7)],
    ),
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
async def test_rubbish_is_kept_with_its_reason_and_disturbs_nobody(
    steps: Steps, rubbish: tuple[bytes | None, bytes | None, list[tuple[str, Any]]]
) -> None:
    key, value, headers = rubbish
    await steps.step(
        steps.fact(ANN, 1, 1), steps.rubbish(key, value, headers), steps.fact(CEM, 1, 1), steps.fact(ANN, 2, 2)
    )
    await steps.step(steps.fact(ANN, 3, 3))
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2), (3, 3)], CEM: [(1, 1)]}
    letters = await steps.pool.fetch("select raw_key, value, reason from letter")
    assert [(row["raw_key"], row["value"]) for row in letters] == [(key, value)]
    assert letters[0]["reason"]
    async with transaction(steps.pool) as tx:
        assert (await watermark.withheld(tx)).keys == 1


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        tick_json := b'{"source":"s","epoch":1,"number":99999999999999999999,"snapshot":"1:1:",'
        b'"clock":"2024-01-01T00:00:00Z","complete_until":null,"offsets":{},"count":0,"checksum":""}',
        tick_json.replace(b"99999999999999999999", b"1").replace(b'"s"', b'"a\\u0000b"'),
        tick_json.replace(b"99999999999999999999", b"1").replace(b'"epoch":1', b'"epoch":9999999999'),
        tick_json.replace(b"99999999999999999999", b"1").replace(b"2024-", b"0001-").replace(b"00Z", b"00+14:00"),
    ],
)
async def test_a_rubbish_tick_is_set_aside(steps: Steps, value: bytes) -> None:
    await steps.step(steps.fact(ANN, 1, 1), steps.tick(value))
    assert await seen(steps.pool) == {ANN: [(1, 1)]}
    assert await steps.pool.fetchval("select count(*) from letter where topic = $1", TICKS.name) == 1


async def test_a_tick_with_offsets_beyond_all_bounds_spoils_no_answer(steps: Steps) -> None:
    offsets = b'{"%s":[99999999999999999999]}' % steps.topic.name.encode()
    value = tick_json.replace(b"99999999999999999999", b"1").replace(b"{}", offsets)
    await steps.step(steps.fact(ANN, 1, 1), steps.tick(value))
    async with transaction(steps.pool) as tx:
        assert await watermark.watermarks(tx, steps.projection.reader) == []
    await steps.step(steps.tick(tick_json.replace(b"99999999999999999999", b"2")))
    async with transaction(steps.pool) as tx:
        assert [mark.tick for mark in await watermark.watermarks(tx, steps.projection.reader)] == [2]


async def test_too_many_parked_keys_end_the_reader_and_nothing_is_set_aside(steps: Steps) -> None:
    await steps.step(steps.fact(ANN, 1, 1))
    before = await everything(steps.pool)
    batch = [steps.fact(uuid4(), 1, REFUSED_BY_FOLD) for _ in range(PARKED_KEYS_PER_HOUR_MAX + 1)]
    with pytest.raises(TooManyParked):
        await steps.step(steps.fact(BEN, 1, 1), *batch)
    assert await everything(steps.pool) == before


async def test_parking_as_many_keys_as_are_allowed_goes_on(steps: Steps) -> None:
    await steps.step(*(steps.fact(uuid4(), 1, REFUSED_BY_FOLD) for _ in range(PARKED_KEYS_PER_HOUR_MAX)))
    assert len(await open_letters(steps.pool)) == PARKED_KEYS_PER_HOUR_MAX
    with pytest.raises(TooManyParked):
        await steps.step(steps.fact(uuid4(), 1, REFUSED_BY_FOLD))


async def test_parked_keys_are_counted_without_reading_all_letters(steps: Steps) -> None:
    await steps.pool.execute(
        """
        insert into letter (topic, part, "offset", key, sequence, headers, reason, parked_at, settled_at)
        select 'old', 0, n, gen_random_uuid(), 1, jsonb '[]', 'long ago', now() - interval '1 year', now()
          from generate_series(1, 5000) n union all
        select 'queue', 0, n, $1, n, jsonb '[]', 'behind the first', now() - interval '2 hours', null
          from generate_series(1, 5000) n union all
        select 'lately', 0, n, $2, n, jsonb '[]', 'a moment ago', now(), null from generate_series(1, 3) n
        """,
        ANN,
        BEN,
    )
    await steps.pool.execute("vacuum analyze letter")
    async with transaction(steps.pool) as tx:
        assert (await letters.keys_parked_lately(tx), await letters.keys_waiting(tx)) == (1, 2)
        read = await tx.fetchrow(
            "select seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname = 'letter'"
        )
        assert read is not None
        assert read["seq_scan"] == 0
        assert read["idx_tup_fetch"] < 20


async def test_a_reader_whose_partition_another_has_moved_is_fenced(steps: Steps) -> None:
    await steps.step(steps.fact(ANN, 1, 1), steps.fact(BEN, 1, 1))
    other = Steps(steps.pool, steps.projection)
    other.ends = dict(steps.ends)
    late = [steps.fact(ANN, 2, 2), steps.fact(BEN, 2, 2)]
    await other.step(late[0])
    with pytest.raises(Fenced):
        await steps.step(*late)  # of its two partitions only one was moved: all of the batch is undone
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2)], BEN: [(1, 1)]}
    await steps.load()
    await steps.step(*late)
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2)], BEN: [(1, 1), (2, 2)]}


async def test_a_replay_fences_what_a_running_reader_holds_in_memory(steps: Steps) -> None:
    await steps.step(*(steps.fact(ANN, n, REFUSED_BY_FOLD if n == 2 else n) for n in (1, 2)))
    in_memory = steps.fact(ANN, 3, 3)
    mended = Projection(steps.projection.reader, steps.projection.topics, willing_fold, record)
    await parked.replay(steps.pool, mended, str(ANN), by="operator", dry_run=False)
    with pytest.raises(Fenced):
        await steps.step(in_memory)
    await steps.load()
    await steps.step(in_memory)
    assert (await seen(steps.pool))[ANN] == [(1, 1), (2, REFUSED_BY_FOLD), (3, 3)]


async def test_trouble_that_no_fact_causes_sets_nothing_aside(steps: Steps) -> None:
    await steps.step(steps.fact(ANN, 1, 1))
    await steps.pool.execute("alter table seen rename to elsewhere")
    batch = [steps.fact(ANN, 2, 2), steps.fact(BEN, 1, 1)]
    with pytest.raises(Exception, match="seen"):
        await steps.step(*batch)
    assert await open_letters(steps.pool) == []
    await steps.pool.execute("alter table elsewhere rename to seen")
    await steps.step(*batch)
    assert await seen(steps.pool) == {ANN: [(1, 1), (2, 2)], BEN: [(1, 1)]}


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_the_order_repeats_and_returns_each_fact_counts_once(steps: Steps, seed: int) -> None:
    """Facts late, doubled and in any batches, with returns to earlier positions: the end is that of a straight log."""
    dice = random.Random(seed)
    keys = [UUID(int=(seed << 100) + n + 1) for n in range(6)]
    facts = [(key, n) for key in keys for n in range(1, dice.randint(2, 9))]
    sent = [*facts, *dice.choices(facts, k=10)]
    sent.sort(key=lambda fact: fact[1] + dice.uniform(0, dice.choice((0.5, 6))))
    log: list[Record] = [steps.fact(key, n, n) for key, n in sent]
    position = 0
    await steps.load()
    while position < len(log):
        until = min(len(log), position + dice.randint(1, 7))
        await steps.step(*log[position:until])
        position = until
        if dice.random() < 0.1:
            await steps.read_again()
            position = 0
            log_from_start = log[:until]
            await steps.step(*log_from_start)
            position = until
    found = await seen(steps.pool)
    assert found == {key: [(n, n) for k, n in facts if k == key] for key in keys}
    assert await open_letters(steps.pool) == []
    assert await parked_keys(steps.pool) == set()


async def test_the_figure_of_parked_keys_tells_what_was_there_before_this_process(steps: Steps) -> None:
    await steps.step(*(steps.fact(key, 1, REFUSED_BY_FOLD) for key in (ANN, BEN)))
    figure = metrics.PARKED_KEYS.labels(steps.reader.group)
    figure.set(0)
    watching = asyncio.create_task(steps.reader.watch(steps.pool))

    async def told() -> bool:
        return bool(figure._value.get() == 2)

    await until(told, "the figure of parked keys")
    watching.cancel()
    await asyncio.wait({watching})

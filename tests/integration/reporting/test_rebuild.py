"""A projection is built anew beside the one that is answered from, compared, switched to, and switched back."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from payung_contracts.enrollment import CoverageRenewed, CoverageStarted, WorkerRegistered
from payung_contracts.topics import COVERAGE, TICKS
from typer.testing import CliRunner

from services.chassis import bulk, metrics, parked, plain_log
from services.chassis.murmur2 import partition
from services.chassis.plain_log import Span
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.reader import TooManyParked
from services.reporting import projections, rebuild, rebuild_cli, schemas, views
from services.reporting.app import make_app
from services.reporting.plain_fold import life, versions
from services.reporting.projections import PROJECTION
from services.reporting.readers import Readers
from services.reporting.rebuild import Rebuilt, Told, beside, shape, switch
from services.reporting.rebuild.refusals import Refused
from services.reporting.reconcile import reconcile, store
from services.reporting.upcast import Step
from tests.integration.reporting.kafka_log import Log, log, read
from tests.integration.reporting.reconcile_story import (
    KETUT,
    MADE,
    SUKAWATI,
    WAYAN,
    paid,
    publish_a_story,
    publish_a_story_of_a_cohort,
)
from tests.world import until

__all__ = ["log"]

WHO = "ketut"
JUNE = date(2026, 6, 15)
EMPTY_VALUE = b'{"coverage_id": 7}'
WORKERS = 20
ASK_EVERY_S = 0.02
"""Often enough to meet a switch, and the rest has the processor too."""


def unheard(_step: str, _done: int, _whole: int) -> None:
    """Hear of no progress."""


async def build(dsn: str, log: Log, *, processes: int = 1, told: Told = unheard) -> Rebuilt:
    return await rebuild.rebuild(dsn, log.kafka, who=WHO, processes=processes, told=told)


async def publish_what_parks(log: Log, pool: Pool) -> None:
    """One key waits; of another a person dropped the fact at fault, and the next one went on."""
    for worker in (MADE, KETUT):
        await log.send(COVERAGE, worker, CoverageRenewed.type, EMPTY_VALUE)
        await log.publish(COVERAGE, worker, CoverageStarted(**paid("2026-08-01", None, worker.int + 70)))
    await log.tick("enrollment")
    await log.tick("claims")
    await read(pool, log)
    place = await pool.fetchrow(
        'select topic, part, "offset" from letter where key = $1 order by sequence limit 1', MADE
    )
    assert place is not None
    assert await parked.drop(pool, PROJECTION, *place, by="luh", why="typed by mistake") == 1


async def letters(pool: Pool, schema: str) -> list[tuple[Any, ...]]:
    rows = await pool.fetch(
        f"select key, sequence, parked_at, settled_at, settled_how, settled_by, settled_why from {schema}.letter"  # noqa: S608
        ' order by topic, part, "offset"'
    )
    return [tuple(row) for row in rows]


@asynccontextmanager
async def kept_up(dsn: str, log: Log) -> AsyncIterator[Readers]:
    """The readers of a service, as it runs them."""
    readers = Readers(dsn, log.kafka, slot=0)
    async with open_pool(dsn, name="service", size_max=2) as pool:
        running = asyncio.create_task(readers.run(pool))
        try:
            yield readers
        finally:
            readers.stopping.set()
            await running


@asynccontextmanager
async def asking(dsn: str) -> AsyncIterator[list[int]]:
    """People ask over HTTP and in SQL all the time; gives the number of protected people in each answer over HTTP."""
    answers: list[int] = []
    ended = asyncio.Event()

    async def over_http() -> None:
        async with (
            open_pool(dsn, name="api", size_max=2) as pool,
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=make_app(pool)), base_url="http://reporting") as http,
        ):
            while not ended.is_set():
                answer = await http.get("/v1/protected", params={"as_of": JUNE.isoformat()})
                assert answer.status_code == 200, answer.text
                answers.append(answer.json()["total"])
                assert (await http.get("/v1/claims", params={"as_of": JUNE.isoformat()})).status_code == 200
                await asyncio.sleep(ASK_EVERY_S)

    async def in_sql() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            last = 0
            while not ended.is_set():
                people = await connection.fetchval("select coalesce(sum(people), 0) from bi.protected($1)", JUNE)
                assert people >= last
                last = people
                assert await connection.fetchval("select count(*) from bi.watermark") == 2
                await connection.fetchval("select count(*) from bi.people_ledger")
                await asyncio.sleep(ASK_EVERY_S)
        finally:
            await connection.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(over_http())
        group.create_task(in_sql())
        try:
            yield answers
        finally:
            ended.set()


async def test_built_under_load_it_equals_the_running_one_and_nobody_who_asks_notices(
    dsn: str, pool: Pool, log: Log
) -> None:
    await publish_a_story(log)
    await publish_a_story_of_a_cohort(log)
    await publish_what_parks(log, pool)
    letters_before = await letters(pool, "p1")
    assert {row[4:] for row in letters_before} >= {("dropped", "luh", "typed by mistake"), (None, None, None)}

    async def publish_more(first: int) -> None:
        for number in range(first, first + WORKERS):
            await log.publish(COVERAGE, UUID(int=number), CoverageStarted(**paid("2026-01-01", None, number)))
        await log.tick("enrollment")

    async def both_have_all() -> bool:
        ends = [await beside.offsets(pool, schema) for schema in ("p1", "p2")]
        return all(found.get(place, 0) >= end for place, end in log.ends.items() for found in ends)

    said: dict[str, tuple[int, int]] = {}

    def told(step: str, done: int, whole: int) -> None:
        assert said.get(step, (0, whole)) <= (done, whole), "a step goes back"
        said[step] = done, whole

    async with kept_up(dsn, log) as readers, asking(dsn) as answers:
        await until(lambda: _value(readers.ready), "the service reads")
        async with asyncio.TaskGroup() as group:
            group.create_task(publish_more(1_000))
            building = group.create_task(build(dsn, log, told=told))
        assert said.keys() >= {"read", "index", "compare"}
        assert all(done == whole > 1 for done, whole in said.values()), said
        assert (building.result().ready, building.result().against, building.result().differs) == (True, "running", [])
        assert await letters(pool, "p2") == letters_before
        assert await shape.same_shape(pool, "p1", "p2")
        async with asyncio.TaskGroup() as group:
            group.create_task(publish_more(2_000))
            switching = group.create_task(switch.switch(dsn, who=WHO))
        assert switching.result().schema == "p2"
        await until(both_have_all, "both schemas have all facts")
        assert (await switch.back(dsn, who=WHO)).schema == "p1"
        assert (await switch.switch(dsn, who=WHO)).schema == "p2"
        seen = len(answers)
        await until(lambda: _value(len(answers) > seen), "somebody asks after the switch")
        assert readers_shown() == {"reporting-p1", "reporting-p2"}
        await pool.execute("update public.projection set state = 'stale' where schema = 'p1'")
        await until(lambda: _value(readers_shown() == {"reporting-p2"}), "what is stale is not read into")
    assert answers == sorted(answers), "a figure went back"
    assert answers[-1] >= 2 * WORKERS
    assert (await reconcile(dsn, log.kafka, lambda _read, _whole: None)).differences == []
    async with pool.acquire() as tx, tx.transaction():
        await schemas.look_in(tx, "public")
        assert not [one.name for one in await views.defined(tx, "bi") if "p1." in one.sql]
        for_others = "select array_agg(distinct prosecdef) from pg_proc where pronamespace = $1::text::regnamespace"
        assert [await tx.fetchval(for_others, schema) for schema in ("bi", "p2")] == [[True], [False]]
    assert await switch.drop(dsn, who=WHO) == "p1"
    known = await pool.fetch("select schema, state, who from public.projection order by schema")
    assert [tuple(row) for row in known] == [("p1", "retired", WHO), ("p2", "active", WHO)]


def readers_shown() -> set[str]:
    """The readers of reporting whose figures this process shows."""
    samples = [sample for metric in metrics.PARKED_KEYS.collect() for sample in metric.samples]
    return {name for sample in samples if (name := sample.labels["reader"]).startswith("reporting")}


async def _value(value: bool) -> bool:
    return value


async def test_killed_in_the_middle_it_goes_on(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await publish_what_parks(log, pool)

    def killed(_step: str, _done: int, _whole: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await rebuild.rebuild(dsn, log.kafka, who=WHO, processes=1, told=killed)
    ends = await beside.offsets(pool, "p1")
    done = await beside.offsets(pool, "p2")
    held = max(place for place, end in ends.items() if end and place not in done and place[0] == COVERAGE.name)
    async with open_pool(dsn, name="holder", size_max=1) as holding, holding.acquire() as holder:
        blocked = holder.transaction()
        await blocked.start()
        await holder.execute("insert into p2.reader_offset (reader, topic, part) values ('reporting', $1, $2)", *held)

        async with commanded(dsn, log) as command:
            await until(lambda: waits(pool, 1), "the command is in the middle")
            assert await refused(switch.switch(dsn, who=WHO)) == "rebuild_under_way"
            command.kill()
            assert await command.wait() == -signal.SIGKILL
        assert done.keys() <= (await beside.offsets(pool, "p2")).keys() < ends.keys()

        building = asyncio.create_task(build(dsn, log, processes=2))
        await until(lambda: waits(pool, 2), "it is in the middle")  # the session of the killed one waits as well
        for process in workers():
            os.kill(process, signal.SIGKILL)
        assert await refused(building) == "worker_ended"
        await blocked.rollback()
    assert await refused(switch.switch(dsn, who=WHO)) == "nothing_ready"
    await pool.execute("update p1.letter set parked_at = parked_at - interval '2 hours'")
    with pytest.raises(InterruptedError):
        await build(dsn, log, told=lambda step, *_: killed(step, 0, 0) if step == "index" else None)
    old, made = [{row[:3] for row in await letters(pool, schema)} for schema in ("p1", "p2")]
    assert set() < made < old, "what was set aside long ago counts for this hour"
    assert (await build(dsn, log)).ready
    assert await refused(build(dsn, log)) == "ready_already"


async def test_what_would_end_the_same_way_again_is_refused(dsn: str, pool: Pool, log: Log) -> None:
    """A key on two partitions, and a fold that refuses everything: both are told, and little is written."""
    fact = WorkerRegistered(village_code=SUKAWATI)
    await log.publish(COVERAGE, WAYAN, fact)
    elsewhere = (partition(WAYAN, COVERAGE.partitions) + 1) % COVERAGE.partitions
    await log.send(COVERAGE, WAYAN, fact.type, fact.to_json().encode(), sequence=1, partition=elsewhere)
    await read(pool, log)
    addresses = {"REPORTING_POSTGRES_DSN": dsn, "REPORTING_KAFKA": log.kafka}
    done = await asyncio.to_thread(CliRunner().invoke, rebuild_cli.cli, ["--by", WHO], env=addresses)
    assert done.exit_code == 1, done.output
    assert "Fakta dengan satu kunci ada di dua partisi" in done.output
    assert "Facts of one key stand on two partitions" in done.output

    def refuses(_state: Any, _fact: object) -> Any:
        msg = "a fault of the release"
        raise ValueError(msg)

    read_already = await beside.offsets(pool, "p2")
    (left,) = {place for place, end in log.ends.items() if end and not read_already.get(place)} - {(TICKS.name, 0)}
    async with open_pool(dsn, name="bulk", size_max=2, search_path=schemas.path("p2")) as own:
        with pytest.raises(TooManyParked, match="1 keys are set aside, at most 0"):
            await bulk.read_whole(
                *(log.kafka, own, replace(PROJECTION, fold=refuses), left, 1),
                parked_keys_max=0,
                told=lambda _more: None,
            )
    assert await pool.fetchval("select count(*) from p2.letter") == 0


@asynccontextmanager
async def commanded(dsn: str, log: Log) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command itself, as an operator starts it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.reporting.rebuild_cli", "--processes", "1", "--by", WHO),
        env=os.environ | {"REPORTING_POSTGRES_DSN": dsn, "REPORTING_KAFKA": log.kafka},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def waits(pool: Pool, sessions: int) -> bool:
    """Tell whether so many sessions wait for the partition that is held."""
    found: int = await pool.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock' and query ilike '%insert into reader_offset%'"
    )
    return found >= sessions


async def refused(work: Awaitable[Any]) -> str:
    with pytest.raises(Refused) as error:
        await work
    return error.value.code


def workers() -> list[int]:
    """The processes that read for this one."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children if b"rebuild.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def test_an_old_fact_comes_to_the_same_through_the_reader_a_rebuild_and_the_plain_fold(
    dsn: str, pool: Pool, log: Log
) -> None:
    """As if coverage_started.v1 had been followed by a version that is called as a renewal, with the funding it had."""
    await log.publish(COVERAGE, WAYAN, CoverageStarted(**paid("2026-01-01", "2026-07-01", 21)))
    await log.publish(COVERAGE, WAYAN, CoverageRenewed(**paid("2026-07-01", None, 21)))
    steps = {CoverageStarted.type: Step(CoverageRenewed.type, lambda values: values | {"funding": "CSR"})}
    judges: versions.Steps = {CoverageStarted: lambda old: CoverageRenewed(**dict(old) | {"funding": "CSR"})}
    projection = replace(PROJECTION, fold=partial(projections.fold, upcasts=steps))
    async with transaction(pool) as tx:
        await shape.make_tables(tx, "p1", "p2")
    place = COVERAGE.name, partition(WAYAN, COVERAGE.partitions)
    await bulk.read_to(log.kafka, pool, projection, log.ends, told=lambda _more: None)
    async with open_pool(dsn, name="bulk", size_max=2, search_path=schemas.path("p2")) as own:
        await bulk.read_whole(
            *(log.kafka, own, projection, place, log.ends[place]), parked_keys_max=0, told=lambda _more: None
        )
    found = []
    for schema in ("p1", "p2"):
        async with store.snapshot(dsn, schema) as tx:
            found.append(Counter({cell: number async for cell, number in store.cells(tx)}))
    async with plain_log.open_log(log.kafka) as opened:
        part = await plain_log.read_part(opened, COVERAGE, place[1], Span(0, log.ends[place]), lambda _more: None)
    facts = life.about_cover([(one.recorded_at, one.fact) for one in part.keys[WAYAN]], judges)
    told = Counter[life.Cell]()
    for cell, number in life.fold(str(WAYAN), facts).changes:
        told[cell] += number
    assert found == [told, told]
    assert {cell.funding for cell in told if isinstance(cell, life.PeopleCell)} == {"CSR", "APBD"}


async def test_the_log_judges_where_the_running_one_is_wrong_or_goes_by_other_rules(
    dsn: str, pool: Pool, log: Log
) -> None:
    await publish_a_story(log)
    await publish_what_parks(log, pool)
    await pool.execute("update people_delta set people = 3 where day = '2026-01-01'")
    found = await build(dsn, log)
    assert (found.ready, found.against, found.log_differs) == (True, "log", [])
    assert {(one.table, one.running, one.rebuilt) for one in found.differs} == {("people_delta", 3, 1)}

    await pool.execute("update public.projection set version = 2 where schema = 'p1'")
    await pool.execute("update public.projection set state = 'building' where schema = 'p2'")
    await pool.execute("update p2.people_delta set people = people + 7")
    found = await build(dsn, log)
    assert (found.ready, found.against, found.differs) == (False, "log", [])
    assert {one.kind for one in found.log_differs} == {"people"}
    assert await refused(switch.switch(dsn, who=WHO)) == "nothing_ready"
    await pool.execute("update p2.people_delta set people = people - 7")
    found = await build(dsn, log)
    assert (found.ready, found.against, found.differs, found.log_differs) == (True, "log", [], [])

    place = await pool.fetchrow(
        'select topic, part, "offset" from letter where key = $1 order by sequence limit 1', KETUT
    )
    assert place is not None
    assert await parked.drop(pool, PROJECTION, *place, by="luh", why="typed by mistake as well") == 1
    assert (await switch.switch(dsn, who=WHO)).schema == "p2"
    settled = [row[4:] for row in await letters(pool, "p2") if row[0] == KETUT]
    assert settled == [
        ("dropped", "luh", "typed by mistake as well"),
        ("replayed", "luh", "what it queued behind was dropped"),
    ]
    keys = "select sequence, parked, state::jsonb from {}.reader_key where key = $1"
    kept = [await pool.fetchrow(keys.format(schema), KETUT) for schema in ("p1", "p2")]
    assert kept[0] == kept[1]
    assert kept[1] is not None
    assert not kept[1]["parked"]

"""Build a projection anew beside the one that is answered from, until a person switches to it.

    schema in the shape of the active one  ->  every partition whole, from offset 0  ->  indexes  ->  catch up
        ->  exactly to the offsets of one snapshot of the active one  ->  compare  ->  ready: read along by the service

What a step has done stays: killed anywhere, the same command goes on. Where the two differ, or where the rules differ
on purpose, the log itself is the judge: the plain fold of `reconcile`, which shares nothing with the projections.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Literal, NamedTuple

from payung_contracts.topics import TICKS

from services.chassis import bulk
from services.chassis.bulk import KeyOnTwoPartitions, Place
from services.chassis.postgres import Pool, open_pool, snapshot, transaction
from services.chassis.reader import TooManyParked
from services.reporting import schemas
from services.reporting.projections import PROJECTION, PROJECTION_VERSION
from services.reporting.rebuild import carry, shape, switch, verify
from services.reporting.rebuild.beside import alone, offsets
from services.reporting.rebuild.refusals import Refused
from services.reporting.rebuild.verify import Differs
from services.reporting.reconcile import reconcile
from services.reporting.reconcile.report import Difference
from services.reporting.schemas import Schema

PARKED_MORE_MAX = 1_000
"""Keys that the new one may set aside beyond those of the running one; more are a fault of ours, not of the data."""
CATCH_UP_ROUNDS_MAX = 20
CLOSE_ENOUGH = 5_000
"""Facts behind the running one from where the last catch-up is exact: a second's work."""

Step = Literal["read", "index", "catch_up", "compare", "fold"]
Told = Callable[[Step, int, int], None]
"""Hears which step is under way, how many facts, indexes or tables it has done, of how many."""


class Plan(NamedTuple):
    """What a rebuild would do, or goes on with."""

    schema: str
    like: str
    goes_on: bool
    facts: int
    """To be read."""
    bytes_of_active: int
    """What the active schema takes on disk; about as much is needed."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of it: ready or not, and what differs from the running one, or from the log."""

    schema: str
    ready: bool
    against: Literal["running", "log"]
    differs: list[Differs] = field(default_factory=list)
    log_differs: list[Difference] = field(default_factory=list)


async def plan(pool: Pool) -> Plan:
    """Say what is to be done; refuses while another schema stands ready."""
    known = await schemas.known(pool)
    active = next(each for each in known if each.state == "active")
    if ready := next((each for each in known if each.state == "ready"), None):
        newer = switch.number(ready) > switch.number(active)
        raise Refused("ready_already" if newer else "before_kept", f"({ready.name})")
    if stale := [each.name for each in known if each.state == "stale"]:
        raise Refused("other_shape", stale[0])
    building = next((each for each in known if each.state == "building"), None)
    if building and not (
        building.version == PROJECTION_VERSION
        and await shape.same_shape(pool, active.name, building.name, indexes=False)
    ):
        raise Refused("other_shape", building.name)
    number = await pool.fetchval("select max(substr(schema, 2)::int) + 1 from public.projection")
    done = sum((await offsets(pool, building.name)).values()) if building else 0
    size = await pool.fetchval(
        "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class"
        " where relnamespace = $1::regnamespace and relkind = 'r'",
        active.name,
    )
    whole = sum((await offsets(pool, active.name)).values())
    return Plan(
        building.name if building else f"p{number}", active.name, building is not None, max(0, whole - done), size
    )


async def rebuild(dsn: str, kafka: str, *, who: str, processes: int, told: Told) -> Rebuilt:
    """Build, or go on building; refuses, or raises what Kafka or Postgres raise, and then the same command goes on."""
    async with alone(dsn) as pool:
        planned = await plan(pool)
        if not planned.goes_on:
            async with transaction(pool) as tx:
                await shape.make_tables(tx, planned.like, planned.schema)
                await carry.copy_dropped(tx, planned.like, planned.schema)
                await tx.execute(
                    "insert into public.projection (schema, version, state, who) values ($1, $2, 'building', $3)",
                    planned.schema,
                    PROJECTION_VERSION,
                    who,
                )
        work = _Work(dsn, kafka, pool, planned.like, planned.schema, told)
        async with open_pool(dsn, name="rebuild", size_max=3, search_path=schemas.path(planned.schema)) as own:
            await work.read(own, processes)
            async with transaction(pool) as tx:
                await shape.make_indexes(tx, planned.like, planned.schema, partial(told, "index"))
            return await work.verify(own, await schemas.known(pool))


@dataclass(frozen=True, slots=True)
class _Work:
    """What the steps share."""

    dsn: str
    kafka: str
    pool: Pool
    like: str
    schema: str
    told: Told

    async def read(self, own: Pool, processes: int) -> None:
        """Read every partition of which nothing was applied yet, as far as the running one is."""
        ends = await offsets(self.pool, self.like)
        done = await offsets(self.pool, self.schema)
        parts = [(place, end) for place, end in ends.items() if place[0] != TICKS.name and end and not done.get(place)]
        parts.sort(key=lambda part: -part[1])
        whole, read = sum(end for _, end in parts), 0

        def more(records: int) -> None:
            nonlocal read
            read += records
            self.told("read", read, whole)

        if processes == 1:
            await read_parts(own, self.kafka, self.like, parts, more)
        elif parts:
            shares: list[list[tuple[Place, int]]] = [[] for _ in range(min(processes, len(parts)))]
            for share, part in zip(cycle(shares), parts, strict=False):
                share.append(part)
            try:
                async with asyncio.TaskGroup() as group:
                    for share in shares:
                        group.create_task(_in_a_process(self, share, more))
            except ExceptionGroup as ended:
                raise ended.exceptions[0] from None  # the others ended because of it
        async with transaction(own) as tx:
            await carry.waiting_since(tx, self.like, self.schema)

    async def verify(self, own: Pool, known: Sequence[Schema]) -> Rebuilt:
        """Catch up with the running one, compare both at the same offsets, and make it ready if it is right."""
        projection = carry.passing_over(PROJECTION, await carry.dropped(self.pool, self.like))
        for _ in range(CATCH_UP_ROUNDS_MAX):
            ends, done = await offsets(self.pool, self.like), await offsets(self.pool, self.schema)
            behind = sum(max(0, end - done.get(place, 0)) for place, end in ends.items())
            with _as_refusals():
                await bulk.read_to(self.kafka, own, projection, ends, told=self._catching_up(behind))
            if behind <= CLOSE_ENOUGH:
                break
        async with transaction(own) as tx:
            await carry.settle_like(tx, projection, self.like, self.schema)
        async with snapshot(self.pool) as running:
            await running.execute("set local idle_in_transaction_session_timeout = '600s'")  # while the other is read
            ends = await offsets(running, self.like)
            with _as_refusals():
                await bulk.read_to(self.kafka, own, projection, ends, told=self._catching_up(0))
            if await offsets(own, self.schema) != ends:
                raise Refused("ahead_of_running")
            versions = {each.version for each in known if each.name in {self.like, self.schema}}
            differs = []
            if len(versions) == 1:
                async with transaction(own) as tx:
                    told = partial(self.told, "compare")
                    differs = await verify.differences(running, self.like, tx, self.schema, told)
        log_differs: list[Difference] = []
        by_log = len(versions) > 1 or bool(differs)
        if by_log:
            report = await reconcile(
                self.dsn, self.kafka, lambda read, of: self.told("fold", read, of), schema=self.schema
            )
            log_differs = report.differences
        if not log_differs:
            made = await self.pool.execute(
                "update public.projection set state = 'ready' where schema = $1 and state = 'building'", self.schema
            )
            if made != "UPDATE 1":  # a migration came meanwhile
                raise Refused("other_shape", self.schema)
        return Rebuilt(self.schema, not log_differs, "log" if by_log else "running", differs, log_differs)

    def _catching_up(self, behind: int) -> Callable[[int], None]:
        read = 0

        def more(records: int) -> None:
            nonlocal read
            read += records
            self.told("catch_up", read, max(behind, read))

        return more


async def read_parts(
    own: Pool, kafka: str, like: str, parts: list[tuple[Place, int]], told: Callable[[int], None]
) -> None:
    """Read partitions whole, one after the other, into the schema that the pool looks in."""
    projection = carry.passing_over(PROJECTION, await carry.dropped(own, like))
    async with transaction(own) as tx:
        most = await carry.waiting(tx, like) + PARKED_MORE_MAX
    with _as_refusals():
        for place, end in parts:
            await bulk.read_whole(kafka, own, projection, place, end, parked_keys_max=most, told=told)


@contextmanager
def _as_refusals() -> Iterator[None]:
    """Refuse where reading again would end the same way."""
    try:
        yield
    except TooManyParked as error:
        raise Refused("too_many_parked", str(error)) from error
    except KeyOnTwoPartitions as error:
        raise Refused("key_on_two_partitions") from error


async def _in_a_process(work: _Work, parts: list[tuple[Place, int]], told: Callable[[int], None]) -> None:
    """Read partitions in a process of their own; it ends when this one does, for nobody hears it any more."""
    named = [f"{topic}/{part}/{end}" for (topic, part), end in parts]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.reporting.rebuild.worker", work.like, work.schema, *named),
        env=os.environ | {"REPORTING_POSTGRES_DSN": work.dsn, "REPORTING_KAFKA": work.kafka},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdout is None or process.stderr is None:
            raise Refused("worker_ended")
        errors = asyncio.create_task(process.stderr.read())
        async for line in process.stdout:
            said = line.decode().strip()
            if not said.isdecimal():
                raise Refused(*said.split(" ", 1))
            told(int(said))
        if await process.wait() != 0:
            raise Refused("worker_ended", (await errors).decode(errors="replace").strip().rpartition("\n")[2][:300])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

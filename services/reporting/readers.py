"""Keep up every schema that is answered from or may be: read facts into it, and roll it up.

Each schema has a reader of its own, with its own connections and its own group on Kafka, and none waits for another.
Schemas come and go while the process runs: their rows are looked at every second. A schema is read into by the rules
that made it, so one of another version is left to processes of that release.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from services.chassis.postgres import HEALS_WITH_TIME, Pool, open_pool
from services.chassis.process import read
from services.chassis.reader import Reader, broker_for
from services.chassis.waiting import sleep_unless
from services.reporting import schemas
from services.reporting.projections import PROJECTION, PROJECTION_VERSION, READER
from services.reporting.rollup import roll_forever
from services.reporting.schemas import KEPT_UP, Schema

LOOK_EVERY_S = 1.0
AGAIN_S = 60.0
"""How long a schema that is not answered from is left alone after its reader ended by a fault."""
POOL_SIZE_MAX = 4

log = structlog.get_logger(__name__)


class Readers:
    """The readers of this process, one for each schema that is kept up."""

    def __init__(self, dsn: str, kafka: str, *, slot: int) -> None:
        self.dsn, self.kafka, self.slot = dsn, kafka, slot
        self.stopping = asyncio.Event()
        self.running: dict[str, tuple[Reader, asyncio.Task[None]]] = {}
        self.active: str | None = None

    @property
    def ready(self) -> bool:
        """True while facts are read into the schema that is answered from."""
        return self.active in self.running and self.running[self.active][0].ready

    async def run(self, pool: Pool) -> None:
        """Start and stop readers as schemas come and go; ends when `stopping` is set, or by the active one's fault."""
        left_alone: dict[str, float] = {}
        while not self.stopping.is_set():
            with contextlib.suppress(*HEALS_WITH_TIME):
                known = await schemas.known(pool)
                found = {schema.name: schema for schema in known if schema.state in KEPT_UP}
                self._keep_up(found, left_alone)
                await self._end_those_not_in(found)
            await self._look_at_ended(left_alone)
            await sleep_unless(self.stopping, LOOK_EVERY_S)
        await self._end_those_not_in({})

    def _keep_up(self, found: Mapping[str, Schema], left_alone: dict[str, float]) -> None:
        now = asyncio.get_running_loop().time()
        for schema in found.values():
            if schema.state == "active":
                self.active = schema.name
            if schema.name in self.running or left_alone.get(schema.name, 0) > now:
                continue
            if schema.version != PROJECTION_VERSION:
                log.warning("schema_of_other_version", schema=schema.name, version=schema.version, state=schema.state)
                left_alone[schema.name] = now + AGAIN_S
                continue
            broker = broker_for(self.kafka, f"{READER}-{schema.name}")
            reader = Reader(broker, PROJECTION, slot=self.slot, group=f"{READER}-{schema.name}")
            task = asyncio.create_task(self._read(schema.name, reader.stopping, partial(read, broker, reader)))
            self.running[schema.name] = reader, task
            log.info("schema_read", schema=schema.name, state=schema.state)

    async def _read(self, schema: str, stopping: asyncio.Event, reading: Callable[[Pool], Awaitable[None]]) -> None:
        path = schemas.path(schema)
        async with open_pool(self.dsn, name=f"{READER}-{schema}", size_max=POOL_SIZE_MAX, search_path=path) as pool:
            rolling = asyncio.create_task(roll_forever(pool, stopping))
            try:
                await reading(pool)
            finally:
                stopping.set()
                await asyncio.wait({rolling})

    async def _end_those_not_in(self, found: Mapping[str, Schema]) -> None:
        gone = [self.running.pop(name) for name in self.running.keys() - found.keys()]
        for reader, _ in gone:
            reader.stopping.set()
        if gone:
            await asyncio.wait([task for _, task in gone])

    async def _look_at_ended(self, left_alone: dict[str, float]) -> None:
        """Pass on the fault by which the active schema's reader ended; the others begin anew after a while."""
        for name, (_, task) in list(self.running.items()):
            if not task.done():
                continue
            del self.running[name]
            if name == self.active:
                task.result()
            log.error("reader_ended", schema=name, error=type(task.exception()).__name__, reason=str(task.exception()))
            left_alone[name] = asyncio.get_running_loop().time() + AGAIN_S

"""Run the parts of a service in one process, and end it in order: HTTP first, then readers and relay, then the pools.

    api      answers HTTP            relay    sends the ledger to Kafka
    reader   applies others' facts   sweep    what the service does by the clock
    all      these four in one process, for small places

Commands and answers need Postgres only: an outage of Kafka makes no service unready; `/health/ready` shows what relay
and reader do beside. A process without `api` answers health and metrics where `operations_port` says.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from faststream import FastStream
from faststream.kafka import KafkaBroker

from services.chassis.memory import collect_seldom
from services.chassis.postgres import Pool
from services.chassis.reader import Reader
from services.chassis.relay import Relay
from services.chassis.web import Check, make_api

DRAIN_S_MAX = 20
BROKER_RETRY_S = 1.0
BROKER_STOP_S_MAX = 10.0
EXIT_FAULT = 70

log = structlog.get_logger(__name__)


class Reading(Protocol):
    """What reads facts: whether it does, and how it is told to stop."""

    stopping: asyncio.Event

    @property
    def ready(self) -> bool: ...


@dataclass(slots=True)
class Parts:
    """What the process runs; a part that is None is not run here."""

    api: FastAPI | None = None
    host: str = "127.0.0.1"
    port: int = 0
    relay: Relay | None = None
    broker: KafkaBroker | None = None
    reader: Reading | None = None
    """Run here if it is a reader and there are broker and pool; else it is one of the loops."""
    pool: Pool | None = None
    loops: Sequence[Callable[[asyncio.Event], Awaitable[None]]] = field(default_factory=tuple)
    operations_port: int = 0
    """Where a process without `api` answers health and metrics; 0 for nowhere."""


def start(main: Coroutine[Any, Any, int]) -> int:
    """Run a service's main coroutine on uvloop, and give its exit code."""
    return uvloop.run(main)


async def run(parts: Parts) -> int:
    """Run until SIGTERM or SIGINT, or until a part ends by itself, which is a fault; give the exit code."""
    collect_seldom()
    stopping = asyncio.Event()
    if parts.api is None and parts.operations_port:
        parts.api, parts.port = make_api("Payung operations", []), parts.operations_port
    if parts.api is not None:
        parts.api.state.checks += _checks(parts)
    with _signals(stopping):
        tasks = [asyncio.create_task(part, name=name) for name, part in _coroutines(parts, stopping)]
        stopped = asyncio.create_task(stopping.wait(), name="signal")
        done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        faults = [task for task in done if task is not stopped]
        for task in faults:
            error = task.exception()
            log.critical("part_ended", part=task.get_name(), error=type(error).__name__, reason=str(error)[:500])
        stopping.set()
        if parts.relay is not None:
            parts.relay.stopping.set()
        if parts.reader is not None:
            parts.reader.stopping.set()
        _, late = await asyncio.wait(tasks, timeout=DRAIN_S_MAX) if tasks else (set(), set())
        for task in late:
            log.error("part_cancelled", part=task.get_name())
            task.cancel()
        stopped.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
    return EXIT_FAULT if faults else 0


def _checks(parts: Parts) -> list[Check]:
    """Show what relay and reader do; their trouble makes no service unready."""
    checks = []
    if (relay := parts.relay) is not None:

        async def sends() -> bool:
            return relay.sending

        otherwise = (
            "facts wait in the ledger: another process sends, Kafka is away, or the relay has halted (see commands)"
        )
        checks.append(Check("relay", sends, otherwise, needed=False))
    if (reader := parts.reader) is not None:

        async def reads() -> bool:
            return reader.ready

        otherwise = "facts of others are not read: Kafka is away, or it waits for its partitions; see the log"
        checks.append(Check("reader", reads, otherwise, needed=False))
    return checks


def _coroutines(parts: Parts, stopping: asyncio.Event) -> Iterator[tuple[str, Any]]:
    if parts.api is not None:
        yield "api", _serve(parts.api, parts.host, parts.port, stopping)
    if parts.relay is not None:
        yield "relay", parts.relay.run()
    if isinstance(parts.reader, Reader) and parts.broker is not None and parts.pool is not None:
        yield "reader", read(parts.broker, parts.reader, parts.pool)
    for loop in parts.loops:
        yield loop.__name__, loop(stopping)


async def _serve(api: FastAPI, host: str, port: int, stopping: asyncio.Event) -> None:
    server = _Server(
        uvicorn.Config(
            api, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=DRAIN_S_MAX
        )
    )
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    waiting.cancel()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process: uvicorn would raise them again after a clean stop."""
        yield


async def read(broker: KafkaBroker, reader: Reader, pool: Pool) -> None:
    """Let FastStream start the broker as soon as Kafka is there, then read, watched."""
    app = FastStream(broker, logger=None)
    while not reader.stopping.is_set():
        try:
            await app.start()
            break
        # Kafka may be away for as long as it likes; the first connection fails in many ways.
        except Exception as error:  # noqa: BLE001
            log.warning("kafka_is_away", error=type(error).__name__)
            await asyncio.sleep(BROKER_RETRY_S)
    else:
        return
    watch = asyncio.create_task(reader.watch(pool), name="watch")
    reading = asyncio.create_task(reader.run(pool), name="run")
    try:
        done, _ = await asyncio.wait([reading, watch], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        watch.cancel()
        await reader.stop()
        with contextlib.suppress(Exception, asyncio.CancelledError):  # stopping may fail while Kafka is away
            await asyncio.wait_for(app.stop(), BROKER_STOP_S_MAX)


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

"""What `payung status` learns of a service by its public doors: whether it can work and why not, and what waits."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.local import processes, services
from services.chassis import metrics
from services.chassis.health import COMMANDS
from services.chassis.process import _serve
from services.chassis.web import Check, make_api
from tests import servers


class Service:
    """A service's HTTP plumbing over a database that is there or not."""

    def __init__(self) -> None:
        self.database = self.commands = True
        self.address = ""

    async def answers(self) -> bool:
        if not self.database:
            raise ConnectionRefusedError
        return True

    async def taken(self) -> bool:
        return self.commands


@pytest_asyncio.fixture
async def service() -> AsyncIterator[Service]:
    made, port, stopping = Service(), servers.free_port(), asyncio.Event()
    checks = [
        Check("postgres", made.answers, "the database does not answer"),
        Check(COMMANDS, made.taken, "HALTED", needed=False),
    ]
    api = make_api("tests", [], checks=checks)
    made.address = f"http://127.0.0.1:{port}"
    serving = asyncio.create_task(_serve(api, "127.0.0.1", port, stopping))
    await asyncio.to_thread(
        processes.wait_until, lambda: services.not_ready(made.address) != "it does not answer", within_s=10
    )
    yield made
    stopping.set()
    await serving


async def test_a_service_says_why_it_is_not_ready(service: Service) -> None:
    assert await asyncio.to_thread(services.not_ready, service.address) is None
    service.database = False
    assert await asyncio.to_thread(services.not_ready, service.address) == "the database does not answer"


async def test_facts_to_read_are_summed_over_the_topics_of_the_reader_that_has_most(service: Service) -> None:
    metrics.READER_LAG.clear()
    metrics.PARKED_KEYS.clear()
    metrics.PARKED_KEYS.labels("reporting-p1").set(3)
    metrics.PARKED_KEYS.labels("reporting-p2").set(2)
    figures = await asyncio.to_thread(services.figures, service.address)
    assert figures == {"lag": None, "parked_keys": 3}
    for reader, lag in (("reporting-p1", 40_000), ("reporting-p2", 7)):
        metrics.READER_LAG.labels(reader, "one").set(lag)
        metrics.READER_LAG.labels(reader, "two").set(2)
    figures = await asyncio.to_thread(services.figures, service.address)
    assert figures == {"lag": 40_002, "parked_keys": 3}


async def test_commands_that_are_refused_are_no_reason_to_ask_a_service_nothing(service: Service) -> None:
    service.commands = False
    assert await asyncio.to_thread(services.not_ready, service.address) is None
    assert "HALTED" in (await asyncio.to_thread(services.halted, service.address) or "")
    service.commands, service.database = True, False
    assert await asyncio.to_thread(services.halted, service.address) is None


def test_nobody_answers() -> None:
    address = f"http://127.0.0.1:{servers.free_port()}"
    assert services.not_ready(address) == "it does not answer"
    assert services.figures(address) == {"lag": None, "parked_keys": None}

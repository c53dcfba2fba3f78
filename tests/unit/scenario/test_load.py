"""The load keeps off ledgers that are not its own, and sends no more at once than it should."""

import asyncio
import json

import pytest

from deploy.scenarios.gianyar.doors import Doors, ScenarioError
from deploy.scenarios.gianyar.generate import INPUTS
from deploy.scenarios.gianyar.load import Play, _in_flight
from tests.unit.scenario.answering import answering

REAL_TIME = (200, b'{"now":"2026-11-21T12:00:00+00:00"}')
IN_SCENARIO = (200, b'{"now":"2024-03-28T00:00:07+00:00"}')
SET_BACK = (200, b'{"now":"2023-01-02T00:00:00+00:00"}')
NOT_FORWARD = (409, b"{}")
NOT_KNOWN = (404, b"{}")
KNOWN = (200, b'{"worker_id":"one"}')
PEOPLE = {"people/wage-earners-2023.csv": b"nik,name\n5104010101709000,Ni Somebody\n"}


def play(doors: Doors) -> Play:
    return Play(doors, print, PEOPLE, json.loads((INPUTS / "cohorts.json").read_text()))


@pytest.mark.parametrize(
    "answers",
    [
        (REAL_TIME, SET_BACK, REAL_TIME, SET_BACK),
        (IN_SCENARIO, IN_SCENARIO),
        (IN_SCENARIO, REAL_TIME, SET_BACK),
        (REAL_TIME, NOT_FORWARD, KNOWN),
    ],
    ids=["nothing recorded yet", "interrupted", "interrupted between the clocks", "loaded before"],
)
async def test_begins_or_goes_on(answers: tuple[tuple[int, bytes], ...]) -> None:
    async with answering(*answers) as (doors, heads):
        await play(doors).begin()
    assert len(heads) == len(answers)


@pytest.mark.parametrize(
    "answers",
    [
        (REAL_TIME, NOT_FORWARD, NOT_KNOWN),
        (REAL_TIME, SET_BACK, REAL_TIME, NOT_FORWARD, REAL_TIME),
    ],
    ids=["enrollment's", "claims', and enrollment's clock shows real time again"],
)
async def test_refuses_a_ledger_that_others_began(answers: tuple[tuple[int, bytes], ...]) -> None:
    async with answering(*answers) as (doors, heads):
        with pytest.raises(ScenarioError, match="holds facts that this scenario did not record"):
            await play(doors).begin()
    assert len(heads) == len(answers)


async def test_no_more_at_once_than_agreed() -> None:
    running, most = 0, 0

    async def send(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await _in_flight(2, range(10), send)
    assert (running, most) == (0, 2)


async def test_the_first_failure_ends_the_others_and_is_told_as_itself() -> None:
    async def send(item: int) -> None:
        if item == 1:
            raise ScenarioError("one was refused")
        await asyncio.sleep(60)

    with pytest.raises(ScenarioError, match="one was refused"):
        await _in_flight(2, range(10), send)

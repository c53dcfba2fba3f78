"""The scenario of Gianyar, interrupted and gone on with: each published figure comes out of its facts."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from deploy.local.parts import Addresses
from deploy.scenarios.gianyar.load import load
from tests.world import World

INTERRUPTED_AFTER_S = 4.0


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


async def test_published_figures_come_out_of_the_facts(world: World) -> None:
    before = world.payung("scenario", "check", "gianyar", "--json")
    assert before.returncode == 1
    assert {figure["got"] for figure in json.loads(before.stdout)} == {0}

    def interrupt(sentence: str) -> None:
        if sentence.startswith("2024-05-02"):
            raise Interrupted

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(INTERRUPTED_AFTER_S):
            await load(addresses(world), print)
    with pytest.raises(Interrupted):
        await load(addresses(world), interrupt)
    await load(addresses(world), print)

    checked = world.payung("scenario", "check", "gianyar", "--json")
    figures = json.loads(checked.stdout)
    assert [figure for figure in figures if figure["got"] != figure["expected"]] == []
    assert checked.returncode == 0
    assert all(figure["source"] for figure in figures)
    assert all(figure["final"] for figure in figures if figure["known_at"])

    ledgers = [await recorded(world, service) for service in ("enrollment", "claims")]
    again = world.payung("scenario", "load", "gianyar")
    assert again.returncode == 0, again.stderr
    assert [await recorded(world, service) for service in ("enrollment", "claims")] == ledgers


def addresses(world: World) -> Addresses:
    return Addresses(world.url("enrollment"), world.url("claims"), world.url("reporting"), world.kafka.address)


async def recorded(world: World, service: str) -> list[Any]:
    """Count the facts of each kind, and tell whether the clock shows real time again."""
    connection = await asyncpg.connect(world.dsn(service))
    try:
        facts = await connection.fetch("select type, count(*), max(recordedtime) from ledger group by 1 order by 1")
        return [*facts, await connection.fetchval("select shift = '0' from clock")]
    finally:
        await connection.close()

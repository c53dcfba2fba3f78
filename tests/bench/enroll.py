"""Bulk import to committed facts, by the direct door and by a list, and mass expiry."""

import asyncio
import csv
import io
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
from payung_contracts.regions import villages

from services.chassis.postgres import open_pool
from tests.bench import limits
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S, commit, delays_ms
from tests.bench.times import percentile
from tests.sheets import as_xlsx
from tests.world import World, peak_bytes, until

ROWS = 100_000
ASKED_EVERY_S = 0.5
OTHERS_PER_S, ALONE_S = 50, 8
TODAY = datetime.now(UTC).date()
HEADERS = {"Payung-Actor": "bench", "Payung-Roles": "clerk,approver,operator"}


async def import_and_expiry(world: World) -> list[Figure]:
    """Upload one list of 100,000 workers, then let their cover end."""
    world.start("enrollment", "api")
    world.start("enrollment", "relay")  # bulk writers give way to a relay that is far behind
    await world.ready("enrollment")
    async with httpx2.AsyncClient(base_url=world.url("enrollment"), timeout=LONG_S, headers=HEADERS) as client:
        imported = await _register_all(client)
        copied = await limits.copy(world.dsn("enrollment"), "ledger", 2 * ROWS)
        await _let_cover_end(client)
        connection = await asyncpg.connect(world.dsn("enrollment"))

        async def all_sent() -> bool:
            return bool(await connection.fetchval("select p.last_value = r.sent_pos from ledger_pos p, relay_state r"))

        await until(all_sent, "the facts of the import are sent", LONG_S)
        before = await connection.fetchval("select count(*) from ledger")
        begun = perf_counter()
        answer = await client.post("/v1/sweep", json={})
        swept = perf_counter() - begun
        expired = await connection.fetchval("select count(*) from ledger") - before
        await connection.close()
        assert expired == answer.json()["expired"] == ROWS, answer.text
    world.stop_all()
    return [
        figure(
            "import of 100,000 workers to committed facts",
            [imported],
            "s",
            limits=[2 * ROWS / copied],
            limit_is="COPY of the same facts",
            floor=60,
            goal=15,
        ),
        figure(
            "rows imported",
            [ROWS / imported],
            "rows/s",
            limits=[copied / 2],
            limit_is="COPY of the same facts",
            floor=ROWS / 60,
            goal=ROWS / 15,
        ),
        figure(
            "mass expiry to committed facts",
            [expired / swept],
            "facts/s",
            limits=[copied],
            limit_is="COPY of as many facts",
            floor=30_000,
            goal=50_000,
        ),
    ]


async def expiry_beside_others(world: World) -> list[Figure]:
    """Let the cover of 100,000 end while facts of other people flow: how much later than else are those visible?"""
    api = world.start("enrollment", "api")
    world.start("enrollment", "relay")
    world.start("reporting", "reader")
    await world.ready("enrollment")
    async with (
        httpx2.AsyncClient(base_url=world.url("enrollment"), timeout=LONG_S, headers=HEADERS) as client,
        open_pool(world.dsn("enrollment"), name="bench", size_max=8) as pool,
    ):
        await _register_all(client)
        await _let_cover_end(client)
        alone = [uuid4() for _ in range(OTHERS_PER_S * ALONE_S)]
        await commit(pool, alone[:1], OTHERS_PER_S)
        await delays_ms(world, alone[:1])  # what the import left has been read when this is visible
        await commit(pool, alone[1:], OTHERS_PER_S)
        before = await delays_ms(world, alone[1:])
        sweeping = asyncio.create_task(client.post("/v1/sweep", json={}))
        beside: list[UUID] = []
        while not sweeping.done():
            beside += (some := [uuid4() for _ in range(OTHERS_PER_S // 2)])
            await commit(pool, some, OTHERS_PER_S)
        assert sweeping.result().json()["expired"] == ROWS
        meanwhile = await delays_ms(world, beside)
        peak = peak_bytes(api.pid)
    world.stop_all()
    added = percentile(meanwhile, 99) - percentile(before, 99)
    return [
        figure(
            "delay that a mass expiry adds to others, p99",
            [added],
            "ms",
            limits=[],
            limit_is="",
            floor=3_000,
            goal=1_000,
        ),
        figure("peak memory of a mass expiry", [peak / 2**20], "MB", limits=[], limit_is="", floor=400, goal=250),
    ]


async def _register_all(client: httpx2.AsyncClient) -> float:
    """Take everybody in by the direct door; gives the seconds it took."""
    answer = await client.post("/v1/cohorts", json=_cohort())
    assert answer.status_code == 201, answer.text
    cohort = answer.json()["cohort_id"]
    approver = HEADERS | {"Payung-Actor": "bench-approver"}
    answer = await client.post(f"/v1/cohorts/{cohort}/approvals", json={"open": True}, headers=approver)
    assert answer.status_code == 200, answer.text
    begun = perf_counter()
    answer = await client.post(f"/v1/cohorts/{cohort}/workers", content=_list(), headers={"Content-Type": "text/csv"})
    assert answer.json()["enrolled"] == ROWS, answer.text[:500]
    return perf_counter() - begun


async def _let_cover_end(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/clock", json={"now": f"{TODAY + timedelta(days=400)}T12:00:00+08:00"})


async def list_to_cover(world: World) -> list[Figure]:
    """Send one XLSX of 100,000 people, have another person approve it, confirm payment: to the last committed fact."""
    world.start("enrollment", "api")
    imports = world.start("enrollment", "imports")
    world.start("enrollment", "relay")
    await world.ready("enrollment")
    content = as_xlsx(_people())
    approver = HEADERS | {"Payung-Actor": "bench-approver"}
    async with httpx2.AsyncClient(base_url=world.url("enrollment"), timeout=LONG_S, headers=HEADERS) as client:
        cohort = (await client.post("/v1/cohorts", json=_cohort())).json()["cohort_id"]
        await client.post(f"/v1/cohorts/{cohort}/approvals", json={"open": True}, headers=approver)
        begun = perf_counter()
        batch = (await client.post(f"/v1/cohorts/{cohort}/batches", content=content)).json()["batch_id"]

        async def done() -> dict[str, Any] | None:
            await asyncio.sleep(ASKED_EVERY_S)  # as a person's browser does; to ask without a pause would cost a core
            told: dict[str, Any] = (await client.get(f"/v1/batches/{batch}")).json()
            return told if told["progress"] is None else None

        seen = await until(done, "the list is read", LONG_S)
        read = perf_counter() - begun
        assert seen["counts"]["accepted"] == ROWS, seen
        await client.post(f"/v1/batches/{batch}/approvals", json={}, headers=approver)
        assert (await until(done, "the list has gone in", LONG_S))["reserved"] == ROWS
        await client.post(f"/v1/batches/{batch}/payments", json={"paid_on": TODAY.isoformat()}, headers=approver)
        assert (await until(done, "cover has begun", LONG_S))["payments"][0]["people"] == ROWS
        whole = perf_counter() - begun
        peak = peak_bytes(imports.pid)
    facts = 4 * ROWS
    copied = await limits.copy(world.dsn("enrollment"), "ledger", facts)
    world.stop_all()
    limit, limit_is = [facts / copied], "COPY of the same facts"
    return [
        figure("XLSX of 100,000 people, previewed", [read], "s", limits=limit, limit_is=limit_is, floor=30, goal=8),
        figure(
            "XLSX of 100,000 people, to committed facts of cover",
            [whole],
            "s",
            limits=limit,
            limit_is=limit_is,
            floor=60,
            goal=15,
        ),
        figure("peak memory of a list", [peak / 2**20], "MB", limits=[], limit_is="", floor=400, goal=250),
    ]


def _cohort() -> dict[str, object]:
    today = TODAY
    return {
        "name": "bench",
        "year": today.year,
        "segment": "BPU",
        "funding": "APBD",
        "programmes": ["JKK", "JKM"],
        "legal_bases": [{"title": "bench", "placeholder": True}],
        "covered_from": today.isoformat(),
        "covered_until": (today + timedelta(days=180)).isoformat(),
        "places": ROWS,
        "budget_idr": 0,
    }


def _list() -> bytes:
    """Make a list of synthetic people: serials from 9000 stand for nobody."""
    chance, places = random.Random(1), [code for code in villages() if code.startswith("51.04")]
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["nik", "name", "birth_date", "village_code"])
    for number in range(ROWS):
        born = date(1970, 1, 1) + timedelta(days=number // 10)
        nik = f"510401{born:%d%m%y}{9000 + number % 10}"
        rows.writerow([nik, f"Worker {number}", born.isoformat(), chance.choice(places)])
    return file.getvalue().encode()


def _people() -> Iterator[list[object]]:
    """Make a list as an office keeps it, of people with names of their own."""
    chance, places = random.Random(2), [code for code in villages() if code.startswith("51.04")]
    syllables = [first + last for first in "bdgjklmnprstw" for last in ("a", "e", "i", "o", "u", "an", "ar", "ing")]
    for number in range(ROWS):
        born = date(1970, 1, 1) + timedelta(days=number // 10)
        nik = f"510401{born:%d%m%y}{9000 + number % 10}"
        name = " ".join("".join(chance.choices(syllables, k=3)).title() for _ in range(2))
        yield [nik, name, f"{born:%d/%m/%Y}", chance.choice(places)]

"""Bulk import to committed facts, and mass expiry."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import asyncpg
import httpx2
from payung_contracts.regions import villages

from tests.bench import limits
from tests.bench.figures import Figure, figure
from tests.bench.plumbing import LONG_S
from tests.world import World, until

ROWS = 100_000
TODAY = datetime.now(UTC).date()
HEADERS = {"Payung-Actor": "bench", "Payung-Roles": "clerk,approver,operator"}


async def import_and_expiry(world: World) -> list[Figure]:
    """Upload one list of 100,000 workers, then let their cover end."""
    world.start("enrollment", "api")
    world.start("enrollment", "relay")  # bulk writers give way to a relay that is far behind
    await world.ready("enrollment")
    async with httpx2.AsyncClient(base_url=world.url("enrollment"), timeout=LONG_S, headers=HEADERS) as client:
        answer = await client.post("/v1/cohorts", json=_cohort())
        assert answer.status_code == 201, answer.text
        cohort = answer.json()["cohort_id"]
        approver = HEADERS | {"Payung-Actor": "bench-approver"}
        answer = await client.post(f"/v1/cohorts/{cohort}/approvals", json={"open": True}, headers=approver)
        assert answer.status_code == 200, answer.text
        begun = perf_counter()
        answer = await client.post(
            f"/v1/cohorts/{cohort}/workers", content=_list(), headers={"Content-Type": "text/csv"}
        )
        imported = perf_counter() - begun
        assert answer.json()["enrolled"] == ROWS, answer.text[:500]
        copied = await limits.copy(world.dsn("enrollment"), "ledger", 2 * ROWS)
        await client.post("/v1/clock", json={"now": f"{TODAY + timedelta(days=400)}T12:00:00+08:00"})
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
            "import",
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

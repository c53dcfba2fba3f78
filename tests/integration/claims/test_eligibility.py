"""Eligibility over HTTP: cover on a day, what would be payable, how old the answer is, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims.app import make_app
from tests.integration.claims.conftest import YEAR, hear, hear_of_cover
from tests.unit.claims.cases import FARM, REGISTERED, SAME_WAYAN, WAYAN, merged, merged_into, whole


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    app = make_app(pool, vault, scenario=True, include_s_max=0.05)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://claims") as client:
        yield client


async def ask(http: AsyncClient, worker_id: UUID = WAYAN, **query: str) -> Response:
    return await http.get(f"/v1/workers/{worker_id}/eligibility", params={"on": "2025-10-03"} | query)


async def told(http: AsyncClient, worker_id: UUID = WAYAN, **query: str) -> Any:
    answer = await ask(http, worker_id, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(http: AsyncClient, worker_id: UUID = WAYAN, **query: str) -> tuple[int, str, str | None]:
    answer = (await ask(http, worker_id, **query)).json()
    assert answer["indonesian"]
    assert answer["english"]
    return answer["status"], answer["code"], answer.get("errors", [{}])[0].get("pointer")


async def test_a_worker_is_covered_on_a_day_and_the_answer_tells_its_age(http: AsyncClient, pool: Pool) -> None:
    await hear_of_cover(pool)
    first = await told(http)
    assert (first["covered"], first["standing"], first["reason"], first["known"]) == (True, "in_force", None, None)
    assert (first["death"]["amount_idr"], first["fatal_accident"]["amount_idr"]) == (42_000_000, 70_000_000)
    assert (first["coverage_sequence"], first["held_by"], first["withheld"]) == (2, str(WAYAN), False)
    (held,) = first["memberships"]
    assert (held["coverage_id"], held["last_covered_day"], held["full_jkm_from"]) == (FARM, None, "2025-04-01")
    before = await told(http, on="2024-12-31")
    assert (before["covered"], before["standing"], before["memberships"]) == (False, "none", [])
    assert before["reason"]["code"] == "NOT_COVERED_AT_INCIDENT"

    await pool.execute(
        "insert into tick values ('enrollment', 1, 7, '10:10:', now() - interval '3 s', now() - interval '4 s', '{}')"
    )
    known = (await told(http, after="enrollment:9"))["known"]
    assert (known["source"], known["epoch"], known["tick"]) == ("enrollment", 1, 7)
    assert known["age_seconds"] >= 3
    assert await refused(http, after="enrollment:11") == (409, "not_yet", None)


async def test_whoever_was_merged_has_the_cover_of_the_survivor_and_what_is_uncertain_is_told(
    http: AsyncClient, pool: Pool
) -> None:
    await hear(pool, REGISTERED)
    await hear_of_cover(pool, SAME_WAYAN)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    half = await told(http, SAME_WAYAN)
    assert (half["covered"], half["merging"], half["held_by"]) == (False, True, str(WAYAN))
    await hear(pool, merged(SAME_WAYAN, whole(YEAR[1])), after=1)
    for worker_id in (WAYAN, SAME_WAYAN):
        both = await told(http, worker_id)
        assert (both["covered"], both["merging"], both["held_by"]) == (True, False, str(WAYAN))
    await hear(pool, ("enrollment.coverage_renewed.v1", {"coverage_id": "not the contract"}), after=2)
    assert (await told(http, SAME_WAYAN))["withheld"]


async def test_what_cannot_be_answered_is_refused_with_its_place(http: AsyncClient, pool: Pool) -> None:
    assert await refused(http) == (404, "WORKER_UNKNOWN", None)
    await hear_of_cover(pool)
    assert await refused(http, on="2014-01-01") == (422, "before_rules", "/query/on")
    assert (await refused(http, on="2201-01-01"))[2] == "/query/on"
    assert (await refused(http, on="3 Oktober"))[2] == "/query/on"
    assert (await refused(http, day="2025-10-03"))[0] == 422

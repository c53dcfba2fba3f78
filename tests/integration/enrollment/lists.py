"""Lists of people who do not exist: how tests send them, wait for them and look at them."""

from typing import Any

from httpx2 import AsyncClient, Response

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.batches.work import work_once
from tests.integration.enrollment.conftest import person

CLERK = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk"}
HEAD = {"Payung-Actor": "head-1", "Payung-Roles": "approver"}


def cells(number: int, **other: Any) -> list[Any]:
    """Give the row of a person as a clerk writes it."""
    row = person(number)
    said = {"nik": row.nik, "name": row.name, "born": f"{row.birth_date:%d/%m/%Y}", "village": row.village_code}
    return [*(said | other).values()]


async def send(http: AsyncClient, cohort: object, content: bytes, **query: str) -> dict[str, Any]:
    answer = await http.post(f"/v1/cohorts/{cohort}/batches", content=content, params=query, headers=CLERK)
    assert answer.status_code in {200, 202}, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def work(pool: Pool, vault: Vault) -> None:
    """Do all the work that waits."""
    while await work_once(pool, vault, scenario=True):
        pass


async def look(http: AsyncClient, batch_id: object) -> dict[str, Any]:
    told: dict[str, Any] = (await http.get(f"/v1/batches/{batch_id}", headers=CLERK)).json()
    return told


async def rows(http: AsyncClient, batch_id: object, **query: str) -> dict[int, dict[str, Any]]:
    answer = await http.get(f"/v1/batches/{batch_id}/rows", params={"limit": "1000"} | query, headers=CLERK)
    assert answer.status_code == 200, answer.text
    return {row["row"]: row for row in answer.json()["rows"]}


async def outcomes(http: AsyncClient, batch_id: object) -> dict[int, tuple[str, list[str]]]:
    """Give what becomes of each row, with the codes that say why."""
    found = await rows(http, batch_id)
    return {number: (row["outcome"], [one["code"] for one in row["remarks"]]) for number, row in found.items()}


async def act(http: AsyncClient, batch_id: object, what: str, body: Any = None, by: dict[str, str] = HEAD) -> Response:
    return await http.post(f"/v1/batches/{batch_id}/{what}", json=body or {}, headers=by)

"""Gives end-to-end tests a world of real processes, one per file, and people to enroll."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from deploy.local.software import install
from services.chassis.clock import BUSINESS_ZONE
from tests import servers
from tests.world import World, until

WHO = {"Payung-Actor": "tester", "Payung-Roles": "clerk,approver,operator"}
TODAY = datetime.now(BUSINESS_ZONE).date()
KETEWEL = "51.04.01.2002"
HEIR: dict[str, Any] = {"relation": "parent", "name": "Heir", "bank": "Bank", "account": "1"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Start a PostgreSQL, a Kafka and the three services."""
    install(lambda _: None)
    with servers.session_folder() as folder:
        world = World(folder, servers.start_postgres(folder), servers.start_kafka(folder))
        try:
            asyncio.run(_begin(world))
            yield world
        finally:
            world.stop_all()


async def _begin(world: World) -> None:
    await world.prepare()
    await world.start_all()


@pytest_asyncio.fixture
async def doors(world: World) -> AsyncIterator["Doors"]:
    async with httpx2.AsyncClient(timeout=60, headers=WHO) as client:
        yield Doors(world, client)


class Doors:
    """The public doors of the three services, as a clerk and an analyst use them."""

    def __init__(self, world: World, client: httpx2.AsyncClient) -> None:
        self.world, self.client = world, client

    async def post(
        self, service: str, path: str, *, actor: str = "tester", role: str | None = None, **body: Any
    ) -> Any:
        """Send a command and give its answer; a refusal is a failure of the test."""
        answer = await self.try_post(service, path, actor=actor, role=role, **body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def try_post(
        self, service: str, path: str, *, actor: str = "tester", role: str | None = None, **body: Any
    ) -> httpx2.Response:
        headers = {"Payung-Actor": actor} | ({"Payung-Roles": role} if role else {})
        return await self.client.post(self.world.url(service) + path, json=body, headers=headers)

    async def upload(self, service: str, path: str, text: str, *, role: str | None = None) -> Any:
        headers = {"Content-Type": "text/csv"} | ({"Payung-Roles": role} if role else {})
        answer = await self.client.post(self.world.url(service) + path, content=text.encode(), headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def ask(self, path: str, **question: Any) -> Any:
        """Ask reporting."""
        answer = await self.client.get(self.world.url("reporting") + path, params=question)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approve(self, **different: Any) -> str:
        """Have a cohort proposed by one person, approved and opened by another, and give its id."""
        cohort: dict[str, Any] = {
            "name": "Pekerja rentan",
            "year": TODAY.year,
            "segment": "BPU",
            "funding": "APBD",
            "programmes": ["JKK", "JKM"],
            "legal_bases": [{"title": "Perbup Gianyar 55/2018"}],
            "covered_from": str(TODAY - timedelta(days=120)),
            "covered_until": str(TODAY + timedelta(days=60)),
            "places": 1_000_000,
        } | different
        cohort_id = str((await self.post("enrollment", "/v1/cohorts", **cohort))["cohort_id"])
        approval = f"/v1/cohorts/{cohort_id}/approvals"
        await self.post("enrollment", approval, actor="head", role="approver", open=True)
        return cohort_id

    async def enroll(self, cohort_id: str, niks: Sequence[str], village_code: str = KETEWEL) -> Any:
        rows = "".join(f"{nik},Somebody {nik[-4:]},{birthday(nik)},{village_code}\n" for nik in niks)
        return await self.upload(
            "enrollment", f"/v1/cohorts/{cohort_id}/workers", f"nik,name,birth_date,village_code\n{rows}"
        )

    async def find(self, nik: str) -> Any:
        return await self.post("enrollment", "/v1/workers/find", nik=nik)

    async def claim(self, worker_id: str, payee: dict[str, Any], **different: Any) -> Any:
        """Report a death, bring the documents and apply, as soon as claims knows the worker; gives the claim.

        The tax number is among the documents: a large benefit asks for it.
        """
        report = {"worker_id": worker_id, "programme": "JKM", "incident_on": str(TODAY - timedelta(days=1))} | different
        claim = await self.post("claims", "/v1/claims", actor="proposer", role="proposer", **report)
        path, who = f"/v1/claims/{claim['claim_id']}", {"actor": "proposer", "role": "proposer"}
        brought = [{"code": code} for code in ("NPWP", *(one["code"] for one in claim["missing"]))]
        await self.post("claims", f"{path}/documents", **who, documents=brought)

        async def submitted() -> Any:
            answer = await self.try_post("claims", f"{path}/submission", **who, payees=[payee])
            return answer.json() if answer.status_code < 300 else None

        return await until(submitted, "the claim is submitted")


def nik(number: int) -> str:
    """Make the NIK of a person who does not exist, valid in form."""
    born = date(1970, 1, 1) + timedelta(days=number // 1000)
    return f"510401{born:%d%m%y}{9000 + number % 1000}"


def birthday(nik: str) -> date:
    return date(1900 + int(nik[10:12]), int(nik[8:10]), int(nik[6:8]))


@pytest.fixture
def folder(world: World) -> Path:
    return world.folder

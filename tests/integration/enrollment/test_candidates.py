"""Who looks like somebody else is put before a person, once; names are in no table and no log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient
from structlog.testing import capture_logs

from services.chassis import ledger
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.enrollment import handlers
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort
from services.enrollment.identity import candidates
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.candidates import LookAlike
from services.enrollment.imports.rows import PersonRow
from services.enrollment.messages import COVERAGE
from tests.integration.enrollment.conftest import CLERK, KETEWEL, TODAY, waits_for_a_lock

CANARY = "Zyqurtha"
WHO = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk,operator"}
SUARTINI = PersonRow(2, "5104014702909001", f"Ni Wayan {CANARY}", date(1990, 2, 7), KETEWEL, None)
MISTYPED = replace(SUARTINI, line=3, nik="5104014702909010", name=f"NI WY. {CANARY.upper()}")
NEXT_VILLAGE = replace(SUARTINI, line=4, nik="5104024702909133", village_code="51.04.01.2004")
TWIN = replace(SUARTINI, line=5, nik="5104014702909002", name="I Ketut Mudita")
OTHER = UUID(int=0xB)
SOMEBODY = replace(SUARTINI, line=6, nik="5104014501859001", name="Ni Made Renti", birth_date=date(1985, 1, 5))


async def enroll(pool: Pool, vault: Vault, cohort: Cohort, *people: PersonRow) -> dict[int, UUID]:
    """Take people into the cohort; give the worker of each line."""
    async with transaction(pool) as tx:
        assert (await handlers.enroll(tx, vault, cohort, people, TODAY, CLERK)).done == len(people)
        hashed = {row.line: vault.blind(row.nik) for row in people}
        rows = await tx.fetch("select nik_hash, worker_id from nik")
    known = {row["nik_hash"]: row["worker_id"] for row in rows}
    return {line: known[nik_hash] for line, nik_hash in hashed.items()}


async def look_alikes(pool: Pool, vault: Vault, *people: PersonRow) -> list[tuple[LookAlike, ...]]:
    async with transaction(pool) as tx:
        return await candidates.look_alikes(tx, vault, people, actor="clerk")


async def pairs(pool: Pool) -> list[set[UUID]]:
    async with transaction(pool) as tx:
        found = await identity_store.undecided(tx, after=(101, UUID(int=0)), limit=10)
    return [{one.one_id, one.other_id} for one in found]


async def test_rows_of_a_list_are_compared_with_the_register_before_they_go_in(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, TWIN)
    renamed = replace(SUARTINI, name="Ni Nyoman Lestari")
    spelt_otherwise = replace(SUARTINI, name=f"Ni Wayan {CANARY}, S.Pd.")
    found = await look_alikes(pool, vault, MISTYPED, NEXT_VILLAGE, SOMEBODY, SUARTINI, renamed, spelt_otherwise)
    assert [[one.worker_id for one in row] for row in found] == [[known[2]], [known[2]], [], [], [known[2]], []]
    assert [row[0].same_nik for row in (found[0], found[1], found[4])] == [False, False, True]
    assert found[0][0].agree == ("name", "birth_date", "village_code", "nik")
    assert found[0][0].score > found[1][0].score
    reads = await vault.keys.reads(limit=10)
    assert {(read.person_id, read.actor) for read in reads} == {(known[2], "clerk"), (known[5], "clerk")}


async def test_people_who_came_are_compared_once_by_any_number_of_jobs(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, NEXT_VILLAGE, TWIN, SOMEBODY)
    assert sum(await asyncio.gather(*(candidates.compare_all(pool, vault) for _ in range(4)))) == 1
    assert await pairs(pool) == [{known[2], known[4]}]
    known |= await enroll(pool, vault, cohort, MISTYPED)
    assert await candidates.compare_all(pool, vault) == 2
    likest, *others = await pairs(pool)
    assert likest == {known[2], known[3]}
    assert sorted(map(sorted, others)) == sorted(map(sorted, ({known[3], known[4]}, {known[2], known[4]})))
    assert await candidates.compare_all(pool, vault) == 0
    assert await pool.fetchval("select count(*) from uncompared") == 0


async def test_who_was_told_apart_before_going_in_is_put_before_nobody(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI)
    async with transaction(pool) as tx:
        await candidates.tell_apart(tx, vault, [(OTHER, MISTYPED)], by="clerk")
        await candidates.remember(tx, vault, [(OTHER, MISTYPED)])
    rows = await pool.fetch("select one_id, other_id, decision, decided_by from candidate")
    assert [tuple(row) for row in rows] == [(*sorted((known[2], OTHER)), "different_people", "clerk")]
    assert await candidates.compare_all(pool, vault) == 0
    assert await pairs(pool) == []


async def test_who_was_registered_before_there_was_this_search_is_found_too(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, MISTYPED)
    await pool.execute("delete from likeness")
    assert await candidates.compare_all(pool, vault) == 1
    assert await pairs(pool) == [{known[2], known[3]}]
    assert await pool.fetchval("select count(*) from likeness") == 2


async def test_who_was_erased_is_no_candidate(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, MISTYPED)
    await vault.keys.destroy([known[2]])
    assert await candidates.compare_all(pool, vault) == 0
    assert await look_alikes(pool, vault, NEXT_VILLAGE) == [(await look_alikes(pool, vault, NEXT_VILLAGE))[0]]
    assert [one.worker_id for one in (await look_alikes(pool, vault, NEXT_VILLAGE))[0]] == [known[3]]


async def test_a_damaged_document_is_passed_by_and_the_others_are_compared(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, MISTYPED, NEXT_VILLAGE, TWIN)
    await pool.execute("update vault set document = '\\x00' where person_id = any($1::uuid[])", [known[3], known[5]])
    await pool.execute("delete from likeness where worker_id = $1", known[5])
    with capture_logs() as told:
        assert await candidates.compare_all(pool, vault) == 1
    assert await pairs(pool) == [{known[2], known[4]}]
    assert {one["worker_id"] for one in told if one["event"] == "document_damaged"} == {str(known[3]), str(known[5])}
    assert await pool.fetchval("select count(*) from uncompared") == 0


async def test_whoever_is_erased_while_hashed_late_is_waited_for(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    known = await enroll(pool, vault, cohort, SUARTINI, MISTYPED)
    await pool.execute("delete from likeness")
    async with transaction(pool) as tx:  # as an erasure does: heads, then what is to be compared
        await ledger.lock(tx, COVERAGE, [known[2]])
        comparing = asyncio.create_task(candidates.compare_all(pool, vault))
        await waits_for_a_lock(pool)
        await tx.execute("delete from uncompared where worker_id = $1", known[2])
    assert await comparing == 0
    assert await pool.fetchval("select array_agg(worker_id) from likeness") == [known[3]]


async def test_a_block_of_very_many_is_cut(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    crowd = [
        replace(SUARTINI, line=number, nik=f"510401470290{9000 + number}", name=f"Ni Wayan Contoh{number}")
        for number in range(candidates.BLOCK_MAX + 30)
    ]
    await enroll(pool, vault, cohort, *crowd)
    async with transaction(pool) as tx:
        sharing = await identity_store.sharing_a_block(tx, [candidates.blocks(vault, SUARTINI)], candidates.BLOCK_MAX)
    assert len(sharing[0]) == candidates.BLOCK_MAX


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=WHO) as client:
        yield client


@pytest_asyncio.fixture
async def both(pool: Pool, vault: Vault, cohort: Cohort) -> dict[int, UUID]:
    known = await enroll(pool, vault, cohort, SUARTINI, MISTYPED)
    await candidates.compare_all(pool, vault)
    return known


async def test_a_person_looks_decides_and_another_approves(
    http: AsyncClient, pool: Pool, vault: Vault, both: dict[int, UUID]
) -> None:
    (row,) = (await http.get("/v1/candidates")).json()["rows"]
    assert (row["agree"], row["decision"]) == (["name", "birth_date", "village_code", "nik"], None)
    candidate = f"/v1/candidates/{row['candidate_id']}"
    shown = await http.post(f"{candidate}/views")
    assert {shown.json()[side]["nik"] for side in ("one", "other")} == {SUARTINI.nik, MISTYPED.nik}
    assert shown.headers["Cache-Control"] == "no-store"
    reads = [read for read in await vault.keys.reads(limit=10) if read.actor == "clerk-1"]
    assert {read.person_id for read in reads} == set(both.values())

    wrong = await http.post(f"{candidate}/decisions", json={"decision": "same_person"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "survivor_not_of_pair")
    body = {"decision": "same_person", "survivor_id": str(both[2])}
    decided = (await http.post(f"{candidate}/decisions", json=body)).json()
    assert (decided["decision"], decided["merge"]["state"]) == ("same_person", "proposed")
    again = await http.post(f"{candidate}/decisions", json={"decision": "different_people"})
    assert (again.status_code, again.json()["code"]) == (409, "candidate_decided")

    merge = f"/v1/merges/{decided['merge']['merge_id']}"
    own = await http.post(f"{merge}/decisions", json={}, headers={"Payung-Roles": "clerk,approver"})
    assert (own.status_code, own.json()["code"]) == (409, "merge_same_person")
    approver = {"Payung-Actor": "approver-1", "Payung-Roles": "approver"}
    approved = (await http.post(f"{merge}/decisions", json={}, headers=approver)).json()
    assert (approved["state"], approved["decided_by"]) == ("stands", "approver-1")
    found = (await http.post("/v1/workers/find", json={"nik": MISTYPED.nik})).json()
    assert (found["worker_id"], len(found["coverages"])) == (str(both[2]), 2)
    assert [row["state"] for row in (await http.get("/v1/merges?state=stands")).json()["rows"]] == ["stands"]

    assert (await http.post(f"{merge}/reversals", json={}, headers=approver)).json()["state"] == "reversed"
    assert (await http.get("/v1/candidates")).json()["rows"] == []
    assert await pool.fetchval("select decision from candidate") == "different_people"
    assert (await http.post("/v1/candidates/searches")).json() == {"candidates": 0}
    assert (await http.post("/v1/candidates/00000000-0000-0000-0000-000000000000/views")).status_code == 404


@pytest.mark.usefixtures("both")
async def test_two_people_are_put_before_nobody_again(http: AsyncClient) -> None:
    (row,) = (await http.get("/v1/candidates")).json()["rows"]
    decision = f"/v1/candidates/{row['candidate_id']}/decisions"
    told = (await http.post(decision, json={"decision": "different_people"})).json()
    assert (told["decision"], told["merge"]) == ("different_people", None)
    assert (await http.get("/v1/candidates")).json()["rows"] == []
    assert (await http.get("/v1/candidates", headers={"Payung-Roles": "steward"})).status_code == 403


async def test_no_table_holds_a_name_or_a_number(http: AsyncClient, pool: Pool, both: dict[int, UUID]) -> None:
    (row,) = (await http.get("/v1/candidates")).json()["rows"]
    await http.post(f"/v1/candidates/{row['candidate_id']}/views")
    async with transaction(pool) as tx:
        held = await everything(tx)
    assert str(both[2]) in held
    for named in (CANARY.lower(), SUARTINI.nik, MISTYPED.nik, "1990-02-07"):
        assert named not in held
        assert named.encode().hex() not in held


async def everything(tx: Transaction) -> str:
    """Give all rows of all tables as text."""
    tables: Sequence[str] = [
        row["name"]
        for row in await tx.fetch("select quote_ident(relname) as name from pg_stat_user_tables order by relname")
    ]
    rows = [row for table in tables for row in await tx.fetch(f"select t::text as row from {table} t")]  # noqa: S608 - names from the catalogue
    return "\n".join(row["row"] for row in rows).lower()

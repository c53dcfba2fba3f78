"""A person is erased for good, with a proof, and given all that is held about them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis import ledger
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Sealed, Vault, erasures
from services.enrollment import store
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort, RegisterDeath
from services.enrollment.identity import merges
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.store import Alike
from services.enrollment.messages import COVERAGE
from services.enrollment.privacy.erase import erase_again, tell
from tests.integration.enrollment.conftest import (
    APPROVER,
    CLERK,
    NEW_YEAR,
    announced,
    carry_out,
    enroll,
    find,
    move_to,
    nik,
    person,
    waits_for_a_lock,
)
from tests.integration.enrollment.lists import CLERK as SENDER
from tests.integration.enrollment.lists import HEAD, act, cells, rows, send, work
from tests.sheets import as_csv

OFFICER = {"Payung-Actor": "officer", "Payung-Roles": "data_protection"}
CLERK_1 = {"Payung-Actor": "clerk", "Payung-Roles": "clerk"}
LONG_AFTER = date(2032, 7, 1)
"""The first day on which nothing speaks against an erasure: cover of the fixture's cohort ended five years before."""


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    app = make_app(pool, vault, scenario=True)
    app.state.erasures = tmp_path
    async with AsyncClient(transport=ASGITransport(app), base_url="http://enrollment", headers=OFFICER) as client:
        yield client


@pytest_asyncio.fixture
async def worker_id(pool: Pool, vault: Vault, cohort: Cohort) -> UUID:
    await enroll(pool, vault, cohort, [1, 2])
    return (await find(pool, vault, 1)).worker_id


async def erase(http: AsyncClient, worker_id: UUID, **body: Any) -> Response:
    return await http.post(f"/v1/workers/{worker_id}/erasures", json={"reason": "requested"} | body)


async def test_an_erasure_destroys_what_names_the_person_and_proves_it(
    http: AsyncClient, pool: Pool, vault: Vault, worker_id: UUID, tmp_path: Path
) -> None:
    await move_to(pool, LONG_AFTER)
    erased = await erase(http, worker_id)
    assert erased.status_code == 201, erased.text
    assert erased.json()["destroyed"] == {"identities": 1, "documents": 1, "rows_of_lists": 0, "card_numbers": 0}
    assert (await announced(pool, worker_id))[-1] == "worker_erased"

    proof = (await http.get(f"/v1/workers/{worker_id}/erasures")).json()
    assert proof["left"] == {"identities": 0, "documents": 0, "rows_of_lists": 0, "keys": 0}
    assert (proof["chain_holds"], proof["entry"]["number"], proof["actor"]) == (True, 1, "officer")
    assert proof["settled_at"] is not None
    (entry,) = erasures.read(tmp_path)
    assert (entry.hash, entry.erased.person_id) == (proof["entry"]["hash"], worker_id)

    assert (await http.post("/v1/workers/find", json={"nik": nik(1)}, headers=CLERK_1)).status_code == 404
    async with transaction(pool) as tx:
        with pytest.raises(Sealed):
            await vault.open(tx, worker_id, actor="test", purpose="nothing is there")
        counted = (await store.workers(tx, [worker_id]))[worker_id]
    assert len(counted.memberships) == 1, "what was counted stays"
    assert await vault.keys.held([(await find(pool, vault, 2)).worker_id]), "nobody else is touched"

    again = await erase(http, worker_id)
    assert (again.status_code, again.json()["erased_at"]) == (201, erased.json()["erased_at"])
    assert len(erasures.read(tmp_path)) == 1
    assert (await announced(pool, worker_id)).count("worker_erased") == 1


async def test_whoever_comes_again_is_somebody_new(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, worker_id: UUID
) -> None:
    await erase(http, worker_id, reason="court_order", force=True)
    assert (await enroll(pool, vault, cohort, [1])).done == 1
    assert (await find(pool, vault, 1)).worker_id != worker_id


async def test_an_erasure_is_refused_with_its_reason(http: AsyncClient, pool: Pool, worker_id: UUID) -> None:
    refused = await erase(http, worker_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure_cover_runs")
    assert refused.json()["indonesian"] != refused.json()["english"]
    await carry_out(pool, RegisterDeath(worker_id, NEW_YEAR, None, NEW_YEAR))
    await move_to(pool, LONG_AFTER)
    assert (await erase(http, worker_id)).json()["code"] == "erasure_scholarship_possible"
    assert (await erase(http, worker_id, force=True)).json()["code"] == "erasure_not_forced_for_this"
    assert (await erase(http, UUID(int=5))).status_code == 404
    assert (await http.get(f"/v1/workers/{worker_id}/erasures")).status_code == 404
    clerk = {"Payung-Roles": "clerk"}
    for path in ("erasures", "extracts"):
        body = {"reason": "requested"} if path == "erasures" else {"purpose": "person_asked"}
        answer = await http.post(f"/v1/workers/{worker_id}/{path}", json=body, headers=clerk)
        assert answer.status_code == 403
    assert (await http.get("/v1/reads", headers=clerk)).status_code == 403
    assert await pool.fetchval("select count(*) from erasure") == 0
    assert (await erase(http, worker_id, reason="unlawful", force=True)).json()["forced"] is True


async def test_what_lists_kept_of_the_person_goes_as_well(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, worker_id: UUID
) -> None:
    batch_id = (await send(http, cohort.cohort_id, as_csv([cells(1), cells(2), cells(3)])))["batch_id"]
    await work(pool, vault)
    assert len(await rows(http, batch_id)) == 3
    extract = (await http.post(f"/v1/workers/{worker_id}/extracts", json={"purpose": "person_asked"})).json()
    assert [(row["batch_id"], row["row"], row["cells"]) for row in extract["lists"]] == [(batch_id, 2, cells(1))]
    assert ("officer", "extract: person_asked") in {
        (read.actor, read.purpose) for read in await vault.keys.reads(person_id=UUID(batch_id), limit=10)
    }
    erased = await erase(http, worker_id, reason="unlawful", force=True)
    assert erased.json()["destroyed"]["rows_of_lists"] == 1
    proof = (await http.get(f"/v1/workers/{worker_id}/erasures")).json()
    assert proof["left"]["rows_of_lists"] == 0
    assert await pool.fetchval("select count(*) from batch_row where nik_hash = $1", vault.blind(nik(1))) == 0
    again = (await http.post(f"/v1/workers/{worker_id}/extracts", json={"purpose": "person_asked"})).json()
    assert [row["cells"] for row in again["lists"]] == [None]
    shown = await http.get(f"/v1/batches/{batch_id}/rows", headers=SENDER)
    assert shown.status_code == 200, shown.text
    assert person(1).name not in shown.text
    assert person(2).name in shown.text, "nobody else's row is touched"


async def test_an_extract_tells_proposals_places_and_likenesses(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    alike = cells(1, nik=f"{nik(1)[:15]}2")
    batch_id = (await send(http, cohort.cohort_id, as_csv([cells(1), alike])))["batch_id"]
    await work(pool, vault)
    await act(http, batch_id, "decisions", {"decisions": [{"row": 3, "decision": "accept"}]})
    await act(http, batch_id, "approvals")
    await work(pool, vault)
    async with transaction(pool) as tx:
        one, other = sorted(row["worker_id"] for row in await tx.fetch("select worker_id from nik"))
        await identity_store.add_candidates(tx, [Alike(one, other, 96, ("name", "birth_date"))])
    for person_id in (one, other):
        told = (await http.post(f"/v1/workers/{person_id}/extracts", json={"purpose": "person_asked"})).json()
        (proposal,) = told["proposals"]
        assert (proposal["cohort_id"], proposal["batch_id"]) == (str(cohort.cohort_id), batch_id)
        assert (proposal["worker_id"], proposal["verified_on"]) == (str(person_id), str(NEW_YEAR))
        (kept,) = told["places"]
        assert (kept["cohort_id"], kept["held"]) == (str(cohort.cohort_id), True)
        (pair,) = told["candidates"]
        assert (pair["one_id"], pair["other_id"], pair["score"]) == (str(one), str(other), 96)


async def test_what_a_list_says_is_for_its_sender_and_approvers(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = (await send(http, cohort.cohort_id, as_csv([cells(1), cells(2, nik="1")])))["batch_id"]
    await work(pool, vault)
    for who, status in ((SENDER, 200), (HEAD, 200), (CLERK_1, 403), (OFFICER, 403)):
        for what in ("rows", "correction"):
            answer = await http.get(f"/v1/batches/{batch_id}/{what}", headers=who)
            assert answer.status_code == status, (who, what)
    wanted = {"decisions": [{"row": 2, "decision": "refuse"}]}
    refused = await act(http, batch_id, "decisions", wanted, by=CLERK_1)
    assert (refused.status_code, refused.json()["code"]) == (403, "list_of_another")
    looked = {read.actor for read in await vault.keys.reads(person_id=UUID(batch_id), limit=20)}
    assert looked >= {"clerk-1", "head-1"}
    assert "clerk" not in looked, "no key was taken for whoever is refused"


async def test_an_erasure_reads_no_whole_table_under_its_locks(pool: Pool) -> None:
    indexed = await pool.fetch(
        """
        select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        """
    )
    searched = """
        nik.worker_id nik.nik_hash batch_row.worker_id batch_row.nik_hash proposal.worker_id coverage.worker_id
        issued_card.coverage_id candidate.one_id candidate.other_id likeness.worker_id uncompared.worker_id
        rehashed.worker_id rehashed_card.worker_id reservation.worker_id vault.person_id
    """
    assert set(searched.split()) - {f"{row['relname']}.{row['attname']}" for row in indexed} == set()


async def test_entries_that_were_merged_go_together(
    http: AsyncClient, pool: Pool, vault: Vault, worker_id: UUID
) -> None:
    other = (await find(pool, vault, 2)).worker_id
    async with transaction(pool) as tx:
        merge = await merges.propose(tx, worker_id, other, CLERK)
    async with transaction(pool) as tx:
        await merges.decide(tx, merge.merge_id, approved=True, act=APPROVER)
    for asked, merged_into in ((worker_id, None), (other, str(worker_id))):
        told = (await http.post(f"/v1/workers/{asked}/extracts", json={"purpose": "person_asked"})).json()
        assert {one["nik"] for one in told["identities"].values()} == {nik(1), nik(2)}
        assert (told["merged_into"], told["worker"]["worker_id"]) == (merged_into, str(worker_id))
        assert len(told["worker"]["coverages"]) == 2, "the holder's memberships, whichever entry is asked for"
        assert [(one["merged_id"], one["approved"]) for one in told["merges"]] == [(str(other), True)]
    await move_to(pool, LONG_AFTER)
    assert (await erase(http, other)).json()["destroyed"]["documents"] == 2
    assert await vault.keys.held([worker_id, other]) == set()
    for one in (worker_id, other):
        assert (await announced(pool, one))[-1] == "worker_erased"
        proof = (await http.get(f"/v1/workers/{one}/erasures")).json()
        assert set(proof["left"].values()) == {0}


async def test_a_restored_database_is_emptied_before_the_service_opens(
    http: AsyncClient, pool: Pool, vault: Vault, worker_id: UUID, tmp_path: Path
) -> None:
    tables = {"nik": "worker_id", "vault": "person_id", "likeness": "worker_id"}
    backup = {
        table: await pool.fetch(f"select t::{table} as row from {table} t where {column} = $1", worker_id)  # noqa: S608
        for table, column in tables.items()
    }
    keys = await vault.keys.pool.fetch("select k::person_key as row from person_key k where person_id = $1", worker_id)
    await erase(http, worker_id, reason="court_order", force=True)

    async def opens() -> None:
        await erasures.apply(pool, vault.keys, tmp_path, erase_again)

    # the key database alone is an older copy
    await vault.keys.pool.execute("insert into person_key select ($1::person_key).*", keys[0]["row"])
    await opens()
    assert await vault.keys.held([worker_id]) == set()

    # both are, and nothing there knows of the erasure
    await vault.keys.pool.execute("insert into person_key select ($1::person_key).*", keys[0]["row"])
    for table in tables:
        await pool.execute(f"insert into {table} select ($1::{table}).*", backup[table][0]["row"])
    await pool.execute("delete from erasure")
    await opens()
    proof = (await http.get(f"/v1/workers/{worker_id}/erasures")).json()
    assert set(proof["left"].values()) == {0}
    assert await pool.fetchval("select count(*) from likeness where worker_id = $1", worker_id) == 0
    assert len(erasures.read(tmp_path)) == 1
    assert await tell(pool) == 0, "not while it is not known whether Kafka has the fact"
    assert await tell(pool, older_than_s=0) == 1
    assert (await announced(pool, worker_id))[-2:] == ["worker_erased", "worker_erased"]
    assert await tell(pool, older_than_s=0) == 0

    # the list was lost: what the database knows is listed anew
    (tmp_path / erasures.FILE).unlink()
    await opens()
    assert [entry.erased.person_id for entry in erasures.read(tmp_path)] == [worker_id]
    assert (await http.get(f"/v1/workers/{worker_id}/erasures")).json()["entry"]["number"] == 1

    # the list was edited: the service does not open
    file = tmp_path / erasures.FILE
    file.write_bytes(file.read_bytes().replace(b"court_order", b"requested"))
    with pytest.raises(erasures.Broken, match="line 1"):
        await opens()
    assert (await http.get(f"/v1/workers/{worker_id}/erasures")).json()["chain_holds"] is False


async def test_a_person_is_given_all_that_is_held_and_the_reading_is_logged(http: AsyncClient, worker_id: UUID) -> None:
    await http.post("/v1/workers/find", json={"nik": nik(1)}, headers=CLERK_1)
    answer = await http.post(f"/v1/workers/{worker_id}/extracts", json={"purpose": "person_asked"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = answer.json()
    row = person(1)
    assert told["identities"][str(worker_id)].items() >= {"nik": row.nik, "name": row.name}.items()
    assert [fact["type"] for fact in told["facts"]] == [
        "enrollment.worker_registered.v1", "enrollment.coverage_started.v1",
    ]  # fmt: skip
    assert len(told["worker"]["coverages"]) == 1
    assert [(read["actor"], read["purpose"]) for read in told["reads"]] == [
        ("officer", "extract: person_asked"), ("clerk", "find by NIK"),
    ]  # fmt: skip

    reads = (await http.get("/v1/reads", params={"person_id": str(worker_id), "limit": 1})).json()
    older = (await http.get("/v1/reads", params={"person_id": str(worker_id), "cursor": reads["next"]})).json()
    assert [row["actor"] for row in reads["rows"] + older["rows"]] == ["officer", "clerk"]
    assert older["next"] is None
    assert (await http.get("/v1/reads", params={"actor": "nobody"})).json() == {"rows": [], "next": None}

    await erase(http, worker_id, reason="unlawful", force=True)
    told = (await http.post(f"/v1/workers/{worker_id}/extracts", json={"purpose": "person_asked"})).json()
    assert (told["identities"], told["erasure"]["reason"]) == ({}, "unlawful")
    assert row.name not in str(told)


async def test_an_erasure_is_told_once_by_any_number_of_processes(pool: Pool, worker_id: UUID) -> None:
    await pool.execute(
        """
        insert into erasure (person_id, erased_at, actor, reason, key_owners, told, settled_at)
        values ($1, now(), 'officer', 'requested', '{}', false, now())
        """,
        worker_id,
    )
    async with transaction(pool) as tx:
        await ledger.lock(tx, COVERAGE, [worker_id])  # so that both have looked before one can tell
        telling = [asyncio.create_task(tell(pool, older_than_s=0)) for _ in range(2)]
        await waits_for_a_lock(pool, waiters=2)
    assert sorted(await asyncio.gather(*telling)) == [0, 1]
    assert (await announced(pool, worker_id)).count("worker_erased") == 1

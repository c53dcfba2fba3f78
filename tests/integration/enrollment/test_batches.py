"""Lists from file to cover: previewed, decided, approved by a second person, proposed, paid; twice changes nothing."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import openpyxl
import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.batches import sealed, store, work
from services.enrollment.batches.pay import pay
from services.enrollment.domain import Cohort
from services.enrollment.identity import merges
from services.enrollment.regions import store as regions
from tests.integration.chassis.conftest import waits_for_lock
from tests.integration.enrollment.conftest import (
    APPROVER,
    JULY,
    KETEWEL,
    approve,
    enroll,
    facts,
    find,
    move_to,
    nik,
    person,
)
from tests.integration.enrollment.conftest import CLERK as CLERK_ACT
from tests.integration.enrollment.lists import CLERK, HEAD, act, cells, look, outcomes, rows, send
from tests.integration.enrollment.lists import work as do_all
from tests.sheets import TITLES, as_csv, as_xlsx
from tests.world import until

HELD = """
select count(*) from pg_locks l join pg_database d on d.oid = l.database
 where locktype = 'advisory' and datname = current_database()
"""
FEBRUARY = date(2027, 2, 10)
CLERK_AND_HEAD = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk,approver"}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def read(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, content: bytes, **query: str) -> str:
    """Send a list and have it read; give its id."""
    batch_id: str = (await send(http, cohort.cohort_id, content, **query))["batch_id"]
    await do_all(pool, vault)
    return batch_id


async def applied(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, content: bytes) -> str:
    batch_id = await read(http, pool, vault, cohort, content)
    answer = await act(http, batch_id, "approvals")
    assert answer.status_code == 200, answer.text
    await do_all(pool, vault)
    return batch_id


async def types_of(pool: Pool, worker_id: object) -> list[str]:
    found = await pool.fetch("select type from ledger where key = $1 order by sequence", worker_id)
    return [row["type"].removeprefix("enrollment.").removesuffix(".v1") for row in found]


async def places(pool: Pool) -> tuple[int, ...]:
    """Give how many are taken, reserved and waited for."""
    (row,) = await pool.fetch("select taken, reserved, waiting from quota")
    return tuple(row)


async def test_a_list_from_file_to_cover_keeps_its_four_dates_apart(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await read(http, pool, vault, cohort, as_xlsx([cells(1), cells(2)]))
    seen = await look(http, batch_id)
    assert (seen["state"], seen["counts"]["accepted"], seen["header_row"]) == ("awaiting_approval", 2, 1)
    assert await pool.fetchval("select count(*) from nik") == 0, "a preview changes nothing"
    await move_to(pool, date(2027, 1, 20))
    assert (await act(http, batch_id, "approvals")).json()["state"] == "applying"
    await do_all(pool, vault)
    assert [(await look(http, batch_id))[name] for name in ("state", "reserved")] == ["applied", 2]
    assert await facts(pool, "coverage_started") == [], "no decree covers anybody"
    await move_to(pool, FEBRUARY)
    assert (await act(http, batch_id, "payments", {"paid_on": "2027-02-10"})).status_code == 200
    await do_all(pool, vault)
    worker_id = await pool.fetchval("select worker_id from nik where nik_hash = $1", vault.blind(nik(1)))
    assert await types_of(pool, worker_id) == [
        "worker_proposed",
        "worker_registered",
        "worker_verified",
        "coverage_started",
    ]
    (started, _) = await facts(pool, "coverage_started")
    assert (started["covered_from"], started["paid_on"], started["covered_until"]) == (
        "2027-02-10",
        "2027-02-10",
        "2027-07-01",
    )
    dates = await pool.fetchrow(
        "select proposed_on, verified_on, paid_on, active_from from proposal where worker_id = $1", worker_id
    )
    assert dates is not None
    assert tuple(dates) == (date(2027, 1, 1), date(2027, 1, 20), FEBRUARY, FEBRUARY)
    (paid,) = (await look(http, batch_id))["payments"]
    assert (paid["people"], paid["confirmed_by"]) == (2, "head-1")
    assert await places(pool) == (2, 0, 0)


async def test_each_row_is_told_what_becomes_of_it(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    other = await approve(pool)
    await enroll(pool, vault, other, [2])
    above: list[list[Any]] = [["Daftar Pekerja Rentan Desa Ketewel"], [], ["Tahun", 2027]]
    content = as_xlsx(
        [
            cells(1),  # row 5: enrolled in this cohort
            cells(2),  # known by another cohort: several memberships are legal
            cells(3),
            cells(3),  # says the same as row 7
            cells(3, name="Orang Lain Sama Sekali"),
            cells(4, nik=float(f"{nik(4)[:15]}0")),
            cells(5, born="5/7/85"),
            cells(6, born="=DATE(1970,1,7)"),
            cells(7, born=date(2015, 1, 1)),
            cells(2, name="Dewa Gede Raka"),
            cells(8, nik=f"'{nik(8)[:6]} {nik(8)[6:12]}.{nik(8)[12:]}"),
        ],
        above=above,
    )
    batch_id = await read(http, pool, vault, cohort, content)
    assert await outcomes(http, batch_id) == {
        5: ("duplicate", ["enrolled_already"]),
        6: ("accepted", []),
        7: ("accepted", []),
        8: ("duplicate", ["nik_repeated"]),
        9: ("rejected", ["nik_repeated_otherwise"]),
        10: ("rejected", ["nik_digit_lost"]),
        11: ("rejected", ["date_short_year"]),
        12: ("rejected", ["formula"]),
        13: ("rejected", ["age_outside_limit", "nik_birth_date_differs"]),
        14: ("rejected", ["nik_repeated_otherwise"]),
        15: ("accepted", ["nik_cleaned"]),
    }
    told = (await rows(http, batch_id, outcome="rejected"))[11]["remarks"][0]
    assert (told["column"], told["value"]) == ("C (Tanggal Lahir)", "5/7/85")
    assert "Tahun harus empat angka" in told["indonesian"]
    assert "four digits" in told["english"]
    assert (await look(http, batch_id))["worth_a_look"] == 1
    assert [*await rows(http, batch_id, worth_a_look="true")] == [15]
    assert await rows(http, batch_id, worth_a_look="true", outcome="rejected") == {}


async def test_a_doubt_is_decided_by_a_person(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    other = await approve(pool)
    await enroll(pool, vault, other, [1, 2])
    twin = person(3)
    alike = cells(1, nik=f"{nik(1)[:15]}2")
    content = as_csv([cells(1, name="Dewa Sekar Arum"), cells(2, name="Dewa Sekar Arum"), alike, cells(twin.line)])
    batch_id = await read(http, pool, vault, cohort, content)
    found = await outcomes(http, batch_id)
    assert {row: one[0] for row, one in found.items()} == {2: "decision", 3: "decision", 4: "decision", 5: "rejected"}
    assert (found[2][1], found[4][1]) == (["name_differs"], ["looks_alike"])
    refused = await act(http, batch_id, "decisions", {"decisions": [{"row": 5, "decision": "accept"}]})
    assert (refused.status_code, refused.json()["code"]) == (409, "row_not_in_doubt")
    wanted = [{"row": 2, "decision": "accept"}, {"row": 3, "decision": "refuse"}]
    assert (await act(http, batch_id, "decisions", {"decisions": wanted})).json()["counts"]["accepted"] == 1
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    seen = await look(http, batch_id)
    assert (seen["state"], seen["reserved"]) == ("partly_applied", 1)
    await act(http, batch_id, "decisions", {"decisions": [{"row": 4, "decision": "accept"}]})
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert (await look(http, batch_id))["reserved"] == 2
    assert await pool.fetchval("select count(*) from proposal") == 2


async def test_the_same_file_twice_changes_nothing_and_says_so(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    content = as_csv([cells(1), cells(2)])
    batch_id = await applied(http, pool, vault, cohort, content)
    ledger = await pool.fetchval("select count(*) from ledger")
    again = await http.post(f"/v1/cohorts/{cohort.cohort_id}/batches", content=content)
    assert (again.status_code, again.json()["same_file"], again.json()["batch_id"]) == (200, True, batch_id)
    await do_all(pool, vault)
    assert await pool.fetchval("select count(*) from upload_piece") == 0
    # Saved anew it is another file that says the same: every row is known, and going in it changes nothing.
    resaved = await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2)], separator=","))
    assert (await look(http, resaved))["counts"]["duplicate"] == 2
    assert await pool.fetchval("select count(*) from ledger") == ledger


async def test_rows_to_mend_come_back_as_a_file_that_can_be_sent_again(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    titles = (*TITLES, "Catatan")
    content = as_csv([[*cells(1), "baik"], [*cells(2, born="1/2/70"), "=1+1"]], titles=titles)
    batch_id = await applied(http, pool, vault, cohort, content)
    answer = await http.get(f"/v1/batches/{batch_id}/correction", params={"as": "xlsx"})
    assert answer.headers["cache-control"] == "no-store"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    header, wrong = (list(row) for row in sheet.iter_rows(values_only=True))
    assert header == [*titles, "Baris", "Kolom", "Alasan", "Reason"]
    assert wrong[:7] == [nik(2), "Orang Contoh 2", "1/2/70", KETEWEL, "=1+1", "3", "C (Tanggal Lahir)"]
    mended = [nik(2), "Orang Contoh 2", "03/01/1970", *wrong[3:]]
    sent = await applied(http, pool, vault, cohort, as_xlsx([mended], titles=header))
    assert (await look(http, sent))["reserved"] == 1
    as_text = (await http.get(f"/v1/batches/{batch_id}/correction", params={"as": "csv"})).content.decode("utf-8-sig")
    header_again, same = csv.reader(io.StringIO(as_text), delimiter=";")
    assert (header_again, same[0], same[4]) == (header, f"'{nik(2)}", "'=1+1")


async def test_two_people_are_needed(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1)]))
    assert (await act(http, batch_id, "approvals", by=CLERK)).status_code == 403
    own = await act(http, batch_id, "approvals", by=CLERK_AND_HEAD)
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    assert (await http.post(f"/v1/cohorts/{cohort.cohort_id}/batches", content=b"x", headers=HEAD)).status_code == 403
    await act(http, batch_id, "approvals")
    again = await act(http, batch_id, "approvals")
    assert (again.status_code, again.json()["code"]) == (409, "batch_state")


async def test_who_finds_no_place_waits_and_is_paid_for_later(http: AsyncClient, pool: Pool, vault: Vault) -> None:
    cohort = await approve(pool, places=2)
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2), cells(3)]))
    seen = await look(http, batch_id)
    assert (seen["state"], seen["reserved"], seen["waiting"]) == ("applied", 2, 1)
    assert len(await facts(pool, "worker_waitlisted")) == 1
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    assert len(await facts(pool, "coverage_started")) == 2
    assert await places(pool) == (2, 0, 1)


async def test_a_row_that_changes_what_was_proposed(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await applied(http, pool, vault, cohort, as_csv([cells(1)]))
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1, village="51.04.01.2001")]))
    assert await outcomes(http, batch_id) == {2: ("changed", [])}
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert await pool.fetchval("select village_code from proposal") == "51.04.01.2001"
    kept = await pool.fetch("select village_code, reserved from village_quota order by village_code")
    assert [tuple(row) for row in kept] == [("51.04.01.2001", 1), (KETEWEL, 0)]


async def test_a_rule_that_came_between_preview_and_approval_refuses_the_row(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    other = await approve(pool)
    await enroll(pool, vault, other, [1])
    worker_id = await pool.fetchval("select worker_id from nik")
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1)]))
    await http.post(f"/v1/workers/{worker_id}/deaths", json={"died_on": "2027-01-01"}, headers=CLERK)
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert await outcomes(http, batch_id) == {2: ("rejected", ["worker_deceased"])}
    (refused,) = await facts(pool, "worker_refused")
    assert (refused["failed"], refused["reason"], refused["key"]) == ("eligible", "worker_deceased", worker_id)


async def test_a_rejected_row_takes_nothing_from_what_another_list_or_the_direct_door_put_forward(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, places=2)
    await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2)]))
    await enroll(pool, vault, cohort, [3])
    assert await places(pool) == (0, 2, 1)
    wrong = [cells(1, born="02/01/1935"), cells(3, born="04/01/1935")]
    second = await applied(http, pool, vault, cohort, as_csv(wrong))
    found = await outcomes(http, second)
    assert {(outcome, reasons[0]) for outcome, reasons in found.values()} == {("rejected", "age_outside_limit")}
    assert await places(pool) == (0, 2, 1)
    told = {fact["key"]: fact["reason"] for fact in await facts(pool, "worker_refused")}
    assert told == {(await find(pool, vault, 3)).worker_id: "age_outside_limit"}, "who waits was on no list"
    (row,) = (await http.get("/v1/funnel", params={"cohort_id": str(cohort.cohort_id)})).json()["rows"]
    assert row["unusable"] == [{"reason": "age_outside_limit", "rows": 1}]
    await applied(http, pool, vault, cohort, as_csv([cells(3)]))
    assert await places(pool) == (0, 2, 1)


async def test_who_was_voided_may_be_sent_again(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1)]))
    for sent in (batch_id, None):
        if sent is None:
            (membership,) = (await find(pool, vault, 1)).memberships
            void = {"reason": "wrong_person"}
            voided = await http.post(f"/v1/coverages/{membership.coverage_id}/voids", json=void, headers=CLERK)
            assert voided.status_code == 200, voided.text
            sent = await applied(http, pool, vault, cohort, as_csv([cells(1)], separator=","))  # noqa: PLW2901
            assert await outcomes(http, sent) == {2: ("changed", [])}
        assert await places(pool) == (0, 1, 0)
        await act(http, sent, "payments", {"paid_on": "2027-01-01"})
        await do_all(pool, vault)
        assert await places(pool) == (1, 0, 0)
    assert len(await facts(pool, "coverage_started")) == 2


async def test_who_is_listed_and_taken_in_by_the_direct_door_is_paid_and_active_in_the_funnel(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2), cells(3, born="01/01/1930")]))
    await enroll(pool, vault, cohort, [1, 3, 4])
    (row,) = (await http.get("/v1/funnel", params={"cohort_id": str(cohort.cohort_id)})).json()["rows"]
    assert list(row["stages"].values()) == [3, 3, 3, 2, 2, 1, 1]
    assert (row["registered_directly"], row["reserved"]) == (2, 1)


async def test_a_list_is_cancelled(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    content = as_csv([cells(1)])
    batch_id = (await send(http, cohort.cohort_id, content))["batch_id"]
    assert (await act(http, batch_id, "cancellations", by=CLERK)).json()["state"] == "cancelled"
    await do_all(pool, vault)
    assert (await look(http, batch_id))["rows"] == 0
    assert (await act(http, batch_id, "approvals")).json()["code"] == "batch_state"
    anew = await read(http, pool, vault, cohort, content)
    assert anew != batch_id
    assert (await look(http, anew))["state"] == "awaiting_approval"


async def test_a_file_that_cannot_be_read_to_its_end_fails_whole_and_can_be_sent_again(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    content = as_csv([cells(number) for number in range(5_001)]) + b'"never closed\n'
    batch_id = await read(http, pool, vault, cohort, content)
    seen = await look(http, batch_id)
    assert (seen["state"], seen["rows"], seen["failure"]["code"]) == ("failed", 0, "quotes")
    assert "5003" in seen["failure"]["indonesian"]
    assert await pool.fetchval("select count(*) from batch_content") == 0
    assert (await send(http, cohort.cohort_id, content))["same_file"] is False


async def test_a_list_of_numbers_that_went_through_a_spreadsheet_is_noticed(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    rounded = [cells(number, nik=f"{nik(number)[:15]}0") for number in range(20)]
    batch_id = await read(http, pool, vault, cohort, as_csv(rounded))
    assert [one["code"] for one in (await look(http, batch_id))["notices"]] == ["nik_ends_in_zero"]


async def test_a_list_for_a_cohort_that_is_over_or_closed_does_not_go_in(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1)]))
    path = f"/v1/cohorts/{cohort.cohort_id}"
    assert (await http.post(f"{path}/closings", json={}, headers=HEAD)).status_code == 200
    assert (await act(http, batch_id, "approvals")).json()["code"] == "cohort_not_open"
    assert (await http.post(f"{path}/openings", json={}, headers=HEAD)).status_code == 200
    await move_to(pool, JULY)
    assert (await act(http, batch_id, "approvals")).json()["code"] == "cohort_over"


async def test_villages_by_name_within_an_area(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort) -> None:
    async with transaction(pool) as tx:
        await regions.load(tx)
    titles = ("NIK", "Nama Lengkap", "Tgl. Lahir", "Desa/Kelurahan", "Kec.")
    named = [
        [*cells(1)[:3], "Ketewel", "Sukawati"],
        [*cells(2)[:3], "Ketwel", "Sukawati"],
        [*cells(3)[:3], "Tidak Ada", "Sukawati"],
    ]
    batch_id = await read(http, pool, vault, cohort, as_csv(named, titles=titles), within="51.04")
    found = await rows(http, batch_id)
    assert [found[row]["outcome"] for row in (2, 3, 4)] == ["accepted", "rejected", "rejected"]
    assert found[3]["remarks"][0]["code"] == "village_name_doubtful"
    assert KETEWEL in found[3]["remarks"][0]["english"]
    assert await pool.fetchval("select village_code from batch_row where row = 2") == KETEWEL
    filled = await http.get("/v1/templates/workers", params={"within": "51.04"})
    book = openpyxl.load_workbook(io.BytesIO(filled.content))
    sheet, reference = book.worksheets
    rules = [rule.type for rule in sheet.data_validations.dataValidation]
    assert sorted(rules) == ["custom", "date", "list", "list"]
    chosen = next(row[0].value for row in reference.iter_rows() if str(row[0].value).startswith(KETEWEL))
    sheet.append([nik(4), "Orang Contoh 4", person(4).birth_date, chosen, "petani"])
    content = io.BytesIO()
    book.save(content)
    assert await outcomes(http, await read(http, pool, vault, cohort, content.getvalue())) == {2: ("accepted", [])}


async def test_the_funnel_counts_each_step_with_reasons(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    sanur = "51.04.01.2001"
    await enroll(pool, vault, cohort, [20])
    content = as_csv(
        [
            cells(1),
            cells(2),
            cells(3, village=sanur),
            cells(4, born="01/01/1930"),
            cells(5, nik="123"),
            cells(1),
            cells(6, village="99.99.99.9999"),
        ]
    )
    batch_id = await applied(http, pool, vault, cohort, content)
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    answer = (await http.get("/v1/funnel", params={"cohort_id": str(cohort.cohort_id)})).json()["rows"]
    by_village = {row["village_code"]: row for row in answer}
    ketewel = by_village[KETEWEL]
    assert list(ketewel["stages"].values()) == [3, 3, 3, 2, 2, 2, 2]
    assert ketewel["refusals"] == [{"failed": "eligible", "reason": "age_outside_limit", "people": 1}]
    assert (ketewel["duplicate_rows"], ketewel["registered_directly"]) == (1, 1)
    assert list(by_village[sanur]["stages"].values()) == [1] * 7
    assert by_village[None]["unusable"] == [
        {"reason": "nik_length", "rows": 1},
        {"reason": "village_unknown", "rows": 1},
    ]


async def test_what_a_list_said_is_destroyed_when_its_time_is_over(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2, nik="1")]))
    broken_off = UUID(int=5)
    async with transaction(pool) as tx:
        await store.add_piece(tx, broken_off, 1, b"sealed")
    assert await work.forget_old(pool, vault) == 0
    await move_to(pool, date(2027, 6, 1))
    assert await work.forget_old(pool, vault) == 2
    assert await vault.keys.held([UUID(batch_id)]) == set()
    assert await pool.fetchval("select count(*) from batch_content") == 0
    assert await pool.fetchval("select count(*) from batch_row where num_nonnulls(nik_hash, detail_hash) > 0") == 0
    assert (await look(http, batch_id))["counts"]["rejected"] == 1
    gone = await http.get(f"/v1/batches/{batch_id}/rows")
    assert (gone.status_code, gone.json()["code"]) == (409, "batch_forgotten")


async def test_a_list_counts_as_forgotten_only_once_its_key_is_gone(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = UUID(await applied(http, pool, vault, cohort, as_csv([cells(1)])))
    await move_to(pool, date(2027, 6, 1))
    async with vault.keys.pool.acquire() as other, other.transaction():
        await other.execute("select from person_key where person_id = $1 for update", batch_id)
        await stopped_while_it_waits(asyncio.create_task(work.forget_old(pool, vault)), vault.keys.pool, "delete from%")
    assert not (await look(http, batch_id))["forgotten"]
    assert await work.forget_old(pool, vault) == 1
    assert await vault.keys.held([batch_id]) == set()


async def stopped_while_it_waits(task: asyncio.Task[Any], pool: Pool, statement: str) -> None:
    """End the task while a statement like this one waits for a lock in the pool's database."""

    async def waits() -> bool:
        return await waits_for_lock(pool, statement)

    await until(waits, f"{statement} waits")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("year", [2020, 2040])
async def test_an_upload_under_way_is_kept_and_one_that_broke_off_is_not_wherever_the_clock_stands(
    pool: Pool, vault: Vault, year: int
) -> None:
    await move_to(pool, date(year, 1, 1))
    async with transaction(pool) as tx:
        await store.add_piece(tx, UUID(int=5), 1, b"sealed")
    assert await work.forget_old(pool, vault) == 0
    await move_to(pool, date(year, 3, 1))
    async with transaction(pool) as tx:
        await store.add_piece(tx, UUID(int=5), 2, b"sealed")
    await move_to(pool, date(year, 4, 15))
    assert await work.forget_old(pool, vault) == 0, "a piece came a short while ago"
    await move_to(pool, date(year, 6, 15))
    assert await work.forget_old(pool, vault) == 1


async def test_every_look_into_a_list_is_on_record_and_nothing_else_names_anybody(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1)]))
    await rows(http, batch_id)
    looked = await vault.keys.reads(person_id=UUID(batch_id), limit=10)
    assert ("clerk-1", "look at a list") in {(one.actor, one.purpose) for one in looked}
    tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public' and tablename <> 'region'")
    for table in tables:
        statement = f'select count(*) from "{table[0]}" t where t::text ~ $1'  # noqa: S608 - names from the catalogue
        kept = await pool.fetchval(statement, f"{nik(1)}|Orang Contoh")
        assert kept == 0, table[0]
    assert sealed.KEPT_DAYS == 90


@pytest.mark.parametrize(
    ("body", "code"),
    [({"paid_on": "2027-01-02"}, "payment_in_future"), ({"paid_on": str(JULY)}, "payment_in_future")],
)
async def test_a_payment_that_has_not_come(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, body: Any, code: str
) -> None:
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1)]))
    refused = await act(http, batch_id, "payments", body)
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert await facts(pool, "coverage_started") == []


async def test_who_was_merged_into_another_since_is_refused_at_payment_and_frees_the_place(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await applied(http, pool, vault, cohort, as_csv([cells(1), cells(2)]))
    merged, survivor = (await find(pool, vault, 1)).worker_id, (await find(pool, vault, 2)).worker_id

    # Whoever has a place is not merged away, so it is put aside until the merge is done.
    await pool.execute("create table aside as table reservation; delete from reservation")
    async with transaction(pool) as tx:
        merge = await merges.propose(tx, survivor, merged, CLERK_ACT)
        await merges.decide(tx, merge.merge_id, approved=True, act=APPROVER)
    await pool.execute("insert into reservation overriding system value table aside")
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    (refused,) = await facts(pool, "worker_refused")
    assert (refused["key"], refused["failed"], refused["reason"]) == (merged, "paid", "worker_merged")
    assert [fact["key"] for fact in await facts(pool, "coverage_started")] == [survivor]
    assert await places(pool) == (1, 0, 0)


async def test_lists_and_the_direct_door_at_once_keep_every_person_once(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    people = range(400)
    cohorts = [await approve(pool) for _ in range(3)]
    for cohort, order in ((cohorts[0], people), (cohorts[1], reversed(people))):
        batch_id = await read(http, pool, vault, cohort, as_csv([cells(number) for number in order]))
        await act(http, batch_id, "approvals")
    await asyncio.gather(
        work.work_once(pool, vault, scenario=True),
        work.work_once(pool, vault, scenario=True),
        enroll(pool, vault, cohorts[2], people, rows_max=100),
    )
    assert await pool.fetchval("select count(*) from nik") == len(people)
    assert await pool.fetchval("select count(*) from worker") == len(people)
    proposed = await pool.fetch("select count(*), count(distinct worker_id) from proposal group by cohort_id")
    assert [tuple(row) for row in proposed] == [(400, 400), (400, 400)]
    wrong = "select count(*) from (select key from ledger group by key having count(*) <> max(sequence)) k"
    assert await pool.fetchval(wrong) == 0
    (await_registered,) = await pool.fetch("select count(*), count(distinct key) from ledger where type ~ 'registered'")
    assert tuple(await_registered) == (400, 400)


async def test_two_workers_never_work_on_one_list_and_one_that_was_taken_for_dead_undoes_its_piece(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = UUID(await read(http, pool, vault, cohort, as_csv([cells(number) for number in range(300)])))
    await act(http, batch_id, "approvals")
    async with transaction(pool) as tx:
        stale = await store.find(tx, batch_id)
        assert await store.next_work(tx) == batch_id
        assert not await work.work_once(pool, vault, scenario=True), "another worker holds it"
        await store.let_go(tx)
    assert stale is not None
    worked = await asyncio.gather(*(work.work_once(pool, vault, scenario=True) for _ in range(4)))
    assert sum(worked) >= 1
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    ledger = await pool.fetchval("select count(*) from ledger")
    with pytest.raises(store.Lost):
        await pay(pool, replace(stale, done_through=7))
    assert await pool.fetchval("select count(*) from ledger") == ledger
    assert len(await facts(pool, "coverage_started")) == 300


ALL_AT_ONCE = """
set enable_indexscan = off; set enable_bitmapscan = off;
"""
"""Lets Postgres read all that wait and sort them: then it asks a condition of each of them."""


async def test_a_worker_holds_one_list_and_lets_go_on_every_way_out(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    for number in range(3):
        await send(http, (await approve(pool)).cohort_id, as_csv([cells(number)]))
    async with pool.acquire() as worker:
        await worker.execute(ALL_AT_ONCE)
        try:
            first = await store.next_work(worker)
            assert await pool.fetchval(HELD) == 1
            assert first == await pool.fetchval("select batch_id from batch order by uploaded_at, batch_id limit 1")
        finally:
            await store.let_go(worker)
            await worker.execute("reset all")
    async with pool.acquire() as other, other.transaction():
        await other.execute("select from batch for update")
        await stopped_while_it_waits(asyncio.create_task(work.work_once(pool, vault, scenario=True)), pool, "%batch%")
    assert await pool.fetchval(HELD) == 0
    await do_all(pool, vault)
    assert await pool.fetchval(HELD) == 0

"""Cards that the agency issued: a number is one person's, found by it, and stands nowhere but in the vault."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment import cards
from services.enrollment.app import make_app
from services.enrollment.domain import Cohort, Rejected, Worker
from services.enrollment.identity import kpj as numbers
from services.enrollment.imports.pieces import Outcome
from services.enrollment.imports.rows import IssuedRow
from tests.integration.enrollment.conftest import CLERK, TODAY, approve, enroll, facts, find, move_to, nik
from tests.integration.enrollment.test_candidates import everything
from tests.integration.enrollment.test_merges import merge, reverse

WHO = {"Payung-Actor": "clerk-1", "Payung-Roles": "clerk"}
FIRST, SECOND, THIRD = "24000123456", "24000123457", "24000123458"
FEBRUARY = date(2027, 2, 1)


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=WHO) as client:
        yield client


@pytest_asyncio.fixture
async def people(pool: Pool, vault: Vault, cohort: Cohort) -> Sequence[Worker]:
    await enroll(pool, vault, cohort, [1, 2, 3])
    return [await find(pool, vault, number) for number in (1, 2, 3)]


async def issue(pool: Pool, vault: Vault, worker: Worker, kpj: str, issued_on: date = TODAY) -> Worker:
    coverage_id = worker.memberships[0].coverage_id
    async with transaction(pool) as tx:
        return await cards.issue_card(tx, vault, coverage_id, issued_on, kpj, FEBRUARY, CLERK)


async def issue_all(pool: Pool, vault: Vault, *rows: tuple[int, str]) -> Outcome:
    listed = [IssuedRow(line, nik(number), TODAY, kpj) for line, (number, kpj) in enumerate(rows, start=2)]
    async with transaction(pool) as tx:
        return await cards.issue_cards(tx, vault, listed, FEBRUARY, CLERK)


async def bearer(pool: Pool, vault: Vault, kpj: str) -> UUID | str:
    """Name whose card bears the number."""
    async with transaction(pool) as tx:
        try:
            return (await cards.find(tx, vault, kpj, actor="clerk")).worker_id
        except Rejected as refusal:
            return refusal.code


async def written(pool: Pool, vault: Vault, worker: Worker) -> dict[str, str]:
    """Give the numbers that the worker's document holds, by their fields."""
    async with transaction(pool) as tx:
        document = await vault.open(tx, worker.worker_id, actor="clerk", purpose="test")
    return {name: value for name, value in document.items() if name.startswith("kpj")}


async def test_a_clerk_records_a_card_and_finds_the_person(
    http: AsyncClient, pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    wayan, made, _ = people

    async def card(worker: Worker, **body: str) -> Response:
        path = f"/v1/coverages/{worker.memberships[0].coverage_id}/cards"
        return await http.post(path, json={"issued_on": "2027-01-01", "kpj": FIRST} | body)

    assert (await card(wayan)).status_code == 200
    assert (await card(wayan)).status_code == 200
    refused = [await card(made), await card(made, kpj="123"), await card(made, kpj=SECOND, issued_on="2028-01-01")]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (409, "kpj_taken"),
        (422, "kpj_length"),
        (409, "issue_in_future"),
    ]
    assert not any(number in one.text for one in refused for number in (FIRST, SECOND, str(wayan.worker_id)))
    found = await http.post("/v1/workers/find-by-kpj", json={"kpj": f" {FIRST} "})
    assert found.json()["worker_id"] == str(wayan.worker_id)
    assert (await http.post("/v1/workers/find-by-kpj", json={"kpj": THIRD})).json()["code"] == "kpj_not_known"
    assert any(read.purpose == "find by KPJ" and read.actor == "clerk-1" for read in await vault.keys.reads(limit=9))
    (told,) = await facts(pool, "card_issued")
    assert set(told) == {"coverage_id", "village_code", "issued_on", "key", "time"}


async def test_a_file_of_cards(http: AsyncClient, pool: Pool, vault: Vault, people: Sequence[Worker]) -> None:
    lines = [
        f"{nik(1)},2027-01-01,{FIRST}",
        f"{nik(2)},2027-01-01,{FIRST}",
        f"{nik(3)},2027-01-01,24",
        f"{nik(9)},2027-01-01,{THIRD}",
    ]
    body = "\n".join(["nik,issued_on,kpj", *lines])
    told = (await http.post("/v1/issued-cards", content=body)).json()
    assert (told["rows"], told["recorded"], told["rejected_rows"]) == (4, 1, 3)
    assert [(fault["row"], fault["column"], fault["code"]) for fault in told["rejected"]] == [
        (3, "kpj", "kpj_repeated"),
        (4, "kpj", "kpj_length"),
        (5, "nik", "worker_not_registered"),
    ]
    again = (await http.post("/v1/issued-cards", content=body)).json()
    assert (again["recorded"], again["unchanged"]) == (0, 1)
    assert await bearer(pool, vault, FIRST) == people[0].worker_id
    async with transaction(pool) as tx:
        held = await everything(tx)
    assert str(people[0].worker_id) in held
    assert not any(one in held for number in (FIRST, nik(1)) for one in (number, number.encode().hex()))


async def test_numbers_that_were_exchanged_are_exchanged_back(
    pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    assert (await issue_all(pool, vault, (1, FIRST), (2, SECOND))).done == 2
    outcome = await issue_all(pool, vault, (1, SECOND), (2, FIRST), (3, THIRD))
    assert (outcome.done, outcome.rejected) == (3, ())
    assert [await bearer(pool, vault, kpj) for kpj in (SECOND, FIRST, THIRD)] == [one.worker_id for one in people]
    assert list((await written(pool, vault, people[0])).values()) == [SECOND]
    assert len(await facts(pool, "card_issued")) == 3
    # The third's number is the first's, who keeps it; so the second cannot have the third's.
    outcome = await issue_all(pool, vault, (2, THIRD), (3, SECOND))
    assert [fault.code for fault in outcome.rejected] == ["kpj_taken", "kpj_taken"]
    assert [await bearer(pool, vault, kpj) for kpj in (SECOND, FIRST, THIRD)] == [one.worker_id for one in people]


async def test_of_two_people_who_are_given_one_number_at_once_one_gets_it(
    pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    for round_ in range(8):
        number = f"2400099{round_:04}"
        days = [TODAY.replace(day=round_ + 1)] * len(people)
        told = await asyncio.gather(
            *(issue(pool, vault, worker, number, day) for worker, day in zip(people, days, strict=True)),
            return_exceptions=True,
        )
        refused = [one for one in told if isinstance(one, BaseException)]
        assert [one.code for one in refused if isinstance(one, Rejected)] == ["kpj_taken"] * 2
        (winner,) = (one.worker_id for one in told if isinstance(one, Worker))
        assert (len(refused), await bearer(pool, vault, number)) == (2, winner)
    held = [await written(pool, vault, worker) for worker in people]
    assert sum(map(len, held)) == len(await facts(pool, "card_issued")) == 8


async def test_whose_new_number_went_to_another_at_that_moment_keeps_the_old_one(
    pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    for round_ in range(8):
        number, own = f"2400099{round_:04}", [f"240008{round_:04}{at}" for at in (1, 2, 3)]
        assert (await issue_all(pool, vault, *enumerate(own, start=1))).done == 3
        outcomes = await asyncio.gather(*(issue_all(pool, vault, (at, number)) for at in (1, 2, 3)))
        assert [one.done for one in outcomes].count(1) == sum(one.done for one in outcomes) == 1
        for worker, kept, outcome in zip(people, own, outcomes, strict=True):
            ((_, kpj),) = (await written(pool, vault, worker)).items()
            assert kpj == (number if outcome.done else kept)
            assert await bearer(pool, vault, kpj) == worker.worker_id


async def test_lists_that_exchange_numbers_at_once_wait_for_each_other(
    pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    await issue_all(pool, vault, (1, FIRST), (2, SECOND), (3, THIRD))
    exchanges = ([(1, SECOND), (2, FIRST)], [(2, THIRD), (3, SECOND)], [(3, FIRST), (1, THIRD)])
    await asyncio.gather(*(issue_all(pool, vault, *one) for _ in range(5) for one in exchanges))
    bearers = [await bearer(pool, vault, kpj) for kpj in (FIRST, SECOND, THIRD)]
    assert set(bearers) == {worker.worker_id for worker in people}
    for worker in people:
        ((_, kpj),) = (await written(pool, vault, worker)).items()
        assert await bearer(pool, vault, kpj) == worker.worker_id


async def test_a_card_goes_with_its_membership_and_its_number_comes_back_with_it(
    pool: Pool, vault: Vault, people: Sequence[Worker]
) -> None:
    wayan, made, _ = people
    await enroll(pool, vault, await approve(pool, segment="JAKON"), [1])
    await issue(pool, vault, wayan, FIRST)
    merged = await merge(pool, wayan.worker_id, made.worker_id)
    await move_to(pool, FEBRUARY)
    await issue(pool, vault, made, SECOND, FEBRUARY)
    assert await bearer(pool, vault, SECOND) == wayan.worker_id
    assert set((await written(pool, vault, wayan)).values()) == {FIRST, SECOND}
    await reverse(pool, vault, merged)
    assert await bearer(pool, vault, SECOND) == made.worker_id
    assert set((await written(pool, vault, wayan)).values()) == {FIRST}
    field = numbers.field(made.memberships[0].coverage_id, FEBRUARY)
    assert await written(pool, vault, made) == {field: SECOND}
    with pytest.raises(Rejected, match="kpj_taken"):
        await issue(pool, vault, wayan, SECOND, FEBRUARY)

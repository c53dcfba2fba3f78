"""Lists and the register while a payment, an erasure or a merge is under way: nothing lost, nobody under a dead id."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis import clock
from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.batches import decide, store
from services.enrollment.domain import Cohort, Rejected, Relocate
from services.enrollment.privacy import erase
from services.enrollment.privacy import store as privacy
from tests.integration.enrollment.conftest import (
    APPROVER,
    KETEWEL,
    NEW_YEAR,
    WAIT_S_MAX,
    approve,
    carry_out,
    enroll,
    facts,
    find,
    move_to,
    waits_for_a_lock,
)
from tests.integration.enrollment.lists import CLERK, act, cells, look, send
from tests.integration.enrollment.lists import work as do_all
from tests.sheets import TITLES, as_csv
from tests.world import until

ENDS_S_MAX = 30


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


async def read(http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort, content: bytes) -> str:
    batch_id: str = (await send(http, cohort.cohort_id, content))["batch_id"]
    await do_all(pool, vault)
    return batch_id


async def test_a_payment_under_way_is_not_lost_to_an_approval(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1), cells(2), cells(3, nik="123")]))
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert (await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})).status_code == 200
    refused = await act(http, batch_id, "approvals")
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_state")
    await do_all(pool, vault)
    assert (await look(http, batch_id))["payments"][0]["people"] == 2
    assert len(await facts(pool, "coverage_started")) == 2


async def test_a_list_that_asks_for_more_months_than_are_left_comes_to_an_end(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort, titles = await approve(pool, places=10, person_months=6), (*TITLES, "Pekerjaan")
    first = await read(http, pool, vault, cohort, as_csv([cells(1, work="petani")], titles=titles))
    await act(http, first, "approvals")
    await do_all(pool, vault)
    await move_to(pool, date(2027, 6, 2))
    second = await read(
        http, pool, vault, cohort, as_csv([cells(1, work="nelayan"), cells(2, work="petani")], titles=titles)
    )
    await act(http, second, "approvals")
    async with asyncio.timeout(ENDS_S_MAX):
        await do_all(pool, vault)
    assert (await look(http, second))["state"] == "applied"


async def test_who_is_erased_while_a_door_waits_goes_in_as_somebody_new(
    pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    await enroll(pool, vault, cohort, [1])
    before = (await find(pool, vault, 1)).worker_id
    other = await approve(pool)
    async with transaction(pool) as tx:
        await erase.erase(tx, before, reason="unlawful", force=True, act=APPROVER)
        coming = asyncio.create_task(enroll(pool, vault, other, [1]))
        await waits_for_a_lock(pool)
    assert (await coming).done == 1
    after = (await find(pool, vault, 1)).worker_id
    assert after != before
    last = await pool.fetchval("select type from ledger where key = $1 order by sequence desc limit 1", before)
    assert last == "enrollment.worker_erased.v1"
    with pytest.raises(Rejected, match="worker_erased"):
        await carry_out(pool, Relocate(before, KETEWEL, NEW_YEAR, NEW_YEAR))


async def test_who_is_erased_between_proposal_and_payment_is_not_covered(
    http: AsyncClient, pool: Pool, vault: Vault
) -> None:
    cohort = await approve(pool, places=1)
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1), cells(2)]))
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    for number in (1, 2):  # one has the place, the other waits for it
        async with transaction(pool) as tx:
            nobody = (await find(pool, vault, number)).worker_id
            await erase.erase(tx, nobody, reason="unlawful", force=True, act=APPROVER)
    await act(http, batch_id, "payments", {"paid_on": "2027-01-01"})
    await do_all(pool, vault)
    assert await facts(pool, "coverage_started") == []
    (quota,) = await pool.fetch("select taken, reserved, waiting from quota where cohort_id = $1", cohort.cohort_id)
    assert tuple(quota) == (0, 0, 0)


PAUSE_AFTER_INSERT = """
create function pause() returns trigger language plpgsql as
$$ begin perform pg_advisory_xact_lock(77); return null; end $$;
create trigger pause after insert on batch for each statement execute function pause();
"""
"""Lets whoever adds a list wait, once the statement that adds it is done, until somebody lets go of a lock."""


async def test_a_file_that_comes_again_while_its_list_is_cancelled_is_known_or_added_and_never_neither(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    first = UUID(await read(http, pool, vault, cohort, as_csv([cells(1)])))
    await pool.execute(PAUSE_AFTER_INSERT)
    async with transaction(pool) as tx:
        known = await store.find(tx, first)
        file_hash = await tx.fetchval("select file_hash from batch")
    assert known is not None
    again = replace(known, batch_id=uuid4(), state="received", work="validate")

    async def send_again() -> UUID | None:
        async with transaction(pool) as tx:
            uploaded_at = await clock.now(tx)
            return await store.add(tx, again, file_hash=file_hash, file_bytes=1, uploaded_at=uploaded_at)

    async def cancel() -> None:
        async with transaction(pool) as tx:
            await decide.cancel(tx, first, by="clerk-1")

    async with pool.acquire() as holder:
        await holder.execute("select pg_advisory_lock(77)")
        sending = asyncio.create_task(send_again())
        await waits_for_a_lock(pool)
        cancelling = asyncio.create_task(cancel())
        await until(lambda: done_or_waits(pool, cancelling), "the list is cancelled, or that waits", WAIT_S_MAX)
        await holder.execute("select pg_advisory_unlock(77)")
        told = await sending
        await cancelling
    standing = again.batch_id if told is None else told
    assert await pool.fetchval("select count(*) from batch where batch_id = $1", standing) == 1


async def done_or_waits(pool: Pool, task: asyncio.Task[None]) -> bool:
    waiting = """
    select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    """
    return task.done() or await pool.fetchval(waiting) == 2


async def test_a_list_is_forgotten_while_somebody_on_it_is_erased(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = UUID(await read(http, pool, vault, cohort, as_csv([cells(1), cells(2)])))
    nik_hash = await pool.fetchval("select nik_hash from batch_row where row = 3")

    async def forget() -> None:
        async with transaction(pool) as tx:
            await store.forget(tx, [batch_id])

    async def destroy() -> None:
        async with transaction(pool) as tx:
            await privacy.destroy(tx, [], [nik_hash])

    async with transaction(pool) as tx:  # the first row is held: who forgets the list waits for it
        await tx.execute("select from batch_row where row = 2 for update")
        forgetting = asyncio.create_task(forget())
        await waits_for_a_lock(pool)
        erasing = asyncio.create_task(destroy())
        await until(lambda: done_or_waits(pool, erasing), "the person is erased, or that waits", WAIT_S_MAX)
    await asyncio.gather(forgetting, erasing)
    assert await pool.fetchval("select count(*) from batch_content") == 0
    assert await pool.fetchval("select count(*) from batch_row where nik_hash is not null") == 0


async def test_who_lost_a_list_does_not_count_its_piece_for_other_work(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = UUID(await read(http, pool, vault, cohort, as_csv([cells(1)])))
    await act(http, batch_id, "approvals")
    with pytest.raises(store.Lost):
        async with transaction(pool) as tx:
            await store.advance(tx, batch_id, "validate", before=0, through=2, rows=1, share=1.0)


MOVES_EACH_TIME = """
create function places_go() returns trigger language plpgsql as $$
begin update quota set places = 0, pool = 0; return null; end $$;
create trigger places_go after insert on proposal for each statement execute function places_go();
"""
"""Lets the places be gone whenever somebody has been proposed for them, and back when that is undone."""


async def test_a_list_whose_places_never_stand_still_is_left_to_a_person_and_goes_in_later(
    http: AsyncClient, pool: Pool, vault: Vault, cohort: Cohort
) -> None:
    batch_id = await read(http, pool, vault, cohort, as_csv([cells(1)]))
    await pool.execute(MOVES_EACH_TIME)
    await act(http, batch_id, "approvals")
    async with asyncio.timeout(ENDS_S_MAX):
        await do_all(pool, vault)
    seen = await look(http, batch_id)
    assert (seen["state"], [one["code"] for one in seen["notices"]]) == ("partly_applied", ["places_contended"])
    await pool.execute("drop trigger places_go on proposal")
    await act(http, batch_id, "approvals")
    await do_all(pool, vault)
    assert (await look(http, batch_id))["reserved"] == 1

"""The index key is changed while people are found and come; one short stop puts it in force, and nobody is lost."""

import asyncio
from contextlib import aclosing
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.chassis import migrations
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import Vault
from services.chassis.vault.keys import BadSecret
from services.enrollment import cards, store
from services.enrollment.domain import NotKnown
from services.enrollment.migrations import ENROLLMENT
from services.enrollment.privacy.erase import erase
from services.enrollment.privacy.index.change import NotNow, agree, rehash, switch
from tests.integration.conftest import Migrated
from tests.integration.enrollment.conftest import (
    CLERK,
    NEW_YEAR,
    approve,
    enroll,
    find,
    move_to,
    nik,
    waits_for_a_lock,
)

KPJ, LATER_KPJ = "24991234567", "24991234568"
LATER = NEW_YEAR + timedelta(days=2)


@pytest.fixture
def following(vault: Vault) -> Vault:
    """The vault as it will be."""
    return Vault(vault.keys.pool, [bytes(range(32))], bytes(range(100, 132)))


async def issue(pool: Pool, vault: Vault, number: int, issued_on: date, kpj: str) -> UUID:
    (membership,) = (await find(pool, vault, number)).memberships
    async with transaction(pool) as tx:
        worker = await cards.issue_card(tx, vault, membership.coverage_id, issued_on, kpj, LATER, CLERK)
    return worker.worker_id


async def has_card(pool: Pool, vault: Vault, kpj: str) -> UUID:
    async with transaction(pool) as tx:
        return (await cards.find(tx, vault, kpj, actor="test")).worker_id


async def left(pool: Pool, vault: Vault, following: Vault) -> list[int]:
    return [count async for count in rehash(pool, vault, following, actor="officer", piece_max=10)]


async def test_everybody_is_found_before_during_and_after(migrated: Migrated, vault: Vault, following: Vault) -> None:
    dsn = await migrated((*migrations.WRITER, ENROLLMENT))
    async with open_pool(dsn, name="enrollment", size_max=4) as pool:  # as the running service
        await move_to(pool, LATER)
        cohort = await approve(pool)
        await enroll(pool, vault, cohort, range(25))
        workers = {number: (await find(pool, vault, number)).worker_id for number in range(25)}
        await issue(pool, vault, 1, NEW_YEAR, KPJ)
        async with transaction(pool) as tx:
            await agree(tx, vault)

        async with aclosing(rehash(pool, vault, following, actor="officer", piece_max=10)) as counts:
            assert [await anext(counts) for _ in range(2)] == [25, 15]  # and then it is cut off
        assert (await find(pool, vault, 20)).worker_id == workers[20]
        assert (await left(pool, vault, following))[-1] == 0
        with pytest.raises(NotNow, match="runs still"):
            await switch(pool, following)

        # meanwhile somebody comes, somebody's document changes, somebody goes for good
        await enroll(pool, vault, cohort, [30])
        workers[30] = (await find(pool, vault, 30)).worker_id
        await issue(pool, vault, 2, NEW_YEAR, LATER_KPJ)
        async with transaction(pool) as tx:
            await erase(tx, workers.pop(3), reason="unlawful", force=True, act=CLERK)

    async with open_pool(dsn, name="enrollment-keys-cli", size_max=2) as pool:
        with pytest.raises(NotNow, match="2 people are not hashed"):
            await switch(pool, following)
        assert await left(pool, vault, following) == [2, 0, 0]
        assert await switch(pool, following) == len(workers) == 25

    async with open_pool(dsn, name="enrollment", size_max=4) as pool:
        async with transaction(pool) as tx:
            await agree(tx, following)
            with pytest.raises(BadSecret, match=r"another index\.key"):
                await agree(tx, vault)
            hashes = {number: following.blind(nik(number)) for number in (*workers, 3)}
            found = await store.find(tx, list(hashes.values()))
        assert {number: found[hashes[number]] for number in workers} == workers
        assert hashes[3] not in found
        assert await has_card(pool, following, KPJ) == workers[1]
        assert await has_card(pool, following, LATER_KPJ) == workers[2]
        with pytest.raises(NotKnown):
            await has_card(pool, vault, KPJ)
        again = await enroll(pool, following, cohort, range(25))
        assert (again.done, again.unchanged) == (1, 24), "only the erased one is new"
        assert await pool.fetchval("select count(*) from uncompared") >= len(workers)
        assert await pool.fetchval("select count(*) from rehashed") == 0
    reads = await vault.keys.reads(actor="officer", limit=100)
    assert len(reads) == 25 + 2
    assert {read.purpose for read in reads} == {"change of the index key"}


async def test_whoever_is_erased_while_hashed_leaves_no_hash(pool: Pool, vault: Vault, following: Vault) -> None:
    await move_to(pool, LATER)
    await enroll(pool, vault, await approve(pool), range(3))
    gone = (await find(pool, vault, 1)).worker_id

    async def erase_one() -> None:
        async with transaction(pool) as tx:
            await erase(tx, gone, reason="unlawful", force=True, act=CLERK)

    async with transaction(vault.keys.pool) as gate:
        await gate.execute("lock table key_read in exclusive mode")
        hashing = asyncio.create_task(left(pool, vault, following))
        await waits_for_a_lock(vault.keys.pool)  # those to be hashed have been looked at, their documents not
        erasing = asyncio.create_task(erase_one())
        await asyncio.wait([erasing, asyncio.create_task(waits_for_a_lock(pool))], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(hashing, erasing)
    kept = {row["worker_id"] for row in await pool.fetch("select worker_id from rehashed")}
    assert len(kept) == 2
    assert gone not in kept

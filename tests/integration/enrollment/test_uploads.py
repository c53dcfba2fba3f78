"""An upload that breaks off, at whatever moment, leaves nothing of it: neither pieces nor a key."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.batches import sealed, store, work
from services.enrollment.domain import Cohort
from tests.integration.enrollment.conftest import move_to, waits_for_a_lock
from tests.integration.enrollment.lists import CLERK, cells
from tests.sheets import as_csv


class BrokeOff(Exception):
    """The line is gone."""


async def left(pool: Pool, vault: Vault) -> tuple[int, int]:
    """Count pieces and keys."""
    keys = await vault.keys.pool.fetchval("select count(*) from person_key")
    return await pool.fetchval("select count(*) from upload_piece"), keys


async def test_an_upload_that_breaks_off_leaves_nothing(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    before = await left(pool, vault)
    address = f"/v1/cohorts/{cohort.cohort_id}/batches"

    async def broken(chunks: int) -> AsyncIterator[bytes]:
        for _ in range(chunks):
            yield b"x" * sealed.PIECE_BYTES
        raise BrokeOff

    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as http:
        for chunks in (0, 1):
            with pytest.raises(BrokeOff):
                await http.post(address, content=broken(chunks))
            assert await left(pool, vault) == before, f"broken off after {chunks} pieces"

        async with transaction(vault.keys.pool) as gate:
            await gate.execute("lock table person_key in exclusive mode")
            sending = asyncio.create_task(http.post(address, content=as_csv([cells(1)])))
            await waits_for_a_lock(vault.keys.pool)
            assert await left(pool, vault) == (before[0] + 1, before[1]), "the trace stands before the key"
        sent = await sending
        assert sent.status_code == 202, sent.text
        batch_id = UUID(sent.json()["batch_id"])
        await work.work_once(pool, vault, scenario=True)
        assert (await http.get(f"/v1/batches/{batch_id}")).json()["counts"]["accepted"] == 1
        again = await http.post(address, content=as_csv([cells(1)]))
        assert again.json()["same_file"]
    assert await left(pool, vault) == (before[0], before[1] + 1), "of a file sent twice one key is kept"


async def test_what_a_killed_process_left_of_an_upload_is_found(pool: Pool, vault: Vault) -> None:
    batch_id = UUID(int=5)
    async with transaction(pool) as tx:
        await store.add_piece(tx, batch_id, sealed.ANNOUNCED, b"")
    await vault.keys.make([batch_id])
    await move_to(pool, date(2027, 6, 1))
    assert await work.forget_old(pool, vault) == 1
    assert await vault.keys.held([batch_id]) == set()
    assert await pool.fetchval("select count(*) from upload_piece") == 0

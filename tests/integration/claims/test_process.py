"""The process of claims: killed while it pays, started again, and nobody is paid twice; it reads enrollment's facts."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from httpx2 import AsyncClient, HTTPError
from payung_contracts.topics import COVERAGE, TICKS

from services.chassis import migrations, topics
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.vault import Vault
from services.claims import store
from services.claims.app import PROJECTION
from services.claims.migrations import CLAIMS
from services.claims.sweep import sweep
from tests import servers
from tests.integration.claims.conftest import KEYS, YEAR, announced, hear_of_cover
from tests.integration.claims.test_handlers import decide, order, report, submit
from tests.integration.conftest import Migrated
from tests.unit.claims.cases import KETUT, REGISTERED, cover_after, travelling
from tests.world import until

READY_S_MAX = 30.0
KILLS = 3
PAYERS = 6


@pytest_asyncio.fixture
async def dsns(migrated: Migrated) -> tuple[str, str]:
    return await migrated((*migrations.WRITER, CLAIMS)), await migrated((migrations.VAULT_KEYS,))


@pytest.fixture
def environment(dsns: tuple[str, str], tmp_path: Path) -> dict[str, str]:
    for name, key in zip(("wrapping.key", "index.key"), KEYS, strict=True):
        (tmp_path / name).write_text(key.hex())
    return os.environ | {
        "CLAIMS_POSTGRES_DSN": dsns[0],
        "CLAIMS_KEYS_DSN": dsns[1],
        "CLAIMS_KAFKA": "127.0.0.1:1",
        "CLAIMS_PORT": str(servers.free_port()),
        "CLAIMS_SECRETS": str(tmp_path),
        "CLAIMS_ERASURES": str(tmp_path / "erasures"),
    }


@asynccontextmanager
async def running(environment: dict[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, AsyncClient]]:
    """Run claims without Kafka, which stops nobody from working, until the block ends; wait until it is ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.claims", "all"), env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{environment['CLAIMS_PORT']}", timeout=10) as http:
            await until(lambda: is_ready(http), "claims is ready", READY_S_MAX)
            yield process, http
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), READY_S_MAX)


async def is_ready(http: AsyncClient) -> bool:
    try:
        return (await http.get("/health/ready")).status_code == 200
    except HTTPError:
        return False


async def pay_until_cut_off(http: AsyncClient, claim_id: Any, key: str) -> Any:
    """Pay again and again; None once the service is gone."""
    headers = {"Payung-Actor": KETUT, "Payung-Roles": "payer", "Idempotency-Key": key}
    try:
        today = (await http.get("/v1/clock")).json()["business_date"]
        return await http.post(f"/v1/claims/{claim_id}/payment", json={"paid_on": today}, headers=headers)
    except HTTPError:
        return None


async def test_a_payment_is_made_once_however_often_the_service_is_killed(
    dsns: tuple[str, str], environment: dict[str, str]
) -> None:
    async with open_pool(dsns[0], name="test", size_max=4) as pool, open_pool(dsns[1], name="keys", size_max=2) as keys:
        await hear_of_cover(pool)
        claim_id = (await report(pool)).claim_id
        await submit(pool, Vault(keys, *KEYS), claim_id)
        await decide(pool, claim_id)
        await order(pool, claim_id)
        for number in range(KILLS):
            async with running(environment) as (process, http):
                paying = [asyncio.create_task(pay_until_cut_off(http, claim_id, f"payment-{n}")) for n in range(PAYERS)]
                await asyncio.sleep(number * 0.01)  # so that each kill hits another moment
                process.kill()
                await asyncio.gather(*paying)
        async with running(environment) as (process, http):
            answers = [await pay_until_cut_off(http, claim_id, f"payment-{n}") for n in range(PAYERS)]
            process.terminate()
            assert await asyncio.wait_for(process.wait(), READY_S_MAX) == 0
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["order_id"] for answer in answers}) == 1
        assert (await announced(pool)).count("claim_paid") == 1


async def test_a_waiting_claim_goes_on_when_the_facts_come_over_kafka(pool: Pool, kafka: servers.Kafka) -> None:
    await topics.ensure(kafka.address, (COVERAGE, TICKS))
    worker_id = uuid4()
    claim = await report(pool, worker_id)
    assert claim.state == "waiting"
    async with AIOKafkaProducer(bootstrap_servers=kafka.address) as producer:
        for sequence, (type_, data) in enumerate((REGISTERED, YEAR), start=1):
            headers = travelling(type_, sequence=sequence, worker_id=worker_id)
            await producer.send_and_wait(COVERAGE.name, orjson.dumps(data), str(worker_id).encode(), headers=headers)
    broker = broker_for(kafka.address, "claims-test")
    reader = Reader(broker, PROJECTION)
    await broker.start()
    reading = asyncio.create_task(reader.run(pool))
    try:
        await until(lambda: sweep(pool), "the claim goes on", READY_S_MAX)
    finally:
        reader.stopping.set()
        await asyncio.wait_for(reading, READY_S_MAX)
        await broker.stop()
    async with transaction(pool) as tx:
        view = (await store.look(tx, [worker_id]))[worker_id]
    assert view.claim(claim.claim_id).state == "reported"
    assert view.cover == cover_after(YEAR)

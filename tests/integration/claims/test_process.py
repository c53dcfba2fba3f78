"""The process of claims: killed at each step and started again, each happens once; it reads enrollment's facts."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from httpx2 import ASGITransport, AsyncClient, HTTPError, Response
from payung_contracts.topics import COVERAGE, TICKS

from services.chassis import migrations, topics
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.vault import Vault
from services.claims import store
from services.claims.app import PROJECTION, make_app
from services.claims.migrations import CLAIMS
from services.claims.put_off import PutOff
from services.claims.sweep import sweep
from tests import servers
from tests.integration.claims.conftest import KEYS, YEAR, announced, hear_of_cover, report
from tests.integration.claims.office import DECIDER, PAYER, Office
from tests.integration.conftest import Migrated
from tests.unit.claims.cases import REGISTERED, travelling
from tests.world import until

READY_S_MAX = 30.0


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


Step = tuple[str, dict[str, str], dict[str, Any]]


async def send(http: AsyncClient, claim_id: str, step: Step, key: str) -> Response | None:
    """Send a command; None if the service is gone before it answers."""
    door, who, body = step
    try:
        return await http.post(f"/v1/claims/{claim_id}/{door}", json=body, headers=who | {"Idempotency-Key": key})
    except HTTPError:
        return None


async def test_each_step_is_taken_once_wherever_the_service_is_killed(
    dsns: tuple[str, str], environment: dict[str, str]
) -> None:
    """Killed before a step commits, while others have the step before it answered; then all are asked again."""
    async with open_pool(dsns[0], name="test", size_max=4) as pool, open_pool(dsns[1], name="keys", size_max=2) as keys:
        await hear_of_cover(pool)
        app = make_app(pool, Vault(keys, KEYS[:1], KEYS[1]), scenario=False)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://claims") as http:
            office = Office(http)
            claim_id = (await office.submitted(await office.report()))["claim_id"]
            today = await office.today()
        steps: list[Step] = [("decision", DECIDER, {}), ("payment-order", PAYER, {})]
        claim: Any = None
        for step, told in enumerate(("claim_decided", "payment_ordered", "claim_paid", None)):
            async with running(environment) as (process, http):
                before = steps[step - 1 : step]
                sent = [
                    asyncio.create_task(send(http, claim_id, one, f"{step}/{n}")) for one in before for n in range(4)
                ]
                if sent:
                    answered, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
                    claim = await succeeded(answered.pop())
                if told and step == len(steps):
                    (payment,) = claim["payments"]
                    arrived = {"paid_on": today, "amount_idr": payment["ordered_idr"]}
                    steps.append((f"payments/{payment['payment_id']}/confirmation", PAYER, arrived))
                if told:
                    await kill_before_it_commits(pool, process, send(http, claim_id, steps[step], steps[step][0]))
                    assert told not in await announced(pool)
                    await asyncio.gather(*sent)
                else:
                    again = [await succeeded(send(http, claim_id, one, one[0])) for one in steps[1:]]
                    assert [claim["state"] for claim in again] == ["paid", "paid"]
                    await asyncio.gather(*sent)
                    process.terminate()
                    assert await asyncio.wait_for(process.wait(), READY_S_MAX) == 0
        facts = await announced(pool)
        once = ("claim_decided", "death_confirmed", "payment_ordered", "claim_paid")
        assert [facts.count(one) for one in once] == [1, 1, 1, 1]


async def succeeded(sending: Awaitable[Response | None]) -> Any:
    answer = await sending
    assert answer is not None
    assert answer.status_code == 200, answer.text
    return answer.json()


async def kill_before_it_commits(
    pool: Pool, process: asyncio.subprocess.Process, sending: Coroutine[Any, Any, Response | None]
) -> None:
    """Let a command get as far as its facts, where it stands, and kill the service there."""
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("lock table ledger in exclusive mode")
        sent = asyncio.create_task(sending)

        async def stands() -> bool:
            return bool(
                await pool.fetchval(
                    "select exists (select from pg_stat_activity where datname = current_database()"
                    " and wait_event_type = 'Lock' and query like '%insert into ledger%')"
                )
            )

        await until(stands, "the command waits for the ledger")
        process.kill()
        assert await sent is None


async def test_a_waiting_claim_goes_on_when_the_facts_come_over_kafka(
    pool: Pool, vault: Vault, kafka: servers.Kafka
) -> None:
    await topics.ensure(kafka.address, (COVERAGE, TICKS))
    worker_id = uuid4()
    claim = await report(pool, vault, worker_id)
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
        await until(lambda: sweep(pool, PutOff("recheck")), "the claim goes on", READY_S_MAX)
    finally:
        reader.stopping.set()
        await asyncio.wait_for(reading, READY_S_MAX)
        await broker.stop()
    async with transaction(pool) as tx:
        view = (await store.look(tx, [worker_id]))[worker_id]
    assert view.claim(claim.claim_id).state == "reported"
    assert (view.cover.sequence, len((view.cover.state or {})["memberships"])) == (2, 1)

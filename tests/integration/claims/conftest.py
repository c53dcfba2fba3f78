"""A migrated database of claims with its vault, cover fed as the reader feeds it, and claims taken to a state."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest_asyncio

from services.chassis import apply, clock, migrations
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import Vault
from services.claims import domain, handlers, store
from services.claims.app import PROJECTION
from services.claims.claim import Circumstances, Claim, Findings, State
from services.claims.handlers import PayeeIn
from services.claims.migrations import CLAIMS
from services.claims.rules import base_book
from tests.integration.conftest import Migrated
from tests.unit.claims.cases import DEATH, KETUT, MADE, PUTU, REGISTERED, WAYAN, received, started

KEYS = bytes(range(32)), bytes(range(1, 33))
PAYEE = {"name": "Ni Luh Contoh", "bank": "BPD", "account": "0001-TEST"}
WIDOW = PayeeIn("spouse", (1, 1), guardian=False, born_on=None, sealed=PAYEE)
YEAR = started("2025-01-01", None)


@pytest_asyncio.fixture
async def pool(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((*migrations.WRITER, CLAIMS)), name="claims", size_max=20) as opened:
        yield opened


@pytest_asyncio.fixture
async def vault(migrated: Migrated) -> AsyncIterator[Vault]:
    async with open_pool(await migrated((migrations.VAULT_KEYS,)), name="claims-keys", size_max=4) as keys:
        yield Vault(keys, KEYS[:1], KEYS[1])


def by(actor: str) -> Act:
    return Act(actor, UUID(int=7))


async def hear(pool: Pool, *facts: tuple[str, dict[str, Any]], worker_id: UUID = WAYAN, after: int = 0) -> None:
    """Take in facts of a worker as the reader does; `after` is the sequence of the last one heard before."""
    heard = [
        received(type_, data, sequence=sequence, worker_id=worker_id)
        for sequence, (type_, data) in enumerate(facts, start=after + 1)
    ]
    async with transaction(pool) as tx:
        await apply.apply(tx, PROJECTION, {(heard[0].topic, heard[0].key): heard})


async def hear_of_cover(pool: Pool, worker_id: UUID = WAYAN) -> None:
    """The worker is registered and covered since January 2025, without an end."""
    await hear(pool, REGISTERED, YEAR, worker_id=worker_id)


async def announced(pool: Pool, key: UUID = WAYAN) -> list[str]:
    """Name what was announced of a worker, in order."""
    rows = await pool.fetch("select type from ledger where key = $1 order by sequence", key)
    return [row["type"].removeprefix("claims.").removesuffix(".v1") for row in rows]


# --- Claims taken to a state ------------------------------------------------------------------------------------------


async def stored(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        worker_id = await store.find_worker(tx, claim_id)
        assert worker_id is not None
        return (await store.look(tx, [worker_id]))[worker_id].claim(claim_id)


async def report(
    pool: Pool,
    vault: Vault,
    worker_id: UUID = WAYAN,
    programme: Any = "JKM",
    incident_on: date = DEATH,
    *,
    died_on: date | None = None,
    circumstances: Circumstances | None = None,
) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.report(
            tx,
            worker_id=worker_id,
            programme=programme,
            incident_on=incident_on,
            reported_on=None,
            died_on=died_on,
            circumstances=circumstances,
            vault=vault,
            act=by(PUTU),
        )


async def bring_documents(pool: Pool, claim_id: UUID) -> Claim:
    """Bring every document that a claim of any kind may need."""
    claim = await stored(pool, claim_id)
    kinds: tuple[Any, ...] = ("JKM", "JKK_INJURY", "JKK_DEATH", "SCHOLARSHIP")
    rules = base_book().on(claim.incident_on)
    codes = {one.code for kind in kinds for one in rules.documents(kind, domain.CASES)}
    async with transaction(pool) as tx:
        return await handlers.receive_documents(
            tx, claim_id, documents=[(code, None) for code in sorted(codes)], act=by(PUTU)
        )


async def find(pool: Pool, claim_id: UUID, findings: Findings) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.find(tx, claim_id, findings=findings, work_related=findings.work_related, act=by(PUTU))


async def submit(pool: Pool, vault: Vault, claim_id: UUID, *payees: PayeeIn) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.submit(
            tx, claim_id, submitted_on=None, payees=payees or (WIDOW,), vault=vault, act=by(PUTU)
        )


async def decide(pool: Pool, claim_id: UUID, actor: str = MADE) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.decide(tx, claim_id, act=by(actor))


async def order(pool: Pool, vault: Vault, claim_id: UUID, actor: str = KETUT) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.order_payment(tx, claim_id, vault=vault, act=by(actor))


async def pay(pool: Pool, claim_id: UUID, payment_id: UUID | None = None, line: str = "line 1") -> Claim:
    """Tell that a payment arrived in whole; the only one, unless it is named."""
    payments = (await stored(pool, claim_id)).payments
    paid = next(one for one in payments if payment_id in {None, one.payment_id})
    async with transaction(pool) as tx:
        return await handlers.pay(
            tx,
            claim_id,
            payment_id=paid.payment_id,
            paid_on=await clock.business_date(tx),
            amount_idr=paid.ordered_idr,
            bank_reference=line,
            act=by(KETUT),
        )


async def return_payment(pool: Pool, claim_id: UUID, payment_id: UUID, line: str = "line 1") -> Claim:
    async with transaction(pool) as tx:
        return await handlers.return_payment(
            tx,
            claim_id,
            payment_id=payment_id,
            returned_on=await clock.business_date(tx),
            code="ACCOUNT_CLOSED",
            bank_reference=line,
            act=by(KETUT),
        )


async def claim_in(state: State, pool: Pool, vault: Vault, worker_id: UUID = WAYAN, **reported: Any) -> Claim:
    """Take a claim of a worker who is known and covered to one of: reported, submitted, decided, ordered, paid."""
    claim = await report(pool, vault, worker_id, **reported)
    if state == "reported":
        return claim
    await bring_documents(pool, claim.claim_id)
    claim = await submit(pool, vault, claim.claim_id)
    for reached, step in (("decided", decide), ("ordered", partial(order, vault=vault)), ("paid", pay)):
        if claim.state == state:
            return claim
        claim = await step(pool, claim_id=claim.claim_id)
        assert claim.state == reached
    return claim

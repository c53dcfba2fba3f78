"""Deaths that claims establishes or takes back are followed as a clerk's are, once, with their cause."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

import orjson
import pytest
from payung_contracts.envelope import Envelope, to_headers

from services.chassis import apply
from services.chassis.postgres import Pool, transaction
from services.chassis.received import Received, read
from services.chassis.vault import Vault
from services.enrollment.app import PROJECTION
from services.enrollment.domain import Cohort, RegisterDeath, Rejected, ReverseDeath
from services.enrollment.sweep import Swept, sweep
from tests.integration.enrollment.conftest import (
    JULY,
    announced,
    carry_out,
    enroll,
    facts,
    find,
    midnight,
    move_to,
)

DIED = date(2027, 3, 14)
MAY = date(2027, 5, 1)
CLAIM = UUID(int=0xC1A1)
CONFIRMED, RETRACTED = "claims.death_confirmed.v1", "claims.death_retracted.v1"


class Record(NamedTuple):
    """A record as the reader gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


def told(worker_id: UUID, sequence: int, type_: str, claim_id: UUID = CLAIM) -> Received:
    data = {"claim_id": claim_id} | ({"died_on": DIED} if type_ == CONFIRMED else {})
    envelope = Envelope(
        id=uuid4(),
        source="claims",
        type=type_,
        subject=worker_id,
        time=midnight(DIED),
        recordedtime=datetime(2027, 5, 1, tzinfo=UTC),
        sequence=sequence,
        correlationid=UUID(int=0xC0),
        actor="decider",
    )
    key = str(worker_id).encode()
    return read(Record("claims.claim.v1", 0, sequence, key, orjson.dumps(data), to_headers(envelope)))


async def hear(pool: Pool, *heard: Received) -> int:
    """Take in facts as the reader does; give how many were parked."""
    work: dict[tuple[str, str], list[Received]] = {}
    for fact in heard:
        work.setdefault((fact.topic, fact.key), []).append(fact)
    async with transaction(pool) as tx:
        return await apply.apply(tx, PROJECTION, work)


async def test_a_confirmed_death_ends_the_cover_with_its_cause(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    await move_to(pool, MAY)
    worker = await find(pool, vault, 1)
    fact = told(worker.worker_id, 1, CONFIRMED)
    assert await hear(pool, fact) == 0
    assert await hear(pool, fact) == 0
    assert (await announced(pool, worker.worker_id))[2:] == ["worker_deceased", "coverage_terminated"]
    deceased = (await facts(pool, "worker_deceased"))[0]
    assert (deceased["died_on"], deceased["claim_id"], deceased["time"]) == ("2027-03-14", str(CLAIM), midnight(DIED))
    terminated = (await facts(pool, "coverage_terminated"))[0]
    assert (terminated["covered_until"], terminated["reason"]) == ("2027-03-15", "deceased")
    causes = await pool.fetch("select distinct causation_id, actor from ledger where type like '%deceased%'")
    assert [(row["causation_id"], row["actor"]) for row in causes] == [(UUID(fact.id), "decider")]


async def test_a_retracted_death_restores_the_cover_and_its_end(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    await move_to(pool, MAY)
    await sweep(pool)
    worker = await find(pool, vault, 1)
    await hear(pool, told(worker.worker_id, 1, CONFIRMED), told(worker.worker_id, 2, RETRACTED))
    assert (await announced(pool, worker.worker_id))[-1] == "worker_death_reversed"
    restored = await find(pool, vault, 1)
    assert restored.died_on is None
    assert restored.memberships[0].periods == worker.memberships[0].periods
    await move_to(pool, JULY)
    assert await sweep(pool) == Swept(1, 0)


async def test_a_claim_takes_over_the_death_that_a_clerk_registered(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    await move_to(pool, MAY)
    worker = await find(pool, vault, 1)
    await carry_out(pool, RegisterDeath(worker.worker_id, date(2027, 3, 13), None, MAY))
    before = await announced(pool, worker.worker_id)
    await hear(pool, told(worker.worker_id, 1, CONFIRMED))
    taken_over = ["worker_death_reversed", "worker_deceased", "coverage_terminated"]
    assert await announced(pool, worker.worker_id) == before + taken_over
    known = await find(pool, vault, 1)
    assert (known.died_on, known.death_claim_id) == (DIED, CLAIM)
    with pytest.raises(Rejected, match="death_established_by_claim"):
        await carry_out(pool, ReverseDeath(worker.worker_id, None, MAY))
    await hear(pool, told(worker.worker_id, 2, RETRACTED))
    known = await find(pool, vault, 1)
    assert (known.died_on, known.death_claim_id) == (None, None)


async def test_a_claim_that_confirms_a_clerks_date_is_remembered(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    await move_to(pool, MAY)
    worker = await find(pool, vault, 1)
    await carry_out(pool, RegisterDeath(worker.worker_id, DIED, None, MAY))
    before = await announced(pool, worker.worker_id)
    await hear(pool, told(worker.worker_id, 1, CONFIRMED))
    assert await announced(pool, worker.worker_id) == [*before, "worker_deceased"]
    known = await find(pool, vault, 1)
    assert (known.died_on, known.death_claim_id) == (DIED, CLAIM)


async def test_the_death_of_a_worker_nobody_knows_waits_for_a_person(pool: Pool, vault: Vault, cohort: Cohort) -> None:
    await enroll(pool, vault, cohort, [1])
    await move_to(pool, MAY)
    worker, nobody = await find(pool, vault, 1), uuid4()
    assert await hear(pool, told(nobody, 1, CONFIRMED), told(worker.worker_id, 1, CONFIRMED)) == 1
    assert "worker_deceased" in await announced(pool, worker.worker_id)
    letters = await pool.fetch("select key, reason from letter")
    assert [letter["key"] for letter in letters] == [nobody]
    assert await announced(pool, nobody) == []

"""Cover that changes after a decision has the decision looked at again: told once, by itself altering nothing."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from payung_contracts.topics import COVERAGE

from services.chassis import apply, migrations, parked
from services.chassis.ledger import lock
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import Vault
from services.claims import messages, review, store
from services.claims.app import PROJECTION
from services.claims.claim import Claim
from services.claims.migrations import CLAIMS
from services.claims.put_off import PutOff
from services.claims.signals import Deaths, count_deaths, known_about
from services.claims.sweep import sweep
from tests.integration.claims.conftest import (
    PAYEE,
    WIDOW,
    YEAR,
    announced,
    bring_documents,
    claim_in,
    decide,
    hear,
    report,
    stored,
    submit,
)
from tests.integration.conftest import Migrated
from tests.unit.claims.cases import (
    DEATH,
    DEATH_REVERSED,
    REGISTERED,
    SAME_WAYAN,
    TEMPLE,
    VOIDED,
    WAYAN,
    corrected,
    died,
    merged,
    merged_into,
    received,
    renewed,
    started,
    terminated,
    unmerged,
    whole,
)
from tests.world import CHECKOUT, until

Fact = tuple[str, dict[str, Any]]
TEMPLE_WORK = started("2025-01-01", None, coverage_id=TEMPLE)
UNREADABLE: Fact = ("enrollment.coverage_renewed.v1", {"coverage_id": "not the contract"})
THIRD = UUID(int=WAYAN.int + 9)


async def decided(pool: Pool, vault: Vault, worker_id: UUID = WAYAN) -> UUID:
    return (await claim_in("decided", pool, vault, worker_id)).claim_id


def outcomes(claim: Claim) -> tuple[int, int | None]:
    """Give the amount that was decided, and what it would be."""
    assert claim.decision is not None
    return claim.decision.verdict.amount_idr, claim.review.verdict.amount_idr if claim.review else None


CHANGES: dict[str, tuple[list[Fact], list[Fact], tuple[int, int | None]]] = {
    "void": ([YEAR], [VOIDED], (42_000_000, 0)),
    "correction": ([YEAR], [corrected("2025-09-01", None)], (42_000_000, 10_000_000)),
    "an earlier death": ([YEAR], [died("2025-09-01"), terminated("2025-09-02", "deceased")], (42_000_000, 0)),
    "a death reversed": ([YEAR, terminated("2025-09-02", "deceased")], [DEATH_REVERSED], (0, 42_000_000)),
    "the end after the death": ([YEAR], [died("2025-10-03"), terminated("2025-10-04", "deceased")], (42_000_000, None)),
    "a renewal": ([YEAR], [renewed("2026-01-01", None)], (42_000_000, None)),
}


async def test_a_decision_that_would_come_out_otherwise_is_to_be_reviewed(pool: Pool, vault: Vault) -> None:
    """What was decided, and what it would be; None where nothing differs: the end that a death causes is no change."""
    claims = {}
    for number, (name, (before, after, _)) in enumerate(CHANGES.items()):
        worker_id = UUID(int=WAYAN.int + number)
        await hear(pool, REGISTERED, *before, worker_id=worker_id)
        claims[name] = await decided(pool, vault, worker_id)
        await hear(pool, *after, worker_id=worker_id, after=len(before) + 1)
    assert await review.work_off(pool, PutOff("review")) == 4
    would_be = {name: outcomes(await stored(pool, claim_id)) for name, claim_id in claims.items()}
    assert would_be == {name: expected for name, (_, _, expected) in CHANGES.items()}
    assert await pool.fetchval("select count(*) from review_due") == 0


async def test_each_different_answer_is_told_once_and_taken_back_when_nothing_differs(pool: Pool, vault: Vault) -> None:
    await hear(pool, REGISTERED, YEAR)
    claim_id = await decided(pool, vault)
    told = len(await announced(pool))
    changes = [
        (corrected("2025-09-01", None), 10_000_000),
        (corrected("2025-09-02", None), 10_000_000),
        (VOIDED, 0),
        (started("2025-01-01", None, coverage_id=TEMPLE), None),
    ]
    for sequence, (change, would_be) in enumerate(changes, start=2):
        await hear(pool, change, after=sequence)
        await review.work_off(pool, PutOff("review"))
        assert outcomes(await stored(pool, claim_id)) == (42_000_000, would_be)
    assert (await announced(pool))[told:] == ["review_required", "review_required", "review_settled"]


async def test_a_merge_and_its_end_reach_the_claims_of_both(pool: Pool, vault: Vault) -> None:
    """The half of a merge that is known first changes nothing; memberships of the other one count for this one."""
    await hear(pool, REGISTERED, YEAR)
    await hear(pool, REGISTERED, TEMPLE_WORK, worker_id=SAME_WAYAN)
    claim_id = await decided(pool, vault, SAME_WAYAN)
    moved = whole(TEMPLE_WORK[1], coverage_id=TEMPLE)
    would_be = []
    for worker_id, after, fact in (
        (SAME_WAYAN, 2, merged_into(WAYAN)),
        (WAYAN, 2, merged(SAME_WAYAN, moved)),
        (WAYAN, 3, VOIDED),
        (WAYAN, 4, unmerged(SAME_WAYAN, (TEMPLE,))),
        (SAME_WAYAN, 3, unmerged(WAYAN, (), moved)),
    ):
        await hear(pool, fact, worker_id=worker_id, after=after)
        await review.work_off(pool, PutOff("review"))
        would_be.append(outcomes(await stored(pool, claim_id))[1])
    assert would_be == [None, 74_000_000, None, None, None]
    assert (await announced(pool, SAME_WAYAN))[-2:] == ["review_required", "review_settled"]


async def test_whose_cover_is_withheld_waits_and_nobody_waits_behind_them(pool: Pool, vault: Vault) -> None:
    for worker_id in (WAYAN, SAME_WAYAN):
        await hear(pool, REGISTERED, YEAR, worker_id=worker_id)
    first, second = await decided(pool, vault), await decided(pool, vault, SAME_WAYAN)
    await hear(pool, VOIDED, UNREADABLE, after=2)
    await hear(pool, VOIDED, worker_id=SAME_WAYAN, after=2)
    assert [await review.work_off(pool, PutOff("review"), limit=1) for _ in range(3)] == [0, 1, 0]
    assert outcomes(await stored(pool, first))[1] is None
    assert outcomes(await stored(pool, second))[1] == 0
    await parked.drop(pool, PROJECTION, COVERAGE.name, 0, 4, by="operator", why="it is a test")
    assert await review.work_off(pool, PutOff("review")) == 1
    assert outcomes(await stored(pool, first))[1] == 0


async def test_what_is_heard_while_somebody_looks_is_looked_at_next(pool: Pool, vault: Vault) -> None:
    await hear(pool, REGISTERED, YEAR)
    claim_id = await decided(pool, vault)
    await hear(pool, corrected("2025-09-01", None), after=2)
    (due,) = await review.store.due(pool, 10)
    await hear(pool, VOIDED, after=3)
    async with transaction(pool) as tx:
        await review.store.done(tx, due)
    assert await review.work_off(pool, PutOff("review")) == 1
    assert outcomes(await stored(pool, claim_id))[1] == 0


async def test_a_claim_that_begins_while_its_worker_s_cover_changes_is_not_decided_on_the_old_one(
    pool: Pool, vault: Vault
) -> None:
    await hear(pool, REGISTERED, YEAR)
    heard = received(*VOIDED, sequence=3)
    async with transaction(pool) as tx:
        await apply.apply(tx, PROJECTION, {(heard.topic, heard.key): [heard]})
        meanwhile = asyncio.create_task(decided(pool, vault))
        waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"

        async def waits_or_went_on() -> bool:
            return meanwhile.done() or bool(await pool.fetchval(waits))

        await until(waits_or_went_on, "the report waits for the reader")
    claim_id = await meanwhile
    await review.work_off(pool, PutOff("review"))
    assert outcomes(await stored(pool, claim_id)) == (0, None)


WORK_OFF = """
import asyncio, sys
from services.chassis.postgres import open_pool
from services.claims.put_off import PutOff
from services.claims.review import work_off

async def main():
    async with open_pool(sys.argv[1], name="killed", size_max=2) as pool:
        await work_off(pool, PutOff("review"))

asyncio.run(main())
"""


async def test_a_sweep_that_is_killed_tells_nothing_twice_and_forgets_nobody(migrated: Migrated, vault: Vault) -> None:
    dsn = await migrated((*migrations.WRITER, CLAIMS))
    async with open_pool(dsn, name="test", size_max=4) as pool:
        await _killed(dsn, pool, vault)


async def _killed(dsn: str, pool: Pool, vault: Vault) -> None:
    workers = [WAYAN, SAME_WAYAN, THIRD]
    claims = []
    for worker_id in workers:
        await hear(pool, REGISTERED, YEAR, worker_id=worker_id)
        claims.append(await decided(pool, vault, worker_id))
        await hear(pool, VOIDED, worker_id=worker_id, after=2)
    async with transaction(pool) as tx:
        await lock(tx, messages.WRITES, [SAME_WAYAN])  # the killed one stands at the second person
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORK_OFF, dsn, cwd=CHECKOUT)

        async def stands() -> bool:
            waits = (
                "select count(*) from pg_stat_activity where application_name = 'killed' and wait_event_type = 'Lock'"
            )
            return bool(await pool.fetchval(waits))

        await until(stands, "the sweep waits for the second person")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await review.work_off(pool, PutOff("review")) == 2
    for worker_id in workers:
        assert (await announced(pool, worker_id)).count("review_required") == 1
    assert await pool.fetchval("select count(*) from review_due") == 0


async def test_signals_know_the_accounts_of_other_families_and_whose_workers_died_early(
    pool: Pool, vault: Vault
) -> None:
    late = started((DEATH - timedelta(days=9)).isoformat(), None)
    await hear(pool, REGISTERED, YEAR)
    await hear(pool, REGISTERED, late, worker_id=SAME_WAYAN)
    await hear(pool, REGISTERED, late, worker_id=THIRD)
    claims = [await decided(pool, vault, worker_id) for worker_id in (WAYAN, SAME_WAYAN)]
    third = (await claim_in("reported", pool, vault, THIRD)).claim_id
    await bring_documents(pool, third)
    await submit(pool, vault, third, replace(WIDOW, sealed=PAYEE | {"account": "another"}))
    claims.append((await decide(pool, third)).claim_id)
    for _ in range(2):
        await count_deaths(pool)
    async with transaction(pool) as tx:
        known = [
            await known_about(tx, await stored(pool, claim_id), {"registered_by": "tester"}) for claim_id in claims
        ]
    assert [one.families for one in known] == [1, 1, 0]
    assert known[0].agent == known[0].everybody == Deaths(decided=3, early=2)
    assert known[0].verifier == Deaths()
    told = {signal.code for signal in (await stored(pool, claims[1])).signals}
    assert told == {"DEATH_SOON_AFTER_START", "ACCOUNT_IN_SEVERAL_FAMILIES", "REGISTERED_AFTER_DEATH"}
    await hear(pool, merged(SAME_WAYAN), after=2)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    async with transaction(pool) as tx:
        assert (await known_about(tx, await stored(pool, claims[0]), None)).families == 0, "they are the same person"


async def test_what_cannot_be_weighed_goes_to_the_end_and_holds_nobody_up(pool: Pool, vault: Vault) -> None:
    people = [WAYAN, SAME_WAYAN, THIRD]
    for worker_id in people:
        await hear(pool, REGISTERED, YEAR, worker_id=worker_id)
    bad, *good = [await decided(pool, vault, worker_id) for worker_id in people]
    for worker_id in people:
        await hear(pool, VOIDED, worker_id=worker_id, after=2)
    edition = "update claim set body = jsonb_set(body, '{decisions,0,question,edition}', $2) where claim_id = $1"
    await pool.execute(edition, bad, "77")
    put_off = PutOff("review")
    assert await review.work_off(pool, put_off) == 2
    assert list(put_off.known) == [WAYAN]
    assert await review.store.due(pool, 9, without=[WAYAN]) == []
    assert [(await stored(pool, claim_id)).review is not None for claim_id in good] == [True, True]
    assert [one.worker_id for one in await review.store.due(pool, 9)] == [WAYAN]
    await pool.execute(edition, bad, "1")
    assert await review.work_off(pool, PutOff("review")) == 1


async def test_a_waiting_claim_that_cannot_be_read_holds_nobody_up(pool: Pool, vault: Vault) -> None:
    people = [WAYAN, SAME_WAYAN, THIRD]
    bad, *good = [(await report(pool, vault, worker_id)).claim_id for worker_id in people]
    for worker_id in people:
        await hear(pool, REGISTERED, worker_id=worker_id)
    await pool.execute("update claim set body = body - 'reported_on' where claim_id = $1", bad)
    put_off = PutOff("recheck")
    assert await sweep(pool, put_off) == 2
    assert list(put_off.known) == [bad]
    assert await store.waiting_claims(pool, 9, without=[bad]) == []
    assert [(await stored(pool, claim_id)).state for claim_id in good] == ["reported", "reported"]

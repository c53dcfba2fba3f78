"""Claims of workers who turn out to be one person: shared cover, one payment, whichever fact comes first."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.claims import handlers, money, review
from services.claims.claim import Claim, Rejected
from services.claims.put_off import PutOff
from tests.integration.claims.conftest import (
    YEAR,
    announced,
    by,
    claim_in,
    decide,
    hear,
    hear_of_cover,
    order,
    pay,
    report,
    stored,
)
from tests.unit.claims.cases import (
    DEATH,
    MADE,
    NYOMAN,
    PUTU,
    REGISTERED,
    SAME_WAYAN,
    VOIDED,
    WAYAN,
    merged,
    merged_into,
    period,
    started,
    unmerged,
    whole,
)
from tests.world import until

WAIT_S_MAX = 30.0
DAY_BEFORE = DEATH - timedelta(days=1)
MOVED = whole(YEAR[1])
MEMBERSHIP = YEAR[1]["coverage_id"]


async def code_of(refused: object) -> str:
    with pytest.raises(Rejected) as told:
        await refused  # type: ignore[misc]
    return told.value.code


def outcome(claim: Claim) -> str:
    assert claim.decision is not None
    return claim.decision.verdict.outcome


async def test_whoever_was_merged_claims_on_the_cover_of_the_survivor(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool, SAME_WAYAN)
    await hear(pool, REGISTERED)
    claim_id = (await claim_in("submitted", pool, vault, SAME_WAYAN)).claim_id
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    assert await code_of(decide(pool, claim_id)) == "WORKER_MERGING"
    await hear(pool, merged(SAME_WAYAN, MOVED), after=1)
    decided = await decide(pool, claim_id)
    assert outcome(decided) == "approved"
    assert decided.decision is not None
    assert decided.decision.question.coverage_sequence == 2
    assert (await announced(pool, SAME_WAYAN))[-1] == "death_confirmed"


async def test_an_unmerge_gives_each_their_own_cover_and_claims_back(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool, SAME_WAYAN)
    await hear(pool, REGISTERED, merged(SAME_WAYAN, MOVED))
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    first = (await claim_in("submitted", pool, vault)).claim_id
    assert await code_of(report(pool, vault, SAME_WAYAN)) == "DUPLICATE_CLAIM"
    await hear(pool, unmerged(SAME_WAYAN, (MEMBERSHIP,)), after=2)
    await hear(pool, unmerged(WAYAN, (), MOVED), worker_id=SAME_WAYAN, after=3)
    second = (await claim_in("submitted", pool, vault, SAME_WAYAN)).claim_id
    assert outcome(await decide(pool, first)) == "denied"
    assert outcome(await decide(pool, second)) == "approved"


async def both(pool: Pool, vault: Vault) -> list[UUID]:
    """Claims of two workers, for deaths a day apart."""
    first = await claim_in("submitted", pool, vault)
    second = await claim_in("submitted", pool, vault, SAME_WAYAN, incident_on=DAY_BEFORE)
    return [first.claim_id, second.claim_id]


async def test_one_death_is_decided_once_for_two_who_are_one(pool: Pool, vault: Vault) -> None:
    """Deciders meet under two keys: only the heads of both, locked together, keep them apart."""
    await hear_of_cover(pool)
    await hear_of_cover(pool, SAME_WAYAN)
    first, second = await both(pool, vault)
    await hear(pool, merged(SAME_WAYAN), after=2)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    async with transaction(pool) as tx:
        decided = await handlers.decide(tx, first, act=by(MADE))
        meanwhile = asyncio.create_task(decide(pool, second))

        async def waits_or_went_on() -> bool:
            return meanwhile.done() or await pool.fetchval(
                "select exists (select from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock')"
            )

        await until(waits_or_went_on, "the other decider waits", WAIT_S_MAX)
    assert outcome(decided) == "approved"
    assert outcome(await meanwhile) == "denied"


async def test_one_death_is_paid_once_for_two_who_were_found_to_be_one_too_late(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    await hear_of_cover(pool, SAME_WAYAN)
    claims = await both(pool, vault)
    for claim_id in claims:
        assert outcome(await decide(pool, claim_id)) == "approved"
    await hear(pool, merged(SAME_WAYAN), after=2)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    ordered = await asyncio.gather(*(order(pool, vault, claim_id) for claim_id in claims), return_exceptions=True)
    assert [type(one).__name__ for one in sorted(ordered, key=lambda one: isinstance(one, Rejected))] == [
        "Claim",
        "Rejected",
    ]
    (refused,) = [one.code for one in ordered if isinstance(one, Rejected)]
    assert refused in {"DUPLICATE_CLAIM", "REVIEW_PENDING"}, "whichever came first"


async def test_who_was_paid_twice_is_told_and_decided_anew_and_an_unmerge_undoes_it(pool: Pool, vault: Vault) -> None:
    claims = []
    for number, worker in enumerate((WAYAN, SAME_WAYAN)):
        await hear(pool, REGISTERED, started("2025-01-01", None, coverage_id=str(worker)), worker_id=worker)
        ordered = await claim_in("ordered", pool, vault, worker)
        claims.append((await pay(pool, ordered.claim_id, line=f"line {number}")).claim_id)
    theirs = whole(period("2025-01-01", None, coverage_id=str(SAME_WAYAN)), coverage_id=str(SAME_WAYAN))
    await hear(pool, merged(SAME_WAYAN, theirs), after=2)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    await review.work_off(pool, PutOff("review"))
    reviews = {one: (await stored(pool, one)).review for one in claims}
    (second,) = [one for one, told in reviews.items() if told and told.verdict.outcome == "denied"]
    denied = await decided_anew(pool, vault, second)
    assert (outcome(denied), money.account(denied).overpaid_idr) == ("denied", 42_000_000)
    await hear(pool, unmerged(SAME_WAYAN, (str(SAME_WAYAN),)), after=3)
    await hear(pool, unmerged(WAYAN, (), theirs), worker_id=SAME_WAYAN, after=3)
    await review.work_off(pool, PutOff("review"))
    assert (await stored(pool, second)).review is not None
    assert outcome(await decided_anew(pool, vault, second)) == "approved"


async def test_a_duplicate_is_looked_at_when_the_other_claim_leaves_the_books(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    granted = await claim_in("decided", pool, vault)
    other = await claim_in("submitted", pool, vault, incident_on=DAY_BEFORE)
    assert outcome(await decide(pool, other.claim_id)) == "denied"
    async with transaction(pool) as tx:
        await handlers.retract_death(tx, granted.claim_id, act=by("komang"))
    assert await review.work_off(pool, PutOff("review")) == 1
    assert (await stored(pool, other.claim_id)).review is not None


async def decided_anew(pool: Pool, vault: Vault, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        await handlers.reopen(tx, claim_id, cause="review", act=by(NYOMAN))
        await handlers.submit(tx, claim_id, submitted_on=None, payees=[], vault=vault, act=by(PUTU))
        return await handlers.decide(tx, claim_id, act=by(MADE))


async def test_a_correction_of_the_survivor_is_looked_at_in_the_claims_of_both(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool, SAME_WAYAN)
    await hear(pool, REGISTERED)
    await hear(pool, merged_into(WAYAN), worker_id=SAME_WAYAN, after=2)
    await hear(pool, merged(SAME_WAYAN, MOVED), after=1)
    decided = await claim_in("decided", pool, vault, SAME_WAYAN)
    assert outcome(decided) == "approved"
    await hear(pool, VOIDED, after=2)
    async with transaction(pool) as tx:
        assert await handlers.review(tx, [WAYAN, SAME_WAYAN], act=by("sweep")) == 1
    assert (await announced(pool, SAME_WAYAN))[-1] == "review_required"

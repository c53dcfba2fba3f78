"""Claims in any order of sources, repeated, in batches of any size: as the plain model has them, in both times."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payung_contracts.claims import ClaimVoided
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM, COVERAGE, FACTS

from services.chassis.postgres import Pool
from services.reporting import claim_queries, queries
from services.reporting.answers import snapshot
from services.reporting.plain_fold.deaths import Death
from services.reporting.plain_fold.life import about_cover, fold
from tests.integration.reporting.conftest import Log, read
from tests.unit.reporting.calendar_model import JANUARY, deceased, facts_of_a_worker, period
from tests.unit.reporting.claim_model import Standing, Told, claimed, claims_of, payments, standings

WORKERS = 60
EXAMPLES = 6


lives = st.builds(
    lambda facts, died_on: [period("started", 0, None), *facts[:2], deceased(died_on), *facts[2:5]],
    facts_of_a_worker,
    st.integers(2, 18),
)
"""Cover of a worker who dies, unless later facts know better."""


def histories() -> list[tuple[list[Fact], list[Fact]]]:
    """Generate what was told of workers' cover and of their claims, the same at each run."""
    found: list[tuple[list[Fact], list[Fact]]] = []

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.tuples(*(st.tuples(lives, claims_of(number)) for number in range(WORKERS // EXAMPLES))))
    def collect(workers: tuple[tuple[Any, list[Fact]], ...]) -> None:
        for cover, of_claims in workers:
            told = [FACTS[type_].model_validate(data) for type_, data in cover]
            found.append((told, of_claims))

    collect()
    return found


@pytest.mark.parametrize("first", ["claims", "enrollment"])
async def test_claims_stand_as_the_model_says_on_sampled_days_as_known_at_sampled_times(pool: Pool, first: str) -> None:
    log, told = Log(), dict[UUID, tuple[list[Told], list[Told]]]()
    workers = histories()
    times = []
    for turn in range(max(max(map(len, each)) for each in workers)):
        for number, both in enumerate(workers):
            key = UUID(int=number + 1)
            for topic, facts, known in zip((COVERAGE, CLAIM), both, told.setdefault(key, ([], [])), strict=True):
                if turn < len(facts):
                    fact = with_own_ids(facts[turn], number)
                    known.append((log.publish(topic, key, fact), fact))
        if turn % 3 == 1:
            for record in log.records[-5:]:
                log.repeat(record)
        times.append(log.now)
        log.now += timedelta(days=2)
    log.records.sort(key=lambda record: not record.topic.startswith(first))
    await read(pool, log, at_most=100)

    for known_at in (times[1], times[4], times[-1], None):
        so_far = {
            key: tuple([one for one in facts if known_at is None or one[0] <= known_at] for facts in both)
            for key, both in told.items()
        }
        for on in range(0, 25, 6):
            as_of = JANUARY + timedelta(days=on)
            async with snapshot(pool) as tx:
                rows = await tx.fetch("select * from bi.claims($1, $2)", as_of, known_at)
                died = await tx.fetch("select worker_id from bi.died_without_claim($1, $2)", as_of, known_at)
                owed = await tx.fetch("select claim_id, to_recover_idr from bi.claims_voided($1)", known_at)
                until = as_of + timedelta(days=1)
                _, paid = await queries.claims_paid(tx, JANUARY, until, known_at, [])
                _, took = await claim_queries.time_to_payment(tx, JANUARY, until, known_at, [], None)
            assert {row["claim_id"]: Standing(*(row[name] for name in Standing._fields)) for row in rows} == {
                claim_id: one for _, facts in so_far.values() for claim_id, one in standings(facts, as_of).items()
            }
            assert sorted(row["worker_id"] for row in died) == sorted(
                key for key, (cover, facts) in so_far.items() if missed(cover, facts, as_of)
            )
            assert {row["claim_id"]: row["to_recover_idr"] for row in owed} == {
                claim_id: idr for _, facts in so_far.values() for claim_id, idr in to_recover(facts).items()
            }
            facts_known = [fact for _, facts in so_far.values() for _, fact in facts]
            assert {name: paid[name] for name in ("payments", "amount_idr", "late_idr", "voided_idr")} == summed(
                facts_known, as_of
            )
            assert (took["payments"], took["with_clock"], took["in_time"]) == in_time(facts_known, as_of)


def with_own_ids(fact: Fact, number: int) -> Fact:
    """Let every worker have claims and payments of their own: examples draw the same ids."""
    own = {name: UUID(int=value.int + (number << 64)) for name, value in fact if name in IDS and value is not None}
    listed = [
        one.model_copy(update={"payment_id": UUID(int=one.payment_id.int + (number << 64))})
        for one in getattr(fact, "payments", ())
    ]
    return fact.model_copy(update=own | ({"payments": tuple(listed)} if listed else {}))


IDS = ("claim_id", "order_id", "payment_id")


def missed(cover: list[Told], facts: list[Told], on: date) -> bool:
    """Tell whether the worker died by the day while protected, and nobody claimed."""
    deaths = [place for place in fold("", about_cover(cover)).deaths if isinstance(place, Death)]
    return any(death.day <= on and not claimed(facts, death.day, on) for death in deaths)


def to_recover(facts: list[Told]) -> dict[UUID, int]:
    """Sum what arrived of each claim that was voided, and did not come back."""
    voided = [fact.claim_id for _, fact in facts if isinstance(fact, ClaimVoided)]
    arrived = [one for each in payments(fact for _, fact in facts).values() if (one := each.arrived(date.max))]
    return {claim_id: sum(one.amount_idr for one in arrived if one.claim_id == claim_id) for claim_id in voided}


def summed(facts: list[Fact], until: date) -> dict[str, int]:
    """Sum what arrived by the day."""
    voided = {fact.claim_id for fact in facts if fact.type == "claims.claim_voided.v1"}  # type: ignore[attr-defined]
    sums = Counter(dict.fromkeys(("payments", "amount_idr", "late_idr", "voided_idr"), 0))
    for payment in payments(facts).values():
        if (arrived := payment.arrived(until)) is None:
            continue
        if arrived.claim_id in voided:
            sums["voided_idr"] += arrived.amount_idr
        elif arrived.kind == "late":
            sums["late_idr"] += arrived.amount_idr
        else:
            sums["payments"] += 1
            sums["amount_idr"] += arrived.amount_idr
    return dict(sums)


def in_time(facts: list[Fact], until: date) -> tuple[int, int, int]:
    """Count the benefits that arrived by the day, those that had a last day in time, and those that kept it."""
    voided = {fact.claim_id for fact in facts if isinstance(fact, ClaimVoided)}
    arrived = [(each, one) for each in payments(facts).values() if (one := each.arrived(until))]
    benefits = [(each.due_on, one) for each, one in arrived if one.kind == "benefit" and one.claim_id not in voided]
    due = [(due_on, one) for due_on, one in benefits if due_on]
    return len(benefits), len(due), sum(one.paid_on <= due_on for due_on, one in due)

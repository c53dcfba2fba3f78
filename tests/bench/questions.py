"""Every question that reporting answers, as one function of day and known-at time."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting import (
    change_queries,
    churn_queries,
    claim_queries,
    cohort_queries,
    death_queries,
    over_time,
    queries,
    releases,
    target_queries,
)
from services.reporting.evidence.collected import collect
from services.reporting.evidence.shape import About
from services.reporting.queries import Where
from tests.bench.million import FIRST

Question = Callable[[Transaction, date, datetime | None], Awaitable[Any]]

EVERYWHERE = Where()
YEAR = date(2025, 1, 1), date(2026, 1, 1)
MONTH_ENDS = over_time.month_ends(date(2025, 1, 1), date(2026, 12, 31))
QUARTER = timedelta(days=90)


def _days_before(day: date) -> list[date]:
    return [day - timedelta(days=number) for number in range(QUARTER.days, -1, -1)]


def _instant(known_at: datetime | None) -> datetime:
    return known_at or datetime.fromisoformat("2025-12-31T23:59:59+08:00")


async def _coverage_ratios(tx: Transaction, as_of: date, known_at: datetime | None) -> Any:
    return await target_queries.coverage_ratios(tx, as_of, known_at, await target_queries.targets(tx))


def _month_before(known_at: datetime | None) -> datetime:
    begun = datetime.fromisoformat("2025-12-01T00:00:00+08:00")
    return begun if known_at is None else known_at - timedelta(days=30)


COVER: Mapping[str, Question] = {
    "24 month ends": lambda tx, _, t: over_time.protected_over_time(tx, MONTH_ENDS, t, EVERYWHERE),
    "90 days one by one": lambda tx, d, t: over_time.protected_over_time(tx, _days_before(d), t, EVERYWHERE),
    "each day that changes in a year": lambda tx, _, t: over_time.protected_in_steps(tx, *YEAR, [], t, None),
    "expiries of 90 days": lambda tx, d, t: queries.expiries(tx, d, d + QUARTER, t),
    "protected in a regency": lambda tx, d, t: queries.protected(tx, d, t, [], Where("51.04")),
    "protected by segment and funding": lambda tx, d, t: queries.protected(
        tx, d, t, ["segment", "funding"], EVERYWHERE
    ),
    "protected by cohort": lambda tx, d, t: queries.protected(tx, d, t, ["cohort"], EVERYWHERE),
    "coverage ratio": _coverage_ratios,
    "churn of a year": lambda tx, _, t: churn_queries.churn(tx, *YEAR, t, ["month"], None),
    "gaps by village": lambda tx, d, t: churn_queries.gaps(tx, d, 90, t, ["village"], None),
    "memberships by village": lambda tx, d, t: queries.memberships(tx, d, t, ["village"], EVERYWHERE),
    "memberships by cohort": lambda tx, d, t: queries.memberships(tx, d, t, ["cohort"], EVERYWHERE),
    "commitments by cohort": lambda tx, d, t: cohort_queries.commitments(tx, FIRST.year, d, t, ["cohort"]),
    "legal bases": lambda tx, _, t: cohort_queries.legal_bases(tx, FIRST.year, t),
    "cohorts": lambda tx, _, t: cohort_queries.cohorts(tx, t, None, None),
    "funnel by cohort": lambda tx, d, t: cohort_queries.funnel(tx, d, t, ["cohort"], None, None),
    "places moved": lambda tx, _, t: cohort_queries.places_reallocated(tx, t, None),
    "double funding": lambda tx, _, t: cohort_queries.double_funding(tx, t),
    "cards issued": lambda tx, _, t: cohort_queries.cards_issued(tx, *YEAR, t),
    "cards handed over": lambda tx, _, t: cohort_queries.cards(tx, *YEAR, t),
    "why protected changed": lambda tx, d, t: change_queries.protected(tx, d, _month_before(t), t, EVERYWHERE),
}
CLAIMS: Mapping[str, Question] = {
    "claims by stage": lambda tx, d, t: claim_queries.standing(tx, d, t, ["stage"], None, overdue=False),
    "claims overdue": lambda tx, d, t: claim_queries.standing(tx, d, t, ["programme"], None, overdue=True),
    "claims decided": lambda tx, _, t: claim_queries.decided(tx, *YEAR, t, ["programme", "segment"], None),
    "claims to be reviewed": lambda tx, d, t: claim_queries.reviews(tx, d, t, ["would_be_outcome"]),
    "claims voided": lambda tx, _, t: claim_queries.voided(tx, *YEAR, t, ["month"]),
    "claims paid": lambda tx, _, t: queries.claims_paid(tx, *YEAR, t, ["month", "programme"]),
    "time to payment": lambda tx, _, t: claim_queries.time_to_payment(tx, *YEAR, t, ["month"], None),
    "obligations": lambda tx, d, t: claim_queries.obligations(tx, d, t, ["year"]),
    "died without claim": lambda tx, d, t: death_queries.died_without_claim(tx, d, t, ["district"], None),
    "died without claim, each": lambda tx, d, t: death_queries.died_without_claim_workers(tx, d, t, None),
    "paid after death": lambda tx, d, t: death_queries.paid_after_death(tx, d, t, ["begun"], None),
    "why claims paid changed": lambda tx, _, t: change_queries.claims_paid(tx, *YEAR, _month_before(t), t, None),
}
FILES: Mapping[str, Question] = {
    "evidence file": lambda tx, _, t: collect(tx, About(FIRST.year, t, None), []),
    "table for everybody": lambda tx, d, t: releases.make(tx, "protected", d, _instant(t)),
}
EVERY = {**COVER, **CLAIMS, **FILES}

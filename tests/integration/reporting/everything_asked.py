"""Every question of reporting asked of one state of the database, each answer as a table of parts and counts."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from services.chassis.postgres import Transaction
from services.reporting import churn_queries, claim_queries, cohort_queries, death_queries, queries
from services.reporting.over_time import days_between, protected_over_time
from services.reporting.queries import Where
from tests.unit.reporting.calendar_model import JANUARY, KETEWEL
from tests.unit.reporting.claim_model import Standing
from tests.unit.reporting.every_answer_model import When

EVERYWHERE = Where()
PAID = ("people", "cases", "cases_decided_elsewhere", "payments", "amount_idr", "late_idr", "voided_idr")
PLACE = ["segment", "village", "funding"]


async def asked(tx: Transaction, when: When) -> dict[str, Any]:
    """Ask every question."""
    as_of, period, known_at = when.as_of, (when.from_, when.until), when.known_at
    found = await of_cover(tx, when) | await of_what_was_told(tx, period, known_at) | await of_money(tx, when)
    by = ["segment", "village"]
    parts, _ = await death_queries.died_without_claim(tx, as_of, known_at, by, None)
    found["died without claim"] = table(parts, by, "people", "days_since_death_max")
    by = ["begun", "cohort", "segment", "funding", "village"]
    parts, _ = await death_queries.paid_after_death(tx, as_of, known_at, by, None)
    found["paid after death"] = table(parts, by, "people", "periods", "person_months", "without_end")
    return found


def table(rows: list[dict[str, Any]], by: list[str], *units: str) -> dict[Any, Any]:
    """Give counts by parts; one count stands alone."""
    return {
        tuple(row[part] for part in by) if len(by) > 1 else row[by[0]]: tuple(row[unit] for unit in units)
        if len(units) > 1
        else row[units[0]]
        for row in rows
    }


async def of_cover(tx: Transaction, when: When) -> dict[str, Any]:
    as_of, period, known_at = when.as_of, (when.from_, when.until), when.known_at
    by_cohort = [*PLACE, "cohort"]
    here = Where(KETEWEL, segments=["BPU", "PU"])
    line = await protected_over_time(tx, days_between(when.from_, as_of), known_at, EVERYWHERE)
    moves, _ = await churn_queries.churn(tx, *period, known_at, PLACE, None)
    gone, _ = await churn_queries.gaps(tx, as_of, when.length, known_at, ["since", *PLACE], None)
    ends, _ = await queries.expiries(tx, *period, known_at)
    steps, _ = await cohort_queries.funnel(tx, as_of, known_at, ["village", "cohort"], None, None)
    approved, _ = await cohort_queries.commitments(tx, None, as_of, known_at, ["cohort"])
    units = ("places", "person_months", "budget_idr", "enrolled")
    months = ("months_realised", "months_without_limit", "months_left")
    found: dict[str, Any] = {
        "protected": table(await queries.protected(tx, as_of, known_at, PLACE, EVERYWHERE), PLACE, "people"),
        "protected by cohort": table(
            await queries.protected(tx, as_of, known_at, by_cohort, EVERYWHERE), by_cohort, "people"
        ),
        "protected here": table(await queries.protected(tx, as_of, known_at, ["funding"], here), ["funding"], "people"),
        "protected over time": {(number(row["day"]), row["segment"]): row["people"] for row in line},
        "churn": {
            tuple(row[part] for part in PLACE): {
                what: row[what] for what in churn_queries.MOVES if row[what] and what != "change"
            }
            for row in moves
        },
        "gaps": {(number(row["since"]), *(row[part] for part in PLACE)): row["people"] for row in gone},
        "expiries": {
            number(row["last_covered_day"]): (
                row["people"],
                {each["cohort"]: each["memberships"] for each in row["cohorts"]},
            )
            for row in ends
        },
        "funnel": {
            (row["village"], row["cohort"]): (
                Counter({step: row[step] for step in cohort_queries.STEPS if row[step]}),
                Counter(row["refused_for"]),
            )
            for row in steps
        },
        "commitments": table(approved, ["cohort"], *units, *months),
    }
    for state in ("in_force", "suspended", "grace"):
        held = await queries.memberships(tx, as_of, known_at, ["cohort", "village"], EVERYWHERE, state)
        found[state] = table(held, ["cohort", "village"], "memberships")
    return found


def number(day: date) -> int:
    return (day - JANUARY) // timedelta(days=1)


async def of_what_was_told(tx: Transaction, period: tuple[date, date], known_at: datetime | None) -> dict[str, Any]:
    issued, _ = await cohort_queries.cards_issued(tx, *period, known_at)
    handed, _ = await cohort_queries.cards(tx, *period, known_at)
    units = {"cards": "cards", "to_workers": "worker", "to_representatives": "representative"}
    findings, _ = await cohort_queries.double_funding(tx, known_at)
    here, _ = await cohort_queries.double_funding(tx, known_at, KETEWEL)
    known, _ = await cohort_queries.cohorts(tx, known_at, None, None)
    bases, _ = await cohort_queries.legal_bases(tx, None, known_at)
    moved, _ = await cohort_queries.places_reallocated(tx, known_at, None)
    found = ("findings", "person_months", "without_end")
    return {
        "cards issued": {row["district"]: Counter({"cards": row["cards"], "issued": row["cards"]}) for row in issued},
        "cards handed over": {
            row["district"]: Counter({name: row[unit] for unit, name in units.items() if row[unit]}) for row in handed
        },
        "double funding": table(findings, ["state"], *found),
        "double funding here": table(here, ["state"], *found),
        "cohorts": table(known, ["cohort"], "cohort_name", "state", "owner_office", "places", "person_months"),
        "legal bases": table(bases, ["title"], "placeholder", "cohorts"),
        "places moved": Counter(
            (row["cohort"], row["from_village"], row["to_village"], row["places"]) for row in moved
        ),
    }


async def of_money(tx: Transaction, when: When) -> dict[str, Any]:
    as_of, period, known_at = when.as_of, (when.from_, when.until), when.known_at
    one_by_one = await tx.fetch("select * from claims($1, $2)", as_of, known_at)
    claims, _ = await claim_queries.standing(tx, as_of, known_at, ["programme", "stage"], None, overdue=False)
    by = ["programme", "segment", "outcome"]
    decided, _ = await claim_queries.decided(tx, *period, known_at, by, None)
    paid, all_paid = await queries.claims_paid(tx, *period, known_at, ["programme", "month"])
    _, took = await claim_queries.time_to_payment(tx, *period, known_at, [], None)
    ahead, _ = await claim_queries.obligations(tx, as_of, known_at, ["year", "level"])
    doubt, _ = await claim_queries.reviews(tx, as_of, known_at, ["programme", "would_be_outcome"])
    voided, _ = await claim_queries.voided(tx, *period, known_at, ["voided_for", "month"])
    counts = ("claims", "people", "overdue", "outstanding_idr", "days_late_max")
    return {
        "claim by claim": {row["claim_id"]: Standing(*(row[name] for name in Standing._fields)) for row in one_by_one},
        "claims": table(claims, ["programme", "stage"], *counts),
        "claims decided": {
            tuple(row[part] or "" for part in by): (
                *(row[unit] for unit in ("claims", "people", "decided_again", "amount_idr", "components")),
                row["denied_for"] | row["reduced_for"],
            )
            for row in decided
        },
        "claims paid": table(paid, ["programme", "month"], *PAID) | {"total": tuple(all_paid[unit] for unit in PAID)},
        "time to payment": tuple(
            took[unit] for unit in ("payments", "with_clock", "in_time", "days_p50", "days_p90", "days_max")
        ),
        "obligations": table(ahead, ["year", "level"], "obligations", "children", "claims", "amount_idr"),
        "reviews": table(doubt, ["programme", "would_be_outcome"], "claims", "more_idr", "less_idr", "days_open_max"),
        "voided": table(voided, ["voided_for", "month"], "claims", "claims_paid", "to_recover_idr"),
    }

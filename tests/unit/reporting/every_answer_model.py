"""Every answer of reporting by a plain count of what is known: nothing but the facts themselves is kept."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from payung_contracts import enrollment
from payung_contracts.claims import PaymentRecorded
from payung_contracts.fact import Fact

from tests.unit.reporting import claim_questions_model as of_claims
from tests.unit.reporting import cover_model, told_model
from tests.unit.reporting.calendar_model import JANUARY, KETEWEL
from tests.unit.reporting.cover_model import Days

Streams = dict[UUID, list[tuple[datetime, Fact]]]
MONTH_END = 30
"""The 31st of January, the only one of the calendar's days on which months are counted."""


class When(NamedTuple):
    """What is asked: a day, how many days before it a period begins, and by what was known when."""

    on: int
    length: int
    known_at: datetime | None

    @property
    def as_of(self) -> date:
        return JANUARY + timedelta(days=self.on)

    @property
    def begin(self) -> int:
        return max(0, self.on - self.length)

    @property
    def from_(self) -> date:
        return JANUARY + timedelta(days=self.begin)

    @property
    def until(self) -> date:
        return self.as_of + timedelta(days=1)


class Known(NamedTuple):
    """What is known: lives by worker, and facts by topic and key, each key's in order."""

    lives: dict[UUID, Days]
    cover: Streams
    claims: Streams
    cohorts: Streams


def wanted(known: Known, when: When) -> dict[str, Any]:
    """Answer every question."""
    return of_cover(known, when) | of_whoever_died(known, when) | of_what_was_told(known, when) | of_money(known, when)


def of_cover(known: Known, when: When) -> dict[str, Any]:
    lives, on = list(known.lives.values()), when.on
    by_cohort = cover_model.protected(lives, on)
    by_place, here = Counter[Any](), Counter[Any]()
    for (segment, village, funding, _), people in by_cohort.items():
        by_place[segment, village, funding] += people
        if village == KETEWEL and segment in {"BPU", "PU"}:
            here[funding] += people
    found: dict[str, Any] = {
        "protected by cohort": by_cohort,
        "protected": by_place,
        "protected here": here,
        "protected over time": {
            (at, segment): people
            for at in range(when.begin, on + 1)
            for segment, people in _by_segment(cover_model.protected(lives, at)).items()
        },
        "churn": {place: dict(what) for place, what in cover_model.churn(lives, when.begin, on + 1).items()},
        "gaps": cover_model.gaps(lives, on, when.length),
        "expiries": cover_model.expiries(lives, when.begin, on + 1),
        "funnel": cover_model.funnel(lives, on),
        "commitments": _commitments(known, on),
    }
    for state in ("in_force", "suspended", "grace"):
        found[state] = cover_model.memberships(lives, on, state)
    return found


def _by_segment(places: Counter[Any]) -> Counter[str]:
    found = Counter[str]()
    for (segment, *_), people in places.items():
        found[segment] += people
    return found


def _commitments(known: Known, on: int) -> dict[str, tuple[Any, ...]]:
    """Give by cohort: places, months, budget approved; memberships enrolled; months realised, without limit, left."""
    lives = list(known.lives.values())
    enrolled, realised = Counter[str](), Counter[str]()
    for (cohort, _), count in cover_model.memberships(lives, on, "enrolled").items():
        enrolled[cohort] += count
    if on >= MONTH_END:
        for (cohort, _), count in cover_model.paid(lives, MONTH_END).items():
            realised[cohort] += count
    terms = {str(key): one for key, told in known.cohorts.items() if (one := told_model.approved(told))}
    found: dict[str, tuple[Any, ...]] = {}
    for cohort in terms.keys() | enrolled.keys():
        one, months = terms.get(cohort), realised[cohort]
        limit = None if one is None else one.person_months
        within = (0, limit - months) if limit is not None else (months, None)
        approved = (one.places, one.person_months or 0, one.budget_idr or 0) if one else (0, 0, 0)
        found[cohort] = (*approved, enrolled[cohort], months, *within)
    return found


def of_whoever_died(known: Known, when: When) -> dict[str, Any]:
    unclaimed, beyond = dict[tuple[str, str], list[int]](), dict[Any, list[tuple[UUID, int | None]]]()
    links = [link for key, told in known.cover.items() for _, fact in told if (link := _link(key, fact))]
    for worker, life in known.lives.items():
        if (death := cover_model.died(life, when.on)) is not None:
            at, segment, village, _ = death
            person = of_claims.same_person(worker, links)
            if not of_claims.any_claimed(known.claims, person, JANUARY + timedelta(days=at), when.as_of):
                unclaimed.setdefault((segment, village), []).append(when.on - at)
        for *place, months in cover_model.paid_after_death(life, when.on):
            beyond.setdefault(tuple(place), []).append((worker, months))
    return {
        "died without claim": {place: (len(days), max(days)) for place, days in unclaimed.items()},
        "paid after death": {
            place: (
                len({worker for worker, _ in each}),
                len(each),
                sum(months or 0 for _, months in each),
                sum(months is None for _, months in each),
            )
            for place, each in beyond.items()
        },
    }


def _link(worker: UUID, fact: Fact) -> tuple[UUID, UUID, bool] | None:
    """Say with whom the fact makes the worker one person, or no more."""
    match fact:
        case enrollment.WorkerMergedInto():
            return worker, fact.survivor_id, True
        case enrollment.WorkersUnmerged():
            return worker, fact.other_worker_id, False
        case _:
            return None


def of_what_was_told(known: Known, when: When) -> dict[str, Any]:
    told = [one for each in known.cover.values() for one in each]
    issued, handed = enrollment.CardIssued, enrollment.CardHandedOver
    return {
        "cards issued": told_model.cards(told, issued, "issued_on", when.from_, when.as_of),
        "cards handed over": told_model.cards(told, handed, "handed_on", when.from_, when.as_of),
        "double funding": told_model.double_funding(told),
        "double funding here": told_model.double_funding(told, KETEWEL),
        "cohorts": told_model.cohorts(known.cohorts),
        "legal bases": told_model.legal_bases(known.cohorts),
        "places moved": told_model.places_moved(known.cohorts),
    }


def of_money(known: Known, when: When) -> dict[str, Any]:
    facts, period = known.claims, (when.from_, when.as_of)
    by_file = [fact for told in facts.values() for _, fact in told if isinstance(fact, PaymentRecorded)]
    return {
        "claim by claim": of_claims.each(facts, when.as_of),
        "claims": of_claims.standing(facts, when.as_of),
        "claims decided": of_claims.decided(facts, *period),
        "claims paid": of_claims.paid(facts, by_file, *period),
        "time to payment": of_claims.time_to_payment(facts, *period),
        "obligations": of_claims.obligations(facts, when.as_of),
        "reviews": of_claims.reviews(facts, when.as_of),
        "voided": of_claims.voided(facts, *period),
    }

"""What reports say of claims, in the plainest way: every worker's claims by the model, filtered and counted."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from payung_contracts import claims
from payung_contracts.claims import ClaimPaid, ClaimVoided

from tests.unit.reporting.claim_model import Claim, Standing, Told, claimed, claims_on, day_of, payments, standings

Facts = Mapping[UUID, Sequence[Told]]
"""What was told of each worker's claims."""


class Arrived(NamedTuple):
    """A payment that arrived and stayed, with its clock."""

    worker: UUID
    fact: ClaimPaid
    voided: bool
    completed_on: date | None
    due_on: date | None


def each(facts: Facts, on: date) -> dict[UUID, Standing]:
    """Say how every claim stands."""
    return {claim_id: one for told in facts.values() for claim_id, one in standings(told, on).items()}


def standing(facts: Facts, on: date) -> dict[tuple[str, str], tuple[int, ...]]:
    """Count claims, people and those overdue, and sum what is owed and how late, by programme and stage."""
    found: dict[tuple[str, str], list[tuple[UUID, Any]]] = {}
    for worker, claim in _all(facts, on):
        one = claim.standing(on)
        found.setdefault((one.programme, one.stage), []).append((worker, one))
    return {
        part: (
            len(each),
            len({worker for worker, _ in each}),
            sum(one.overdue for _, one in each),
            sum(one.outstanding_idr for _, one in each),
            max((on - one.due_on).days if one.overdue else 0 for _, one in each),
        )
        for part, each in found.items()
    }


def decided(facts: Facts, from_: date, last: date) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Count decisions by programme, segment and outcome, with parts and reasons, as they stand on the last day."""
    found: dict[tuple[str, ...], list[tuple[UUID, claims.ClaimDecided]]] = {}
    for worker, claim in _all(facts, last):
        if (one := claim.decision) and one.decided_on >= from_:
            found.setdefault((one.programme, one.segment or "", one.outcome), []).append((worker, one))
    counted = {}
    for part, each in found.items():
        components, reasons = Counter[str](), Counter[str]()
        for _, one in each:
            for component in one.components:
                components[component.code] += component.amount_idr
            reasons.update({reason.code for reason in one.reasons})
        people, again = {worker for worker, _ in each}, sum(one.round > 1 for _, one in each)
        rupiah = sum(one.amount_idr for _, one in each)
        counted[part] = (len(each), len(people), again, rupiah, dict(components), dict(reasons))
    return counted


def arrived(facts: Facts, from_: date, last: date) -> list[Arrived]:
    """List what arrived in the period."""
    found = list[Arrived]()
    for worker, told in facts.items():
        voided = {fact.claim_id for _, fact in told if isinstance(fact, ClaimVoided)}
        found += (
            Arrived(worker, one, one.claim_id in voided, each.completed_on, each.due_on)
            for each in payments(fact for _, fact in told).values()
            if (one := each.arrived(last)) and one.paid_on >= from_
        )
    return found


def paid(
    facts: Facts, by_file: Iterable[claims.PaymentRecorded], from_: date, last: date
) -> dict[Any, tuple[int, ...]]:
    """Count people, cases, those decided elsewhere, payments, and sum benefits, extras and what was voided.

    By programme and month, and of all: people and cases may be in several parts.
    """
    ours, theirs = arrived(facts, from_, last), [one for one in by_file if from_ <= one.paid_on <= last]
    parts: set[tuple[str, str]] = {(one.fact.programme, f"{one.fact.paid_on:%Y-%m}") for one in ours}
    parts |= {(one.programme, f"{one.paid_on:%Y-%m}") for one in theirs}
    found: dict[Any, tuple[int, ...]] = {"total": _paid(ours, theirs)}
    for part in parts:
        found[part] = _paid(
            [one for one in ours if (one.fact.programme, f"{one.fact.paid_on:%Y-%m}") == part],
            [one for one in theirs if (one.programme, f"{one.paid_on:%Y-%m}") == part],
        )
    return found


def _paid(ours: Collection[Arrived], theirs: Collection[claims.PaymentRecorded]) -> tuple[int, ...]:
    benefits = [one for one in ours if one.fact.kind == "benefit" and not one.voided]
    elsewhere = sum(one.cases for one in theirs)
    return (
        len({one.worker for one in benefits}),
        len({one.fact.claim_id for one in benefits}) + elsewhere,
        elsewhere,
        len(benefits),
        sum(one.fact.amount_idr for one in benefits) + sum(one.amount_idr for one in theirs),
        sum(one.fact.amount_idr for one in ours if one.fact.kind == "late" and not one.voided),
        sum(one.fact.amount_idr for one in ours if one.voided),
    )


def time_to_payment(facts: Facts, from_: date, last: date) -> tuple[int | None, ...]:
    """Count benefits that arrived, had a last day, and kept it; and how many days the middle, 90 and all took."""
    benefits = [one for one in arrived(facts, from_, last) if one.fact.kind == "benefit" and not one.voided]
    due = [one for one in benefits if one.due_on]
    days = sorted((one.fact.paid_on - one.completed_on).days for one in benefits if one.completed_on)
    kept = sum(one.fact.paid_on <= one.due_on for one in due if one.due_on)
    middle, most = (days[ceil(len(days) * share) - 1] if days else None for share in (0.5, 0.9))
    return len(benefits), len(due), kept, middle, most, max(days, default=None)


def obligations(facts: Facts, on: date) -> dict[tuple[int, str], tuple[int, ...]]:
    """Count years of school ahead, children and claims, and sum them, by year and level."""
    found: dict[tuple[int, str], list[tuple[UUID, claims.Obligation]]] = {}
    for _, claim in _all(facts, on):
        if one := claim.decision:
            for each in one.obligations:
                if each.due_on >= on:
                    found.setdefault((each.due_on.year, each.level), []).append((one.claim_id, each))
    return {
        part: (
            len(each),
            len({(claim_id, one.child) for claim_id, one in each}),
            len({claim_id for claim_id, _ in each}),
            sum(one.amount_idr for _, one in each),
        )
        for part, each in found.items()
    }


def reviews(facts: Facts, on: date) -> dict[tuple[str, str], tuple[int, ...]]:
    """Count decisions in doubt, the rupiah more and less, and the days, by programme and by what they would be now."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for told in facts.values():
        for claim_id, claim in claims_on(told, on).items():
            heard = [
                (day_of(at, fact), fact)
                for at, fact in told
                if isinstance(fact, claims.ReviewRequired | claims.ReviewSettled)
                and fact.claim_id == claim_id
                and day_of(at, fact) <= on
            ]
            if heard and isinstance(last := heard[-1][1], claims.ReviewRequired):
                more = last.would_be_amount_idr - last.amount_idr
                part = (claim.programme, last.would_be_outcome)
                found.setdefault(part, []).append((more, (on - heard[-1][0]).days))
    return {
        part: (
            len(each),
            sum(max(more, 0) for more, _ in each),
            sum(max(-more, 0) for more, _ in each),
            max(days for _, days in each),
        )
        for part, each in found.items()
    }


def voided(facts: Facts, from_: date, last: date) -> dict[tuple[str, str], tuple[int, ...]]:
    """Count claims taken back, those of which money is owed back, and how much, by cause and month."""
    newest = {fact.claim_id: fact for told in facts.values() for _, fact in told if isinstance(fact, ClaimVoided)}
    owed = Counter[UUID]()
    for one in arrived(facts, date.min, date.max):
        owed[one.fact.claim_id] += one.fact.amount_idr
    found: dict[tuple[str, str], list[int]] = {}
    for claim_id, fact in newest.items():
        if from_ <= fact.voided_on <= last:
            found.setdefault((fact.voided_for, f"{fact.voided_on:%Y-%m}"), []).append(owed[claim_id])
    return {part: (len(each), sum(idr > 0 for idr in each), sum(each)) for part, each in found.items()}


def same_person(worker: UUID, merges: Iterable[tuple[UUID, UUID, bool]]) -> set[UUID]:
    """Give the worker, and all who were merged into the worker, or into one of these, and not taken out again."""
    into = {(one, survivor): merged for one, survivor, merged in merges}
    found, more = set[UUID](), {worker}
    while more:
        found |= more
        more = {one for (one, survivor), merged in into.items() if merged and survivor in more} - found
    return found


def any_claimed(facts: Facts, people: Iterable[UUID], died_on: date, on: date) -> bool:
    """Tell whether anybody claimed for the death of this person."""
    return any(claimed(facts.get(worker, ()), died_on, on) for worker in people)


def _all(facts: Facts, on: date) -> Iterable[tuple[UUID, Claim]]:
    for worker, told in facts.items():
        for claim in claims_on(told, on).values():
            yield worker, claim

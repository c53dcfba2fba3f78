"""What happens to a few workers and cohorts: cover, proposals, cards, findings and claims; terms of cohorts."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from payung_contracts import claims, enrollment
from payung_contracts.enrollment import LegalBasis
from payung_contracts.fact import Fact
from payung_contracts.topics import FACTS

from tests.unit.reporting import claim_cases as told
from tests.unit.reporting.calendar_model import (
    ANNUAL,
    BATUBULAN,
    GIFT,
    HARVEST,
    JANUARY,
    KETEWEL,
    deceased,
    facts_of_a_worker,
    period,
    periods,
)
from tests.unit.reporting.claim_model import claims_of, days, programmes, rupiah
from tests.unit.reporting.funnel_cases import whole_lives

WORKERS = 9
"""In each chapter."""
CASES = 16


class Worker(NamedTuple):
    """What is told of one worker; cover and the rest come in any order, claims by themselves."""

    cover: list[Fact]
    beside: list[Fact]
    claims: list[Fact]


class Chapter(NamedTuple):
    """What is told of some workers and cohorts, the payments of a file, and the chance by which all of it arrives."""

    workers: list[Worker]
    cohorts: list[tuple[UUID, Fact]]
    file: list[Fact]
    chance: Random


CLAIM = UUID(int=1 << 32)
"""The claim that more is told of than `claims_of` tells; each worker gets ids of their own (`own`)."""
PAID = UUID(int=3 << 32)
"""A claim that goes its way."""
villages = st.sampled_from([BATUBULAN, KETEWEL, "51.04.05.2001"])
cohorts = st.sampled_from([UUID(ANNUAL), UUID(HARVEST), UUID(GIFT)])
numbers = st.integers(1, 9)

cards = st.one_of(
    st.builds(
        enrollment.CardIssued, coverage_id=st.builds(UUID, int=st.integers(1, 3)), village_code=villages, issued_on=days
    ),
    st.builds(
        enrollment.CardHandedOver,
        coverage_id=st.builds(UUID, int=st.integers(1, 3)),
        village_code=villages,
        handed_on=days,
        received_by=st.sampled_from(["worker", "representative"]),
    ),
)
findings = st.one_of(
    st.builds(
        enrollment.DoubleFundingFound,
        finding_id=st.just(UUID(int=1)),
        coverage_ids=st.just((UUID(int=21), UUID(int=22))),
        cohort_ids=st.just((UUID(ANNUAL), UUID(HARVEST))),
        activity=st.none(),
        overlaps_from=days,
        overlaps_until=st.none(),
        person_months=st.none() | numbers,
        village_code=st.none() | villages,
    ),
    st.builds(
        enrollment.DoubleFundingDecided,
        finding_id=st.just(UUID(int=1)),
        outcome=st.sampled_from(["justified", "duplicate"]),
    ),
)
obligations = st.lists(
    st.builds(
        claims.Obligation,
        child=st.integers(1, 2),
        level=st.sampled_from(["SD", "SMP", "UNIVERSITY"]),
        due_on=st.sampled_from([*range(20), 400]).map(lambda number: JANUARY + timedelta(days=number)),
        amount_idr=rupiah,
    ),
    max_size=3,
).map(tuple)
in_doubt = st.lists(
    st.one_of(
        st.builds(
            told.decided,
            st.just(CLAIM),
            days,
            st.dictionaries(st.sampled_from(["SANTUNAN", "BERKALA"]), rupiah, min_size=1),
            programme=programmes,
            outcome=st.sampled_from(["approved", "partially_approved"]),
            reasons=st.lists(st.sampled_from(["SCHOLARSHIP_AGE", "COUNTED_TWICE"]).map(told.reason), max_size=3),
            obligations=obligations,
            round=st.integers(1, 2),
            segment=st.sampled_from(["BPU", "PU", None]),
            village_code=villages,
        ),
        st.builds(told.review, st.just(CLAIM), rupiah, rupiah, st.sampled_from(["denied", "approved"])),
        st.builds(told.voided, st.just(CLAIM), days, st.sampled_from(["withdrawn", "duplicate"])),
        st.builds(claims.ReviewSettled, claim_id=st.just(CLAIM), ended_by=st.just("upheld"), settled_on=days),
    ),
    max_size=4,
)
"""Of a claim: decisions in detail, and reviews."""


def _paid(benefits: list[tuple[Any, Any, Any, Any]]) -> list[Fact]:
    """Tell of a claim without trouble, paid in parts, each with a last day of its own."""
    order, on = UUID(int=PAID.int + 500), JANUARY
    facts: list[Fact] = [told.reported(PAID, on), told.decided(PAID, on, {"SANTUNAN": 1})]
    for number, (completed_on, due_on, paid_on, idr) in enumerate(benefits, 1):
        payment = UUID(int=PAID.int + number)
        facts += [
            told.completed(PAID, completed_on, completed_on),
            told.ordered(PAID, order, on, {payment: idr}, due=due_on),
            told.paid(PAID, order, payment, paid_on, idr),
        ]
    return facts


by_file = st.builds(
    claims.PaymentRecorded,
    reference=st.just("a line"),
    programme=st.sampled_from(["JKM", "JHT"]),
    segment=st.just("PU"),
    paid_on=days,
    cases=numbers,
    amount_idr=rupiah,
    area_code=st.sampled_from(["51.04", KETEWEL]),
)


def _terms(kind: Callable[..., Fact]) -> st.SearchStrategy[Fact]:
    return st.builds(
        kind,
        name=st.sampled_from(["Petani", "Nelayan"]),
        year=st.sampled_from([2025, 2026]),
        segment=st.just("BPU"),
        funding=st.just("APBD"),
        programmes=st.just(("JKK", "JKM")),
        legal_bases=st.lists(
            st.builds(LegalBasis, title=st.sampled_from(["Perbup", "SK"]), placeholder=st.booleans()),
            max_size=2,
            unique_by=lambda basis: basis.title,
        ),
        covered_from=days,
        covered_until=st.none(),
        months=st.none(),
        places=numbers,
        person_months=st.none() | numbers,
        budget_idr=st.none() | rupiah,
        owner_office=st.sampled_from(["Dinas Sosial", None]),
    )


of_cohorts = st.one_of(
    _terms(enrollment.CohortProposed),
    _terms(enrollment.CohortApproved),
    st.builds(enrollment.CohortOpened, opened_on=days),
    st.builds(enrollment.CohortClosed, closed_on=days),
    st.builds(enrollment.CohortHandedOver, owner_office=st.sampled_from(["Bappeda", "Dinas Tenaga Kerja"])),
    st.builds(
        enrollment.PlacesReallocated, from_village=st.none() | villages, to_village=st.none() | villages, places=numbers
    ),
)
lives_that_end = st.builds(
    lambda facts, died_on: [period("started", 0, None), *facts[:2], deceased(died_on), *facts[2:5]],
    facts_of_a_worker,
    st.integers(2, 18),
)
"""Cover of a worker who dies, unless later facts know better."""
lives_that_go_on = st.builds(
    lambda paid, more: [*paid, *more],
    st.lists(periods("started", "renewed"), min_size=2, max_size=4),
    facts_of_a_worker.map(lambda facts: facts[:2]),
)
workers = st.builds(
    lambda cover, beside, of_claims, more, paid, chance: Worker(
        [FACTS[type_].model_validate(data) for type_, data in cover],
        beside,
        riffled(chance, riffled(chance, of_claims, more), paid),
    ),
    whole_lives | lives_that_end | lives_that_go_on,
    st.lists(cards | findings, max_size=4),
    claims_of(0),
    in_doubt,
    st.just([]) | st.lists(st.tuples(days, st.none() | days, days, rupiah), min_size=1, max_size=3).map(_paid),
    st.randoms(use_true_random=True),
)
chapters = st.builds(
    Chapter,
    st.tuples(*[workers] * WORKERS).map(list),
    st.lists(st.tuples(cohorts, of_cohorts), min_size=3, max_size=6),
    st.lists(by_file, max_size=2),
    st.randoms(use_true_random=True),
)


def riffled(chance: Random, one: list[Any], other: list[Any]) -> list[Any]:
    """Let two lists be one, each in its own order."""
    turns = [0] * len(one) + [1] * len(other)
    chance.shuffle(turns)
    left = (iter(one), iter(other))
    return [next(left[turn]) for turn in turns]


def own(fact: Fact, number: int, others: UUID) -> Fact:
    """Let every worker have claims, payments and findings of their own, and be merged with one there is.

    Examples draw the same ids. A card is told of two workers at times, of whom one was merged into the other.
    """
    match fact:
        case enrollment.CardIssued() | enrollment.CardHandedOver():
            return fact.model_copy(update={"coverage_id": _moved(fact.coverage_id, number // 2)})
        case enrollment.WorkerMergedInto():
            return fact.model_copy(update={"survivor_id": others})
        case enrollment.WorkersUnmerged():
            return fact.model_copy(update={"other_worker_id": others})
        case claims.PaymentOrdered():
            listed = tuple(
                one.model_copy(update={"payment_id": _moved(one.payment_id, number)}) for one in fact.payments
            )
            fact = fact.model_copy(update={"payments": listed})
        case _:
            pass
    ids = ("claim_id", "order_id", "payment_id", "finding_id")
    return fact.model_copy(
        update={name: _moved(value, number) for name, value in fact if name in ids and value is not None}
    )


def _moved(value: UUID, number: int) -> UUID:
    return UUID(int=value.int + (number << 64))

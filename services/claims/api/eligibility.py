"""Eligibility over HTTP: covered or not on a day, and what would be payable, from claims' own copy of cover."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.chassis.watermark import Watermark
from services.chassis.web import Database, Problem
from services.chassis.web.included import Included
from services.claims.answers import Rupiah
from services.claims.api.rules import before_rules
from services.claims.claim import Component, Verdict
from services.claims.coverage import Standing
from services.claims.eligibility import Found, HeldOn, eligibility_on, find
from services.claims.reasons import Reason
from services.claims.rules import RuleBook, current_book

YEAR_MAX = 2200

router = APIRouter(prefix="/v1", tags=["eligibility"])


class HeldAnswer(BaseModel):
    """A membership on the day."""

    coverage_id: UUID
    cohort_id: UUID
    segment: str = Field(examples=["BPU"])
    funding: str = Field(examples=["APBD"])
    village_code: str = Field(examples=["51.04.01.2002"])
    programmes: list[str] = Field(examples=[["JKK", "JKM"]])
    standing: Standing = Field(description="`grace`: arrears that can be settled; only `in_force` is cover")
    covered_from: date = Field(description="First day of the period", examples=["2026-01-01"])
    last_covered_day: date | None = Field(description="Of the period; null: no agreed end", examples=["2026-06-30"])
    member_since: date = Field(description="First day of the unbroken cover that reaches it", examples=["2025-07-01"])
    full_jkm_from: date | None = Field(
        description="From this day on a death pays the full benefit if cover goes on unbroken; null: no JKM",
        examples=["2025-10-01"],
    )


class PayableAnswer(BaseModel):
    """What a claim for the day would come to if nothing else were found out; a scholarship is not in it."""

    outcome: Literal["approved", "partially_approved", "denied"]
    amount_idr: Rupiah
    components: list[Component]
    reasons: list[Reason]


class KnownAnswer(BaseModel):
    """How old the answer is: it holds all that enrollment recorded up to `complete_until`."""

    source: str = Field(examples=["enrollment"])
    epoch: int
    tick: int = Field(description="Number of the newest tick whose facts are all in", examples=[48213])
    complete_until: datetime | None
    age_seconds: float = Field(examples=[0.4])


class EligibilityAnswer(BaseModel):
    """Where a worker's cover stands on a day."""

    worker_id: UUID
    held_by: UUID = Field(description="The entry that holds the person's memberships: another one after a merge")
    on: date
    covered: bool = Field(
        description="A membership is in force; for which programme, `death` and `fatal_accident` tell", examples=[True]
    )
    standing: Standing | Literal["none"]
    reason: Reason | None = Field(description="Why no membership is in force; null: one is", examples=[None])
    memberships: list[HeldAnswer] = Field(description="The one that reports count first")
    died_on: date | None = Field(description="The day of death that the register holds", examples=[None])
    death: PayableAnswer = Field(description="For a death on the day that work did not cause (JKM)")
    fatal_accident: PayableAnswer = Field(description="For a fatal work accident on the day (JKK)")
    rule_version: str = Field(examples=["1/2025-02-24"])
    coverage_sequence: int = Field(description="Number of the worker's last fact that is in it", examples=[3])
    withheld: bool = Field(description="A fact of the worker could not be read: cover may be otherwise")
    merging: bool = Field(description="Only a part of a merge is known: cover may be otherwise")
    known: KnownAnswer | None = Field(description="Null: nothing of enrollment is complete yet")


class Asked(BaseModel):
    on: date | None = Field(
        None,
        ge=date(1900, 1, 1),
        le=date(YEAR_MAX, 12, 31),
        description="The day; today in Asia/Makassar if left out",
        examples=["2026-01-31"],
    )


@router.get(
    "/workers/{worker_id}/eligibility",
    summary="Is the worker covered on a day, and what would be payable",
    responses={404: {"description": "The worker is not known here, or not yet"}},
    dependencies=[Included],
)
async def show_eligibility(worker_id: UUID, asked: Annotated[Asked, Query()], pool: Database) -> EligibilityAnswer:
    """Answer from claims' own copy of enrollment's facts, by the rules of the day; nothing is decided by it.

    Whoever was merged into another entry has the cover of that one. The whole answer may change with what enrollment
    records later; `known` tells how much of that is in.
    """
    async with pool.acquire() as tx:  # the watermark is read first, so it says no more than is in
        found = await find(tx, worker_id)
        book = await current_book(tx)
    if found.cover.state is None:
        raise _unknown()
    day = asked.on or found.today
    if day < book.first_day:
        raise before_rules(book)
    return _answer(worker_id, day, found, book)


def _answer(worker_id: UUID, day: date, found: Found, book: RuleBook) -> EligibilityAnswer:
    told = eligibility_on(day, found.cover, book)
    covered = told.standing == "in_force"
    return EligibilityAnswer(
        worker_id=worker_id,
        held_by=found.survivor_id,
        on=day,
        covered=covered,
        standing=told.standing,
        reason=None if covered else told.jkm.reasons[0],
        memberships=[_held(one) for one in told.held],
        died_on=told.died_on,
        death=_payable(told.jkm),
        fatal_accident=_payable(told.jkk),
        rule_version=told.jkm.rule_version,
        coverage_sequence=found.cover.sequence,
        withheld=found.cover.parked,
        merging=found.cover.merging,
        known=_known(found.watermark) if found.watermark else None,
    )


def _held(one: HeldOn) -> HeldAnswer:
    held = one.membership
    return HeldAnswer(
        coverage_id=UUID(held.coverage_id),
        cohort_id=UUID(held.cohort_id),
        segment=held.segment,
        funding=held.funding,
        village_code=held.village_code,
        programmes=list(held.programmes),
        standing=one.standing,
        covered_from=held.covered_from,
        last_covered_day=held.covered_until - timedelta(days=1) if held.covered_until else None,
        member_since=held.member_since,
        full_jkm_from=one.full_jkm_from,
    )


def _payable(verdict: Verdict) -> PayableAnswer:
    return PayableAnswer(
        outcome=verdict.outcome,
        amount_idr=verdict.amount_idr,
        components=list(verdict.components),
        reasons=list(verdict.reasons),
    )


def _known(mark: Watermark) -> KnownAnswer:
    return KnownAnswer(
        source=mark.source,
        epoch=mark.epoch,
        tick=mark.tick,
        complete_until=mark.complete_until,
        age_seconds=mark.age_seconds,
    )


def _unknown() -> Problem:
    english = (
        "The worker with this worker_id is not known here. Check the worker_id at enrollment; if they were registered"
        " just now, ask again with `after`."
    )
    indonesian = (
        "Pekerja dengan worker_id ini belum dikenal di sini. Periksa worker_id di layanan kepesertaan; bila baru saja"
        " didaftarkan, tanyakan lagi dengan `after`."
    )
    return Problem(404, "Not known", english, code="WORKER_UNKNOWN", indonesian=indonesian, english=english)

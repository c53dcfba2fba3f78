"""What enrollment answers of workers, over HTTP and in a terminal: by id, with the dates that people read.

Nothing here names a person.
"""

from datetime import date, timedelta
from typing import Annotated, overload
from uuid import UUID

from pydantic import BaseModel, Field

from services.enrollment.domain import (
    OPEN,
    Activity,
    Funding,
    Membership,
    Period,
    Programme,
    Receiver,
    Segment,
    SuspensionReason,
    Worker,
)
from services.enrollment.domain.jkm import full_benefits

VillageCode = Annotated[str, Field(examples=["51.04.01.2002"], description="Kemendagri code of the village")]
Consistency = Annotated[
    str,
    Field(examples=["enrollment:48213"], description="Consistency token: send it as `after` to have this included"),
]


class PeriodAnswer(BaseModel):
    """What one cohort pays in a membership."""

    cohort_id: UUID
    funding: Funding
    programmes: list[Programme]
    covered_from: date = Field(description="First covered day", examples=["2026-01-01"])
    covered_until: date | None = Field(
        description="First day without cover; null: no agreed end", examples=["2026-07-01"]
    )
    last_covered_day: date | None = Field(description="The day that people are told", examples=["2026-06-30"])
    grace_until: date | None = Field(
        description="Of a self-payer: what is paid before this day joins without a gap", examples=[None]
    )
    paid_on: date | None = Field(description="Day of the payment, where it is known", examples=["2026-01-05"])
    activity: Activity | None = Field(description="The work that it is for, where it is known")
    void: bool = Field(description="Covers no day")


class CardAnswer(BaseModel):
    handed_on: date
    received_by: Receiver


class SuspensionAnswer(BaseModel):
    """Days on which a membership is not in force although it is paid."""

    suspended_from: date = Field(description="First suspended day", examples=["2026-03-01"])
    reinstated_from: date | None = Field(description="First day in force again; null: not yet", examples=["2026-05-01"])
    reason: SuspensionReason


class UnbrokenAnswer(BaseModel):
    """Cover with JKM that has no gap, and from when on a death within it pays the full benefit."""

    since: date = Field(description="First covered day", examples=["2026-01-01"])
    last_covered_day: date | None = Field(description="Null: no agreed end", examples=["2026-06-30"])
    full_jkm_from: date | None = Field(
        description="From this day on a death pays the full benefit; null: the cover ends before",
        examples=["2026-04-01"],
    )
    law: str | None = Field(
        description="What lets it wait; null: nothing does", examples=["Permenaker 1/2025 Pasal 97A ayat (2)"]
    )


class MembershipAnswer(BaseModel):
    """A membership, with its periods in order."""

    coverage_id: UUID
    segment: Segment
    village_code: VillageCode
    periods: list[PeriodAnswer]
    unbroken: list[UnbrokenAnswer] = Field(description="Its cover by death benefit: a gap begins the months anew")
    suspensions: list[SuspensionAnswer]
    voided: bool = Field(description="Entered in error: it never was")
    cards: list[CardAnswer]


class RelocationAnswer(BaseModel):
    """From `moved_on` on the worker lives in this village, and cover counts there."""

    moved_on: date
    village_code: VillageCode


class WorkerAnswer(BaseModel):
    """A person in the register, without anything that names them."""

    worker_id: UUID
    village_code: VillageCode
    relocations: list[RelocationAnswer] = Field(description="Moves since, in the order of their days")
    merged_into: UUID | None = Field(
        examples=[None], description="The entry that holds this person's memberships, if this one was merged into it"
    )
    died_on: date | None = Field(examples=[None], description="Day of death, which is still covered")
    coverages: list[MembershipAnswer] = Field(description="The person's memberships")


class ChangedWorker(WorkerAnswer):
    """The person as a command left them."""

    consistency: Consistency


def worker(found: Worker) -> WorkerAnswer:
    return WorkerAnswer(
        worker_id=found.worker_id,
        village_code=found.village_code,
        relocations=[
            RelocationAnswer(moved_on=move.moved_on, village_code=move.village_code) for move in found.relocations
        ],
        merged_into=found.merged_into,
        died_on=found.died_on,
        coverages=[membership(held) for held in found.memberships],
    )


def membership(held: Membership) -> MembershipAnswer:
    return MembershipAnswer(
        coverage_id=held.coverage_id,
        segment=held.segment,
        village_code=held.village_code,
        periods=[_period(period) for period in sorted(held.periods, key=lambda period: period.covered_from)],
        unbroken=[
            UnbrokenAnswer(
                since=run.since,
                last_covered_day=last_covered_day(None if run.until == OPEN else run.until),
                full_jkm_from=run.full_from,
                law=run.law,
            )
            for run in full_benefits(held)
        ],
        suspensions=[
            SuspensionAnswer(
                suspended_from=suspension.suspended_from,
                reinstated_from=suspension.suspended_until,
                reason=suspension.reason,
            )
            for suspension in held.suspensions
        ],
        voided=held.voided,
        cards=[CardAnswer(handed_on=card.handed_on, received_by=card.received_by) for card in held.cards],
    )


def _period(period: Period) -> PeriodAnswer:
    until = None if period.end == OPEN else period.end
    return PeriodAnswer(
        cohort_id=period.cohort.cohort_id,
        funding=period.cohort.funding,
        programmes=list(period.cohort.programmes),
        covered_from=period.covered_from,
        covered_until=until,
        last_covered_day=last_covered_day(until),
        grace_until=period.grace_until,
        paid_on=period.paid_on,
        activity=period.activity,
        void=period.void,
    )


@overload
def last_covered_day(covered_until: date) -> date: ...


@overload
def last_covered_day(covered_until: date | None) -> date | None: ...


def last_covered_day(covered_until: date | None) -> date | None:
    """Give the day that people are told."""
    return None if covered_until is None else covered_until - timedelta(days=1)

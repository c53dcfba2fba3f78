"""What enrollment answers of cohorts: terms, how far they have come, places, person-months and money."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from services.enrollment.api.answers import Consistency, VillageCode, last_covered_day
from services.enrollment.cohorts.allotment import Account
from services.enrollment.cohorts.terms import Decree, Standing, State
from services.enrollment.domain import Funding, Programme, Segment, jkm


class PlacesAnswer(BaseModel):
    """How many there are, are kept for people whose payment is awaited, are taken by cover, and are still free."""

    total: int = Field(examples=[400])
    reserved: int = Field(examples=[12])
    taken: int = Field(examples=[380])
    free: int = Field(examples=[8])


class MonthsAnswer(BaseModel):
    """The same of person-months; null where they have no limit."""

    total: int | None = Field(examples=[2400])
    reserved: int = Field(examples=[72])
    taken: int = Field(examples=[2280])
    free: int | None = Field(examples=[48])


class MoneyAnswer(BaseModel):
    """What is committed at the contribution: for reserved and taken person-months; null where none is known."""

    budget_idr: int | None = Field(examples=[40_320_000])
    contribution_idr: int | None = Field(examples=[16_800])
    committed_idr: int | None = Field(examples=[39_513_600])


class VillageAnswer(PlacesAnswer):
    """The places of a village. `free` are its own; people beyond them stand on places that are no village's."""

    village_code: VillageCode
    beyond: int = Field(description="Its people on places that are no village's", examples=[0])
    waiting: int = Field(examples=[0])


class PoolAnswer(BaseModel):
    """Places that are no village's."""

    total: int = Field(examples=[100])
    used: int = Field(examples=[92])
    free: int = Field(examples=[8])


class DecreeAnswer(BaseModel):
    number: str = Field(examples=["463/E-03/HK/2026"])
    signed_on: date


class LegalBasisAnswer(BaseModel):
    title: str = Field(examples=["Perbup Gianyar 55/2018"])
    placeholder: bool


class AmendmentAnswer(BaseModel):
    """Other places or money that were proposed and are not approved."""

    proposed_by: str = Field(examples=["clerk-1"])
    places: int = Field(examples=[450])
    person_months: int | None = Field(examples=[2700])
    budget_idr: int | None = Field(examples=[45_360_000])
    decree: DecreeAnswer | None


class CautionAnswer(BaseModel):
    """What the dates make of the full JKM benefit."""

    code: str = Field(examples=["jkm_full_shortly"])
    indonesian: str = Field(examples=["Manfaat JKM penuh berlaku mulai 2027-04-01, hanya 30 hari."])
    english: str = Field(examples=["The full JKM benefit holds from 2027-04-01 on, for 30 days only."])


class CohortAnswer(BaseModel):
    """A cohort: its terms, how it stands, and how its places do."""

    cohort_id: UUID
    name: str = Field(examples=["Pekerja rentan 2027"])
    year: int = Field(examples=[2027])
    phase: str | None = Field(examples=["Tahap II"])
    segment: Segment
    funding: Funding
    programmes: list[Programme]
    legal_bases: list[LegalBasisAnswer]
    covered_from: date
    covered_until: date | None = Field(description="First day without cover; null: no agreed end")
    last_covered_day: date | None = Field(description="The day that people are told")
    months: int | None = Field(examples=[6])
    state: State
    owner_office: str | None = Field(examples=["Disnaker Kabupaten Gianyar"])
    proposed_by: str = Field(examples=["clerk-1"])
    approved_by: str | None = Field(examples=["head-1"])
    decree: DecreeAnswer | None
    amendment: AmendmentAnswer | None
    places: PlacesAnswer
    person_months: MonthsAnswer
    money: MoneyAnswer
    waiting: int = Field(description="People who wait for a place", examples=[3])
    villages: list[VillageAnswer]
    pool: PoolAnswer
    cautions: list[CautionAnswer] = Field(description="What to know before it is approved; nothing is refused for it")


class ChangedCohort(CohortAnswer):
    """The cohort as a command left it."""

    consistency: Consistency


class CohortList(BaseModel):
    rows: list[CohortAnswer]
    next: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class DecreeFileAnswer(BaseModel):
    file_id: UUID
    bytes: int = Field(examples=[248_311])
    consistency: Consistency


def cohort(standing: Standing, account: Account, cautions: Sequence[jkm.Caution]) -> CohortAnswer:
    """Show a cohort with its account."""
    terms, amendment = standing.cohort, standing.amendment
    months_taken, months_reserved = account.months["taken"], account.months["reserved"]
    price = standing.extent.contribution_idr
    return CohortAnswer(
        cohort_id=terms.cohort_id,
        name=terms.name,
        year=terms.year,
        phase=terms.phase,
        segment=terms.segment,
        funding=terms.funding,
        programmes=list(terms.programmes),
        legal_bases=[LegalBasisAnswer(title=basis.title, placeholder=basis.placeholder) for basis in terms.legal_bases],
        covered_from=terms.covered_from,
        covered_until=terms.covered_until,
        last_covered_day=last_covered_day(terms.covered_until),
        months=terms.months,
        state=standing.state,
        owner_office=standing.owner_office,
        proposed_by=standing.proposed_by,
        approved_by=standing.approved_by,
        decree=_decree(standing.extent.decree),
        amendment=amendment
        and AmendmentAnswer(
            proposed_by=amendment.proposed_by,
            places=amendment.extent.places,
            person_months=amendment.extent.person_months,
            budget_idr=amendment.extent.budget_idr,
            decree=_decree(amendment.extent.decree),
        ),
        places=PlacesAnswer(
            total=account.places,
            reserved=account.reserved,
            taken=account.taken,
            free=account.places - account.taken - account.reserved,
        ),
        person_months=MonthsAnswer(
            total=account.person_months, reserved=months_reserved, taken=months_taken, free=account.months_free
        ),
        money=MoneyAnswer(
            budget_idr=standing.extent.budget_idr,
            contribution_idr=price,
            committed_idr=None if price is None else (months_taken + months_reserved) * price,
        ),
        waiting=account.waiting,
        villages=[
            VillageAnswer(
                village_code=village_code,
                total=share.places,
                reserved=share.reserved,
                taken=share.taken,
                free=share.own_free,
                beyond=share.beyond,
                waiting=share.waiting,
            )
            for village_code, share in sorted(account.shares.items())
        ],
        pool=PoolAnswer(total=account.pool, used=account.pool_used, free=account.pool_free),
        cautions=[CautionAnswer(**asdict(caution)) for caution in cautions],
    )


def _decree(decree: Decree | None) -> DecreeAnswer | None:
    return None if decree is None else DecreeAnswer(number=decree.number, signed_on=decree.signed_on)

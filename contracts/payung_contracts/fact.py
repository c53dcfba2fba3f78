"""What all facts have in common: frozen, tolerant of fields they do not know, silent about their input in errors."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Segment = Literal["PU", "NON_ASN", "JAKON", "BPU"]
"""Report segment: wage earners, non-civil-servant staff of government, construction, informal (PP 49/2023 Pasal 5)."""

Funding = Literal["APBD", "APBD_P", "APBDES", "PROVINCE", "CSR", "EMPLOYER", "PROJECT", "SELF"]
"""Whose money pays: regency budget, its mid-year revision, village budget, province, donor, employer, project, self."""

Programme = Literal["JKK", "JKM", "JHT", "JP", "JKP"]
"""Work accident, death, old age, pension, loss of job."""

Activity = Literal[
    "farming", "fishing", "trade", "transport", "construction", "craft", "arts", "religious_customary", "other_services"
]
"""The work that a membership is for; two payers of one activity on one day are double funding, of two they are not."""

VillageCode = Annotated[str, Field(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$")]
"""Village by its Kemendagri code, PP.RR.DD.VVVV (Kepmendagri 300.2.2-2430/2025)."""

Rupiah = Annotated[int, Field(ge=0)]
"""Whole rupiah; no fact carries a fraction."""


class Shape(BaseModel):
    """A value within a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Fact(Shape):
    """Something that happened; the class is its meaning, `type` its name on the wire."""

    type: ClassVar[str]

    def to_json(self) -> str:
        """Give the value as it travels: a field that says no more than its default is left out."""
        return self.model_dump_json(exclude_defaults=True)


class Period(Fact):
    """Cover paid by one cohort: in force from `covered_from` to the day before `covered_until`.

    `covered_until` is None for cover without an agreed end. Both are business dates in Asia/Makassar. A self-payer who
    does not pay on is in arrears from `covered_until` to the day before `grace_until`: not in force, but what is paid
    by then joins without a gap. `paid_on` is the day on which the payment was confirmed, where that is known apart.
    """

    coverage_id: UUID
    cohort_id: UUID
    segment: Segment
    funding: Funding
    village_code: VillageCode
    programmes: tuple[Programme, ...]
    covered_from: date
    covered_until: date | None
    grace_until: date | None = None
    paid_on: date | None = None
    activity: Activity | None = None

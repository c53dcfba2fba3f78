"""What is sent to claims over HTTP, and the words of the business that it becomes."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from payung_contracts.fact import Activity
from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.chassis.web import Body
from services.claims.bank_files import CODE, CODE_LENGTH_MAX
from services.claims.claim import (
    Channel,
    Child,
    Circumstances,
    Findings,
    Inability,
    Injury,
    Level,
    Mode,
    Place,
    Programme,
    Relation,
    ReopenedFor,
    SchoolYear,
    Transport,
)
from services.claims.domain.file import AMOUNT_IDR_MAX, CHILDREN_MAX, DOCUMENTS_MAX, FOUND_MAX, PERMILLE_MAX
from services.claims.handlers import PayeeIn
from services.claims.payees import PAYEES_MAX
from services.claims.separated import NIK, REFERENCE

STORY_LENGTH_MAX, WITNESSES_MAX = 5_000, 20

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_IDR_MAX, description="Whole rupiah", examples=[1_250_000])]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]([A-Z_]|[0-9]{1,4}[A-Z_])*[0-9]{0,4}$", max_length=60)]
"""A code of the rules; no number of a person fits into it."""
Share = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,7}/[1-9][0-9]{0,6}$")]
HoldCode = Literal[
    "HEIR_NOT_PROVEN",
    "HEIR_DISPUTE",
    "IDENTITY_MISMATCH",
    "ILL_OR_DYING_AT_REGISTRATION",
    "NO_ECONOMIC_ACTIVITY",
    "WORK_RELATION_IN_DOUBT",
    "OTHER_OFFICE_ASKED",
]


def _example(**told: Any) -> ConfigDict:
    """Show a body as a whole where its parts, each with an example of its own, would contradict each other."""
    return ConfigDict(json_schema_extra={"examples": [told]})


class CircumstancesBody(Body):
    """How an accident happened; the story and the names of witnesses are kept encrypted, in no fact, answer or log."""

    place: Place = Field(description="At the place of work, elsewhere, or in traffic")
    activity: Activity = Field(description="The work that was being done")
    police_report: bool = Field(False, description="Whether the police took a report")
    witnesses: list[Name] = Field([], max_length=WITNESSES_MAX, examples=[["I Made Contoh"]])
    story: str = Field("", max_length=STORY_LENGTH_MAX, examples=["Jatuh dari pohon kelapa saat memanen."])

    def circumstances(self) -> Circumstances:
        """Give what the rules ask for."""
        return Circumstances(self.place, self.activity, len(self.witnesses), self.police_report)

    def account(self) -> dict[str, Any] | None:
        """Give what is for the vault, if there is anything."""
        told = {"witnesses": self.witnesses, "story": self.story}
        return told if any(told.values()) else None


class ReportBody(Body):
    model_config = _example(
        worker_id="0198c0de-0000-7000-8000-000000000001",
        programme="JKK",
        incident_on="2025-10-04",
        reported_on="2025-10-06",
        channel="counter",
        died_on=None,
        circumstances={
            "place": "at_work",
            "activity": "farming",
            "police_report": False,
            "witnesses": ["I Made Contoh"],
            "story": "Jatuh dari pohon kelapa saat memanen.",
        },
    )

    worker_id: UUID = Field(description="The worker, as enrollment names them")
    programme: Programme = Field(description="JKK if work caused the accident or the death, JKM for any other death")
    incident_on: Day = Field(description="The day of the accident (JKK) or of the death (JKM)")
    reported_on: Day | None = Field(None, description="The day of the first report; today if left out")
    channel: Channel = Field("counter", description="How the report came; it need not be on paper")
    died_on: Day | None = Field(None, description="The day of the death, if an accident (JKK) was fatal")
    circumstances: CircumstancesBody | None = Field(None, description="Of an accident; may be told later")


class DocumentBody(Body):
    code: Code = Field(description="As the checklist names it", examples=["DEATH_CERTIFICATE"])
    received_on: Day | None = Field(None, description="Today if left out")


class DocumentsBody(Body):
    documents: list[DocumentBody] = Field(min_length=1, max_length=DOCUMENTS_MAX)


class TransportBody(Body):
    mode: Mode
    receipts_idr: Amount = Field(description="What the receipts of this way add up to")


class InabilityBody(Body):
    begins_on: Day = Field(description="First day on which the worker could not work")
    healed_on: Day | None = Field(None, description="First day of work again; null while it lasts")


class InjuryBody(Body):
    code: Code = Field(description="Of the table of disabilities", examples=["ARM_RIGHT_SHOULDER"])
    loss_permille: int | None = Field(
        None, ge=1, le=PERMILLE_MAX, description="How much of its function is lost; null where the part itself is lost"
    )


class SchoolYearBody(Body):
    year: int = Field(ge=2000, le=2200, description="The year in which it begins, in July", examples=[2026])
    level: Level


class ChildBody(Body):
    child_id: UUID | None = Field(None, description="As earlier findings named the child; left out for a new one")
    born_on: Day
    years: list[SchoolYearBody] = Field([], max_length=FOUND_MAX, description="Years of school that are proven")
    right_ended_on: Day | None = Field(None, description="The day of a marriage or of the first work")


class FindingsBody(Body):
    """All that was found out about the incident; it replaces what was found before, but for what caused it."""

    work_related: bool | None = Field(
        None, description="Whether work caused it; left out: as it was found, and at first that it did"
    )
    died_on: Day | None = Field(None, description="The day of the death that an accident led to")
    medical_idr: Amount = Field(0, description="Cost of treatment outside the agency's own facilities")
    transport: list[TransportBody] = Field([], max_length=FOUND_MAX)
    inability: list[InabilityBody] = Field([], max_length=FOUND_MAX)
    injuries: list[InjuryBody] = Field([], max_length=FOUND_MAX)
    total_disability: bool = False
    orthosis_idr: Amount = Field(0, description="Price of the government's rehabilitation hospital")
    monthly_wage_idr: Amount | None = Field(None, description="Proven wage of a wage earner; null: the lowest band")
    children: list[ChildBody] = Field([], max_length=CHILDREN_MAX, description="Who may have a scholarship")

    def findings(self) -> Findings:
        """Give the findings, but for what caused it, in the words of the business; a child that is new gets its id."""
        return Findings(
            died_on=self.died_on,
            medical_idr=self.medical_idr,
            transport=tuple(Transport(one.mode, one.receipts_idr) for one in self.transport),
            inability=tuple(Inability(one.begins_on, one.healed_on) for one in self.inability),
            injuries=tuple(Injury(one.code, one.loss_permille) for one in self.injuries),
            total_disability=self.total_disability,
            orthosis_idr=self.orthosis_idr,
            monthly_wage_idr=self.monthly_wage_idr,
            children=tuple(
                Child(
                    one.child_id or uuid4(),
                    one.born_on,
                    tuple(SchoolYear(year.year, year.level) for year in one.years),
                    one.right_ended_on,
                )
                for one in self.children
            ),
        )


class PayeeBody(Body):
    """Somebody to be paid; name, bank and account are kept encrypted, in no fact, answer or log."""

    relation: Relation = Field(description="What the payee is to the worker (PP 44/2015 Pasal 37 and 40)")
    share: Share = Field("1/1", description="The part of the benefit; all shares add up to 1", examples=["1/2"])
    guardian: bool = Field(False, description="The account is that of a guardian, since the payee is a minor")
    representative: bool = Field(
        False, description="The account is that of somebody with a power of attorney, whom an adult payee sends"
    )
    born_on: Day | None = Field(None, description="Needed of a child: a minor is paid to a guardian's account")
    payee_id: UUID | None = Field(
        None, description="Of a payee of this claim who stays: what is left out of name, bank and account stays too"
    )
    name: Name | None = Field(None, examples=["Ni Luh Contoh"])
    bank: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(None, examples=["BPD Bali"])
    account: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        None, examples=["0000-CONTOH"]
    )

    @model_validator(mode="after")
    def _whole(self) -> "PayeeBody":
        named = (self.name, self.bank, self.account)
        if self.payee_id is None and None in named:
            raise PydanticCustomError(
                "payee_not_named",
                "a new payee needs name, bank and account",
                {"indonesian": "penerima baru memerlukan nama, bank dan rekening"},
            )
        if (self.bank is None) != (self.account is None):
            raise PydanticCustomError(
                "account_without_bank",
                "bank and account belong together; send both",
                {"indonesian": "bank dan rekening harus bersama; kirim keduanya"},
            )
        return self

    def payee(self) -> PayeeIn:
        """Give the payee in the words of the business."""
        part, _, whole = self.share.partition("/")
        told = {"name": self.name, "bank": self.bank, "account": self.account}
        return PayeeIn(
            relation=self.relation,
            share=(int(part), int(whole)),
            guardian=self.guardian,
            born_on=self.born_on,
            sealed={name: text for name, text in told.items() if text is not None},
            payee_id=self.payee_id,
            representative=self.representative,
        )


PAYEE = {"relation": "worker", "share": "1/1", "name": "Ni Luh Contoh", "bank": "BPD Bali", "account": "0000-CONTOH"}
"""An example: whoever had an accident is paid themselves."""


class PayeesBody(Body):
    model_config = _example(payees=[PAYEE])

    payees: list[PayeeBody] = Field(min_length=1, max_length=PAYEES_MAX)

    def told(self) -> list[PayeeIn]:
        """Give them in the words of the business."""
        return [one.payee() for one in self.payees]


class SubmissionBody(Body):
    model_config = _example(submitted_on=None, payees=[PAYEE])

    submitted_on: Day | None = Field(None, description="The day of the application; today if left out")
    payees: list[PayeeBody] = Field(
        [], max_length=PAYEES_MAX, description="Of a claim that was reopened those of before, if left out"
    )

    def told(self) -> list[PayeeIn]:
        """Give the payees in the words of the business."""
        return [one.payee() for one in self.payees]


class PendingBody(Body):
    reasons: list[HoldCode] = Field(min_length=1, max_length=7)


class ReopeningBody(Body):
    cause: ReopenedFor = Field(description="Why it is decided anew; an appeal is decided by another person")


class VoidBody(Body):
    cause: Literal["entered_in_error", "withdrawn", "duplicate"]


class _OfTheBank(Body):
    bank_reference: str | None = Field(
        None,
        max_length=80,
        pattern=f"^{REFERENCE.pattern}$",
        description="Of the line in the bank's file, if there is one",
    )

    @model_validator(mode="after")
    def _no_person(self) -> "_OfTheBank":
        if any(isinstance(text, str) and NIK.search(text) for text in self.model_dump().values()):
            raise PydanticCustomError(
                "holds_nik",
                "a reference seems to hold a NIK; it may not name a person",
                {"indonesian": "nomor ini tampak memuat NIK; nomor tidak boleh menyebut orang"},
            )
        return self


class ConfirmationBody(_OfTheBank):
    paid_on: Day = Field(description="The day on which the money reached the payee")
    amount_idr: Amount = Field(description="What arrived; less than was ordered is kept as an underpayment")


class ReturnBody(_OfTheBank):
    returned_on: Day = Field(description="The day on which the money came back")
    code: str = Field(
        min_length=1,
        max_length=CODE_LENGTH_MAX,
        pattern=f"^{CODE.pattern}$",
        description="Why, as the bank names it; TAKEN_BACK of a confirmation that was entered by mistake",
        examples=["ACCOUNT_CLOSED"],
    )

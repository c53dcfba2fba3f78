"""The entries of the rule book as they are proposed and shown over HTTP, and what is answered of editions."""

from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.chassis.web import Body
from services.claims.answers import Consistency, Rupiah
from services.claims.api.bodies import Code, Day
from services.claims.claim import Outcome, Programme
from services.claims.rules.book import (
    Case,
    Confidence,
    Content,
    DatedDisability,
    DatedDocument,
    DatedRule,
    DocumentKind,
    Holiday,
    HolidayKind,
    HolidayYear,
)
from services.claims.rules.proposal import CHANGES_MAX, Proposal, State, amounts_change_from
from services.claims.rules.store import Edition
from services.claims.separated import NIK

VALUE_MAX = 10**12


def _names_nobody(text: str) -> str:
    if NIK.search(text):
        raise PydanticCustomError(
            "holds_nik",
            "this text seems to hold a NIK; rules may not name a person",
            {"indonesian": "teks ini tampak memuat NIK; aturan tidak boleh menyebut orang"},
        )
    return text


Text = Annotated[str, StringConstraints(min_length=10, max_length=2_000), AfterValidator(_names_nobody)]
Words = Annotated[str, StringConstraints(min_length=2, max_length=300), AfterValidator(_names_nobody)]
Law = Annotated[Words, Field(description="Where the law says so", examples=["PP 82/2019 Pasal 34"])]
Sure = Annotated[
    Confidence,
    Field(description="`verified`: read there; `derived`: inferred from it; `memory`: still to be checked against it"),
]
Since = Annotated[Day, Field(description="First day on which it holds", examples=["2027-01-01"])]
Many = Field((), max_length=CHANGES_MAX)
By = Annotated[str, Field(examples=["putu"])]


class RuleEntry(Body):
    """A value of a parameter, until the next entry of the same parameter and segment; null ends it."""

    parameter: str = Field(pattern=r"^[a-z]+(\.[A-Za-z0-9_]+)+$", max_length=60, examples=["jkm.santunan"])
    segment: str = Field("*", pattern=r"^(\*|[A-Z_]{2,10})$", description="`*`: all of them", examples=["*"])
    since: Since
    value: int | None = Field(
        ge=0,
        le=VALUE_MAX,
        description="Rupiah, months, years, days or permille, as the name says",
        examples=[25_000_000],
    )
    law: Law
    confidence: Sure


class DocumentEntry(Body):
    """A document of the checklist of a kind of claim."""

    kind: DocumentKind
    code: Code = Field(examples=["DEATH_CERTIFICATE"])
    since: Since
    indonesian: Words = Field(examples=["Akta kematian"])
    english: Words = Field(examples=["Death certificate"])
    law: Law
    confidence: Sure
    required: bool = Field(True, description="False: from this day on it is not asked for any more")
    case: Case = Field("", description="Only in this case; empty: always")


class DisabilityEntry(Body):
    """A row of the table of disabilities."""

    code: Code = Field(examples=["THUMB_LEFT"])
    since: Since
    permille: int = Field(ge=1, le=1_000, description="Of the whole, in thousandths", examples=[120])
    indonesian: Words = Field(examples=["Ibu jari tangan kiri"])
    english: Words = Field(examples=["Left thumb"])
    law: Law
    confidence: Sure


class HolidayEntry(Body):
    """A day on which offices are closed."""

    day: Day = Field(examples=["2027-08-17"])
    kind: HolidayKind
    indonesian: Words = Field(examples=["Hari Kemerdekaan Republik Indonesia"])
    english: Words = Field(examples=["Independence Day"])
    law: Law
    confidence: Sure
    working: bool = Field(False, description="True takes the holiday back")


class HolidayYearEntry(Body):
    """A year whose holidays were decreed, and are all listed."""

    year: int = Field(ge=2000, le=2100, examples=[2028])
    law: Law
    confidence: Sure


class Changes(Body):
    """Entries that are added, or take the place of those with the same name and day."""

    rules: tuple[RuleEntry, ...] = Many
    documents: tuple[DocumentEntry, ...] = Many
    disabilities: tuple[DisabilityEntry, ...] = Many
    holidays: tuple[HolidayEntry, ...] = Many
    holiday_years: tuple[HolidayYearEntry, ...] = Many

    def content(self) -> Content:
        return Content(
            rules=_entries(DatedRule, self.rules),
            documents=_entries(DatedDocument, self.documents),
            disabilities=_entries(DatedDisability, self.disabilities),
            holidays=_entries(Holiday, self.holidays),
            holiday_years=_entries(HolidayYear, self.holiday_years),
        )


class ProposalBody(Changes):
    """Changes on top of the newest edition, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "PP 99/2026 raises the death benefit from 2027 on.",
                    "rules": [
                        {
                            "parameter": "jkm.santunan",
                            "segment": "*",
                            "since": "2027-01-01",
                            "value": 25_000_000,
                            "law": "PP 99/2026 Pasal 1",
                            "confidence": "verified",
                        }
                    ],
                }
            ]
        }
    )

    reason: Text = Field(examples=["PP 99/2026 raises the death benefit from 2027 on."])


class RefusalBody(Body):
    remark: Text = Field(
        description="Why, for whoever proposed it",
        examples=["The regulation takes effect on 1 July, not on 1 January."],
    )


class RulesAnswer(BaseModel):
    """All that is in force on a day."""

    edition: int = Field(examples=[1])
    version: str = Field(examples=["1/2025-02-24"])
    on: date
    first_day: date = Field(description="The first day on which rules are known", examples=["2015-07-01"])
    rules: list[RuleEntry]
    documents: list[DocumentEntry]
    disabilities: list[DisabilityEntry]


class HolidaysAnswer(BaseModel):
    """The holidays of a year."""

    edition: int = Field(examples=[1])
    year: int = Field(examples=[2026])
    known: bool = Field(description="False: the decree of the year is not in; due dates of the year may move")
    known_until: date = Field(description="Last day up to which all years are listed", examples=["2027-12-31"])
    days: list[HolidayEntry]


class ProposalRow(BaseModel):
    """A proposal, and what became of it."""

    proposal_id: UUID
    state: State
    base: int = Field(description="The edition on top of which the changes are", examples=[1])
    edition: int | None = Field(description="The edition that it became", examples=[2])
    changes_count: int = Field(examples=[1])
    amounts_change_from: date | None = Field(description="Claims for incidents before this day come to the same")
    reason: str = Field(examples=["PP 99/2026 raises the death benefit from 2027 on."])
    proposed_by: By
    proposed_at: datetime
    settled_by: By | None = Field(description="Who approved or refused it")
    settled_at: datetime | None
    remark: str | None = Field(description="Why it was refused", examples=[None])


class ProposalAnswer(ProposalRow):
    """A proposal with its changes."""

    changes: Changes


class ChangedProposal(ProposalAnswer):
    """The proposal as a command left it."""

    consistency: Consistency


class ProposalsPage(BaseModel):
    rows: list[ProposalRow]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class EditionAnswer(BaseModel):
    """An edition of the rules; what it holds never changes."""

    edition: int = Field(examples=[2])
    sha256: str = Field(description="Of what it holds", examples=["9f2c6d0e" * 8])
    stored_at: datetime
    proposal: ProposalRow | None = Field(description="What it was made by; null: packaged with the service")


class EditionsPage(BaseModel):
    rows: list[EditionAnswer]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class TallyAnswer(BaseModel):
    """Claims of a programme that come to the same outcome now, and to the same with the proposal."""

    programme: Programme
    outcome: Outcome = Field(description="Now")
    becomes: Outcome = Field(description="With the proposal")
    cases: int = Field(examples=[40])
    changed: int = Field(description="Of them with another component, reason, outcome or year of school", examples=[12])
    amount_idr: Rupiah
    would_be_idr: Rupiah
    difference_idr: int = Field(description="Whole rupiah; less than 0: less would be paid", examples=[5_000_000])


class DifferenceAnswer(BaseModel):
    """A claim that would come out otherwise."""

    claim_id: UUID
    programme: Programme
    incident_on: date
    outcome: Outcome
    becomes: Outcome
    amount_idr: Rupiah
    would_be_idr: Rupiah
    difference_idr: int = Field(description="Whole rupiah; less than 0: less would be paid", examples=[5_000_000])


class WhatIfAnswer(BaseModel):
    """What the proposal would make of a page of decided claims. Nothing was changed by looking."""

    proposal_id: UUID
    base: int = Field(examples=[1])
    would_be: int = Field(description="The number that the edition would have", examples=[2])
    amounts_change_from: date | None = Field(description="Only incidents on or after this day can differ; null: none")
    claims: int | None = Field(description="All claims that can differ; told on the first page", examples=[1_200])
    looked_at: int = Field(description="Claims of this page", examples=[100])
    sums: list[TallyAnswer]
    differ: list[DifferenceAnswer] = Field(description="Those of this page, the largest difference first")
    next: str | None = Field(description="`cursor` of the next page; null on the last: add the pages up")


def entries_of(content: Content) -> dict[str, Any]:
    """Show entries as they are proposed."""
    return asdict(content)


def proposal_row(proposal: Proposal) -> ProposalRow:
    return ProposalRow(**_row(proposal))


def proposal_answer(proposal: Proposal) -> ProposalAnswer:
    return ProposalAnswer(**_row(proposal), changes=Changes.model_validate(entries_of(proposal.changes)))


def edition_answer(edition: Edition) -> EditionAnswer:
    proposal = proposal_row(edition.proposal) if edition.proposal else None
    return EditionAnswer(edition=edition.edition, sha256=edition.sha256, stored_at=edition.stored_at, proposal=proposal)


def _row(proposal: Proposal) -> dict[str, Any]:
    changes = proposal.changes
    told = {field.name: getattr(proposal, field.name) for field in fields(proposal)}
    return {name: value for name, value in told.items() if name not in {"number", "changes"}} | {
        "changes_count": sum(len(getattr(changes, field.name)) for field in fields(changes)),
        "amounts_change_from": amounts_change_from(changes),
    }


Entry = TypeVar("Entry", DatedRule, DatedDocument, DatedDisability, Holiday, HolidayYear)


def _entries(kind: type[Entry], given: tuple[Body, ...]) -> tuple[Entry, ...]:
    return tuple(kind(**one.model_dump()) for one in given)

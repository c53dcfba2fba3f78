"""Cohorts over HTTP: proposed, approved by a second person, opened, closed, handed over; their places and decrees."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Body, Commanded, Database, People, Problem
from services.chassis.web.acting import Actor, acting_as
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.chassis.web.problems import refusal
from services.enrollment import messages, queries
from services.enrollment.api import cohorts_answers
from services.enrollment.api.cohorts_answers import ChangedCohort, CohortAnswer, CohortList, DecreeFileAnswer
from services.enrollment.api.workers import REFUSALS, Day
from services.enrollment.cohorts import handlers, place_store, store, terms
from services.enrollment.cohorts.allotment import Account
from services.enrollment.cohorts.terms import Decree, Extent, Standing, State
from services.enrollment.domain import Funding, LegalBasis, Programme, Segment, jkm
from services.enrollment.identity import nik

PLACES_MAX = 10_000_000
MONTHS_MAX = 600
BUDGET_IDR_MAX = 10**15
CONTRIBUTION_IDR_MAX = 10**8
VILLAGES_MAX = 10_000
DECREE_BYTES_MAX = 10 * 1024 * 1024
DECREE_TYPES = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""What a decree may come as, and how such a file begins."""
PLACE_IN_LIST: TypeAdapter[tuple[int, str, UUID]] = TypeAdapter(
    tuple[Annotated[int, Field(ge=0, le=2200)], Annotated[str, Field(pattern=r"^[^\x00]*$")], UUID]
)
BEFORE_ALL = (-1, "", UUID(int=0))

CLERK = acting_as("clerk")
Approver = Annotated[Actor, acting_as("approver")]

router = APIRouter(prefix="/v1", tags=["cohorts"])
files = APIRouter(prefix="/v1", tags=["cohorts"], max_body_size=DECREE_BYTES_MAX)
ROUTERS = (router, files)

Office = Annotated[str, Field(min_length=1, max_length=200, examples=["Disnaker Kabupaten Gianyar"])]
Village = Annotated[str, Field(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$", examples=["51.04.01.2002"])]


class LegalBasisBody(Body):
    title: str = Field(min_length=1, max_length=500, examples=["Perbup Gianyar 55/2018"])
    placeholder: bool = Field(False, description="True while its number is not known")


class DecreeBody(Body):
    """The decision that names the people or the places."""

    number: str = Field(min_length=1, max_length=200, examples=["463/E-03/HK/2026"])
    signed_on: Day = Field(examples=["2026-12-15"])


class VillagePlacesBody(Body):
    village_code: Village
    places: int = Field(ge=0, le=PLACES_MAX, examples=[25])


class ExtentBody(Body):
    """For how many, and for how much money."""

    places: int = Field(ge=0, le=PLACES_MAX, description="How many people it pays for", examples=[400])
    village_places: tuple[VillagePlacesBody, ...] = Field(
        (),
        max_length=VILLAGES_MAX,
        description="Places that are a village's own; the rest is for people of any village",
    )
    person_months: int | None = Field(
        None,
        ge=0,
        le=PLACES_MAX * MONTHS_MAX,
        description="Budget in person-months; left out: places x months",
        examples=[2_400],
    )
    contribution_idr: int | None = Field(
        None, ge=0, le=CONTRIBUTION_IDR_MAX, description="What a month of one person's cover costs", examples=[16_800]
    )
    budget_idr: int | None = Field(
        None,
        ge=0,
        le=BUDGET_IDR_MAX,
        description="Whole rupiah; left out: person-months x contribution, or no fixed budget",
        examples=[40_320_000],
    )
    decree: DecreeBody | None = None

    def extent(self) -> Extent:
        return Extent(
            self.places,
            tuple((one.village_code, one.places) for one in self.village_places),
            self.person_months,
            self.contribution_idr,
            self.budget_idr,
            Decree(self.decree.number, self.decree.signed_on) if self.decree else None,
        )


class CohortBody(ExtentBody):
    name: str = Field(min_length=1, max_length=200, examples=["Pekerja rentan 2027"])
    year: int = Field(ge=2000, le=2200, description="Budget year", examples=[2027])
    phase: str | None = Field(None, max_length=100, description="Phase within the year", examples=["Tahap II"])
    segment: Segment = Field(examples=["BPU"])
    funding: Funding = Field(description="Whose money pays", examples=["APBD"])
    programmes: tuple[Programme, ...] = Field(min_length=1, max_length=10, examples=[["JKK", "JKM"]])
    legal_bases: tuple[LegalBasisBody, ...] = Field(
        max_length=100, description="What the cohort rests on; at least one"
    )
    covered_from: Day = Field(description="First covered day", examples=["2027-01-01"])
    covered_until: Day | None = Field(
        None, description="First day without cover; leave out for `months`, or for no end", examples=[None]
    )
    months: int | None = Field(
        None, ge=1, le=MONTHS_MAX, description="Length of the cover, instead of `covered_until`", examples=[6]
    )
    owner_office: Office | None = Field(None, description="The office that answers for it")


class ApprovalBody(Body):
    open: bool = Field(False, description="Take people in at once; otherwise it is opened by a command of its own")


class HandoverBody(Body):
    owner_office: Office


class ReallocationBody(Body):
    from_village: Village | None = Field(description="Null: places that are no village's")
    to_village: Village | None = Field(description="Null: places that are no village's")
    places: int = Field(ge=1, le=PLACES_MAX, examples=[5])


class Asked(PageOf):
    """Which cohorts are meant; several filters all hold."""

    year: int | None = Field(None, ge=2000, le=2200, description="Of this budget year", examples=[2027])
    state: State | None = Field(None, description="Which stand so")
    segment: Segment | None = Field(None, description="Of this segment")
    funding: Funding | None = Field(None, description="Whose money pays")
    owner_office: Office | None = Field(None, description="For which this office answers")
    village_code: Village | None = Field(None, description="Which have places for the village, or people of it")


@router.post(
    "/cohorts",
    status_code=201,
    summary="Propose a cohort: who pays, on what legal basis, for whom, how long, for how many (role clerk)",
    description="The length is given by `covered_until` (the first day without cover), by `months`, or not at all."
    " Nobody is enrolled before a second person has approved it and it has been opened.",
    response_model=ChangedCohort,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def propose(body: CohortBody, command: Commanded) -> Response:
    _refuse_national_numbers(body)
    _refuse_unknown_villages(body)
    wanted = terms.Propose(
        cohort_id=uuid4(),
        name=body.name,
        year=body.year,
        phase=body.phase,
        segment=body.segment,
        funding=body.funding,
        programmes=body.programmes,
        legal_bases=tuple(LegalBasis(basis.title, basis.placeholder) for basis in body.legal_bases),
        covered_from=body.covered_from,
        covered_until=body.covered_until,
        months=body.months,
        extent=body.extent(),
        owner_office=body.owner_office,
        by=command.who.id,
    )

    async def action(tx: Transaction, act: Act) -> Answer:
        standing = await handlers.propose(tx, wanted, act)
        return await _changed(tx, standing, status=201)

    return await command.once(action)


@router.post(
    "/cohorts/{cohort_id}/amendments",
    summary="Propose other places, person-months or money (role clerk)",
    description="What holds goes on to hold until a second person approves the amendment. `village_places` takes the"
    " place of the villages' places as they are then.",
    response_model=ChangedCohort,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def amend(cohort_id: UUID, body: ExtentBody, command: Commanded) -> Response:
    _refuse_national_numbers(body)
    _refuse_unknown_villages(body)
    return await _carry_out(command, cohort_id, lambda _: terms.Amend(body.extent(), command.who.id))


@router.post(
    "/cohorts/{cohort_id}/approvals",
    summary="Approve what was proposed, as somebody other than the proposer (role approver)",
    response_model=ChangedCohort,
    responses=REFUSALS,
)
async def approve(cohort_id: UUID, command: Commanded, who: Approver, body: ApprovalBody | None = None) -> Response:
    opens = body is not None and body.open
    return await _carry_out(command, cohort_id, lambda today: terms.Approve(who.id, opens, today))


@router.post(
    "/cohorts/{cohort_id}/openings",
    summary="Let the cohort take people in (role approver)",
    response_model=ChangedCohort,
    responses=REFUSALS,
)
async def open_cohort(cohort_id: UUID, command: Commanded, _who: Approver) -> Response:
    return await _carry_out(command, cohort_id, terms.Open)


@router.post(
    "/cohorts/{cohort_id}/closings",
    summary="Let the cohort take nobody in any more (role approver)",
    description="Cover that it pays goes on to its end, and reserved places may still be confirmed. Who waits for a"
    " place is told that there will be none.",
    response_model=ChangedCohort,
    responses=REFUSALS,
)
async def close(cohort_id: UUID, command: Commanded, _who: Approver) -> Response:
    return await _carry_out(command, cohort_id, terms.Close)


@router.post(
    "/cohorts/{cohort_id}/handovers",
    summary="Let another office answer for the cohort (role approver)",
    response_model=ChangedCohort,
    responses=REFUSALS,
)
async def hand_over(cohort_id: UUID, body: HandoverBody, command: Commanded, _who: Approver) -> Response:
    _refuse_national_numbers(body)
    return await _carry_out(command, cohort_id, lambda _: terms.HandOver(body.owner_office))


@router.post(
    "/cohorts/{cohort_id}/reallocations",
    summary="Move places from one village to another (role approver)",
    description="Null stands for the places that are no village's. Told as a fact, so the trace stays.",
    response_model=ChangedCohort,
    responses=REFUSALS,
)
async def reallocate(cohort_id: UUID, body: ReallocationBody, command: Commanded, _who: Approver) -> Response:
    _refuse_unknown(
        {f"/body/{name}": code for name in ("from_village", "to_village") if (code := getattr(body, name)) is not None}
    )
    wanted = terms.Reallocate(body.from_village, body.to_village, body.places)
    return await _carry_out(command, cohort_id, lambda _: wanted)


@router.get("/cohorts", summary="Cohorts, by year and name, with their places", dependencies=[Included])
async def list_cohorts(asked: Annotated[Asked, Query()], pool: Database) -> CohortList:
    """List them with their places, person-months and money as they stand now."""
    after = place(asked.cursor, PLACE_IN_LIST, first=BEFORE_ALL)
    filters = asked.model_dump(exclude={"cursor", "limit"})
    async with transaction(pool) as tx:
        found = await store.page(tx, **filters, after=after, limit=asked.limit + 1)
        standings = await store.standings(tx, found)
        rows, following = page(
            [standings[cohort_id] for cohort_id in found],
            asked.limit,
            PLACE_IN_LIST,
            lambda one: (one.cohort.year, one.cohort.name, one.cohort.cohort_id),
        )
        accounts = await place_store.accounts(tx, [one.cohort.cohort_id for one in rows])
        shown = [await _shown(tx, one, accounts[one.cohort.cohort_id]) for one in rows]
        return CohortList(rows=shown, next=following)


@router.get(
    "/cohorts/{cohort_id}",
    summary="A cohort's terms, places, person-months and money",
    dependencies=[Included],
    responses=REFUSALS,
)
async def show(cohort_id: UUID, pool: Database) -> CohortAnswer:
    """Give its terms, what is taken, reserved and free of it, by village too, and what waits for approval."""
    async with transaction(pool) as tx:
        return await _shown(tx, await handlers.find(tx, cohort_id))


@files.put(
    "/cohorts/{cohort_id}/decree-file",
    summary="Keep the decree as it was signed: PDF, JPEG or PNG (role clerk)",
    description=f"At most {DECREE_BYTES_MAX // 1024**2} MB. A decree names people, so it is kept encrypted and every"
    " reading is logged. A newer file takes the place of an older one.",
    response_model=DecreeFileAnswer,
    dependencies=[CLERK],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in DECREE_TYPES},
        }
    },
    responses=REFUSALS,
)
async def keep_decree(request: Request, cohort_id: UUID, command: Commanded, vault: People) -> Response:
    content = await request.body()
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    begins = DECREE_TYPES.get(content_type)
    if begins is None or not content.startswith(begins):
        raise refusal(415, "No decree", _NotADecree())

    async def action(tx: Transaction, _act: Act) -> Answer:
        await handlers.find(tx, cohort_id)
        file_id = uuid4()
        box = (await vault.keys.make([file_id]))[file_id]
        await store.add_decree_file(tx, file_id, cohort_id, content_type, box.seal(content), command.who.id)
        return Answer(200, {"file_id": str(file_id), "bytes": len(content)})

    return await command.once(action)


@files.get(
    "/cohorts/{cohort_id}/decree-file",
    summary="Give the decree as it was signed (role clerk or approver); logged with the reader",
    dependencies=[acting_as("clerk", "approver")],
    response_class=Response,
    responses={
        200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in DECREE_TYPES}},
        404: {"description": "Not known, or no file was kept: `code` says which"},
    },
)
async def give_decree(cohort_id: UUID, pool: Database, vault: People, who: Acting) -> Response:
    async with transaction(pool) as tx:
        await handlers.find(tx, cohort_id)
        kept = await store.decree_file(tx, cohort_id)
    boxes = await vault.keys.take([kept[0]], actor=who.id, purpose="read a decree") if kept else {}
    if kept is None or kept[0] not in boxes:
        raise refusal(404, "Not known", _NoDecree())
    file_id, content_type, sealed = kept
    headers = {"Content-Disposition": f'attachment; filename="decree-{cohort_id}"', "X-Content-Type-Options": "nosniff"}
    return Response(boxes[file_id].open(sealed), media_type=content_type, headers=headers)


class _NotADecree:
    code = "decree_file_type"
    indonesian = "Berkas SK harus berupa PDF, JPEG atau PNG, dengan Content-Type yang sesuai isinya."
    english = "The decree's file must be PDF, JPEG or PNG, with the Content-Type of what it holds."


class _NoDecree:
    code = "decree_file_missing"
    indonesian = "Berkas SK kelompok ini belum disimpan. Unggah dahulu."
    english = "No file of this cohort's decree is kept. Upload it first."


async def _carry_out(command: Commanded, cohort_id: UUID, wanted: Callable[[date], terms.Command]) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        asked = wanted(await clock.business_date(tx))
        return await _changed(tx, await handlers.carry_out(tx, cohort_id, asked, act))

    return await command.once(action)


async def _changed(tx: Transaction, standing: Standing, status: int = 200) -> Answer:
    return Answer(status, (await _shown(tx, standing)).model_dump(mode="json"))


async def _shown(tx: Transaction, standing: Standing, account: Account | None = None) -> CohortAnswer:
    account = account or await place_store.account(tx, standing.cohort.cohort_id)
    cautions = jkm.warnings(standing.cohort, await queries.ended_before(tx, standing.cohort))
    return cohorts_answers.cohort(standing, account, cautions)


def _refuse_unknown_villages(body: ExtentBody) -> None:
    _refuse_unknown(
        {f"/body/village_places/{at}/village_code": one.village_code for at, one in enumerate(body.village_places)}
    )


def _refuse_unknown(villages: dict[str, str]) -> None:
    english = "This is no village's code. Use Kemendagri codes with dots; look them up with GET /v1/regions."
    indonesian = "Ini bukan kode desa/kelurahan. Pakai kode Kemendagri dengan titik; cari dengan GET /v1/regions."
    errors = [
        {"pointer": pointer, "code": "village_unknown", "reason": english}
        for pointer, code in villages.items()
        if not messages.knows_village(code)
    ]
    if errors:
        said = {"code": "village_unknown", "indonesian": indonesian, "english": english}
        raise Problem(422, "A village is not known", english, **said, errors=errors)


def _refuse_national_numbers(body: Body) -> None:
    """Terms are announced for good, so nothing that may be a NIK comes into their free text."""
    english = "This text holds 16 digits in a row, as a NIK does. Remove them; write dates with the month's name."
    indonesian = (
        "Teks ini memuat 16 angka berturut-turut, seperti NIK. Hapus angka itu; tulis tanggal dengan nama bulannya."
    )
    errors = [
        {"pointer": pointer, "code": "text_holds_nik", "reason": english}
        for pointer, text in _texts("/body", body.model_dump())
        if _nik_in(text)
    ]
    if errors:
        said = {"code": "text_holds_nik", "indonesian": indonesian, "english": english}
        raise Problem(422, "The text may name a person", english, **said, errors=errors)


def _texts(pointer: str, value: Any) -> list[tuple[str, str]]:
    """Give every text within a body, with the pointer to it."""
    if isinstance(value, str):
        return [(pointer, value)]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple | list) else ()
    return [found for name, part in parts for found in _texts(f"{pointer}/{name}", part)]


_nik_in = re.compile(rf"(?:\d[\s.\-\u2010-\u2015]*){{{nik.LENGTH}}}").search
"""Digits enough for a NIK, with or without spaces, dots and dashes between them."""

"""Lists for the office: who is in the register; who lapses when, and what keeping them costs. Ids, never names."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from payung_contracts.regions import villages
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.spreadsheets import as_text
from services.chassis.web import Database
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, cursor_after, page, place
from services.chassis.web.problems import Problem
from services.enrollment import queries, store
from services.enrollment.api.answers import VillageCode, last_covered_day
from services.enrollment.domain import Funding, Segment, Status, Worker, status_on
from services.enrollment.queries import Lapsing, Share, Wanted

KEPT_MONTHS_MAX = 60
AHEAD_DAYS = 90
AHEAD_DAYS_MAX = 1_100
LOOKED_AT_MAX = 2_000
"""People whose memberships are looked at for one page: a rare status may leave it short, and `next` goes on."""
FILE_PAGE_ROWS = 25_000
WORKER_KEY: TypeAdapter[UUID] = TypeAdapter(UUID)
LAPSING_KEY: TypeAdapter[tuple[date, UUID]] = TypeAdapter(tuple[date, UUID])
SHARE_KEY: TypeAdapter[tuple[str, UUID]] = TypeAdapter(tuple[str, UUID])
NOBODY = UUID(int=0)

VILLAGE = r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$"
Village = Annotated[
    str | None,
    Field(pattern=VILLAGE, description="Only people of this village, by its code", examples=["51.04.01.2002"]),
]
OfCohort = Annotated[UUID | None, Field(description="Only what this cohort pays")]

router = APIRouter(prefix="/v1", tags=["lists"])


class WorkersAsked(PageOf):
    village_code: Village = None
    cohort_id: OfCohort = None
    status: Status | None = Field(None, description="Only people with a membership that is this on the day")
    on: date | None = Field(None, description="The day; today in Asia/Makassar if left out")


class RenewalsAsked(PageOf):
    until: date | None = Field(
        None,
        description=f"Last day on which cover may be out; {AHEAD_DAYS} days ahead if left out",
        examples=["2026-12-31"],
    )
    months: int = Field(12, ge=1, le=KEPT_MONTHS_MAX, description="For how many months they are to be kept")
    village_code: Village = None
    cohort_id: OfCohort = None


class HeldAnswer(BaseModel):
    coverage_id: UUID
    segment: Segment
    status: Status


class ListedWorker(BaseModel):
    """Somebody in the register, and what their memberships are on the day."""

    worker_id: UUID
    village_code: VillageCode
    coverages: list[HeldAnswer]


class WorkerList(BaseModel):
    on: date
    rows: list[ListedWorker]
    next: str | None = Field(description="`cursor` of the next page; null on the last. A page may be short before it")


class Renewal(BaseModel):
    """A membership that ends, and what it costs to keep it."""

    last_covered_day: date = Field(examples=["2026-12-31"])
    days_left: int = Field(description="Days until the first without cover", examples=[41])
    worker_id: UUID
    coverage_id: UUID
    village_code: VillageCode
    cohort_id: UUID = Field(description="Who pays until then")
    cohort_name: str = Field(examples=["Pekerja rentan 2026"])
    segment: Segment
    funding: Funding
    monthly_idr: int | None = Field(description="Price of a month; null: not known here", examples=[16_800])
    cost_idr: int | None = Field(description="Price of all months; null: not known here", examples=[201_600])


class RenewalList(BaseModel):
    today: date
    until: date
    months: int
    rows: list[Renewal]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class RenewalSum(BaseModel):
    """What ends, counted; `cost_idr` leaves out the memberships `without_price`."""

    people: int
    memberships: int
    first_last_covered_day: date
    latest_last_covered_day: date
    person_months: int
    cost_idr: int = Field(examples=[5_040_000])
    without_price: int = Field(description="Memberships whose price is not known here")


class RenewalShare(RenewalSum):
    """What ends of a cohort in a village."""

    village_code: VillageCode
    cohort_id: UUID
    cohort_name: str = Field(examples=["Pekerja rentan 2026"])


class RenewalSummary(BaseModel):
    today: date
    until: date
    months: int
    total: RenewalSum | None = Field(description="Of all villages and cohorts asked for; null: nothing ends")
    rows: list[RenewalShare]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


@router.get("/workers", summary="Who is in the register, by village, cohort and status", dependencies=[Included])
async def list_workers(asked: Annotated[WorkersAsked, Query()], pool: Database) -> WorkerList:
    """List ids in their order. People who were merged into another entry are found at that one."""
    after = place(asked.cursor, WORKER_KEY, first=NOBODY)
    async with transaction(pool) as tx:
        on = asked.on or await clock.business_date(tx)
        looked_at = asked.limit + 1 if asked.status is None else LOOKED_AT_MAX
        found = await queries.workers(
            tx, on=on, village_code=asked.village_code, cohort_id=asked.cohort_id, after=after, limit=looked_at
        )
        workers = await store.workers(tx, found)
    rows = [one for worker_id in found if (one := _listed(workers[worker_id], on, asked)) is not None]
    shown, following = page(rows, asked.limit, WORKER_KEY, lambda row: row.worker_id)
    if following is None and len(found) == looked_at:
        following = cursor_after(WORKER_KEY, found[-1])
    return WorkerList(on=on, rows=list(shown), next=following)


@router.get("/renewals", summary="Who lapses when, and what it costs to keep them", dependencies=[Included])
async def list_renewals(asked: Annotated[RenewalsAsked, Query()], pool: Database) -> RenewalList:
    """List memberships that end with nothing to follow, the next to end first.

    A month costs what the cohort pays; of self-payers the contribution of the month, with its reductions; of other BPU
    the package of JKK, JKM and JHT. Of segments that pay a share of wages or of a contract the price is not known here.
    """
    after = place(asked.cursor, LAPSING_KEY, first=(date.min, NOBODY))
    async with transaction(pool) as tx:
        wanted = await _wanted(tx, asked)
        found = await queries.lapsing(tx, wanted, after=after, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, LAPSING_KEY, lambda row: (row.covered_until, row.coverage_id))
    told = [_renewal(row, wanted.today) for row in rows]
    return RenewalList(
        today=wanted.today, until=last_covered_day(wanted.until), months=wanted.months, rows=told, next=following
    )


@router.get("/renewals/summary", summary="What lapses by village and cohort, with its cost", dependencies=[Included])
async def sum_renewals(asked: Annotated[RenewalsAsked, Query()], pool: Database) -> RenewalSummary:
    """Count people, memberships, person-months and rupiah; with the total of everything asked for."""
    after = place(asked.cursor, SHARE_KEY, first=("", NOBODY))
    async with transaction(pool) as tx:
        wanted = await _wanted(tx, asked)
        found, total = await queries.shares(tx, wanted, after=after, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, SHARE_KEY, lambda row: (row.village_code, row.cohort_id))
    return RenewalSummary(
        today=wanted.today,
        until=last_covered_day(wanted.until),
        months=wanted.months,
        total=RenewalSum(**_sum(total)) if total else None,
        rows=[
            RenewalShare(
                **_sum(share), village_code=share.village_code, cohort_id=share.cohort_id, cohort_name=share.cohort_name
            )
            for share in rows
        ],
        next=following,
    )


class FileAsked(BaseModel):
    until: date | None = Field(
        None, description=f"Last day on which cover may be out; {AHEAD_DAYS} days ahead if left out"
    )
    months: int = Field(12, ge=1, le=KEPT_MONTHS_MAX, description="For how many months they are to be kept")
    village_code: Village = None
    cohort_id: OfCohort = None
    separator: Literal["comma", "semicolon"] = Field("comma", description="`semicolon` for an Indonesian Excel")


COLUMNS: tuple[str, ...] = (
    "last_covered_day",
    "days_left",
    "village_code",
    "village",
    "district",
    "cohort",
    "segment",
    "funding",
)
COLUMNS += ("monthly_idr", "months", "cost_idr", "worker_id", "coverage_id", "cohort_id")


@router.get(
    "/renewals.csv",
    summary="Who lapses when, as a file for a spreadsheet",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(COLUMNS)}}}},
    dependencies=[Included],
)
async def renewals_file(asked: Annotated[FileAsked, Query()], pool: Database) -> StreamingResponse:
    """Give every row of `/v1/renewals` in UTF-8, with the mark that Excel wants; no text in it is a formula."""
    async with transaction(pool) as tx:
        wanted = await _wanted(tx, asked)
    name = f"renewals-{wanted.today}-{last_covered_day(wanted.until)}.csv"
    return StreamingResponse(
        _lines(pool, wanted, "," if asked.separator == "comma" else ";"),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _lines(pool: Pool, wanted: Wanted, separator: str) -> AsyncIterator[str]:
    """Read page by page, so that a slow line holds no connection."""
    yield "\ufeff" + _line(COLUMNS, separator)
    after: tuple[date, UUID] | None = (date.min, NOBODY)
    while after is not None:
        async with transaction(pool) as tx:
            found = await queries.lapsing(tx, wanted, after=after, limit=FILE_PAGE_ROWS)
        yield "".join(_line(_cells(row, wanted), separator) for row in found)
        after = (found[-1].covered_until, found[-1].coverage_id) if len(found) == FILE_PAGE_ROWS else None


def _line(cells: Sequence[object], separator: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=separator).writerow(cells)
    return line.getvalue()


def _cells(row: Lapsing, wanted: Wanted) -> tuple[object, ...]:
    village = villages().get(row.village_code)
    return (
        last_covered_day(row.covered_until),
        (row.covered_until - wanted.today).days,
        row.village_code,
        village.village_name if village else "",
        village.district_name if village else "",
        as_text(row.cohort_name),
        row.segment,
        row.funding,
        row.monthly_idr,
        wanted.months,
        row.cost_idr,
        row.worker_id,
        row.coverage_id,
        row.cohort_id,
    )


async def _wanted(tx: Transaction, asked: RenewalsAsked | FileAsked) -> Wanted:
    today = await clock.business_date(tx)
    until = asked.until or today + timedelta(days=AHEAD_DAYS)
    if not 0 <= (until - today).days <= AHEAD_DAYS_MAX:
        english = f"`until` lies in the past or more than {AHEAD_DAYS_MAX} days ahead; today is {today}."
        indonesian = f"`until` sudah lewat atau lebih dari {AHEAD_DAYS_MAX} hari ke depan; hari ini {today}."
        said = {"code": "until_out_of_reach", "indonesian": indonesian, "english": english}
        errors = [{"pointer": "/query/until", "code": "until_out_of_reach", "reason": english}]
        raise Problem(422, "The period is empty or too long", english, **said, errors=errors)
    ends_by = until + timedelta(days=1)  # the first day without cover of whoever is covered on the last
    return Wanted(today, ends_by, asked.months, asked.village_code, asked.cohort_id)


def _listed(worker: Worker, on: date, asked: WorkersAsked) -> ListedWorker | None:
    held = [
        HeldAnswer(coverage_id=held.coverage_id, segment=held.segment, status=status_on(worker, held, on))
        for held in worker.memberships
        if asked.cohort_id is None or any(period.cohort.cohort_id == asked.cohort_id for period in held.periods)
    ]
    if asked.status is not None and not any(one.status == asked.status for one in held):
        return None
    village_code = worker.village_on(on, worker.village_code)
    return ListedWorker(worker_id=worker.worker_id, village_code=village_code, coverages=held)


def _renewal(row: Lapsing, today: date) -> Renewal:
    return Renewal(
        last_covered_day=row.covered_until - timedelta(days=1),
        days_left=(row.covered_until - today).days,
        worker_id=row.worker_id,
        coverage_id=row.coverage_id,
        village_code=row.village_code,
        cohort_id=row.cohort_id,
        cohort_name=row.cohort_name,
        segment=row.segment,
        funding=row.funding,
        monthly_idr=row.monthly_idr,
        cost_idr=row.cost_idr,
    )


def _sum(share: Share) -> dict[str, Any]:
    return {
        "people": share.people,
        "memberships": share.memberships,
        "first_last_covered_day": share.first_until - timedelta(days=1),
        "latest_last_covered_day": share.last_until - timedelta(days=1),
        "person_months": share.person_months,
        "cost_idr": share.cost_idr,
        "without_price": share.without_price,
    }

"""What every answer says of itself: how complete it is, how old, whether it can still change, and why."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from babel.dates import format_datetime
from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis import clock
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.postgres import Pool, Transaction
from services.chassis.postgres import snapshot as one_state
from services.chassis.watermark import Watermark, Withheld, watermarks, withheld
from services.reporting import schemas
from services.reporting.projections import READER

SOURCES = (COVERAGE.source, CLAIM.source)
"""Whose facts the figures are made of."""

ADDED_UP_IN_MEMORY = "64MB"
"""A question groups a hundred thousand places; Postgres' own 4 MB would send them through files."""

_schema: ContextVar[str | None] = ContextVar("schema", default=None)


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, in both languages."""

    indonesian: str
    english: str


NAMES = {COVERAGE.source: Text("kepesertaan", "enrollment"), CLAIM.source: Text("klaim", "claims")}
"""What people call the sources."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is in the figures of one answer, and whether later facts can change them."""

    final: bool
    why: Text
    watermarks: list[Watermark]
    withheld_keys: int
    version: int
    """Of the rules by which the schema was made that is answered from."""
    final_until: datetime | None
    """The newest time of which an answer is final now; None while there is none."""

    @property
    def age_seconds(self) -> float | None:
        """How far the figures may lag behind their slowest source; None while a source has told nothing yet."""
        ages = {mark.source: mark.age_seconds for mark in self.watermarks}
        return max(ages[source] for source in SOURCES) if ages.keys() >= set(SOURCES) else None


@contextmanager
def in_schema(schema: str) -> Iterator[None]:
    """Let whatever is asked within this be answered from that schema, and not from the active one."""
    token = _schema.set(schema)
    try:
        yield
    finally:
        _schema.reset(token)


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Transaction]:
    """See one state of the database for figures and completeness alike, in the schema that is active in it."""
    async with one_state(pool) as tx:
        if (schema := _schema.get()) is None:
            await schemas.use_active(tx)
        else:
            await schemas.look_in(tx, schemas.path(schema))
        await tx.execute("select set_config('work_mem', $1, true)", ADDED_UP_IN_MEMORY)
        yield tx


async def day_known(tx: Transaction, known_at: datetime | None) -> date:
    """Give the business day (Asia/Makassar) on which this was known: the day a question is about if it names none.

    Today, if it is asked with all facts so far.
    """
    return await clock.business_date(tx) if known_at is None else known_at.astimezone(BUSINESS_ZONE).date()


def snapshot_id(version: int, known_at: datetime) -> str:
    """Give the name of what was known then, by the rules of that version."""
    instant = known_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{version}@{instant}Z"


async def completeness(tx: Transaction, known_at: datetime | None) -> Completeness:
    """Tell how complete the snapshot is, for a question about what was known at `known_at`."""
    marks, aside = await watermarks(tx, READER), await withheld(tx)
    version = await tx.fetchval("select version from public.projection where schema = current_schema()")
    why = _why_not_final(known_at, marks, aside)
    final = Text(
        "Tetap: semua catatan sampai waktu yang diminta sudah termasuk; angka ini tidak akan berubah.",
        "Final: every fact up to the time asked for is in; this figure will not change.",
    )
    return Completeness(why is None, why or final, marks, aside.keys, version, _final_until(marks, aside))


def complete_until(marks: Sequence[Watermark]) -> datetime | None:
    """Give the time until which every source is complete; None while one of them has stated nothing."""
    return _earliest(_stated(marks).values())


def _stated(marks: Sequence[Watermark]) -> dict[str, datetime | None]:
    told = {mark.source: mark.complete_until for mark in marks}
    return {source: told.get(source) for source in SOURCES}


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    known = list(times)
    return None if None in known else min(time for time in known if time is not None)


def _final_until(marks: Sequence[Watermark], aside: Withheld) -> datetime | None:
    if not aside.keys:
        return complete_until(marks)
    first = aside.first_recordedtime
    return _earliest((complete_until(marks), first and first - timedelta(microseconds=1)))


def _why_not_final(known_at: datetime | None, marks: list[Watermark], aside: Withheld) -> Text | None:
    if known_at is None:
        return Text(
            "Belum tetap: memakai semua catatan sampai saat ini; pilih waktu “Diketahui pada” untuk angka yang tetap.",
            "Not final: with all facts so far; choose a “Known at” time for figures that stay.",
        )
    for source, until in _stated(marks).items():
        if until is None or known_at > until:
            return _incomplete(NAMES[source], until)
    if aside.keys and (aside.first_recordedtime is None or known_at >= aside.first_recordedtime):
        return Text(
            f"Belum tetap: ada {aside.keys} orang atau kelompok yang catatannya ditahan untuk diperiksa.",
            f"Not final: facts of {aside.keys} workers or cohorts are withheld for a person to look at.",
        )
    return None


def _incomplete(source: Text, until: datetime | None) -> Text:
    if until is None:
        return Text(
            f"Belum tetap: data {source.indonesian} belum pernah dinyatakan lengkap.",
            f"Not final: facts of {source.english} have not been stated to be complete yet.",
        )
    return Text(
        f"Belum tetap: data {source.indonesian} baru lengkap sampai {time_of(until).indonesian}.",
        f"Not final: facts of {source.english} are complete until {time_of(until).english} only.",
    )


def time_of(instant: datetime) -> Text:
    """Write a time of Bali as 22 November 2026 pukul 23.59 WITA, with its seconds where it has any."""
    local = instant.astimezone(BUSINESS_ZONE)
    clock_time = f"HH.mm{'.ss' if local.second else ''} 'WITA'"
    return Text(
        format_datetime(local, f"d MMMM y 'pukul' {clock_time}", locale="id_ID"),
        format_datetime(local, f"d MMMM y 'at' {clock_time}", locale="en_GB"),
    )

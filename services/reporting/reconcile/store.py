"""Read what the read model says, in one snapshot, as values that compare with those of the plain fold."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from payung_contracts.platform import Tick

from services.chassis.plain_log import Place
from services.chassis.postgres import Transaction, open_pool
from services.reporting import schemas
from services.reporting.plain_fold.life import (
    Cell,
    ChurnCell,
    DeathCell,
    MembershipCell,
    PaidAfterDeathCell,
    PeopleCell,
    StepCell,
)
from services.reporting.plain_fold.rows import Rows, Table
from services.reporting.reconcile import claim_rows, rollups
from services.reporting.reconcile.claim_rows import by_event

READER = "reporting"
LOG_IS_READ_IN = "4h"
ADDED_UP_IN_MEMORY = "64MB"
ROWS_AHEAD = 5_000
READ_S_MAX = 600.0
"""A table is read in one statement, and one that is rolled up added up in one."""


class Kept(NamedTuple):
    """What the reader keeps of a key."""

    sequence: int
    event_id: UUID | None
    parked: bool
    state: str | None


class Letter(NamedTuple):
    """A record that was set aside; `sequence` is None where it could not be read."""

    place: Place
    key: UUID
    sequence: int | None
    settled_how: str | None


@dataclass(frozen=True, slots=True)
class ReadModel:
    """All that the read model says, in one snapshot."""

    offsets: dict[tuple[str, int], int]
    keys: dict[tuple[str, UUID], Kept]
    letters: dict[Place, Letter]
    letters_of: dict[tuple[str, UUID], list[Letter]]
    ticks: list[Tick]
    rolled_up: rollups.RolledUp
    rows: dict[Table, Rows]


@asynccontextmanager
async def snapshot(dsn: str, schema: str | None = None) -> AsyncIterator[Transaction]:
    """See one state of a schema, or of the active one, for as long as it takes to read the log."""
    async with (
        open_pool(dsn, name="reconcile", size_max=1, command_s_max=READ_S_MAX) as pool,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(f"set local idle_in_transaction_session_timeout = '{LOG_IS_READ_IN}'")
        await connection.execute(f"set local work_mem = '{ADDED_UP_IN_MEMORY}'")
        if schema is None:
            await schemas.use_active(connection)
        else:
            await schemas.look_in(connection, schemas.path(schema))
        yield connection


async def read_model(tx: Transaction) -> ReadModel:
    """Read all but the ledgers, of which `cells` gives what is wanted."""
    letters = await _letters(tx)
    letters_of = defaultdict(list)
    for letter in letters:
        letters_of[letter.place.topic, letter.key].append(letter)
    return ReadModel(
        offsets=await _offsets(tx),
        keys=await _keys(tx),
        letters={letter.place: letter for letter in letters},
        letters_of=dict(letters_of),
        ticks=await _ticks(tx),
        rolled_up=await rollups.read(tx),
        rows={
            "cohort": await _cohorts(tx),
            "cohort_step": await _cohort_steps(tx),
            "place_move": await _place_moves(tx),
            "card_issue": await _cards_issued(tx),
            "card_handover": await _cards_handed_over(tx),
            "double_funding": await _double_funding(tx),
            "double_funding_decision": await _double_funding_decisions(tx),
            "worker_merge": await _merges(tx),
            **await claim_rows.rows(tx),
        },
    )


async def _offsets(tx: Transaction) -> dict[tuple[str, int], int]:
    rows = await tx.fetch("select topic, part, next_offset from reader_offset where reader = $1", READER)
    return {(row["topic"], row["part"]): row["next_offset"] for row in rows}


async def _keys(tx: Transaction) -> dict[tuple[str, UUID], Kept]:
    rows = await tx.fetch("select topic, key, sequence, event_id, parked, state from reader_key")
    return {(row[0], row[1]): Kept(row[2], row[3], row[4], row[5]) for row in rows}


async def _letters(tx: Transaction) -> list[Letter]:
    rows = await tx.fetch('select topic, part, "offset", key, sequence, settled_how from letter')
    return [Letter(Place(*row[:3]), *row[3:]) for row in rows]


async def _ticks(tx: Transaction) -> list[Tick]:
    rows = await tx.fetch("select source, epoch, number, snapshot, clock, complete_until, offsets from tick")
    return [Tick(**{**dict(row), "offsets": orjson.loads(row["offsets"])}, count=0, checksum="") for row in rows]


async def _cohorts(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, cohort_id, approved, name, year, phase, segment, funding, programmes,
               covered_from, covered_until, months, places, person_months, budget_idr, owner_office, decree_number,
               decree_signed_on
          from cohort
        """
    )
    bases, places = defaultdict(list), defaultdict(list)
    for event_id, *basis in await tx.fetch("select event_id, title, placeholder from legal_basis"):
        bases[event_id].append(tuple(basis))
    for event_id, *place in await tx.fetch("select event_id, village_code, places from village_place"):
        places[event_id].append(tuple(place))
    return {
        event_id: {**values, "legal_bases": sorted(bases[event_id]), "village_places": sorted(places[event_id])}
        for event_id, values in by_event(rows).items()
    }


async def _cohort_steps(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, cohort_id, step, day, owner_office from cohort_step")
    return by_event(rows)


async def _place_moves(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, cohort_id, from_village, to_village, places from place_move")
    return by_event(rows)


async def _cards_issued(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, coverage_id, village_code, issued_on from card_issue"
    )
    return by_event(rows)


async def _double_funding(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity, overlaps_from,
               overlaps_until, person_months, village_code
          from double_funding
        """
    )
    return by_event(rows)


async def _double_funding_decisions(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, worker_id, finding_id, outcome from double_funding_decision")
    return by_event(rows)


async def _cards_handed_over(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by from card_handover"
    )
    return by_event(rows)


async def _merges(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, worker_id, survivor_id, merged from worker_merge")
    return by_event(rows)


async def cells(tx: Transaction, times: Collection[datetime] | None = None) -> AsyncIterator[tuple[Cell, int]]:
    """Give every change of every ledger, or those recorded at these times, one after the other as the rows stand."""
    async for row in tx.cursor(
        """
        select day, recorded_at, village_code, segment, funding, cohort_id::text, fact, people
          from people_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield PeopleCell(*row[:7]), row[7]
    async for row in tx.cursor(
        """
        select day, recorded_at, cohort_id::text, village_code, kind, memberships
          from membership_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield MembershipCell(*row[:5]), row[5]
    async for row in tx.cursor(
        """
        select day, recorded_at, cohort_id::text, village_code, step, failed, reason, workers
          from funnel_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield StepCell(*row[:7]), row[7]
    async for row in tx.cursor(
        """
        select day, recorded_at, village_code, segment, funding, what, since, people
          from churn_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield ChurnCell(*row[:7]), row[7]
    async for row in tx.cursor(
        """
        select day, recorded_at, worker_id::text, village_code, segment, funding, deaths
          from death_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield DeathCell(*row[:6]), row[6]
    async for row in tx.cursor(
        """
        select day, recorded_at, worker_id::text, coverage_id::text, cohort_id::text, village_code, segment, funding,
               paid_from, paid_until, begun_after, periods
          from paid_after_death_delta where $1::timestamptz[] is null or recorded_at = any($1)
        """,
        times,
        prefetch=ROWS_AHEAD,
    ):
        yield PaidAfterDeathCell(*row[:11]), row[11]

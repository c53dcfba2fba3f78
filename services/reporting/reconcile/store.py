"""Read all that the read model says, in one snapshot, as values that compare with those of the plain fold."""

from collections import defaultdict
from dataclasses import dataclass
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
from services.reporting.reconcile.claim_rows import SNAPSHOT_S_MAX, by_event

READER = "reporting"


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
    people: dict[Cell, int]
    churn: dict[Cell, int]
    rolled_up: rollups.RolledUp
    memberships: dict[Cell, int]
    steps: dict[Cell, int]
    deaths: dict[Cell, int]
    paid_after_death: dict[Cell, int]
    rows: dict[Table, Rows]


async def snapshot(dsn: str, schema: str | None = None) -> ReadModel:
    """Read a schema, or the active one."""
    async with (
        open_pool(dsn, name="reconcile", size_max=1) as pool,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if schema is None:
            await schemas.use_active(connection)
        else:
            await schemas.look_in(connection, schemas.path(schema))
        letters = await _letters(connection)
        letters_of = defaultdict(list)
        for letter in letters:
            letters_of[letter.place.topic, letter.key].append(letter)
        return ReadModel(
            offsets=await _offsets(connection),
            keys=await _keys(connection),
            letters={letter.place: letter for letter in letters},
            letters_of=dict(letters_of),
            ticks=await _ticks(connection),
            people=await _people(connection),
            churn=await _churn(connection),
            rolled_up=await rollups.read(connection),
            memberships=await _memberships(connection),
            steps=await _steps(connection),
            deaths=await _deaths(connection),
            paid_after_death=await _paid_after_death(connection),
            rows={
                "cohort": await _cohorts(connection),
                "cohort_step": await _cohort_steps(connection),
                "place_move": await _place_moves(connection),
                "card_issue": await _cards_issued(connection),
                "card_handover": await _cards_handed_over(connection),
                "double_funding": await _double_funding(connection),
                "double_funding_decision": await _double_funding_decisions(connection),
                "worker_merge": await _merges(connection),
                **await claim_rows.rows(connection),
            },
        )


async def _offsets(tx: Transaction) -> dict[tuple[str, int], int]:
    rows = await tx.fetch("select topic, part, next_offset from reader_offset where reader = $1", READER)
    return {(row["topic"], row["part"]): row["next_offset"] for row in rows}


async def _keys(tx: Transaction) -> dict[tuple[str, UUID], Kept]:
    rows = await tx.fetch(
        "select topic, key, sequence, event_id, parked, state from reader_key", timeout=SNAPSHOT_S_MAX
    )
    return {(row[0], row[1]): Kept(row[2], row[3], row[4], row[5]) for row in rows}


async def _letters(tx: Transaction) -> list[Letter]:
    rows = await tx.fetch(
        'select topic, part, "offset", key, sequence, settled_how from letter', timeout=SNAPSHOT_S_MAX
    )
    return [Letter(Place(*row[:3]), *row[3:]) for row in rows]


async def _ticks(tx: Transaction) -> list[Tick]:
    rows = await tx.fetch("select source, epoch, number, snapshot, clock, complete_until, offsets from tick")
    return [Tick(**{**dict(row), "offsets": orjson.loads(row["offsets"])}, count=0, checksum="") for row in rows]


async def _people(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, village_code, segment, funding, sum(people)
          from people_delta group by 1, 2, 3, 4, 5 having sum(people) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {PeopleCell(*row[:5]): row[5] for row in rows}


async def _churn(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, village_code, segment, funding, what, since, sum(people)
          from churn_delta group by 1, 2, 3, 4, 5, 6, 7 having sum(people) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {ChurnCell(*row[:7]): row[7] for row in rows}


async def _memberships(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, cohort_id::text, village_code, kind, sum(memberships)
          from membership_delta group by 1, 2, 3, 4, 5 having sum(memberships) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {MembershipCell(*row[:5]): row[5] for row in rows}


async def _steps(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, cohort_id::text, village_code, step, failed, reason, sum(workers)
          from funnel_delta group by 1, 2, 3, 4, 5, 6, 7 having sum(workers) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {StepCell(*row[:7]): row[7] for row in rows}


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
        "select event_id, recorded_at, worker_id, coverage_id, village_code, issued_on from card_issue",
        timeout=SNAPSHOT_S_MAX,
    )
    return by_event(rows)


async def _double_funding(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity, overlaps_from,
               overlaps_until, person_months, village_code
          from double_funding
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return by_event(rows)


async def _double_funding_decisions(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, worker_id, finding_id, outcome from double_funding_decision")
    return by_event(rows)


async def _cards_handed_over(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by from card_handover",
        timeout=SNAPSHOT_S_MAX,
    )
    return by_event(rows)


async def _merges(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, worker_id, survivor_id, merged from worker_merge")
    return by_event(rows)


async def _deaths(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, worker_id::text, village_code, segment, funding, sum(deaths)
          from death_delta group by 1, 2, 3, 4, 5, 6 having sum(deaths) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {DeathCell(*row[:6]): row[6] for row in rows}


async def _paid_after_death(tx: Transaction) -> dict[Cell, int]:
    rows = await tx.fetch(
        """
        select day, recorded_at, worker_id::text, coverage_id::text, cohort_id::text, village_code, segment, funding,
               paid_from, paid_until, begun_after, sum(periods)
          from paid_after_death_delta group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 having sum(periods) <> 0
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return {PaidAfterDeathCell(*row[:11]): row[11] for row in rows}

"""Read all that the read model says, in one snapshot, as values that compare with those of the plain fold."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from payung_contracts.platform import Tick

from services.chassis.plain_log import Place
from services.chassis.postgres import Transaction, open_pool
from services.reporting.plain_fold.life import Cell, MembershipCell, PeopleCell, StepCell
from services.reporting.plain_fold.rows import Rows, Table

READER = "reporting"
SNAPSHOT_S_MAX = 600.0


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
    memberships: dict[Cell, int]
    steps: dict[Cell, int]
    rows: dict[Table, Rows]


async def snapshot(dsn: str) -> ReadModel:
    async with (
        open_pool(dsn, name="reconcile", size_max=1) as pool,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
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
            memberships=await _memberships(connection),
            steps=await _steps(connection),
            rows={
                "cohort": await _cohorts(connection),
                "cohort_step": await _cohort_steps(connection),
                "place_move": await _place_moves(connection),
                "card_issue": await _cards_issued(connection),
                "card_handover": await _cards_handed_over(connection),
                "double_funding": await _double_funding(connection),
                "double_funding_decision": await _double_funding_decisions(connection),
                "claim_decision": await _decisions(connection),
                "claim_payment": await _payments(connection),
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
        for event_id, values in _by_event(rows).items()
    }


async def _cohort_steps(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, cohort_id, step, day, owner_office from cohort_step")
    return _by_event(rows)


async def _place_moves(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, cohort_id, from_village, to_village, places from place_move")
    return _by_event(rows)


async def _cards_issued(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, coverage_id, village_code, issued_on from card_issue",
        timeout=SNAPSHOT_S_MAX,
    )
    return _by_event(rows)


async def _double_funding(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity, overlaps_from,
               overlaps_until, person_months
          from double_funding
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return _by_event(rows)


async def _double_funding_decisions(tx: Transaction) -> Rows:
    rows = await tx.fetch("select event_id, recorded_at, worker_id, finding_id, outcome from double_funding_decision")
    return _by_event(rows)


async def _cards_handed_over(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by from card_handover",
        timeout=SNAPSHOT_S_MAX,
    )
    return _by_event(rows)


async def _decisions(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on, decided_on, amount_idr,
               segment, funding, cohort_id, village_code, rule_version
          from claim_decision
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return _by_event(rows)


async def _payments(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id, area_code, paid_on,
               cases, amount_idr
          from claim_payment
        """,
        timeout=SNAPSHOT_S_MAX,
    )
    return _by_event(rows)


def _by_event(rows: Iterable[Any]) -> Rows:
    found = (dict(row) for row in rows)
    return {values.pop("event_id"): values for values in found}

"""Make read models of facts: fold what one worker's facts say, and write what they change, a batch at a time.

The hot path is a worker's cover (`timeline.py`): a fact becomes a few signed deltas, deltas of one batch that share
day, recorded time and place become one row, and the rows go to Postgres by COPY, as text that Postgres reads itself. A
value it cannot read is then the fact's fault (SQLSTATE class 22), never ours.
"""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from payung_contracts.topics import CLAIM, COHORT, COVERAGE, TICKS

from services.chassis.apply import Projection
from services.chassis.postgres import Transaction
from services.chassis.received import Received
from services.reporting import messages
from services.reporting.timeline import NOTHING, MembershipDelta, PeopleDelta, State, change

READER = "reporting"
PROJECTION_VERSION = 1
"""Raised when the same facts give other figures than before; (known-at time, version) names a final figure for ever."""

QUIET = frozenset(
    {
        "enrollment.worker_registered.v1",
        "enrollment.coverage_expiring.v1",
        "enrollment.coverage_expired.v1",
    }
)
"""Facts of a worker that change no cover: its end stands in the ledger since it began."""


class Counted(NamedTuple):
    """What one fact changes in the counts."""

    recorded_at: str
    people: list[PeopleDelta]
    memberships: list[MembershipDelta]


class Row(NamedTuple):
    """What one fact adds to a table of facts as they were recorded."""

    table: str
    values: dict[str, Any]


Effect = Counted | Row


def fold(state: State | None, fact: Received) -> tuple[State | None, Sequence[Effect]]:
    """Take in a fact of one key; raises Refused for one that is not as the contracts say."""
    data = messages.read(fact.type, fact.data)
    if fact.type in QUIET:
        return state, ()
    if fact.topic == COVERAGE.name and fact.type != "enrollment.card_handed_over.v1":
        new, people, memberships = change(state or NOTHING, fact.type, data)
        return new, (Counted(fact.recordedtime, people, memberships),) if people or memberships else ()
    row = _row(fact, data | {"event_id": fact.id, "recorded_at": fact.recordedtime})
    return state, (row,) if row else ()


def _row(fact: Received, values: dict[str, Any]) -> Row | None:
    match fact.type:
        case "enrollment.card_handed_over.v1":
            return Row("card_handover", values | {"worker_id": fact.key})
        case "enrollment.cohort_approved.v1":
            return Row("cohort", values | {"cohort_id": fact.key})
        case "claims.claim_decided.v1":
            return Row("claim_decision", values | {"worker_id": fact.key})
        case "claims.claim_paid.v1":
            paid = {"worker_id": fact.key, "area_code": values["village_code"], "cases": 1}
            return Row("claim_payment", values | paid)
        case "claims.payment_recorded.v1":
            return Row("claim_payment", values)
        case _:
            return None


async def project(tx: Transaction, effects: Sequence[Effect]) -> None:
    """Write the effects of a batch."""
    people: Counter[tuple[str, str, str, str, str]] = Counter()
    memberships: Counter[tuple[str, str, str, str, str]] = Counter()
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for effect in effects:
        if isinstance(effect, Row):
            rows[effect.table].append(effect.values)
            continue
        recorded_at = effect.recorded_at
        for day, segment, village, funding, more in effect.people:
            people[day, recorded_at, village, segment, funding] += more
        for day, cohort_id, village, kind, more in effect.memberships:
            memberships[day, recorded_at, cohort_id, village, kind] += more
    if people:
        await tx.copy_to_table("people_delta", source=_lines(people), format="text")
    if memberships:
        await tx.copy_to_table("membership_delta", source=_lines(memberships), format="text")
    for table, write in WRITES.items():
        if rows[table]:
            # not orjson: a number too great for Postgres has to reach Postgres, whose refusal parks the fact
            await write(tx, json.dumps(rows[table]))


async def _lines(deltas: Counter[tuple[str, str, str, str, str]]) -> AsyncIterator[bytes]:
    """Write deltas as COPY's text, in the order of the tables' columns; what nets to nothing is left out."""
    yield "".join(
        f"{day}\t{recorded_at}\t{place}\t{what}\t{which}\t{more}\n"
        for (day, recorded_at, place, what, which), more in deltas.items()
        if more
    ).encode()


async def _approved(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into cohort (event_id, recorded_at, cohort_id, name, year, phase, segment, funding, programmes,
                            covered_from, covered_until, months, places, person_months, budget_idr)
        select event_id, recorded_at, cohort_id, name, year, phase, segment, funding, programmes,
               covered_from, covered_until, months, places, person_months, budget_idr
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, cohort_id uuid, name text, year int, phase text, segment text,
               funding text, programmes text[], covered_from date, covered_until date, months int, places bigint,
               person_months bigint, budget_idr bigint)
        """,
        rows,
    )
    await tx.execute(
        """
        insert into legal_basis (event_id, title, placeholder)
        select r.event_id, b.title, b.placeholder
          from json_to_recordset($1::json) as r(event_id uuid, legal_bases json),
               json_to_recordset(r.legal_bases) as b(title text, placeholder boolean)
        """,
        rows,
    )


async def _handed(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into card_handover (event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by)
        select event_id, recorded_at, worker_id, coverage_id, village_code, handed_on, received_by
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, coverage_id uuid, village_code text,
               handed_on date, received_by text)
        """,
        rows,
    )


async def _decided(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_decision (event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on,
                                    decided_on, amount_idr, segment, funding, cohort_id, village_code, rule_version)
        select event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on,
               decided_on, amount_idr, segment, funding, cohort_id, village_code, rule_version
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, programme text, outcome text,
               incident_on date, decided_on date, amount_idr bigint, segment text, funding text, cohort_id uuid,
               village_code text, rule_version text)
        """,
        rows,
    )


async def _paid(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_payment (event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id,
                                   area_code, paid_on, cases, amount_idr)
        select event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id,
               area_code, paid_on, cases, amount_idr
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, programme text, segment text,
               funding text, cohort_id uuid, area_code text, paid_on date, cases bigint, amount_idr bigint)
        """,
        rows,
    )


WRITES: dict[str, Callable[[Transaction, str], Awaitable[None]]] = {
    "cohort": _approved,
    "card_handover": _handed,
    "claim_decision": _decided,
    "claim_payment": _paid,
}
PROJECTION = Projection(READER, (COVERAGE, COHORT, CLAIM, TICKS), fold, project)

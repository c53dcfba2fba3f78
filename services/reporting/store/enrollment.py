"""Write what enrollment told that is kept as it was told: cohorts, cards, double funding, who was merged."""

from collections.abc import Awaitable, Callable

from services.chassis.postgres import Transaction


async def _cohorts(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into cohort (event_id, recorded_at, cohort_id, approved, name, year, phase, segment, funding, programmes,
                            covered_from, covered_until, months, places, person_months, budget_idr, owner_office,
                            decree_number, decree_signed_on)
        select event_id, recorded_at, cohort_id, approved, name, year, phase, segment, funding, programmes,
               covered_from, covered_until, months, places, person_months, budget_idr, owner_office,
               decree ->> 'number', (decree ->> 'signed_on')::date
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, cohort_id uuid, approved boolean, name text, year int,
               phase text, segment text, funding text, programmes text[], covered_from date, covered_until date,
               months int, places bigint, person_months bigint, budget_idr bigint, owner_office text, decree json)
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
    await tx.execute(
        """
        insert into village_place (event_id, village_code, places)
        select r.event_id, v.village_code, v.places
          from json_to_recordset($1::json) as r(event_id uuid, village_places json),
               json_to_recordset(r.village_places) as v(village_code text, places bigint)
        """,
        rows,
    )


async def _cohort_steps(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into cohort_step (event_id, recorded_at, cohort_id, step, day, owner_office)
        select event_id, recorded_at, cohort_id, step, coalesce(opened_on, closed_on), owner_office
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, cohort_id uuid, step text, opened_on date, closed_on date,
               owner_office text)
        """,
        rows,
    )


async def _place_moves(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into place_move (event_id, recorded_at, cohort_id, from_village, to_village, places)
        select event_id, recorded_at, cohort_id, from_village, to_village, places
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, cohort_id uuid, from_village text, to_village text,
               places bigint)
        """,
        rows,
    )


async def _cards_issued(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into card_issue (event_id, recorded_at, worker_id, coverage_id, village_code, issued_on)
        select event_id, recorded_at, worker_id, coverage_id, village_code, issued_on
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, coverage_id uuid, village_code text,
               issued_on date)
        """,
        rows,
    )


async def _cards_handed_over(tx: Transaction, rows: str) -> None:
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


async def _double_funding(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into double_funding (event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity,
                                    overlaps_from, overlaps_until, person_months, village_code)
        select event_id, recorded_at, worker_id, finding_id, coverage_ids, cohort_ids, activity,
               overlaps_from, overlaps_until, person_months, village_code
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, finding_id uuid, coverage_ids uuid[],
               cohort_ids uuid[], activity text, overlaps_from date, overlaps_until date, person_months bigint,
               village_code text)
        """,
        rows,
    )


async def _double_funding_decisions(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into double_funding_decision (event_id, recorded_at, worker_id, finding_id, outcome)
        select event_id, recorded_at, worker_id, finding_id, outcome
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, finding_id uuid, outcome text)
        """,
        rows,
    )


async def _merges(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into worker_merge (event_id, recorded_at, worker_id, survivor_id, merged)
        select event_id, recorded_at, worker_id, coalesce(survivor_id, other_worker_id), merged
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, survivor_id uuid, other_worker_id uuid,
               merged boolean)
        """,
        rows,
    )


WRITES: dict[str, Callable[[Transaction, str], Awaitable[None]]] = {
    "cohort": _cohorts,
    "cohort_step": _cohort_steps,
    "place_move": _place_moves,
    "card_issue": _cards_issued,
    "card_handover": _cards_handed_over,
    "double_funding": _double_funding,
    "double_funding_decision": _double_funding_decisions,
    "worker_merge": _merges,
}

"""Write what claims told: reports, steps, decisions, orders, payments and reviews, with the parts of each."""

from collections.abc import Awaitable, Callable

from services.chassis.postgres import Transaction


async def _reports(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_report (event_id, recorded_at, worker_id, claim_id, programme, incident_on, reported_on,
                                  channel)
        select event_id, recorded_at, worker_id, claim_id, programme, incident_on, reported_on, channel
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, programme text,
               incident_on date, reported_on date, channel text)
        """,
        rows,
    )


async def _steps(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_step (event_id, recorded_at, worker_id, claim_id, step, day, due_on, first_due_on, programme,
                                incident_on, cause, amount_idr)
        select event_id, recorded_at, worker_id, claim_id, step,
               coalesce(submitted_on, completed_on, resumed_on, reopened_on, voided_on, settled_on,
                        (recorded_at at time zone 'Asia/Makassar')::date),
               due_on, first_due_on, to_programme, coalesce(incident_on, died_on),
               coalesce(reopened_for, voided_for, ended_by), to_recover_idr
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, step text, submitted_on date,
               completed_on date, resumed_on date, reopened_on date, voided_on date, settled_on date, due_on date,
               first_due_on date, to_programme text, incident_on date, died_on date, reopened_for text,
               voided_for text, ended_by text, to_recover_idr bigint)
        """,
        rows,
    )
    await _reasons(tx, rows)


async def _reasons(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_reason (event_id, code)
        select r.event_id, e.code
          from json_to_recordset($1::json) as r(event_id uuid, reasons json),
               json_to_recordset(r.reasons) as e(code text)
        """,
        rows,
    )


async def _decisions(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_decision (event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on,
                                    decided_on, amount_idr, segment, funding, cohort_id, village_code, rule_version,
                                    round, previous_amount_idr, due_on, first_due_on)
        select event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on,
               decided_on, amount_idr, segment, funding, cohort_id, village_code, rule_version,
               round, previous_amount_idr, due_on, first_due_on
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, programme text, outcome text,
               incident_on date, decided_on date, amount_idr bigint, segment text, funding text, cohort_id uuid,
               village_code text, rule_version text, round int, previous_amount_idr bigint, due_on date,
               first_due_on date)
        """,
        rows,
    )
    await tx.execute(
        """
        insert into claim_component (event_id, code, amount_idr)
        select r.event_id, c.code, c.amount_idr
          from json_to_recordset($1::json) as r(event_id uuid, components json),
               json_to_recordset(r.components) as c(code text, amount_idr bigint)
        """,
        rows,
    )
    await tx.execute(
        """
        insert into claim_obligation (event_id, child, level, due_on, amount_idr)
        select r.event_id, o.child, o.level, o.due_on, o.amount_idr
          from json_to_recordset($1::json) as r(event_id uuid, obligations json),
               json_to_recordset(r.obligations) as o(child int, level text, due_on date, amount_idr bigint)
        """,
        rows,
    )
    await _reasons(tx, rows)


async def _orders(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_order (event_id, recorded_at, worker_id, claim_id, order_id, ordered_on, amount_idr)
        select event_id, recorded_at, worker_id, claim_id, order_id,
               coalesce(ordered_on, (recorded_at at time zone 'Asia/Makassar')::date), amount_idr
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, order_id uuid, ordered_on date,
               amount_idr bigint)
        """,
        rows,
    )
    await tx.execute(
        """
        insert into ordered_payment (event_id, payment_id, kind, amount_idr, due_on)
        select r.event_id, p.payment_id, p.kind, p.amount_idr, p.due_on
          from json_to_recordset($1::json) as r(event_id uuid, payments json),
               json_to_recordset(r.payments) as p(payment_id uuid, kind text, amount_idr bigint, due_on date)
         union all
        select event_id, order_id, 'benefit', amount_idr, null
          from json_to_recordset($1::json) as r(event_id uuid, order_id uuid, amount_idr bigint, payments json)
         where json_array_length(payments) = 0
        """,
        rows,
    )


async def _payments(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_payment (event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id,
                                   area_code, paid_on, cases, amount_idr, payment_id, order_id, kind, ordered_idr,
                                   first_due_on)
        select event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id,
               coalesce(area_code, village_code), paid_on, cases, amount_idr, coalesce(payment_id, order_id), order_id,
               coalesce(kind, 'benefit'), ordered_idr, first_due_on
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, programme text, segment text,
               funding text, cohort_id uuid, area_code text, village_code text, paid_on date, cases bigint,
               amount_idr bigint, payment_id uuid, order_id uuid, kind text, ordered_idr bigint,
               first_due_on date)
        """,
        rows,
    )


async def _returns(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into payment_return (event_id, recorded_at, worker_id, claim_id, order_id, payment_id, returned_on,
                                    amount_idr, code, first_due_on)
        select event_id, recorded_at, worker_id, claim_id, order_id, payment_id, returned_on, amount_idr, code,
               first_due_on
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, order_id uuid, payment_id uuid,
               returned_on date, amount_idr bigint, code text, first_due_on date)
        """,
        rows,
    )


async def _reviews(tx: Transaction, rows: str) -> None:
    await tx.execute(
        """
        insert into claim_review (event_id, recorded_at, worker_id, claim_id, outcome, amount_idr, would_be_outcome,
                                  would_be_amount_idr)
        select event_id, recorded_at, worker_id, claim_id, outcome, amount_idr, would_be_outcome, would_be_amount_idr
          from json_to_recordset($1::json) as r(
               event_id uuid, recorded_at timestamptz, worker_id uuid, claim_id uuid, outcome text, amount_idr bigint,
               would_be_outcome text, would_be_amount_idr bigint)
        """,
        rows,
    )
    await _reasons(tx, rows)


WRITES: dict[str, Callable[[Transaction, str], Awaitable[None]]] = {
    "claim_report": _reports,
    "claim_step": _steps,
    "claim_decision": _decisions,
    "claim_order": _orders,
    "claim_payment": _payments,
    "payment_return": _returns,
    "claim_review": _reviews,
}

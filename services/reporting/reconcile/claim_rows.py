"""Read the rows that are kept of what claims told, with what stands beside each, as values that compare."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.chassis.postgres import Transaction
from services.reporting.plain_fold.rows import Rows, Table


def by_event(rows: Iterable[Any]) -> Rows:
    """Give each row under the id of the fact that it was made of."""
    found = (dict(row) for row in rows)
    return {values.pop("event_id"): values for values in found}


async def rows(tx: Transaction) -> dict[Table, Rows]:
    """Read every table that holds facts of claims."""
    codes = _beside(await tx.fetch("select event_id, code from claim_reason"))
    reasons = {event_id: sorted(code for (code,) in found) for event_id, found in codes.items()}
    components = _beside(await tx.fetch("select event_id, code, amount_idr from claim_component"))
    obligations = _beside(await tx.fetch("select event_id, child, level, due_on, amount_idr from claim_obligation"))
    payments = _beside(await tx.fetch("select event_id, payment_id, kind, amount_idr, due_on from ordered_payment"))
    return {
        "claim_report": await _reports(tx),
        "claim_step": _with(await _steps(tx), reasons=reasons),
        "claim_decision": _with(await _decisions(tx), reasons=reasons, components=components, obligations=obligations),
        "claim_order": _with(await _orders(tx), payments=payments),
        "claim_payment": await _payments(tx),
        "payment_return": await _returns(tx),
        "claim_review": _with(await _reviews(tx), reasons=reasons),
    }


def _with(rows: Rows, **beside: dict[UUID, list[Any]]) -> Rows:
    """Put what stands beside a row into it, in order."""
    return {
        event_id: values | {name: sorted(found.get(event_id, []), key=repr) for name, found in beside.items()}
        for event_id, values in rows.items()
    }


def _beside(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for event_id, *values in rows:
        found[event_id].append(tuple(values))
    return found


async def _reports(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, programme, incident_on, reported_on, channel
          from claim_report
        """
    )
    return by_event(rows)


async def _steps(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, step, day, due_on, first_due_on, programme, incident_on,
               cause, amount_idr
          from claim_step
        """
    )
    return by_event(rows)


async def _decisions(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, programme, outcome, incident_on, decided_on, amount_idr,
               segment, funding, cohort_id, village_code, rule_version, round, previous_amount_idr, due_on,
               first_due_on
          from claim_decision
        """
    )
    return by_event(rows)


async def _orders(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        "select event_id, recorded_at, worker_id, claim_id, order_id, ordered_on, amount_idr from claim_order"
    )
    return by_event(rows)


async def _payments(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, programme, segment, funding, cohort_id, area_code, paid_on,
               cases, amount_idr, payment_id, order_id, kind, ordered_idr, first_due_on
          from claim_payment
        """
    )
    return by_event(rows)


async def _returns(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, order_id, payment_id, returned_on, amount_idr, code,
               first_due_on
          from payment_return
        """
    )
    return by_event(rows)


async def _reviews(tx: Transaction) -> Rows:
    rows = await tx.fetch(
        """
        select event_id, recorded_at, worker_id, claim_id, outcome, amount_idr, would_be_outcome, would_be_amount_idr
          from claim_review
        """
    )
    return by_event(rows)

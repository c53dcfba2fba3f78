"""Compare what is kept as it was told: cohorts, cards, double funding, mergers, claims."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.reporting.plain_fold.rows import Rows, Table
from services.reporting.reconcile.folded import Folded
from services.reporting.reconcile.report import Kind
from services.reporting.reconcile.store import ReadModel

KINDS: dict[Table, Kind] = {
    "cohort": "cohort",
    "cohort_step": "cohort",
    "place_move": "cohort",
    "card_issue": "card",
    "card_handover": "card",
    "double_funding": "double_funding",
    "double_funding_decision": "double_funding",
    "worker_merge": "merge",
    "claim_report": "claims",
    "claim_step": "claims",
    "claim_decision": "claims",
    "claim_order": "claims",
    "claim_payment": "claims",
    "payment_return": "claims",
    "claim_review": "claims",
}


def compare_payments(folded: Folded, model: ReadModel) -> None:
    """Compare the money and the cases by day of payment, programme and segment."""
    told, found = _paid(model.rows["claim_payment"].values()), _paid(folded.rows["claim_payment"].values())
    for what in sorted(told.keys() | found.keys(), key=str):
        if told.get(what) != found.get(what):
            where = dict(zip(("paid_on", "programme", "segment"), what, strict=True))
            folded.differs("claims", where, told.get(what), found.get(what))


def _paid(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[date, str, str], dict[str, int]]:
    paid: dict[tuple[date, str, str], dict[str, int]] = defaultdict(lambda: {"rows": 0, "cases": 0, "amount_idr": 0})
    for row in rows:
        sums = paid[row["paid_on"], row["programme"], row["segment"]]
        sums["rows"] += 1
        sums["cases"] += row["cases"]
        sums["amount_idr"] += row["amount_idr"]
    return paid


def compare_rows(folded: Folded, model: ReadModel) -> None:
    """Compare each row; of one that both have, name the values that differ."""
    for table, kind in KINDS.items():
        _compare_table(folded, table, kind, model.rows[table])


def _compare_table(folded: Folded, table: Table, kind: Kind, read_model: Rows) -> None:
    log = folded.rows[table]
    for event_id in sorted(read_model.keys() | log.keys()):
        told, found = read_model.get(event_id), log.get(event_id)
        if told == found:
            continue
        row = found or told or {}
        where = {"table": table, "event_id": event_id}
        where |= {name: row[name] for name in ("worker_id", "claim_id", "cohort_id", "coverage_id") if row.get(name)}
        if told and found:
            names = [name for name in found if told[name] != found[name]]
            told, found = ({name: side[name] for name in names} for side in (told, found))
        folded.differs(kind, where, told, found)

"""Give the row that a fact is kept as, for the facts that are kept as they were told.

Facts about cohorts, cards, double funding and mergers are each one row, and all that claims tells (`claim_rows.py`).
"""

from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from payung_contracts import enrollment
from payung_contracts.fact import Fact

from services.reporting.plain_fold import claim_rows, versions

Table = Literal[
    "cohort",
    "cohort_step",
    "place_move",
    "card_issue",
    "card_handover",
    "double_funding",
    "double_funding_decision",
    "worker_merge",
    claim_rows.Table,
]
TABLES: tuple[Table, ...] = get_args(Table)
Rows = dict[UUID, dict[str, Any]]
"""The rows of a table by the id of the fact; columns by name."""


class Row(NamedTuple):
    """What a fact says that is kept as it was told: the table of the read model, and the values by column."""

    table: Table
    values: dict[str, Any]


def row(key: UUID, recorded_at: datetime, told: Fact, steps: versions.Steps = versions.STEPS) -> Row | None:
    """Give the row of a fact, if it has one."""
    fact = versions.newest(told, steps)
    found = _of_cohort(fact) or _of_worker(fact)
    if found is None and (of_claim := claim_rows.row(fact, recorded_at)) is not None:
        found = Row(*of_claim)
    if found is None:
        return None
    whose = "cohort_id" if found.table in {"cohort", "cohort_step", "place_move"} else "worker_id"
    return Row(found.table, {"recorded_at": recorded_at, whose: key, **found.values})


def _of_cohort(fact: Fact) -> Row | None:
    match fact:
        case enrollment.CohortApproved():  # and CohortProposed, which says the same of terms that are not agreed yet
            terms = {name: getattr(fact, name) for name in _TERMS}
            listed = {
                "programmes": list(fact.programmes),
                "legal_bases": sorted((basis.title, basis.placeholder) for basis in fact.legal_bases),
                "village_places": sorted((each.village_code, each.places) for each in fact.village_places),
            }
            decree = {
                "decree_number": fact.decree.number if fact.decree else None,
                "decree_signed_on": fact.decree.signed_on if fact.decree else None,
            }
            approved = not isinstance(fact, enrollment.CohortProposed)
            return Row("cohort", {**terms, **listed, **decree, "approved": approved})
        case enrollment.CohortOpened():
            return Row("cohort_step", {"step": "opened", "day": fact.opened_on, "owner_office": None})
        case enrollment.CohortClosed():
            return Row("cohort_step", {"step": "closed", "day": fact.closed_on, "owner_office": None})
        case enrollment.CohortHandedOver():
            return Row("cohort_step", {"step": "handed_over", "day": None, "owner_office": fact.owner_office})
        case enrollment.PlacesReallocated():
            return Row("place_move", dict(fact))
        case _:
            return None


def _of_worker(fact: Fact) -> Row | None:  # noqa: PLR0911 - one case per fact
    match fact:
        case enrollment.CardIssued():
            return Row("card_issue", dict(fact))
        case enrollment.CardHandedOver():
            return Row("card_handover", dict(fact))
        case enrollment.DoubleFundingFound():
            listed = {"coverage_ids": list(fact.coverage_ids), "cohort_ids": list(fact.cohort_ids)}
            return Row("double_funding", dict(fact) | listed)
        case enrollment.DoubleFundingDecided():
            return Row("double_funding_decision", dict(fact))
        case enrollment.WorkerMergedInto():
            return Row("worker_merge", {"survivor_id": fact.survivor_id, "merged": True})
        case enrollment.WorkersUnmerged():
            return Row("worker_merge", {"survivor_id": fact.other_worker_id, "merged": False})
        case _:
            return None


_TERMS = (
    "name",
    "year",
    "phase",
    "segment",
    "funding",
    "covered_from",
    "covered_until",
    "months",
    "places",
    "person_months",
    "budget_idr",
    "owner_office",
)

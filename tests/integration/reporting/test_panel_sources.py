"""A page shows what comes out of the object in schema bi that it sends analysts to."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx2
from payung_contracts.enrollment import WorkerProposed, WorkerRefused
from payung_contracts.topics import CLAIM, COVERAGE

from services.chassis.postgres import Pool
from services.reporting.pages.panels import PANELS
from tests.integration.reporting.conftest import Analyst, Log, read
from tests.integration.reporting.test_cohorts import CITRA, DEWI, FARMERS, MARCH
from tests.integration.reporting.test_honesty import TARGET, a_beginning, what_is_learned_later
from tests.unit.reporting.calendar_model import BATUBULAN
from tests.unit.reporting.claim_cases import decided, reported

DENIED = UUID(int=92)
DAY = "2026-04-10"
PAID = "from bi.payments({t}) where kind = 'benefit' and not voided and paid_on between {begin} and {day}"
DECIDED = ("claims", "select count(*) from bi.claims({day}, {t}) where decided_on between {begin} and {day}")
REASONS = (
    "from bi.claims({day}, {t}) c join bi.claim_reasons r on r.event_id = c.decision_id"
    " where c.decided_on between {begin} and {day}"
)
PROTECTED = ("people", "select sum(people) from bi.protected({day}, {t})")
SAME = {
    "by-village": PROTECTED,
    "by-segment": PROTECTED,
    "by-funding": PROTECTED,
    "by-cohort": PROTECTED,
    "memberships": ("in_force", "select sum(memberships) from bi.memberships({day}, {t})"),
    "expiries": ("memberships", "select sum(memberships) from bi.expiries({day}, {day} + 366, {t})"),
    "targets": ("people", "select sum(people) from bi.coverage_ratio({day}, {t})"),
    "churn": ("joined", "select sum(joined) from bi.churn('2025-04-01', {day} + 1, {t})"),
    "gaps": ("people", "select sum(people) from bi.gaps({day}, 90, {t})"),
    "claims-paid": ("amount_idr", "select sum(amount_idr) {paid}"),
    "paid-by-segment": ("payments", "select count(claim_id) {paid}"),
    "paid-by-area": ("amount_idr", "select sum(amount_idr) {paid}"),
    "claims": ("claims", "select count(*) from bi.claims({day}, {t})"),
    "overdue": ("claims", "select count(*) from bi.claims({day}, {t}) where overdue"),
    "time-to-payment": ("payments", "select count(*) from bi.time_to_payment('2026-01-01', {day} + 1, {t})"),
    "obligations": (
        "amount_idr",
        "select sum(amount_idr) from bi.claims({day}, {t}) join bi.claim_obligations using (decision_id)",
    ),
    "reviews": ("claims", "select count(*) from bi.reviews({day}, {t})"),
    "voided": ("claims", "select count(*) from bi.claims_voided({t}) where voided_on between {begin} and {day}"),
    "decisions": DECIDED,
    "decisions-by-segment": DECIDED,
    "decisions-by-area": DECIDED,
    "denials": ("claims", "select count(*) {reasons} and outcome <> 'approved'"),
    "died-without-claim": ("people", "select count(*) from bi.died_without_claim({day}, {t})"),
    "paid-after-death": ("periods", "select sum(periods) from bi.paid_after_death({day}, {t})"),
    "commitments": ("months_realised", "select sum(months_realised) from bi.commitments({day}, {t})"),
    "funnel": ("workers", "select sum(workers) from bi.funnel({day}, {t})"),
    "refusals": ("workers", "select sum(workers) from bi.funnel({day}, {t}) where step = 'refused'"),
    "places-reallocated": ("places", "select sum(places) from bi.places_reallocated where recorded_at <= {t}"),
    "double-funding": ("findings", "select count(*) from bi.double_funding({t})"),
    "legal-bases": ("cohorts", "select count(*) from bi.legal_bases({t})"),
    "cards-issued": ("cards", "select count(*) from bi.cards_issued({t}) where issued_on between {begin} and {day}"),
    "cards": ("cards", "select count(*) from bi.cards_handed_over({t}) where handed_on between {begin} and {day}"),
}
"""A column of a panel that adds up, and what is asked where the panel says for as much, of a day, known at a time."""
OTHERWISE = {
    "over-time": "its rows are steps, of which no column adds up",
    "cohorts": "its rows are cohorts",
    "why-protected-changed": "its rows go from one figure to the other",
    "why-paid-changed": "the same",
    "published": "what was quoted, as it was quoted",
    "dictionary": "is the object itself",
}


async def test_a_panel_shows_what_comes_out_of_its_source(
    pool: Pool, analyst: Analyst, http: httpx2.AsyncClient
) -> None:
    in_bi = {panel.id for panel in PANELS.values() if "bi." in panel.source}
    assert in_bi == SAME.keys() | OTHERWISE.keys()
    await http.put("/v1/targets", content=TARGET)
    log = Log()
    a_beginning(log)
    told: dict[str, Any] = {"cohort_id": FARMERS, "village_code": BATUBULAN}
    refused = WorkerRefused(**told, refused_on=MARCH, failed="eligible", reason="too_old")
    log.publish(COVERAGE, DEWI, WorkerProposed(**told, proposed_on=MARCH), refused)
    log.publish(CLAIM, CITRA, reported(DENIED, MARCH), decided(DENIED, MARCH, {}))
    before = log.complete()
    what_is_learned_later(log)
    after = log.complete()
    await read(pool, log)
    for panel_id, (column, statement) in SAME.items():
        names = [part.removesuffix("()") for part in PANELS[panel_id].source.replace(",", " ").split() if "bi." in part]
        in_sql = statement.replace("{paid}", PAID).replace("{reasons}", REASONS)
        assert names, panel_id
        assert all(name in in_sql for name in names), panel_id
        figures = set()
        for known_at in (before, after):
            asked = {"as_of": DAY, "known_at": known_at.isoformat()}
            text = (await http.get(f"/pages/{panel_id}/rows.csv", params=asked)).content.decode("utf-8-sig")
            shown = sum(int(row[column] or 0) for row in csv.DictReader(io.StringIO(text)))
            said = {"day": f"date '{DAY}'", "begin": "date '2026-01-01'", "t": f"timestamptz '{known_at.isoformat()}'"}
            (row,) = await analyst.fetch(in_sql.format(**said))
            assert shown == (row[0] or 0), panel_id
            figures.add(shown)
        assert figures != {0}, f"{panel_id}: zero equals any other zero"

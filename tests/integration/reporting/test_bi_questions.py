"""Every question over HTTP, as OpenAPI lists them, is asked in SQL too: in both times the figures are the same."""

from datetime import datetime
from typing import Any

import asyncpg
import httpx2
import pytest
from payung_contracts.topics import COVERAGE

from services.chassis.postgres import Pool
from tests.integration.reporting.conftest import Analyst, Log, read
from tests.integration.reporting.test_cohorts import ANNA
from tests.integration.reporting.test_honesty import (
    SAYS,
    TARGET,
    a_beginning,
    every_question,
    what_is_learned_later,
)

COUNTS = "kind = 'benefit' and not voided and paid_on >= {from_} and paid_on < {until}"

ASKED = {
    "/v1/protected": "select sum(people) as total from bi.protected({day}, {t})",
    "/v1/protected-over-time": "select sum(people) as people from bi.protected_over_time({from_}, {until}, {t})",
    "/v1/protected/changes": "select sum(people) as change from bi.protected_changes({day}, {since}, {t})",
    "/v1/memberships": "select sum(memberships) as total from bi.memberships({day}, {t})",
    "/v1/expiries": "select sum(people) as people, sum(memberships) as memberships, count(*) as rows"
    " from (select sum(people) as people, sum(memberships) as memberships"
    " from bi.expiries({from_}, {until}, {t}) group by last_covered_day) day",
    "/v1/commitments": "select count(*) as cohorts, sum(places) as places, sum(person_months) as person_months,"
    " sum(budget_idr) as budget_idr, sum(enrolled) as enrolled, sum(months_realised) as months_realised,"
    " sum(months_left) as months_left from bi.commitments({day}, {t})",
    "/v1/coverage-ratio": "select percent as total, people from bi.coverage_ratio({day}, {t}) where id = 'a'",
    "/v1/targets": "select count(*) as total from bi.targets",
    "/v1/legal-bases": "select count(distinct title) as legal_bases, count(*) as cohorts from bi.legal_bases({t})",
    "/v1/cards": "select count(*) as cards, count(distinct left(village_code, 8)) as districts"
    " from bi.cards_handed_over({t}) where handed_on >= {from_} and handed_on < {until}",
    "/v1/cards-issued": "select count(*) as cards, count(distinct left(village_code, 8)) as districts"
    " from bi.cards_issued({t}) where issued_on >= {from_} and issued_on < {until}",
    "/v1/watermark": "select snapshot, final, (select max(version) from bi.watermark) as projection_version,"
    " (select max(withheld_keys) from bi.watermark) as withheld_keys from bi.snapshot_id({t})",
    "/v1/funnel": "select count(*) filter (where step = 'refused') as refused,"
    " sum(workers) filter (where step = 'proposed') as proposed, sum(workers) filter (where step = 'paid') as paid,"
    " sum(workers) filter (where step = 'active') as active from bi.funnel({day}, {t})",
    "/v1/cohorts": "select count(*) filter (where state = 'approved') as approved,"
    " count(*) filter (where state = 'closed') as closed from bi.cohorts({t})",
    "/v1/places-reallocated": "select coalesce(sum(places), 0) as total from bi.places_reallocated"
    " where recorded_at <= coalesce({t}, 'infinity')",
    "/v1/double-funding": "select count(*) as findings, coalesce(sum(person_months), 0) as person_months,"
    " count(*) - count(person_months) as without_end from bi.double_funding({t})",
    "/v1/churn": "select sum(joined) as joined, sum(returned) as returned, sum(moved_in) as moved_in,"
    " sum(moved_out) as moved_out, sum(lapsed) as lapsed, sum(died) as died, sum(change) as change,"
    " sum(renewed) as renewed from bi.churn({from_}, {until}, {t})",
    "/v1/gaps": "select coalesce(sum(people), 0) as people from bi.gaps({day}, 90, {t})",
    "/v1/claims": "select count(*) as claims, count(distinct worker_id) as people,"
    " count(*) filter (where overdue) as overdue, sum(outstanding_idr) as outstanding_idr from bi.claims({day}, {t})",
    "/v1/claims-overdue": "select count(*) as claims, coalesce(sum(outstanding_idr), 0) as outstanding_idr"
    " from bi.claims({day}, {t}) where overdue",
    "/v1/claims-decided": "select count(*) as claims, count(distinct worker_id) as people,"
    " (select sum(p.amount_idr) from bi.claims('2026-12-31', {t}) join bi.claim_components p using (decision_id))"
    " as amount_idr from bi.claims('2026-12-31', {t}) where decided_on >= '2026-01-01'",
    "/v1/claims-paid": "select count(distinct worker_id) as people, count(claim_id) as payments,"
    " count(distinct claim_id) + coalesce(sum(cases) filter (where decided_elsewhere), 0) as cases,"
    " coalesce(sum(amount_idr), 0) as amount_idr from bi.payments({t}) where {counts}",
    "/v1/claims-paid/changes": "select (select sum(amount_idr) from bi.payments({t}) where {counts})"
    " - (select coalesce(sum(amount_idr), 0) from bi.payments({since}) where {counts}) as change",
    "/v1/time-to-payment": "select count(*) as payments, count(due_on) as with_clock,"
    " count(*) filter (where in_time) as in_time, percentile_disc(0.5) within group (order by days) as days_p50,"
    " max(days) as days_max from bi.time_to_payment({from_}, {until}, {t})",
    "/v1/obligations": "select count(*) as obligations, coalesce(sum(amount_idr), 0) as amount_idr"
    " from bi.claims({day}, {t}) join bi.claim_obligations o using (decision_id) where o.due_on >= {day}",
    "/v1/reviews": "select count(*) as claims from bi.reviews({day}, {t})",
    "/v1/claims-voided": "select count(*) as claims, coalesce(sum(to_recover_idr), 0) as to_recover_idr"
    " from bi.claims_voided({t}) where voided_on >= {from_} and voided_on < {until}",
    "/v1/died-without-claim": "select count(*) as people from bi.died_without_claim({day}, {t})",
    "/v1/died-without-claim/workers": "select count(*) as total from bi.died_without_claim({day}, {t})",
    "/v1/paid-after-death": "select count(distinct worker_id) as people, coalesce(sum(periods), 0) as periods,"
    " coalesce(sum(person_months), 0) as person_months from bi.paid_after_death({day}, {t})",
}
"""What is to be asked in SQL for the same figures, by the names that they have over HTTP."""
SAME_LATER = {"/v1/targets", "/v1/expiries"}
"""What others state knows no second time; and as many memberships end as before, on other days."""


def figures_of(answer: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Give what an answer says under these names: in its total, of itself, or as a sum of its figures."""
    told = answer | {"rows": len(answer["figures"])} | (answer["total"] if isinstance(answer["total"], dict) else {})
    added_up = {name: sum(figure[name] for figure in answer["figures"]) for name in names - told.keys()}
    return {name: (told | added_up)[name] or 0 for name in names}


async def in_sql(analyst: Analyst, path: str, known_at: datetime | None) -> dict[str, Any]:
    said = {
        "day": f"date '{SAYS['as_of']}'",
        "from_": f"date '{SAYS['from']}'",
        "until": f"date '{SAYS['until']}'",
        "since": f"timestamptz '{SAYS['since']}'",
        "t": "null::timestamptz" if known_at is None else f"timestamptz '{known_at.isoformat()}'",
    }
    (row,) = await analyst.fetch(ASKED[path].replace("{counts}", COUNTS).format(**said))
    return {name: value or 0 for name, value in row.items()}


async def test_every_question_has_the_same_figures_in_sql_in_two_times(
    pool: Pool, analyst: Analyst, http: httpx2.AsyncClient
) -> None:
    http.headers["Payung-Roles"] = "steward, clerk"
    await http.put("/v1/targets", content=TARGET)
    log = Log()
    a_beginning(log)
    before = log.complete()
    what_is_learned_later(log)
    log.complete()
    await read(pool, log)
    questions = await every_question(http)
    assert questions.keys() == ASKED.keys(), "each question is asked in SQL as well"
    for path, asked in questions.items():
        seen = []
        for known_at in (before, None):
            at = {} if known_at is None else {"known_at": known_at.isoformat()}
            answer = (await http.get(path, params=asked | at)).json()
            found = await in_sql(analyst, path, known_at)
            assert figures_of(answer, set(found)) == found, (path, known_at)
            seen.append(found)
        assert path in SAME_LATER or seen[0] != seen[1], (path, "what was learned later is in no answer of before")


async def test_an_answer_in_sql_is_named_as_over_http_and_says_how_old_it_is(
    pool: Pool, analyst: Analyst, http: httpx2.AsyncClient
) -> None:
    async def over_http(known_at: datetime) -> tuple[dict[str, Any], dict[str, float]]:
        answer = (await http.get("/v1/watermark", params={"known_at": known_at.isoformat()})).json()
        return answer, {mark["source"]: mark["age_seconds"] for mark in answer["watermarks"]}

    async def same_in_both(known_at: datetime) -> tuple[bool, str]:
        answer, younger = await over_http(known_at)
        (told,) = await analyst.fetch("select * from bi.snapshot_id($1)", known_at)
        assert (told["snapshot"], told["final"]) == (answer["snapshot"], answer["final"]), told
        marks = await analyst.fetch("select * from bi.watermark")
        until = answer["final_until"] and datetime.fromisoformat(answer["final_until"])
        assert {mark["final_until"] for mark in marks} <= {until}
        _, older = await over_http(known_at)
        assert younger.keys() == {mark["source"] for mark in marks}
        for mark in marks:
            assert younger[mark["source"]] <= mark["age_seconds"] <= older[mark["source"]]
        return told["final"], told["why"]

    log = Log()
    a_beginning(log)
    assert await same_in_both(log.now) == (False, "Not final: facts of enrollment are complete not at all yet.")
    log.tick("enrollment", log.now)
    await read(pool, log)
    assert await same_in_both(log.now) == (False, "Not final: facts of claims are complete not at all yet.")
    first = log.complete()
    parked_at = log.publish_raw(COVERAGE, ANNA, "enrollment.coverage_started.v1", b"{}")
    log.complete()
    await read(pool, log)
    assert (await same_in_both(first))[0]
    assert await same_in_both(parked_at) == (
        False,
        "Not final: facts of 1 keys are withheld for a person to look at.",
    )
    assert await analyst.fetchval("select final from bi.snapshot_id(null)") is False


@pytest.mark.parametrize(
    "question",
    [
        "churn('-infinity', '2026-01-01')",
        "churn('2026-01-01', 'infinity')",
        "protected_over_time('-infinity', '2026-01-01')",
        "protected_over_time('2026-01-01', 'infinity')",
        "commitments('infinity')",
        "protected_changes('2026-01-01', '-infinity')",
        "snapshot_id('-infinity')",
    ],
)
async def test_the_ends_of_the_calendar_are_refused_and_never_counted_to(analyst: Analyst, question: str) -> None:
    with pytest.raises(asyncpg.DatetimeFieldOverflowError):
        await analyst.fetch(f"select * from bi.{question}", timeout=10)  # noqa: S608

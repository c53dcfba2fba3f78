"""Editions of the rules in the database: proposed, settled by a second person, never changed, tried on past claims."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.claims import store
from services.claims.app import make_app
from services.claims.claim import Claim, Decision
from services.claims.rules import approval, base_book, book_of, current_book, keep_base
from services.claims.rules import store as rules_store
from services.claims.rules.approval import Refused
from services.claims.rules.book import Content, DatedRule
from services.claims.rules.proposal import Proposal
from services.claims.rules.store import PackageChanged, UnknownEdition
from services.claims.weigh import weigh
from tests.unit.claims.cases import KETUT, MADE, PUTU
from tests.unit.claims.questions import ALWAYS, MILLION, question
from tests.world import until

AUTHOR = {"Payung-Actor": PUTU, "Payung-Roles": "rules_author"}
APPROVER = {"Payung-Actor": MADE, "Payung-Roles": "rules_approver"}
NEXT_YEAR = date(2027, 1, 1)
LAW = "PP 99/2026 Pasal 1"
WHY = "PP 99/2026 raises the death benefit."


def santunan(value: int, since: date = NEXT_YEAR) -> Content:
    return Content(rules=(DatedRule("jkm.santunan", "*", since, value, LAW, "verified"),))


def body(value: int, **more: Any) -> dict[str, Any]:
    entry = {"parameter": "jkm.santunan", "since": "2027-01-01", "value": value, "law": LAW, "confidence": "verified"}
    return {"reason": WHY, "rules": [entry | more]}


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://claims") as client:
        yield client


async def proposed(pool: Pool, changes: Content) -> Proposal:
    async with transaction(pool) as tx:
        return await approval.propose(tx, changes, reason=WHY, by=PUTU)


async def approved(pool: Pool, proposal: Proposal, by: str = MADE) -> int | str:
    """Approve, and tell the edition that came of it or the code of the refusal."""
    try:
        async with transaction(pool) as tx:
            return (await approval.approve(tx, proposal.proposal_id, by=by)).edition or 0
    except Refused as refused:
        return refused.code


def told(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_proposal_becomes_the_next_edition_by_a_second_person(http: AsyncClient) -> None:
    assert (await http.get("/v1/rules", params={"on": "2027-01-01"})).json()["version"] == "1/2025-02-24"
    assert told(await http.post("/v1/rules/proposals", json=body(25 * MILLION), headers=APPROVER)) == (
        403,
        "role_missing",
    )
    made = await http.post("/v1/rules/proposals", json=body(25 * MILLION), headers=AUTHOR)
    assert (made.status_code, made.json()["state"], made.json()["base"]) == (201, "proposed", 1)
    rival = (await http.post("/v1/rules/proposals", json=body(30 * MILLION), headers=AUTHOR)).json()["proposal_id"]
    at = f"/v1/rules/proposals/{made.json()['proposal_id']}"

    both = {"Payung-Actor": PUTU, "Payung-Roles": "rules_author,rules_approver"}
    assert told(await http.post(f"{at}/approval", headers=AUTHOR)) == (403, "role_missing")
    assert told(await http.post(f"{at}/approval", headers=both)) == (403, "SAME_PERSON")
    key = APPROVER | {"Idempotency-Key": "approve-1"}
    once, again = [await http.post(f"{at}/approval", headers=key) for _ in range(2)]
    assert (once.status_code, once.json()["edition"], again.json()) == (200, 2, once.json())
    assert told(await http.post(f"{at}/approval", headers=APPROVER)) == (409, "PROPOSAL_SETTLED")

    outdated = await http.post(f"/v1/rules/proposals/{rival}/approval", headers=APPROVER)
    assert told(outdated) == (409, "PROPOSAL_OUTDATED")
    assert "edition 2" in outdated.json()["english"]
    assert "edisi 2" in outdated.json()["indonesian"]
    remark = {"remark": "Made on top of the first edition."}
    assert (await http.post(f"/v1/rules/proposals/{rival}/refusal", json=remark, headers=APPROVER)).json()[
        "state"
    ] == "refused"
    assert told(await http.post(f"/v1/rules/proposals/{rival}/refusal", json=remark, headers=APPROVER))[0] == 409

    for edition, on, value in ((None, "2026-12-31", 20), (None, "2027-01-01", 25), (1, "2027-01-01", 20)):
        asked = {"on": on} | ({"edition": edition} if edition else {})
        found = (await http.get("/v1/rules", params=asked)).json()
        assert [one["value"] for one in found["rules"] if one["parameter"] == "jkm.santunan"] == [value * MILLION]
        assert found["edition"] == (edition or 2)
    listed = [
        page.json()["rows"] for page in [await http.get(path) for path in ("/v1/rules/editions", "/v1/rules/proposals")]
    ]
    assert [row["edition"] for row in listed[0]] == [2, 1]
    assert [row["proposal"] and row["proposal"]["settled_by"] for row in listed[0]] == [MADE, None]
    assert [(row["state"], row["remark"]) for row in listed[1]] == [("refused", remark["remark"]), ("approved", None)]
    first = (await http.get("/v1/rules/proposals", params={"limit": 1})).json()
    second = (await http.get("/v1/rules/proposals", params={"limit": 1, "cursor": first["next"]})).json()
    assert [page["rows"][0]["proposal_id"] for page in (first, second)] == [rival, made.json()["proposal_id"]]
    assert second["next"] is None


REFUSED = [
    ("POST", "/v1/rules/proposals", {"reason": WHY}, (422, "PROPOSAL_INVALID"), ["/body"]),
    ("POST", "/v1/rules/proposals", body(1, parameter="a.b"), (422, "PROPOSAL_INVALID"), ["/body/rules/0/parameter"]),
    ("POST", "/v1/rules/proposals", body(-1), (422, "invalid"), ["/body/rules/0/value"]),
    ("POST", "/v1/rules/proposals", body(1, law="SK 5104012345678901"), (422, "invalid"), ["/body/rules/0/law"]),
    ("POST", "/v1/rules/proposals", body(1) | {"surprise": 1}, (422, "invalid"), ["/body/surprise"]),
    ("GET", "/v1/rules?on=2015-06-30", None, (422, "before_rules"), ["/query/on"]),
    ("GET", "/v1/rules?day=2025-01-01", None, (422, "parameter_unknown"), ["/query/day"]),
    ("GET", "/v1/rules?edition=7", None, (404, "EDITION_UNKNOWN"), []),
    ("GET", f"/v1/rules/proposals/{UUID(int=1)}", None, (404, "PROPOSAL_UNKNOWN"), []),
    ("GET", f"/v1/rules/proposals/{UUID(int=1)}/what-if", None, (404, "PROPOSAL_UNKNOWN"), []),
    ("POST", f"/v1/rules/proposals/{UUID(int=1)}/approval", None, (404, "PROPOSAL_UNKNOWN"), []),
]


async def test_refusals_name_the_place(http: AsyncClient) -> None:
    roles = {"Payung-Actor": KETUT, "Payung-Roles": "rules_author,rules_approver"}
    for method, path, sent, expected, pointers in REFUSED:
        answer = await http.request(method, path, json=sent, headers=roles)
        assert told(answer) == expected
        assert answer.json()["indonesian"]
        assert "5104012345678901" not in answer.text
        assert [error["pointer"] for error in answer.json().get("errors", ())] == pointers


@pytest.mark.parametrize(("same", "loser"), [(False, "PROPOSAL_OUTDATED"), (True, "PROPOSAL_SETTLED")])
async def test_of_two_approvals_at_once_one_makes_an_edition(pool: Pool, same: bool, loser: str) -> None:
    """The second begins while the first has decided and not committed; it waits, and then looks."""
    one, other = [await proposed(pool, santunan(value * MILLION)) for value in (25, 30)]

    async def waits() -> bool:
        found: bool = await pool.fetchval(
            "select exists (select from pg_stat_activity"
            "                where wait_event_type = 'Lock' and datname = current_database())"
        )
        return found

    async with transaction(pool) as tx:
        first = await approval.approve(tx, one.proposal_id, by=MADE)
        second = asyncio.create_task(approved(pool, one if same else other, by=KETUT))
        await until(waits, "the second approval waits for the first")
    assert (first.edition, await second) == (2, loser)
    assert await pool.fetchval("select max(edition) from rule_edition") == 2
    async with transaction(pool) as tx:
        assert (await current_book(tx)).on(NEXT_YEAR).of("jkm.santunan").value == 25 * MILLION
        assert (await book_of(tx, 1)).content == base_book().content
        with pytest.raises(UnknownEdition):
            await book_of(tx, 3)


async def test_what_is_stored_never_changes(pool: Pool) -> None:
    proposal = await proposed(pool, santunan(25 * MILLION))
    assert await approved(pool, proposal) == 2
    for statement in (
        "update rule_edition set sha256 = sha256",
        "delete from rule_edition",
        "update rule_proposal set reason = 'other'",
        "delete from rule_proposal",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await pool.execute(statement)


async def test_migrate_keeps_the_packaged_edition_and_notices_another(pool: Pool) -> None:
    for _ in range(2):
        async with transaction(pool) as tx:
            await keep_base(tx)
    async with transaction(pool) as tx:
        (kept,) = await rules_store.editions(tx, before=9, limit=9)
        book = await current_book(tx)
    assert (kept.edition, kept.proposal) == (1, None)
    assert (book.content, book.on(NEXT_YEAR).version) == (base_book().content, "1/2025-02-24")
    async with transaction(pool) as tx:
        await tx.execute("alter table rule_edition disable trigger appended_only")
        await tx.execute(
            "update rule_edition set content = replace(content::text, '\"jkm.santunan\"', '\"jkm.other\"')::json"
        )
        with pytest.raises(PackageChanged, match=r"rules\.toml"):
            await keep_base(tx)


async def test_what_if_adds_up_over_pages_and_changes_nothing(pool: Pool, http: AsyncClient) -> None:
    """Of five decided claims two die on or after the day of the change; one of them has two memberships."""
    book = base_book()
    claims = []
    for number, on in enumerate(("2024-01-01", "2025-06-30", "2025-07-01", "2025-08-01", "2025-08-02"), 1):
        asked = question(*([] if number == 5 else [ALWAYS]), on=on)
        decision = Decision(1, asked.incident_on, MADE, asked, weigh(asked, book))
        at = datetime(2025, 9, 1, tzinfo=UTC)
        claim = Claim(UUID(int=number), uuid4(), "JKM", asked.incident_on, asked.reported_on, at, "decided")
        claims.append(replace(claim, proposer=PUTU, decisions=(decision,)))
    async with transaction(pool) as tx:
        await store.save(tx, claims)
    before = await pool.fetch("select * from claim order by claim_id")
    proposal = await proposed(pool, santunan(25 * MILLION, date(2025, 7, 1)))
    pages: list[dict[str, Any]] = []
    path, cursor = f"/v1/rules/proposals/{proposal.proposal_id}/what-if", None
    while not pages or cursor:
        asked_for = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        pages.append((await http.get(path, params=asked_for, headers=AUTHOR)).json())
        cursor = pages[-1]["next"]
    assert [(page["looked_at"], page["claims"]) for page in pages] == [(2, 3), (1, None)]
    assert [(one["outcome"], one["cases"], one["difference_idr"]) for page in pages for one in page["sums"]] == [
        ("approved", 2, 10 * MILLION),
        ("denied", 1, 0),
    ]
    assert [UUID(one["claim_id"]).int for page in pages for one in page["differ"]] == [3, 4]
    assert told(await http.get(path)) == (403, "role_missing")
    assert await pool.fetch("select * from claim order by claim_id") == before

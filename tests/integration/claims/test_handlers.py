"""Commands on a real Postgres: racing, repeated, early and late."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from payung_contracts.topics import COVERAGE

from services.chassis import clock, letters
from services.chassis.idempotency import Answer, once
from services.chassis.letters import Kept, Letter
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.claims import handlers
from services.claims.claim import Claim, Findings, Rejected
from services.claims.handlers import PayeeIn, Recorded
from services.claims.payments import COLUMNS
from services.claims.put_off import PutOff
from services.claims.sweep import sweep
from tests.integration.claims.conftest import (
    PAYEE,
    WIDOW,
    YEAR,
    announced,
    bring_documents,
    by,
    claim_in,
    decide,
    find,
    hear,
    hear_of_cover,
    order,
    pay,
    report,
    return_payment,
    stored,
    submit,
)
from tests.unit.claims.cases import (
    ACCIDENT,
    DEATH,
    DISPUTE,
    KETUT,
    MADE,
    PUTU,
    REGISTERED,
    SAME_WAYAN,
    VOIDED,
    WAYAN,
    renewed,
    started,
)

RACERS = 8
DAY_BEFORE = DEATH - timedelta(days=1)
ELDER = PayeeIn("child", (1, 3), guardian=False, born_on=date(2000, 1, 1), sealed=PAYEE | {"account": "0002-TEST"})
YOUNGER = PayeeIn("child", (1, 3), guardian=True, born_on=date(2015, 1, 1), sealed=PAYEE | {"account": "0003-TEST"})
MOTHER = PayeeIn("spouse", (1, 3), guardian=False, born_on=None, sealed=PAYEE)


async def covered(pool: Pool, vault: Vault, state: Any, **reported: Any) -> Claim:
    await hear_of_cover(pool)
    return await claim_in(state, pool, vault, **reported)


async def refused(command: Any) -> str:
    with pytest.raises(Rejected) as told:
        await command
    return told.value.code


async def test_a_claim_goes_from_report_to_payment(pool: Pool, vault: Vault) -> None:
    paid = await covered(pool, vault, "paid")
    assert paid == await stored(pool, paid.claim_id)
    assert paid.decision is not None
    assert paid.decision.verdict.amount_idr == 42_000_000
    assert await announced(pool) == [
        "claim_reported",
        "claim_submitted",
        "documents_completed",
        "claim_decided",
        "death_confirmed",
        "payment_ordered",
        "claim_paid",
    ]


async def test_an_application_without_its_documents_waits_for_them(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "reported")
    pended = await submit(pool, vault, claim.claim_id)
    assert (pended.state, [reason.code for reason in pended.pended_for]) == ("pended", ["DOCUMENT_INCOMPLETE"])
    complete = await bring_documents(pool, claim.claim_id)
    assert complete.state == "submitted"
    assert complete == await stored(pool, claim.claim_id)
    assert (await announced(pool))[1:] == [
        "claim_submitted",
        "claim_pended",
        "claim_resumed",
        "documents_completed",
    ]


async def test_who_is_named_is_in_the_vault_and_nowhere_else(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "reported", programme="JKK", died_on=DEATH)
    story = {"story": "Jatuh Rahasia", "witnesses": ["I Made Saksi"]}
    async with transaction(pool) as tx:
        await handlers.describe(tx, claim.claim_id, circumstances=ACCIDENT, account=story, vault=vault, act=by(PUTU))
    applied = await submit(pool, vault, claim.claim_id)
    assert applied.account_id is not None
    async with transaction(pool) as tx:
        assert await vault.open(tx, applied.account_id, actor=KETUT, purpose="test") == story
        assert await vault.open(tx, applied.payees[0].payee_id, actor=KETUT, purpose="test") == PAYEE
    for table in ("claim", "ledger", "vault", "payment", "idempotency"):
        shown = await pool.fetchval(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")  # noqa: S608 - names above
        assert not [secret for secret in (*PAYEE.values(), "Rahasia", "Saksi") if secret in shown and secret != "BPD"]


async def test_heirs_are_paid_by_their_shares_and_what_came_back_goes_out_again(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "reported")
    await bring_documents(pool, claim.claim_id)
    await submit(pool, vault, claim.claim_id, MOTHER, ELDER, YOUNGER)
    await decide(pool, claim.claim_id)
    ordered = await order(pool, vault, claim.claim_id)
    assert [one.ordered_idr for one in ordered.payments] == [14_000_000] * 3
    first, second, third = (one.payment_id for one in ordered.payments)
    await pay(pool, claim.claim_id, first, "line 1")
    await pay(pool, claim.claim_id, second, "line 2")
    returned = await return_payment(pool, claim.claim_id, third, "line 3")
    assert returned.state == "returned"
    moved = PayeeIn("child", (1, 3), guardian=True, born_on=YOUNGER.born_on, sealed=PAYEE | {"account": "0009-TEST"})
    async with transaction(pool) as tx:
        changed = await handlers.change_payees(
            tx, claim.claim_id, payees=[MOTHER, ELDER, moved], vault=vault, act=by(PUTU)
        )
    assert [one.payee_id for one in changed.payees[:2]] == [one.payee_id for one in ordered.payments[:2]]
    assert (changed.state, await refused(order(pool, vault, claim.claim_id))) == ("pended", "WRONG_STATE")
    async with transaction(pool) as tx:
        await handlers.resume(tx, claim.claim_id, act=by(MADE))
    again = await order(pool, vault, claim.claim_id)
    assert [(one.ordered_idr, one.payee_id) for one in again.payments[3:]] == [(14_000_000, changed.payees[2].payee_id)]
    assert (await pay(pool, claim.claim_id, again.payments[3].payment_id, "line 4")).state == "paid"
    assert await pool.fetchval("select cardinality(vault_ids) from claim") == 4


async def test_a_payee_who_stays_keeps_their_id_and_gets_the_new_account(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "decided")
    (widow,) = claim.payees
    moved = PayeeIn("spouse", (1, 1), guardian=False, born_on=None, sealed={"account": "7"}, payee_id=widow.payee_id)
    async with transaction(pool) as tx:
        changed = await handlers.change_payees(tx, claim.claim_id, payees=[moved], vault=vault, act=by(PUTU))
        assert await vault.open(tx, widow.payee_id, actor=KETUT, purpose="test") == PAYEE | {"account": "7"}
    assert [one.payee_id for one in changed.payees] == [widow.payee_id]
    assert changed.payees[0].account_index not in {"", widow.account_index}
    stranger = PayeeIn("spouse", (1, 1), guardian=False, born_on=None, sealed=PAYEE, payee_id=uuid4())
    async with transaction(pool) as tx:
        unknown = handlers.change_payees(tx, claim.claim_id, payees=[stranger], vault=vault, act=by(PUTU))
        assert await refused(unknown) == "PAYEE_UNKNOWN"


async def test_another_name_or_account_of_a_payee_is_seen_and_the_same_in_other_letters_is_not(
    pool: Pool, vault: Vault
) -> None:
    claim = await covered(pool, vault, "decided")
    for sealed, state in (
        ({"name": "NI LUH  CONTOH", "bank": "bpd", "account": "0001 test"}, "decided"),
        ({"name": "Somebody Else"}, "pended"),
        ({"bank": "BPD0", "account": "001-TEST"}, "pended"),
    ):
        named = replace(WIDOW, sealed=sealed, payee_id=claim.payees[0].payee_id)
        async with transaction(pool) as tx:
            changed = await handlers.change_payees(tx, claim.claim_id, payees=[named], vault=vault, act=by(PUTU))
        assert changed.state == state
        async with transaction(pool) as tx:
            await handlers.resume(tx, claim.claim_id, act=by(MADE))
    assert (await order(pool, vault, claim.claim_id)).state == "ordered"


async def test_whoever_comes_at_once_reports_decides_orders_and_pays_once(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    reports = await asyncio.gather(*(report(pool, vault) for _ in range(RACERS)), return_exceptions=True)
    (claim,) = [one for one in reports if isinstance(one, Claim)]
    assert {one.code for one in reports if isinstance(one, Rejected)} == {"DUPLICATE_CLAIM"}
    await bring_documents(pool, claim.claim_id)
    await submit(pool, vault, claim.claim_id)
    deciders = (decide(pool, claim.claim_id, f"decider-{number}") for number in range(RACERS))
    decisions = await asyncio.gather(*deciders, return_exceptions=True)
    said_no = [one.code for one in decisions if isinstance(one, Rejected)]
    assert said_no == ["WRONG_STATE"] * (RACERS - 1)
    orders = await asyncio.gather(*(order(pool, vault, claim.claim_id, f"payer-{number}") for number in range(RACERS)))
    payments = await asyncio.gather(*(pay(pool, claim.claim_id) for _ in range(RACERS)))
    assert len({one.payment_id for done in (*orders, *payments) for one in done.payments}) == 1
    assert (await announced(pool))[3:] == ["claim_decided", "death_confirmed", "payment_ordered", "claim_paid"]


async def test_a_line_of_the_bank_tells_of_one_payment_also_when_told_at_once(pool: Pool, vault: Vault) -> None:
    """Two claims of two people, two payments, one line: without the lock both would look before either writes."""
    other = UUID(int=WAYAN.int + 77)
    first = await covered(pool, vault, "ordered")
    await hear_of_cover(pool, other)
    second = await claim_in("ordered", pool, vault, other)
    results = await asyncio.gather(
        *(pay(pool, claim.claim_id) for claim in (first, second) for _ in range(3)), return_exceptions=True
    )
    assert [result.code for result in results if isinstance(result, Rejected)] == ["BANK_REFERENCE_USED"] * 3
    assert sorted([(await stored(pool, claim.claim_id)).state for claim in (first, second)]) == ["ordered", "paid"]
    assert [*await announced(pool), *await announced(pool, other)].count("claim_paid") == 1


async def test_a_payment_cut_off_before_its_commit_is_made_once_by_the_next_try(pool: Pool, vault: Vault) -> None:
    ordered = await covered(pool, vault, "ordered")
    (payment,) = ordered.payments

    async def paying(tx: Transaction) -> Answer:
        paid = await handlers.pay(
            tx,
            ordered.claim_id,
            payment_id=payment.payment_id,
            paid_on=await clock.business_date(tx),
            amount_idr=payment.ordered_idr,
            bank_reference="line 1",
            act=by(KETUT),
        )
        return Answer(200, {"state": paid.state})

    async def cut_off(tx: Transaction) -> Answer:
        await paying(tx)
        await pool.execute("select pg_terminate_backend($1)", tx.get_server_pid())
        return Answer(200, {"state": await tx.fetchval("select 'unreachable'")})

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await once(pool, key="payment-1", actor=KETUT, payload=b"", action=cut_off)
    assert await stored(pool, ordered.claim_id) == ordered
    answers = [await once(pool, key="payment-1", actor=KETUT, payload=b"", action=paying) for _ in range(2)]
    assert answers == [Answer(200, {"state": "paid"})] * 2
    assert (await announced(pool)).count("claim_paid") == 1


async def test_two_claims_for_one_death_decided_at_once_pay_once(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    claims = [await claim_in("submitted", pool, vault, incident_on=day) for day in (DEATH, DAY_BEFORE)]
    decided = await asyncio.gather(*(decide(pool, claim.claim_id) for claim in claims))
    assert sorted(claim.decision.verdict.outcome for claim in decided if claim.decision) == ["approved", "denied"]
    assert (await announced(pool)).count("death_confirmed") == 1


async def test_a_death_is_found_in_one_claim_while_another_pays_for_it(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    hurt = await report(pool, vault, programme="JKK", circumstances=ACCIDENT)
    await bring_documents(pool, hurt.claim_id)
    await find(pool, hurt.claim_id, Findings(orthosis_idr=1_000_000))
    await submit(pool, vault, hurt.claim_id, replace(WIDOW, relation="worker"))
    await decide(pool, hurt.claim_id)
    assert (await claim_in("decided", pool, vault)).granted
    async with transaction(pool) as tx:
        await handlers.reopen(tx, hurt.claim_id, cause="further_benefit", act=by(MADE))
    await find(pool, hurt.claim_id, Findings(orthosis_idr=1_000_000, died_on=DEATH))
    await submit(pool, vault, hurt.claim_id, WIDOW)
    again = await decide(pool, hurt.claim_id)
    assert [one.code for one in again.decisions[-1].verdict.reasons] == ["DUPLICATE_CLAIM"]


async def test_each_line_of_the_bank_is_kept_and_tells_of_one_payment(pool: Pool, vault: Vault) -> None:
    other = UUID(int=WAYAN.int + 78)
    first = await covered(pool, vault, "paid")
    await hear_of_cover(pool, other)
    second = await claim_in("ordered", pool, vault, other)
    (payment,) = first.payments
    assert (await return_payment(pool, first.claim_id, payment.payment_id, "bounced")).state == "returned"
    assert (await pay(pool, first.claim_id)).state == "returned", "the line that was told before is no news"
    for line in ("line 1", "bounced"):
        assert await refused(pay(pool, second.claim_id, line=line)) == "BANK_REFERENCE_USED"
    assert (await announced(pool))[-2:] == ["claim_paid", "payment_returned"]


async def test_nobody_is_paid_whose_account_was_erased(pool: Pool, vault: Vault) -> None:
    decided = await covered(pool, vault, "decided")
    await vault.keys.destroy([decided.payees[0].payee_id])
    assert await refused(order(pool, vault, decided.claim_id)) == "PAYEE_ERASED"
    stays = replace(WIDOW, payee_id=decided.payees[0].payee_id)
    async with transaction(pool) as tx:
        changing = handlers.change_payees(tx, decided.claim_id, payees=[stays], vault=vault, act=by(PUTU))
        assert await refused(changing) == "PAYEE_ERASED"


async def test_what_changed_before_the_order_is_seen_also_while_it_waits_in_the_queue(pool: Pool, vault: Vault) -> None:
    decided = await covered(pool, vault, "decided")
    await hear(pool, VOIDED, after=2)
    assert await refused(order(pool, vault, decided.claim_id)) == "REVIEW_PENDING"
    await hear(pool, ("enrollment.coverage_voided.v1", {"coverage_id": "not the contract"}), after=3)
    assert await refused(order(pool, vault, decided.claim_id)) == "WORKER_PARKED"


async def test_the_database_itself_refuses_what_the_rules_promise(pool: Pool, vault: Vault) -> None:
    decided = await covered(pool, vault, "ordered")
    other = await report(pool, vault, incident_on=DAY_BEFORE)
    granted = (
        "update claim set state = 'decided', outcome = 'approved', proposer = 'a', decider = 'b' where claim_id = $1"
    )
    for breach, given, constraint in (
        (granted, other.claim_id, "claim_death_paid_once"),
        ("update claim set incident_on = '2025-10-02' where claim_id = $1", decided.claim_id, "claim_once"),
        ("update claim set decider = proposer where claim_id = $1", decided.claim_id, "claim_check"),
        ("update payment set payer = decider where claim_id = $1", decided.claim_id, "payment_check"),
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=constraint):
            await pool.execute(breach, given)


async def test_a_claim_comes_before_its_worker_and_waits(pool: Pool, vault: Vault) -> None:
    claim = await report(pool, vault)
    assert claim.state == "waiting"
    assert await sweep(pool, PutOff("recheck")) == 0
    assert await refused(submit(pool, vault, claim.claim_id)) == "WORKER_UNKNOWN"
    assert await refused(decide(pool, uuid4())) == "CLAIM_UNKNOWN"
    await hear(pool, REGISTERED)
    assert await sweep(pool, PutOff("recheck")) == 1
    assert (await stored(pool, claim.claim_id)).state == "reported"
    assert await sweep(pool, PutOff("recheck")) == 0
    assert await announced(pool) == ["claim_reported"]
    in_haste = await report(pool, vault, SAME_WAYAN)
    await hear(pool, REGISTERED, worker_id=SAME_WAYAN)
    await bring_documents(pool, in_haste.claim_id)
    assert (await submit(pool, vault, in_haste.claim_id)).state == "submitted", "without any sweep"


async def test_a_claim_of_an_unknown_worker_is_pended_after_ten_minutes_once_and_still_goes_on(
    pool: Pool, vault: Vault
) -> None:
    claim = await report(pool, vault)
    await move_clock(pool, timedelta(minutes=9))
    assert await sweep(pool, PutOff("recheck")) == 0
    await move_clock(pool, timedelta(minutes=1, seconds=1))
    assert sorted(await asyncio.gather(*(sweep(pool, PutOff("recheck")) for _ in range(4)))) == [0, 0, 0, 1]
    pended = await stored(pool, claim.claim_id)
    assert (pended.state, [reason.code for reason in pended.pended_for]) == ("pended", ["WORKER_UNKNOWN"])
    await hear(pool, REGISTERED)
    assert await sweep(pool, PutOff("recheck")) == 1
    assert (await stored(pool, claim.claim_id)).state == "reported"
    assert await announced(pool) == ["claim_reported", "claim_pended", "claim_resumed"]


async def move_clock(pool: Pool, by_: timedelta) -> None:
    async with transaction(pool) as tx:
        await clock.move(tx, await clock.now(tx) + by_)


async def test_a_claim_is_not_decided_while_a_fact_of_its_worker_is_missing(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "submitted")
    record = Kept(COVERAGE.name, 0, 99, str(WAYAN).encode(), b"{}", [])
    async with transaction(pool) as tx:
        await letters.park(tx, [Letter(record, "unreadable: no header ce_id")])
    assert await refused(decide(pool, claim.claim_id)) == "WORKER_PARKED"
    await pool.execute(
        "update letter set settled_at = now(), settled_how = 'dropped', settled_by = 'tester', settled_why = 'no fact'"
    )
    await hear(pool, ("enrollment.coverage_renewed.v1", {"coverage_id": "not the contract"}), after=2)
    assert await refused(decide(pool, claim.claim_id)) == "WORKER_PARKED"
    assert await stored(pool, claim.claim_id) == claim


async def test_arrears_hold_a_claim_until_they_are_settled(pool: Pool, vault: Vault) -> None:
    """Paid to July, died in September, arrears paid in December."""
    unpaid = started("2025-01-01", "2025-08-01", grace_until="2099-01-01")
    await hear(pool, REGISTERED, unpaid)
    claim = await claim_in("submitted", pool, vault, incident_on=date(2025, 9, 10))
    pended = await decide(pool, claim.claim_id)
    assert [reason.code for reason in pended.pended_for] == ["ARREARS_UNSETTLED"]
    assert await decide(pool, claim.claim_id) == pended
    await hear(pool, renewed("2025-08-01", "2026-01-01"), after=2)
    decided = await decide(pool, claim.claim_id)
    assert decided.decision is not None
    assert (decided.state, decided.decision.verdict.outcome) == ("decided", "approved")
    assert (await announced(pool))[3:] == [
        "claim_pended",
        "claim_resumed",
        "documents_completed",
        "claim_decided",
        "death_confirmed",
    ]


async def test_a_death_that_work_did_not_cause_goes_on_under_jkm(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    died_on = DEATH + timedelta(days=2)
    claim = await claim_in("submitted", pool, vault, programme="JKK", died_on=died_on, circumstances=ACCIDENT)
    await find(pool, claim.claim_id, Findings(work_related=False, died_on=died_on))
    rerouted = await decide(pool, claim.claim_id)
    assert (rerouted.programme, rerouted.incident_on, rerouted.state) == ("JKM", died_on, "submitted")
    decided = await decide(pool, claim.claim_id)
    assert decided.decision is not None
    assert decided.decision.verdict.amount_idr == 42_000_000
    assert (await announced(pool))[3:] == ["claim_rerouted", "documents_completed", "claim_decided", "death_confirmed"]


DIED = ("enrollment.worker_deceased.v1", {"died_on": DEATH.isoformat(), "claim_id": None})
ENDED = (
    "enrollment.coverage_terminated.v1",
    {"coverage_id": YEAR[1]["coverage_id"], "covered_until": "2025-10-04", "reason": "deceased"},
)


async def test_the_order_of_facts_and_steps_makes_no_difference(pool: Pool, vault: Vault) -> None:
    """Of each worker some facts come before the claim, the others between its steps: the last after the decision."""
    facts = [REGISTERED, YEAR, DIED, ENDED]
    for early in (0, 1, 2, 4):
        worker_id = UUID(int=WAYAN.int + 100 + early)
        if early:
            await hear(pool, *facts[:early], worker_id=worker_id)
        claim = await report(pool, vault, worker_id)
        await bring_documents(pool, claim.claim_id)
        if early < 2:
            await hear(pool, *facts[early:2], worker_id=worker_id, after=early)
        await submit(pool, vault, claim.claim_id)
        await decide(pool, claim.claim_id)
        if early < 4:
            await hear(pool, *facts[2:], worker_id=worker_id, after=2)
        async with transaction(pool) as tx:
            assert await handlers.review(tx, [worker_id], act=by("sweep")) == 0
        await order(pool, vault, claim.claim_id)
        paid = await pay(pool, claim.claim_id, line=f"line {early}")
        assert paid.decision is not None
        assert (paid.state, paid.decision.verdict.outcome) == ("paid", "approved")
        assert paid.payments[0].paid_idr == 42_000_000


async def test_a_decision_on_cover_that_is_taken_back_is_looked_at_again(pool: Pool, vault: Vault) -> None:
    paid = await covered(pool, vault, "paid")
    await hear(
        pool,
        ("enrollment.coverage_voided.v1", {"coverage_id": YEAR[1]["coverage_id"], "reason": "wrong_person"}),
        after=2,
    )
    for news in (1, 0):
        async with transaction(pool) as tx:
            assert await handlers.review(tx, [WAYAN], act=by("sweep")) == news
    found = await stored(pool, paid.claim_id)
    assert found.review is not None
    assert (found.state, found.review.verdict.outcome, found.decisions) == ("paid", "denied", paid.decisions)
    async with transaction(pool) as tx:
        assert (await handlers.uphold(tx, paid.claim_id, act=by(MADE))).review is None
        assert await handlers.review(tx, [WAYAN], act=by("sweep")) == 0
    assert (await announced(pool))[-2:] == ["review_required", "review_settled"]


async def test_an_appeal_is_decided_by_another_and_pays_what_it_adds(pool: Pool, vault: Vault) -> None:
    await hear(pool, REGISTERED, started("2025-09-01", None))
    claim = await claim_in("paid", pool, vault)
    await hear(pool, renewed("2025-01-01", "2025-09-01", cohort_id=str(UUID(int=103))), after=2)
    async with transaction(pool) as tx:
        await handlers.reopen(tx, claim.claim_id, cause="appeal", act=by("wife"))
    async with transaction(pool) as tx:
        await handlers.submit(tx, claim.claim_id, submitted_on=None, payees=[], vault=vault, act=by(PUTU))
    assert await refused(decide(pool, claim.claim_id)) == "SAME_PERSON"
    again = await decide(pool, claim.claim_id, "another decider")
    ordered = await order(pool, vault, claim.claim_id)
    assert [decision.verdict.amount_idr for decision in again.decisions] == [10_000_000, 42_000_000]
    assert [one.ordered_idr for one in ordered.payments] == [10_000_000, 32_000_000]
    assert (await announced(pool)).count("death_confirmed") == 1


async def test_a_death_that_was_paid_can_be_retracted_and_claimed_again(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "ordered")

    async def retract() -> Claim:
        async with transaction(pool) as tx:
            return await handlers.retract_death(tx, claim.claim_id, act=by("komang"))

    assert await refused(retract()) == "PAYMENT_ORDERED"
    await pay(pool, claim.claim_id)
    assert [(await retract()).state for _ in range(2)] == ["void", "void"]
    assert (await announced(pool))[-2:] == ["death_retracted", "claim_voided"]
    again = await claim_in("decided", pool, vault)
    assert again.decision is not None
    assert again.decision.verdict.outcome == "approved"


async def test_holding_and_voiding_leave_their_trace(pool: Pool, vault: Vault) -> None:
    claim = await covered(pool, vault, "submitted")
    async with transaction(pool) as tx:
        await handlers.pend(tx, claim.claim_id, reasons=[DISPUTE], act=by(MADE))
        await handlers.resume(tx, claim.claim_id, act=by(MADE))
        await handlers.void(tx, claim.claim_id, cause="withdrawn", act=by(MADE))
    assert (await announced(pool))[3:] == ["claim_pended", "claim_resumed", "documents_completed", "claim_voided"]
    assert (await report(pool, vault)).state == "reported"


FILE = f"""{",".join(COLUMNS)}
JHT-1,JHT,PU,2024-11-20,1687,25000000000,51.04
JHT-2,JHT,NON_ASN,2024-11-20,99,1470000000,51.04.05
"""


async def record(pool: Pool, content: str) -> Recorded:
    async with transaction(pool) as tx:
        return await handlers.record_payments(tx, content.encode(), today=date(2026, 1, 1), act=by(KETUT))


async def test_what_was_recorded_is_not_changed_by_the_same_reference(pool: Pool) -> None:
    await record(pool, FILE)
    changed = await record(pool, FILE.replace("1687", "1688") + "JHT-3,JP,PU,2024-11-20,1,1,51.04\n")
    assert (changed.rows, changed.recorded, changed.unchanged) == (3, 1, 1)
    assert [(row.row, row.column, row.code) for row in changed.rejected] == [(2, "reference", "reference_changed")]
    line = "JHT-4,JHT,PU,2024-11-20,1687,25000000000,51.04"
    twice = await record(pool, "\n".join((",".join(COLUMNS), line, line, line.replace("1687", "1"))))
    assert (twice.recorded, twice.unchanged, len(twice.rejected)) == (1, 1, 1)
    kept = await pool.fetch("select cases from recorded_payment where reference in ('JHT-1', 'JHT-4')")
    assert [row["cases"] for row in kept] == [1687, 1687]


async def test_racing_files_record_each_payment_once(pool: Pool) -> None:
    results = await asyncio.gather(*(record(pool, FILE) for _ in range(6)))
    assert sorted(result.recorded for result in results) == [0, 0, 0, 0, 0, 2]
    assert await record(pool, FILE) == Recorded(rows=2, recorded=0, unchanged=2, rejected=())
    assert await pool.fetchval("select count(*) from ledger") == 2

"""Commands on a real Postgres: racing, repeated, early and late."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from payung_contracts.topics import COVERAGE

from services.chassis import clock, letters
from services.chassis.idempotency import Answer, once
from services.chassis.letters import Kept, Letter
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.claims import handlers, store
from services.claims.claim import Claim, Rejected
from services.claims.handlers import Recorded
from services.claims.payments import COLUMNS
from services.claims.sweep import sweep
from tests.integration.claims.conftest import PAYEE, YEAR, announced, by, hear, hear_of_cover
from tests.unit.claims.cases import KETUT, MADE, PUTU, REGISTERED, WAYAN, started

DEATH = date(2025, 10, 3)
PAYERS = 8


async def report(pool: Pool, worker_id: UUID = WAYAN, incident_on: date = DEATH) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.report(
            tx, worker_id=worker_id, programme="JKM", incident_on=incident_on, reported_on=None, act=by(PUTU)
        )


async def submit(pool: Pool, vault: Vault, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.submit(tx, claim_id, submitted_on=None, payee=PAYEE, vault=vault, act=by(PUTU))


async def decide(pool: Pool, claim_id: UUID, actor: str = MADE) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.decide(tx, claim_id, act=by(actor))


async def order(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        return await handlers.order_payment(tx, claim_id, act=by(KETUT))


async def pay(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        paid_on = await clock.business_date(tx)
        return await handlers.pay(tx, claim_id, paid_on=paid_on, act=by(KETUT))


async def submitted(pool: Pool, vault: Vault) -> UUID:
    await hear_of_cover(pool)
    claim = await report(pool)
    await submit(pool, vault, claim.claim_id)
    return claim.claim_id


async def stored(pool: Pool, claim_id: UUID) -> Claim:
    async with transaction(pool) as tx:
        return (await store.look(tx, [WAYAN]))[WAYAN].claim(claim_id)


async def test_a_claim_goes_from_report_to_payment(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await decide(pool, claim_id)
    await order(pool, claim_id)
    paid = await pay(pool, claim_id)
    assert paid == await stored(pool, claim_id)
    assert paid.decision is not None
    assert paid.decision.amount_idr == 42_000_000
    assert await announced(pool) == [
        "claim_reported",
        "claim_submitted",
        "claim_decided",
        "death_confirmed",
        "payment_ordered",
        "claim_paid",
    ]


async def test_the_payee_is_in_the_vault_and_nowhere_else(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    claim = await stored(pool, claim_id)
    assert claim.payee_id is not None
    async with transaction(pool) as tx:
        assert await vault.open(tx, claim.payee_id, actor=KETUT, purpose="test") == PAYEE
    for table in ("claim", "ledger", "vault", "idempotency"):
        shown = await pool.fetchval(f"select coalesce(string_agg(t::text, ' '), '') from {table} t")  # noqa: S608 - names above
        assert PAYEE["account"] not in shown
        assert PAYEE["name"] not in shown


async def test_two_deciders_at_once_make_one_decision(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    results = await asyncio.gather(
        *(decide(pool, claim_id, f"decider-{number}") for number in range(PAYERS)), return_exceptions=True
    )
    made = [result for result in results if isinstance(result, Claim)]
    refused = [result for result in results if isinstance(result, Rejected)]
    assert (len(made), len(refused)) == (1, PAYERS - 1)
    assert {one.code for one in refused} == {"WRONG_STATE"}
    assert (await announced(pool)).count("claim_decided") == 1
    assert (await announced(pool)).count("death_confirmed") == 1


async def test_racing_payments_pay_once(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await decide(pool, claim_id)
    orders = await asyncio.gather(*(order(pool, claim_id) for _ in range(PAYERS)))
    payments = await asyncio.gather(*(pay(pool, claim_id) for _ in range(PAYERS)))
    assert len({claim.order_id for claim in (*orders, *payments)}) == 1
    assert (await announced(pool))[-2:] == ["payment_ordered", "claim_paid"]
    assert (await announced(pool)).count("claim_paid") == 1


async def test_a_payment_cut_off_before_its_commit_is_made_once_by_the_next_try(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await decide(pool, claim_id)
    ordered = await order(pool, claim_id)

    async def paying(tx: Transaction) -> Answer:
        paid = await handlers.pay(tx, claim_id, paid_on=await clock.business_date(tx), act=by(KETUT))
        return Answer(200, {"state": paid.state})

    async def cut_off(tx: Transaction) -> Answer:
        await paying(tx)
        await pool.execute("select pg_terminate_backend($1)", tx.get_server_pid())
        return Answer(200, {"state": await tx.fetchval("select 'unreachable'")})

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await once(pool, key="payment-1", actor=KETUT, payload=b"", action=cut_off)
    assert (await stored(pool, claim_id)).state == "ordered"
    answers = [await once(pool, key="payment-1", actor=KETUT, payload=b"", action=paying) for _ in range(2)]
    assert answers == [Answer(200, {"state": "paid"})] * 2
    assert (await stored(pool, claim_id)).order_id == ordered.order_id
    assert (await announced(pool)).count("claim_paid") == 1


async def test_racing_reports_of_one_event_begin_one_claim(pool: Pool) -> None:
    await hear_of_cover(pool)
    results = await asyncio.gather(*(report(pool) for _ in range(PAYERS)), return_exceptions=True)
    assert sum(isinstance(result, Claim) for result in results) == 1
    assert {result.code for result in results if isinstance(result, Rejected)} == {"DUPLICATE_CLAIM"}


async def test_two_claims_for_one_death_decided_at_once_pay_once(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    claims = [await report(pool), await report(pool, incident_on=DEATH - timedelta(days=1))]
    for claim in claims:
        await submit(pool, vault, claim.claim_id)
    decided = await asyncio.gather(*(decide(pool, claim.claim_id) for claim in claims))
    outcomes = sorted(claim.decision.outcome for claim in decided if claim.decision)
    assert outcomes == ["approved", "denied"]
    assert (await announced(pool)).count("death_confirmed") == 1


async def test_the_database_itself_refuses_a_second_payment_for_a_death(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    decided = await decide(pool, claim_id)
    other = await report(pool, incident_on=DEATH - timedelta(days=1))
    with pytest.raises(asyncpg.UniqueViolationError, match="claim_death_paid_once"):
        await pool.execute(
            "update claim set state = 'decided', outcome = 'approved', decision = '{}', proposer = $2, decider = $3"
            " where claim_id = $1",
            other.claim_id,
            PUTU,
            decided.decider,
        )


async def test_a_waiting_claim_goes_on_when_its_worker_arrives(pool: Pool) -> None:
    claim = await report(pool)
    assert claim.state == "waiting"
    assert await sweep(pool) == 0
    await hear(pool, REGISTERED)
    assert await sweep(pool) == 1
    assert (await stored(pool, claim.claim_id)).state == "reported"
    assert await sweep(pool) == 0
    assert await announced(pool) == ["claim_reported"]


async def test_a_command_need_not_wait_for_the_sweep(pool: Pool, vault: Vault) -> None:
    claim = await report(pool)
    with pytest.raises(Rejected) as refused:
        await submit(pool, vault, claim.claim_id)
    assert refused.value.code == "WORKER_UNKNOWN"
    await hear(pool, REGISTERED)
    assert (await submit(pool, vault, claim.claim_id)).state == "submitted"


async def test_a_claim_of_an_unknown_worker_is_pended_after_ten_minutes_once_and_still_goes_on(pool: Pool) -> None:
    claim = await report(pool)
    await move_clock(pool, timedelta(minutes=9))
    assert await sweep(pool) == 0
    await move_clock(pool, timedelta(minutes=1, seconds=1))
    assert sorted(await asyncio.gather(*(sweep(pool) for _ in range(4)))) == [0, 0, 0, 1]
    pended = await stored(pool, claim.claim_id)
    assert (pended.state, [reason.code for reason in pended.pended_for]) == ("pended", ["WORKER_UNKNOWN"])
    await hear(pool, REGISTERED)
    assert await sweep(pool) == 1
    assert (await stored(pool, claim.claim_id)).state == "reported"
    assert await announced(pool) == ["claim_reported", "claim_pended"]


async def move_clock(pool: Pool, by_: timedelta) -> None:
    async with transaction(pool) as tx:
        await clock.move(tx, await clock.now(tx) + by_)


async def test_a_claim_is_not_decided_while_its_worker_is_parked(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await hear(pool, ("enrollment.coverage_renewed.v1", {"coverage_id": "not the contract"}), after=2)
    with pytest.raises(Rejected) as refused:
        await decide(pool, claim_id)
    assert refused.value.code == "WORKER_PARKED"
    assert (await stored(pool, claim_id)).state == "submitted"


async def test_a_claim_is_not_decided_while_a_record_of_its_worker_is_unreadable(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    record = Kept(COVERAGE.name, 0, 99, str(WAYAN).encode(), b"{}", [])
    async with transaction(pool) as tx:
        await letters.park(tx, [Letter(record, "unreadable: no header ce_id")])
    with pytest.raises(Rejected) as refused:
        await decide(pool, claim_id)
    assert refused.value.code == "WORKER_PARKED"
    await pool.execute(
        "update letter set settled_at = now(), settled_how = 'dropped', settled_by = 'tester', settled_why = 'no fact'"
    )
    assert (await decide(pool, claim_id)).state == "decided"


async def test_the_end_of_cover_that_a_death_causes_leaves_the_decision_standing(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    decided = await decide(pool, claim_id)
    died = ("enrollment.worker_deceased.v1", {"died_on": DEATH.isoformat(), "claim_id": str(claim_id)})
    ended = (
        "enrollment.coverage_terminated.v1",
        {
            "coverage_id": YEAR[1]["coverage_id"],
            "covered_until": (DEATH + timedelta(days=1)).isoformat(),
            "reason": "deceased",
        },
    )
    await hear(pool, died, ended, after=2)
    assert await stored(pool, claim_id) == decided
    assert (await order(pool, claim_id)).state == "ordered"


async def test_a_retracted_death_voids_the_claim_and_a_new_one_can_be_approved(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await decide(pool, claim_id)
    async with transaction(pool) as tx:
        assert (await handlers.retract_death(tx, claim_id, act=by(MADE))).state == "void"
    again = await report(pool)
    await submit(pool, vault, again.claim_id)
    decided = await decide(pool, again.claim_id)
    assert decided.decision is not None
    assert decided.decision.outcome == "approved"
    assert (await announced(pool)).count("death_confirmed") == 2
    assert (await announced(pool)).count("death_retracted") == 1


async def test_a_death_whose_payment_is_ordered_is_not_retracted_and_is_paid_once(pool: Pool, vault: Vault) -> None:
    claim_id = await submitted(pool, vault)
    await decide(pool, claim_id)
    await order(pool, claim_id)
    for code in ("PAYMENT_ORDERED", "ALREADY_PAID"):
        with pytest.raises(Rejected) as refused:
            async with transaction(pool) as tx:
                await handlers.retract_death(tx, claim_id, act=by(MADE))
        assert refused.value.code == code
        assert (await pay(pool, claim_id)).state == "paid"
    assert "death_retracted" not in await announced(pool)


async def test_a_claim_that_is_not_there_is_named(pool: Pool) -> None:
    with pytest.raises(Rejected) as refused:
        await decide(pool, uuid4())
    assert refused.value.code == "CLAIM_UNKNOWN"


FILE = f"""{",".join(COLUMNS)}
JHT-1,JHT,PU,2024-11-20,1687,25000000000,51.04
JHT-2,JHT,NON_ASN,2024-11-20,99,1470000000,51.04.05
"""


async def record(pool: Pool, content: str) -> Recorded:
    async with transaction(pool) as tx:
        return await handlers.record_payments(tx, content.encode(), today=date(2026, 1, 1), act=by(KETUT))


async def test_recorded_payments_twice_count_once(pool: Pool) -> None:
    assert await record(pool, FILE) == Recorded(rows=2, recorded=2, unchanged=0, rejected=())
    assert await record(pool, FILE) == Recorded(rows=2, recorded=0, unchanged=2, rejected=())
    assert await pool.fetchval("select count(*) from ledger") == 2
    assert await pool.fetchval("select sum(cases) from recorded_payment") == 1786


async def test_the_same_reference_with_another_content_is_refused_with_its_row(pool: Pool) -> None:
    await record(pool, FILE)
    changed = await record(pool, FILE.replace("1687", "1688") + "JHT-3,JP,PU,2024-11-20,1,1,51.04\n")
    assert (changed.rows, changed.recorded, changed.unchanged) == (3, 1, 1)
    assert [(row.row, row.column, row.code) for row in changed.rejected] == [(2, "reference", "reference_changed")]
    assert await pool.fetchval("select cases from recorded_payment where reference = 'JHT-1'") == 1687


async def test_two_rows_of_one_reference_in_a_file_count_once(pool: Pool) -> None:
    line = "JHT-1,JHT,PU,2024-11-20,1687,25000000000,51.04"
    twice = await record(pool, "\n".join((",".join(COLUMNS), line, line, line.replace("1687", "1"))))
    assert (twice.recorded, twice.unchanged, len(twice.rejected)) == (1, 1, 1)


async def test_racing_files_record_each_payment_once(pool: Pool) -> None:
    results = await asyncio.gather(*(record(pool, FILE) for _ in range(6)))
    assert sorted(result.recorded for result in results) == [0, 0, 0, 0, 0, 2]
    assert await pool.fetchval("select count(*) from ledger") == 2


async def test_several_memberships_are_all_found(pool: Pool, vault: Vault) -> None:
    temple = started("2025-02-01", None, coverage_id=str(UUID(int=2)), cohort_id=str(UUID(int=102)))
    await hear(pool, REGISTERED, YEAR, temple)
    claim = await report(pool)
    await submit(pool, vault, claim.claim_id)
    decided = await decide(pool, claim.claim_id)
    assert decided.decision is not None
    assert (decided.decision.amount_idr, decided.decision.coverage_sequence) == (74_000_000, 3)
    assert await stored(pool, claim.claim_id) == decided

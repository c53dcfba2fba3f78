"""Claims and reporting name the same late claims, with the same days, whatever happened to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from uuid import UUID

import httpx2
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM

from services.chassis import migrations
from services.chassis.postgres import Pool, open_pool, transaction
from services.claims import domain, messages, queries, store
from services.claims.answers import days_late
from services.claims.claim import Claim
from services.claims.commands import Command, Pay, Pend, Reopen, Resume, Return, Submit
from services.claims.coverage import Cover
from services.claims.migrations import CLAIMS
from services.claims.reasons import PEND_REASONS, Reason
from tests.integration.conftest import Migrated
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_cohorts import asked
from tests.unit.claims.cases import (
    BOOK,
    COVERED,
    DISPUTE,
    KETUT,
    MADE,
    NYOMAN,
    PUTU,
    TODAY,
    UNCOVERED,
    cover_after,
    day,
    decide_on,
    everything,
    order_on,
    pay_all,
    reported,
    return_all,
    started,
    submit,
)

Step = Callable[[Claim], Sequence[Command]]

DUE = BOOK.due_on(TODAY, "JKM")
YOUNG = cover_after(started("2025-09-01", None))
"""Too young for more than the funeral."""
OTHERS_ASKED = PEND_REASONS["OTHER_OFFICE_ASKED"]
MILLION = 1_000_000


def after(days: int) -> date:
    return DUE + timedelta(days=days)


def applied(on: date = TODAY) -> Step:
    """Apply, the first time for the widow, then for whoever was to be paid."""
    return lambda claim: [Submit(PUTU, (), on, BOOK, on) if claim.payees else submit(on=on)]


def decided(cover: Cover = COVERED, on: date = TODAY) -> Step:
    return lambda claim: [
        decide_on(cover, today=on, actor=NYOMAN if claim.decision and claim.decision.decider == MADE else MADE)
    ]


def appealed(on: date) -> Step:
    return lambda _: [Reopen(PUTU, "appeal", on)]


def ordered(on: date) -> Step:
    return lambda _: [order_on(on)]


def paid(on: date) -> Step:
    return lambda claim: pay_all(claim, on)


def first_paid(on: date, less: int = 0) -> Step:
    def step(claim: Claim) -> list[Command]:
        first = next(one for one in claim.payments if one.state == "ordered")
        return [Pay(KETUT, first.payment_id, on, first.ordered_idr - less, None, on)]

    return step


def bounced(on: date) -> Step:
    return lambda claim: return_all(claim, on)


def bounced_once_paid(on: date) -> Step:
    return lambda claim: [Return(KETUT, claim.payments[0].payment_id, on, "ACCOUNT_CLOSED", None, BOOK, on)]


def held(on: date, reason: Reason = DISPUTE) -> Step:
    return lambda _: [Pend(MADE, (reason,), on)]


def let_go(on: date) -> Step:
    return lambda _: [Resume(PUTU, BOOK, on)]


PAPERS: Step = lambda claim: [everything(claim)]  # noqa: E731 - one of the steps
FILED = (PAPERS, applied())
STORIES: list[tuple[Step, ...]] = [
    (PAPERS,),
    FILED,
    (*FILED, decided(UNCOVERED)),
    (*FILED, decided(), ordered(after(3)), paid(after(4))),
    # an appeal of a late claim, and one that was raised in time
    (*FILED, decided(YOUNG), appealed(after(9)), applied(after(10)), decided(COVERED, after(11))),
    (*FILED, decided(), appealed(TODAY), applied(after(30)), decided(COVERED, after(30)), ordered(after(31))),
    # of what is due by two days, the older is paid first
    (*FILED, decided(YOUNG), appealed(after(9)), applied(after(9)), decided(COVERED, after(9)), ordered(after(10)),
     first_paid(after(11)), paid(after(12))),
    # a hold of a late claim, and one of a claim in time; for what others are asked; and before the decision
    (*FILED, decided(), held(after(2)), let_go(after(9)), ordered(after(10))),
    (*FILED, decided(), held(DUE), let_go(after(9)), ordered(after(10))),
    (*FILED, decided(), held(TODAY, OTHERS_ASKED), let_go(after(9)), ordered(after(10))),
    (*FILED, held(after(2)), let_go(after(9)), decided(COVERED, after(10))),
    (*FILED, held(TODAY), let_go(after(9)), decided(COVERED, after(10))),
    # a bounce: before it arrived, after it had, of a late claim that was appealed, and while it is decided anew
    (*FILED, decided(), ordered(TODAY), bounced(DUE), ordered(after(1)), paid(after(2))),
    (*FILED, decided(), ordered(TODAY), paid(TODAY), bounced_once_paid(after(5)), ordered(after(30))),
    (*FILED, decided(), appealed(after(9)), applied(after(9)), decided(COVERED, after(9)), ordered(after(10)),
     bounced(after(11)), appealed(after(30)), applied(after(30)), decided(COVERED, after(30))),
    (*FILED, decided(YOUNG), ordered(TODAY), paid(TODAY), appealed(after(1)), applied(after(1)),
     bounced_once_paid(after(9)), decided(COVERED, after(9))),
    # less arrived than was ordered
    (*FILED, decided(), appealed(after(9)), applied(after(9)), decided(COVERED, after(9)), ordered(after(10)),
     first_paid(after(11), less=2 * MILLION)),
]  # fmt: skip
LATER = day("2026-02-01")


async def test_whatever_happened_both_have_the_same_late_claims_days_and_payments_in_time(
    pool: Pool, http: httpx2.AsyncClient, migrated: Migrated
) -> None:
    log = Log()
    claims, late = [begun(number, log) for number in range(len(STORIES))], list[Claim]()
    async with open_pool(await migrated((*migrations.WRITER, CLAIMS)), name="claims", size_max=2) as of_claims:
        for steps in zip_longest(*STORIES):
            for number, step in enumerate(steps):
                if step is not None:
                    claims[number], facts = carried_out(claims[number], step(claims[number]), log.now)
                    log.publish(CLAIM, claims[number].worker_id, *facts)
            await read(pool, log)
            async with transaction(of_claims) as tx:
                await store.save(tx, claims)
                wanted = queries.Wanted(LATER, overdue=True)
                found = await queries.claims(tx, wanted, after=FIRST, limit=100)
                late = [one for one in found if isinstance(one, Claim)]
            rows = await pool.fetch("select claim_id, $1 - due_on as days from bi.claims($1) where overdue", LATER)
            assert {row["claim_id"]: row["days"] for row in rows} == {
                one.claim_id: days_late(one, LATER) for one in late
            }
    assert len(late) > len(STORIES) // 2
    total = (await asked(http, "claims-overdue", as_of=LATER.isoformat()))["total"]
    assert (total["claims"], total["days_late_max"]) == (len(late), max(days_late(one, LATER) or 0 for one in late))
    arrived = [one for claim in claims for one in claim.payments if (one.state, one.kind) == ("paid", "benefit")]
    in_time = [one for one in arrived if one.settled_on and one.due_on and one.settled_on <= one.due_on]
    took = (await asked(http, "time-to-payment", **{"from": "2025-01-01", "until": "2027-01-01"}))["total"]
    assert (took["payments"], took["in_time"]) == (len(arrived), len(in_time))
    assert 0 < len(in_time) < len(arrived)


FIRST = (date.min, UUID(int=0))


def begun(number: int, log: Log) -> Claim:
    """Report a claim of a worker of its own."""
    first = replace(reported(claim_id=UUID(int=0xC000 + number)), worker_id=UUID(int=0xA000 + number))
    claim = domain.begin(first)
    log.publish(CLAIM, claim.worker_id, *(one.fact for one in messages.to_entries(claim, [first], at=log.now)))
    return claim


def carried_out(claim: Claim, commands: Sequence[Command], at: datetime) -> tuple[Claim, list[Fact]]:
    """Carry out the commands one after the other, and give what is told of them."""
    facts = list[Fact]()
    for command in commands:
        for event in domain.decide(claim, command):
            facts += (one.fact for one in messages.to_entries(claim, [event], at=at))
            claim = domain.evolve(claim, event)
    return claim, facts

"""Claims, the cover they rest on, and recorded payments, in Postgres.

A claim is read and written whole; beside it stand the columns that the database looks into, and its payments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from payung_contracts.topics import COVERAGE
from pydantic import TypeAdapter, ValidationError

from services.chassis.postgres import Pool, Transaction
from services.claims import money
from services.claims.claim import Claim, Rejected
from services.claims.coverage import Cover
from services.claims.domain import UNKNOWN_WORKER_WAITS_MAX
from services.claims.payments import RecordedPayment
from services.claims.rules import RuleBook, base_book, book_at

CLAIM = TypeAdapter(Claim)
PLACES_LOGGED_MAX = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """All that a command on a worker's claims may rest on; `book` is the newest edition of the rules."""

    at: datetime
    cover: Cover
    readable: tuple[Claim, ...]
    book: RuleBook
    unreadable: tuple[UUID, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All of the worker's claims; who rests on all of them goes no further where one cannot be read."""
        if self.unreadable:
            raise unreadable(self.unreadable[0])
        return self.readable

    def claim(self, claim_id: UUID) -> Claim:
        """Find the claim, which is one of this worker's; what else they have need not be readable."""
        if claim_id in self.unreadable:
            raise unreadable(claim_id)
        return next(claim for claim in self.readable if claim.claim_id == claim_id)


def read_claim(claim_id: UUID, body: str) -> Claim | None:
    """Read a claim as it is stored; None is one that cannot be read, which holds up nobody but itself."""
    try:
        return CLAIM.validate_json(body)
    except ValidationError as error:  # its text would repeat what stands there
        places = sorted({".".join(map(str, one["loc"])) for one in error.errors(include_input=False)})
        log.error("claim_unreadable", claim_id=str(claim_id), places=places[:PLACES_LOGGED_MAX])  # noqa: TRY400
        return None


def unreadable(claim_id: UUID) -> Rejected:
    """Say that what is stored of a claim is none."""
    return Rejected(
        "CLAIM_UNREADABLE",
        indonesian=f"Klaim {claim_id} tersimpan dalam bentuk yang tidak dapat dibaca, jadi tidak dapat diproses."
        " Minta petugas sistem memulihkannya; klaim lain tidak terganggu.",
        english=f"Claim {claim_id} is stored in a form that cannot be read, so nothing can be done with it. Ask the"
        " operators to restore it; other claims are not touched.",
    )


async def find_worker(tx: Transaction, claim_id: UUID) -> UUID | None:
    """Find whose claim it is; this never changes."""
    worker_id: UUID | None = await tx.fetchval("select worker_id from claim where claim_id = $1", claim_id)
    return worker_id


async def find_person(tx: Transaction, claim_id: UUID) -> list[UUID]:
    """Name the workers who are the person of the claim, nobody if there is no such claim; a command on it begins so.

    From here on the transaction's statements go by plans that are kept: each is about one person, and to plan it anew
    took longer than to carry it out.
    """
    same: list[UUID] | None = await tx.fetchval(
        """
        select array(select same_person($2, worker_id) order by 1),
               set_config('plan_cache_mode', 'force_generic_plan', true)
          from claim where claim_id = $1
        """,
        claim_id,
        COVERAGE.name,
    )
    return same or []


async def same_person(tx: Transaction, worker_id: UUID) -> list[UUID]:
    """Name the workers who were merged with this one, in either direction, by what is known of them; itself too."""
    rows = await tx.fetch("select same_person($1, $2) as worker_id order by worker_id", COVERAGE.name, worker_id)
    return [row["worker_id"] for row in rows]


async def hold_cover(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """Keep the reader from changing these workers' cover in this transaction, so that it sees a claim begun in it."""
    await tx.execute(
        "select from reader_key where topic = $1 and key = any($2::uuid[]) order by key for share",
        COVERAGE.name,
        worker_ids,
    )


async def look(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, View]:
    """Read the clock, the workers' cover and all their claims; the workers' heads are locked before.

    A letter that could not be read parks no key, but is a fact that the cover lacks: it withholds the cover as well.
    """
    rows = await tx.fetch(
        """
        select business_clock() as at, w.wanted, k.sequence, k.state as cover, c.claim_id, c.body, e.edition, e.sha256,
               coalesce(k.parked, false) or exists (
                   select from letter l where l.topic = $2 and l.key = w.wanted and l.settled_at is null) as withheld
          from unnest($1::uuid[]) as w(wanted)
          left join reader_key k on k.topic = $2 and k.key = w.wanted
          left join claim c on c.worker_id = w.wanted
          left join (select edition, sha256 from rule_edition order by edition desc limit 1) as e on true
         order by c.reported_at, c.claim_id
        """,
        worker_ids,
        COVERAGE.name,
    )
    book = base_book()  # also before `migrate` has stored it
    if rows and rows[0]["edition"] is not None:
        book = await book_at(tx, rows[0]["edition"], rows[0]["sha256"])
    views = {
        row["wanted"]: View(row["at"], cover_of(row["sequence"], row["withheld"], row["cover"]), (), book)
        for row in rows
    }
    for row in rows:
        if row["body"] is not None:
            view, claim = views[row["wanted"]], read_claim(row["claim_id"], row["body"])
            if claim is None:
                views[row["wanted"]] = replace(view, unreadable=(*view.unreadable, row["claim_id"]))
            else:
                views[row["wanted"]] = replace(view, readable=(*view.readable, claim))
    return views


async def save(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Write the claims and their payments as they are now."""
    if not claims:
        return
    await tx.executemany(
        """
        insert into claim (claim_id, worker_id, programme, incident_on, reported_on, reported_at, state, pended_in,
                           due_on, death, review, outcome, proposer, decider, vault_ids, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        on conflict (claim_id) do update
           set programme = excluded.programme, incident_on = excluded.incident_on, state = excluded.state,
               pended_in = excluded.pended_in, due_on = excluded.due_on, death = excluded.death,
               review = excluded.review, outcome = excluded.outcome, proposer = excluded.proposer,
               decider = excluded.decider, body = excluded.body,
               vault_ids = case when claim.vault_ids @> excluded.vault_ids then claim.vault_ids
                                else array(select unnest(claim.vault_ids) union select unnest(excluded.vault_ids)) end
        """,
        map(_row, claims),
    )
    payments = [row for claim in claims for row in _payment_rows(claim)]
    if payments:
        await tx.execute(
            """
            with told as (
                select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
                         as t(payment_id, claim_id, state, proposer, decider, payer)
            ), settled as (
                update payment p set state = t.state
                  from told t where p.payment_id = t.payment_id and p.state <> t.state
            )
            insert into payment (payment_id, claim_id, state, proposer, decider, payer)
            select t.* from told t where not exists (select from payment p where p.payment_id = t.payment_id)
            """,
            *zip(*payments, strict=True),
        )
    lines = [
        (one.bank_reference, payment.payment_id)
        for claim in claims
        for payment in claim.payments
        for one in payment.told
        if one.bank_reference is not None
    ]
    if lines:
        await tx.execute(
            """
            insert into bank_line (bank_reference, payment_id)
            select t.* from unnest($1::text[], $2::uuid[]) as t(bank_reference, payment_id)
             where not exists (
                   select from bank_line b where (b.bank_reference, b.payment_id) = (t.bank_reference, t.payment_id))
            """,
            *zip(*lines, strict=True),
        )


async def waiting_claims(pool: Pool, limit: int, *, without: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Find claims that may go on, as (worker, claim): their worker is known by now, or they waited their time.

    Only a hint: whoever acts on it locks the workers' heads and looks again.
    """
    rows = await pool.fetch(
        """
        select c.worker_id, c.claim_id
          from claim c
          left join reader_key k on k.topic = $1 and k.key = c.worker_id
         where (c.state = 'waiting' or c.pended_in = 'waiting') and c.claim_id <> all($4::uuid[])
           and (k.state is not null or (c.state = 'waiting' and c.reported_at <= business_clock() - $2::interval))
         order by c.reported_at limit $3
        """,
        COVERAGE.name,
        UNKNOWN_WORKER_WAITS_MAX,
        limit,
        without,
    )
    return [(row["worker_id"], row["claim_id"]) for row in rows]


async def queue_review(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """Queue those of these workers who have claims, so that their decisions are looked at again."""
    await tx.execute(
        """
        insert into review_due (worker_id)
        select worker_id from claim where worker_id = any($1::uuid[]) group by worker_id order by worker_id
        """,
        worker_ids,
    )


async def recorded_payments(tx: Transaction, payment_ids: Sequence[UUID]) -> dict[str, RecordedPayment]:
    """Read what is recorded under these ids, by reference."""
    rows = await tx.fetch(
        """
        select reference, programme, segment, paid_on, cases, amount_idr, area_code
          from recorded_payment where payment_id = any($1::uuid[])
        """,
        payment_ids,
    )
    return {row["reference"]: RecordedPayment(**dict(row)) for row in rows}


async def record_payments(tx: Transaction, payments: Mapping[UUID, RecordedPayment]) -> None:
    """Write payments that are not recorded yet."""
    await tx.executemany(
        """
        insert into recorded_payment (payment_id, reference, programme, segment, paid_on, cases, amount_idr, area_code)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [
            (key, one.reference, one.programme, one.segment, one.paid_on, one.cases, one.amount_idr, one.area_code)
            for key, one in sorted(payments.items())
        ],
    )


def cover_of(sequence: int | None, withheld: bool, state: str | None) -> Cover:
    """Give the cover that the reader keeps of a key, as its columns tell it."""
    return Cover(sequence or 0, withheld, orjson.loads(state) if state is not None else None)


def _row(claim: Claim) -> tuple[Any, ...]:
    decision = claim.decision
    named = {payee.payee_id for payee in claim.payees} | ({claim.account_id} if claim.account_id else set())
    return (
        claim.claim_id,
        claim.worker_id,
        claim.programme,
        claim.incident_on,
        claim.reported_on,
        claim.reported_at,
        claim.state,
        claim.pended_in,
        money.due_on(claim),
        (claim.paid_death if claim.granted else claim.died_on) is not None,
        claim.review is not None,
        decision.verdict.outcome if decision else None,
        decision.proposer if decision else None,
        decision.decider if decision else None,
        sorted(named),
        CLAIM.dump_json(claim).decode(),
    )


def _payment_rows(claim: Claim) -> list[tuple[Any, ...]]:
    """Give a row for each payment; the decision that stands is the one that it was ordered by, when it is new."""
    decision = claim.decision
    if decision is None:
        return []
    return [
        (
            payment.payment_id,
            claim.claim_id,
            payment.state,
            decision.proposer,
            decision.decider,
            payment.payer,
        )
        for payment in claim.payments
    ]

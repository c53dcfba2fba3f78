"""Questions over many claims: the list that people work through, and the payments that are under way."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.chassis.postgres import Transaction
from services.claims.claim import Claim, Payment, Programme, State
from services.claims.store import read_claim

ClaimKey = tuple[date, UUID]
"""Day of the first report, and the claim: the order of lists."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which claims a list is of; None leaves none out. `today` tells which are overdue."""

    today: date
    state: State | None = None
    programme: Programme | None = None
    worker_id: UUID | None = None
    overdue: bool | None = None
    review: bool | None = None
    pended: bool | None = None
    due_before: date | None = None
    reported_from: date | None = None
    reported_until: date | None = None


class Unreadable(NamedTuple):
    """A claim that is stored in a form that cannot be read; its place in lists is known."""

    reported_on: date
    claim_id: UUID


class OpenPayment(NamedTuple):
    """A payment that was ordered and not settled."""

    claim_id: UUID
    payment: Payment


async def claims(tx: Transaction, wanted: Wanted, *, after: ClaimKey, limit: int) -> list[Claim | Unreadable]:
    """List claims in the order of their first report, those that cannot be read by their place."""
    rows = await tx.fetch(
        """
        select reported_on, claim_id, body
          from claim
         where (reported_on, claim_id) > ($1, $2)
           and ($3::text is null or state = $3)
           and ($4::text is null or programme = $4)
           and ($5::uuid is null or worker_id = $5)
           and ($6::bool is not true or due_on < $7)    -- bare, so that an index finds the few
           and ($6 is null or $6 = coalesce(due_on < $7, false))
           and ($8::bool is null or $8 = review)
           and ($9::bool is null or $9 = (state = 'pended'))
           and ($10::date is null or due_on < $10)
           and ($11::date is null or reported_on >= $11)
           and ($12::date is null or reported_on < $12)
         order by reported_on, claim_id limit $13
        """,
        *after,
        wanted.state,
        wanted.programme,
        wanted.worker_id,
        wanted.overdue,
        wanted.today,
        wanted.review,
        wanted.pended,
        wanted.due_before,
        wanted.reported_from,
        wanted.reported_until,
        limit,
    )
    return [read_claim(row["claim_id"], row["body"]) or Unreadable(row["reported_on"], row["claim_id"]) for row in rows]


async def open_payments(
    tx: Transaction, *, ordered_on: date | None, claim_id: UUID | None, limit: int
) -> tuple[list[OpenPayment], list[UUID]]:
    """List payments that are under way, in the order of their orders; and claims that cannot be read."""
    rows = await tx.fetch(
        """
        select claim_id, body
          from claim
         where claim_id in (select claim_id from payment where state = 'ordered')
           and ($1::uuid is null or claim_id = $1)
           and ($2::text is null
                or body -> 'payments' @> jsonb_build_array(jsonb_build_object('state', 'ordered', 'ordered_on', $2)))
         order by claim_id limit $3
        """,
        claim_id,
        None if ordered_on is None else ordered_on.isoformat(),
        limit,
    )
    claims = {row["claim_id"]: read_claim(row["claim_id"], row["body"]) for row in rows}
    found = [
        OpenPayment(claim.claim_id, payment)
        for claim in claims.values()
        if claim is not None
        for payment in claim.payments
        if payment.state == "ordered" and ordered_on in {None, payment.ordered_on}
    ]
    in_order = sorted(found, key=lambda one: (one.payment.ordered_on, one.claim_id, one.payment.payment_id))
    return in_order[:limit], [claim_id for claim_id, claim in claims.items() if claim is None]


async def claims_of_payments(tx: Transaction, payment_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    """Find whose payments these are, as (worker, claim); this never changes. Unknown ones are left out."""
    rows = await tx.fetch(
        """
        select payment_id, worker_id, claim_id
          from payment join claim using (claim_id) where payment_id = any($1::uuid[])
        """,
        list(payment_ids),
    )
    return {row["payment_id"]: (row["worker_id"], row["claim_id"]) for row in rows}


async def hold_bank_lines(tx: Transaction) -> None:
    """Let nobody else take in a bank's line until this transaction ends: no two may use one reference.

    Whoever does takes this lock first, and those of the persons after it, in the order of their keys.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('bank file', 0))")


async def told_by(tx: Transaction, references: Collection[str]) -> dict[str, UUID]:
    """Tell of which payments these lines of a bank told; those that were not taken in before are left out."""
    rows = await tx.fetch(
        "select bank_reference, payment_id from bank_line where bank_reference = any($1::text[])", references
    )
    return {row["bank_reference"]: row["payment_id"] for row in rows}

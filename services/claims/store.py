"""Claims, the cover they rest on, and recorded payments, in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from payung_contracts.topics import COVERAGE
from pydantic import TypeAdapter

from services.chassis.postgres import Pool, Transaction
from services.claims.claim import Claim, Decision
from services.claims.coverage import Cover
from services.claims.domain import UNKNOWN_WORKER_WAITS_MAX
from services.claims.payments import RecordedPayment
from services.claims.reasons import Reason

DECISION = TypeAdapter(Decision)
REASONS = TypeAdapter(tuple[Reason, ...])


@dataclass(frozen=True, slots=True)
class View:
    """All that a command on a worker's claims may rest on, read in one statement."""

    at: datetime
    cover: Cover
    claims: tuple[Claim, ...]

    def claim(self, claim_id: UUID) -> Claim:
        """Find the claim, which is one of this worker's."""
        return next(claim for claim in self.claims if claim.claim_id == claim_id)


async def find_worker(tx: Transaction, claim_id: UUID) -> UUID | None:
    """Find whose claim it is; this never changes."""
    worker_id: UUID | None = await tx.fetchval("select worker_id from claim where claim_id = $1", claim_id)
    return worker_id


async def same_person(tx: Transaction, worker_id: UUID) -> list[UUID]:
    """Name the workers who were merged with this one, in either direction, by what is known of them; itself too."""
    rows = await tx.fetch(
        """
        with recursive same(worker_id) as (
            select $1::uuid
             union
            select other.worker_id::uuid
              from same
              join reader_key k on k.topic = $2 and k.key = same.worker_id
             cross join lateral (
                   select k.state::jsonb ->> 'merged_into'
                    union all
                   select jsonb_array_elements_text(k.state::jsonb -> 'merged')) as other(worker_id)
             where other.worker_id is not null
        )
        select worker_id from same order by worker_id
        """,
        worker_id,
        COVERAGE.name,
    )
    return [row["worker_id"] for row in rows]


async def look(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, View]:
    """Read the clock, the workers' cover and all their claims; the workers' heads are locked before.

    A letter that could not be read parks no key, but is a fact that the cover lacks: it withholds the cover as well.
    """
    rows = await tx.fetch(
        """
        select business_clock() as at, w.wanted, k.sequence, k.state as cover, c.*,
               coalesce(k.parked, false) or exists (
                   select from letter l where l.topic = $2 and l.key = w.wanted and l.settled_at is null) as withheld
          from unnest($1::uuid[]) as w(wanted)
          left join reader_key k on k.topic = $2 and k.key = w.wanted
          left join claim c on c.worker_id = w.wanted
        """,
        worker_ids,
        COVERAGE.name,
    )
    views = {row["wanted"]: View(row["at"], _cover(row["sequence"], row["withheld"], row["cover"]), ()) for row in rows}
    for row in rows:
        if row["claim_id"] is not None:
            view = views[row["wanted"]]
            views[row["wanted"]] = replace(view, claims=(*view.claims, _claim(dict(row))))
    return views


async def save(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Write the claims as they are now."""
    await tx.executemany(
        """
        insert into claim (claim_id, worker_id, programme, incident_on, reported_on, reported_at, state, pended_for,
                           proposer, payee_id, submitted_on, decider, outcome, decision, payer, order_id, ordered_on,
                           paid_on)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        on conflict (claim_id) do update
           set state = excluded.state, pended_for = excluded.pended_for, proposer = excluded.proposer,
               payee_id = excluded.payee_id, submitted_on = excluded.submitted_on, decider = excluded.decider,
               outcome = excluded.outcome, decision = excluded.decision, payer = excluded.payer,
               order_id = excluded.order_id, ordered_on = excluded.ordered_on, paid_on = excluded.paid_on
        """,
        [_row(claim) for claim in claims],
    )


async def waiting_claims(pool: Pool, limit: int) -> list[tuple[UUID, UUID]]:
    """Find claims that may go on, as (worker, claim): their worker is known by now, or they waited their time.

    Only a hint: whoever acts on it locks the workers' heads and looks again.
    """
    rows = await pool.fetch(
        """
        select c.worker_id, c.claim_id
          from claim c
          left join reader_key k on k.topic = $1 and k.key = c.worker_id
         where c.state in ('waiting', 'pended')
           and (k.state is not null or (c.state = 'waiting' and c.reported_at <= business_clock() - $2::interval))
         order by c.reported_at limit $3
        """,
        COVERAGE.name,
        UNKNOWN_WORKER_WAITS_MAX,
        limit,
    )
    return [(row["worker_id"], row["claim_id"]) for row in rows]


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


def _cover(sequence: int | None, parked: bool, state: str | None) -> Cover:
    return Cover(sequence or 0, parked, orjson.loads(state) if state is not None else None)


def _claim(row: Mapping[str, Any]) -> Claim:
    names = Claim.__dataclass_fields__.keys() - {"pended_for", "decision"}
    return Claim(
        **{name: row[name] for name in names},
        pended_for=REASONS.validate_json(row["pended_for"]),
        decision=DECISION.validate_json(row["decision"]) if row["decision"] is not None else None,
    )


def _row(claim: Claim) -> tuple[Any, ...]:
    return (
        claim.claim_id,
        claim.worker_id,
        claim.programme,
        claim.incident_on,
        claim.reported_on,
        claim.reported_at,
        claim.state,
        REASONS.dump_json(claim.pended_for).decode(),
        claim.proposer,
        claim.payee_id,
        claim.submitted_on,
        claim.decider,
        claim.decision.outcome if claim.decision else None,
        DECISION.dump_json(claim.decision).decode() if claim.decision else None,
        claim.payer,
        claim.order_id,
        claim.ordered_on,
        claim.paid_on,
    )

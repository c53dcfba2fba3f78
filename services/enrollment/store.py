"""Keeps workers and their memberships in Postgres; whole sets per statement, so that bulk and single are one path.

Rows of a worker are read and written only by whoever holds the worker's stream head.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Transaction
from services.enrollment import coverage_store, due_store
from services.enrollment.domain import (
    OPEN,
    Card,
    Cohort,
    LegalBasis,
    Membership,
    Period,
    Relocation,
    Worker,
)


async def cohorts(tx: Transaction, cohort_ids: Iterable[UUID]) -> dict[UUID, Cohort]:
    rows = await tx.fetch(
        """
        select cohort_id, name, year, phase, segment, funding, programmes, legal_bases, covered_from, covered_until,
               months, places, person_months, budget_idr,
               case when funding = 'SELF' then (select grace_months from self_payment) end as grace_months
          from cohort where cohort_id = any($1::uuid[])
        """,
        list(cohort_ids),
    )
    return {row["cohort_id"]: _cohort(dict(row)) for row in rows}


def _cohort(row: dict[str, Any]) -> Cohort:
    bases = tuple(LegalBasis(**basis) for basis in orjson.loads(row["legal_bases"]))
    return Cohort(**row | {"programmes": tuple(row["programmes"]), "legal_bases": bases})


async def find(tx: Transaction, nik_hashes: Sequence[bytes]) -> dict[bytes, UUID]:
    """Name whose NIKs these are; of people who were merged, who holds their memberships."""
    rows = await tx.fetch(
        """
        select n.nik_hash, coalesce(m.holder_id, n.worker_id) as worker_id
          from nik n left join merged m on m.merged_id = n.worker_id
         where n.nik_hash = any($1::bytea[])
        """,
        nik_hashes,
    )
    return {row["nik_hash"]: row["worker_id"] for row in rows}


async def holders(tx: Transaction, worker_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Name for each worker who holds their memberships: themselves, or whom they were merged into."""
    wanted = list(worker_ids)
    rows = await tx.fetch("select merged_id, holder_id from merged where merged_id = any($1::uuid[])", wanted)
    return {worker_id: worker_id for worker_id in wanted} | {row["merged_id"]: row["holder_id"] for row in rows}


async def claim_identities(tx: Transaction, wanted: Mapping[bytes, UUID]) -> dict[bytes, UUID]:
    """Give each hash its worker: the one wanted, or the one that another transaction gave it first.

    Inserted in the order of the hashes, so that two files with the same people wait for each other and never both.
    """
    ordered = sorted(wanted)
    await tx.execute(
        """
        insert into nik (nik_hash, worker_id)
        select nik_hash, worker_id from unnest($1::bytea[], $2::uuid[]) as n(nik_hash, worker_id) order by nik_hash
        on conflict (nik_hash) do nothing
        """,
        ordered,
        [wanted[nik_hash] for nik_hash in ordered],
    )
    return await find(tx, ordered)


async def forget_identities(tx: Transaction, nik_hashes: Sequence[bytes]) -> None:
    """Remove hashes that this transaction gave to people who were then not enrolled."""
    await tx.execute("delete from nik where nik_hash = any($1::bytea[])", nik_hashes)


async def worker_of(tx: Transaction, coverage_id: UUID) -> UUID | None:
    found: UUID | None = await tx.fetchval("select worker_id from coverage where coverage_id = $1", coverage_id)
    return found


async def workers(tx: Transaction, worker_ids: Iterable[UUID]) -> dict[UUID, Worker]:
    """Load workers whole. To change them, lock their heads in a statement before this one."""
    wanted = list(worker_ids)
    found = {
        row["worker_id"]: Worker(
            row["worker_id"],
            row["village_code"],
            died_on=row["died_on"],
            death_claim_id=row["death_claim_id"],
            merged_into=row["merged_into"],
            erased=row["erased"],
        )
        for row in await tx.fetch(
            """
            select w.worker_id, w.village_code, w.died_on, w.death_claim_id, m.holder_id as merged_into,
                   exists (select from erasure e where e.person_id = w.worker_id) as erased
              from worker w left join merged m on m.merged_id = w.worker_id
             where w.worker_id = any($1::uuid[])
            """,
            wanted,
        )
    }
    if not found:
        return found
    memberships: dict[UUID, list[Membership]] = defaultdict(list)
    held = await tx.fetch(
        """
        select coverage_id, worker_id, segment, village_code, announced_until, inactivated_until, stopped_until,
               resumes_on, voided, version
          from coverage where worker_id = any($1::uuid[]) order by coverage_id
        """,
        wanted,
    )
    coverage_ids = [row["coverage_id"] for row in held]
    periods, cards = await _periods(tx, coverage_ids), await _cards(tx, coverage_ids)
    suspensions = await coverage_store.suspensions(tx, coverage_ids)
    findings = await coverage_store.findings(tx, coverage_ids)
    for row in held:
        memberships[row["worker_id"]].append(
            Membership(
                coverage_id=row["coverage_id"],
                segment=row["segment"],
                village_code=row["village_code"],
                periods=periods[row["coverage_id"]],
                announced_until=row["announced_until"],
                inactivated_until=row["inactivated_until"],
                resumes=None if row["resumes_on"] is None else (row["stopped_until"], row["resumes_on"]),
                cards=cards[row["coverage_id"]],
                suspensions=suspensions[row["coverage_id"]],
                findings=findings[row["coverage_id"]],
                voided=row["voided"],
                version=row["version"],
            )
        )
    moves = await _relocations(tx, wanted)
    due = await due_store.days(tx, [m for held in memberships.values() for m in held])
    for worker_id, worker in found.items():
        known = [replace(m, due_on=due.get(m.coverage_id)) for m in memberships[worker_id]]
        known_then = tuple(due_store.announced(worker, m) for m in known)
        found[worker_id] = replace(worker, memberships=known_then, relocations=moves[worker_id])
    return found


async def _relocations(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, tuple[Relocation, ...]]:
    rows = await tx.fetch(
        """
        select worker_id, moved_on, village_code from relocation where worker_id = any($1::uuid[])
         order by worker_id, moved_on
        """,
        worker_ids,
    )
    found: dict[UUID, tuple[Relocation, ...]] = defaultdict(tuple)
    for row in rows:
        found[row["worker_id"]] += (Relocation(row["moved_on"], row["village_code"]),)
    return found


async def _periods(tx: Transaction, coverage_ids: Sequence[UUID]) -> dict[UUID, tuple[Period, ...]]:
    rows = await tx.fetch(
        """
        select coverage_id, cohort_id, lower(period) as covered_from, upper(period) as covered_until, cut_at,
               grace_until, paid_on, activity
          from period where coverage_id = any($1::uuid[])
        union all
        select coverage_id, cohort_id, covered_from, covered_until, cut_at, null, paid_on, activity
          from void_period where coverage_id = any($1::uuid[])
         order by coverage_id, covered_from, cohort_id
        """,
        coverage_ids,
    )
    paying = await cohorts(tx, {row["cohort_id"] for row in rows})
    found: dict[UUID, tuple[Period, ...]] = defaultdict(tuple)
    for row in rows:
        period = Period(
            paying[row["cohort_id"]],
            row["covered_from"],
            row["covered_until"],
            row["cut_at"],
            row["grace_until"],
            row["paid_on"],
            row["activity"],
        )
        found[row["coverage_id"]] += (period,)
    return found


async def _cards(tx: Transaction, coverage_ids: Sequence[UUID]) -> dict[UUID, tuple[Card, ...]]:
    rows = await tx.fetch(
        """
        select coverage_id, handed_on, received_by from card where coverage_id = any($1::uuid[])
         order by coverage_id, received_by
        """,
        coverage_ids,
    )
    found: dict[UUID, tuple[Card, ...]] = defaultdict(tuple)
    for row in rows:
        found[row["coverage_id"]] += (Card(row["handed_on"], row["received_by"]),)
    return found


Change = tuple[Membership | None, Membership]
"""A membership before, where there was one, and after."""


async def save(tx: Transaction, changes: Sequence[tuple[Worker | None, Worker]]) -> None:
    """Write what is new and what has changed of each worker, given as before and after."""
    changed = {after.worker_id: _changed(before, after) for before, after in changes}
    memberships = [change for of_worker in changed.values() for change in of_worker]
    await _add_workers(tx, [after for before, after in changes if before is None])
    await _save_deaths(tx, [after for before, after in changes if before and before.death != after.death])
    await _save_coverages(tx, changed)
    await _save_periods(tx, memberships)
    await coverage_store.save_suspensions(tx, memberships)
    await due_store.save(tx, changed, {after.worker_id: after.died_on for _, after in changes})
    known = [(before, after) for before, after in changes if before is not None]
    await _save_relocations(tx, known)
    await _save_cards(tx, known)
    await _save_findings(tx, known)


async def give(tx: Transaction, memberships: Sequence[Membership], holder: Worker, to: UUID) -> None:
    """Give memberships another holder; `save` writes what else changes, told with `given` what was before."""
    await tx.execute(
        "update coverage set worker_id = $2 where coverage_id = any($1::uuid[])",
        [membership.coverage_id for membership in memberships],
        to,
    )
    await tx.execute(
        """
        delete from due d using unnest($1::date[], $2::uuid[]) as g(due_on, coverage_id)
         where d.due_on = g.due_on and d.worker_id = $3 and d.coverage_id = g.coverage_id
        """,
        [membership.due_on for membership in memberships],
        [membership.coverage_id for membership in memberships],
        holder.worker_id,
    )


def given(worker: Worker, memberships: Sequence[Membership]) -> Worker:
    """Give the worker with memberships that came, as they were, but unlike all that they can be: so each is written."""
    return replace(
        worker, memberships=(*worker.memberships, *(replace(m, version=-1, due_on=None) for m in memberships))
    )


def _changed(before: Worker | None, after: Worker) -> list[Change]:
    """A death or its reversal rewrites all: what had been announced then no longer follows from `due`."""
    if before is None:
        return [(None, membership) for membership in after.memberships]
    known = {membership.coverage_id: membership for membership in before.memberships}
    died = before.died_on != after.died_on
    changed: list[Change] = []
    for membership in after.memberships:
        earlier = known.get(membership.coverage_id)
        if died or earlier is None or membership != _unguarded(earlier, membership):
            changed.append((earlier, membership))
    return changed


def _unguarded(earlier: Membership, membership: Membership) -> Membership:
    """Leave out what makes nothing stale that is due."""
    return replace(earlier, cards=membership.cards, findings=membership.findings)


async def _add_workers(tx: Transaction, added: Sequence[Worker]) -> None:
    if added:
        await tx.execute(
            "insert into worker (worker_id, village_code) select * from unnest($1::uuid[], $2::text[])",
            [worker.worker_id for worker in added],
            [worker.village_code for worker in added],
        )


async def _save_deaths(tx: Transaction, saved: Sequence[Worker]) -> None:
    if saved:
        await tx.execute(
            """
            update worker w set died_on = d.died_on, death_claim_id = d.claim_id
              from unnest($1::uuid[], $2::date[], $3::uuid[]) as d(worker_id, died_on, claim_id)
             where w.worker_id = d.worker_id
            """,
            [worker.worker_id for worker in saved],
            [worker.died_on for worker in saved],
            [worker.death_claim_id for worker in saved],
        )


async def _save_relocations(tx: Transaction, changes: Sequence[tuple[Worker, Worker]]) -> None:
    moves = [
        (after.worker_id, m) for before, after in changes for m in after.relocations if m not in before.relocations
    ]
    if moves:
        await tx.execute(
            """
            insert into relocation (worker_id, moved_on, village_code)
            select * from unnest($1::uuid[], $2::date[], $3::text[])
            on conflict (worker_id, moved_on) do update set village_code = excluded.village_code
            """,
            [worker_id for worker_id, _ in moves],
            [move.moved_on for _, move in moves],
            [move.village_code for _, move in moves],
        )


async def _save_coverages(tx: Transaction, changed: Mapping[UUID, Sequence[Change]]) -> None:
    rows = [(worker_id, *change) for worker_id, changes in changed.items() for change in changes]
    if new := [(worker_id, after) for worker_id, before, after in rows if before is None]:
        await tx.execute(
            """
            insert into coverage (coverage_id, worker_id, segment, village_code, announced_until)
            select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[])
            """,
            [membership.coverage_id for _, membership in new],
            [worker_id for worker_id, _ in new],
            [membership.segment for _, membership in new],
            [membership.village_code for _, membership in new],
            [membership.announced_until for _, membership in new],
        )
    if old := [after for _, before, after in rows if before is not None]:
        await tx.execute(
            """
            update coverage c
               set announced_until = m.announced_until, version = m.version + 1,
                   stopped_until = m.stopped_until, resumes_on = m.resumes_on,
                   inactivated_until = m.inactivated_until, voided = m.voided
              from unnest($1::uuid[], $2::date[], $3::int[], $4::date[], $5::date[], $6::date[], $7::boolean[])
                   as m(coverage_id, announced_until, version, stopped_until, resumes_on, inactivated_until, voided)
             where c.coverage_id = m.coverage_id
            """,
            [membership.coverage_id for membership in old],
            [membership.announced_until for membership in old],
            [membership.version for membership in old],
            [membership.resumes[0] if membership.resumes else None for membership in old],
            [membership.resumes[1] if membership.resumes else None for membership in old],
            [membership.inactivated_until for membership in old],
            [membership.voided for membership in old],
        )


async def _save_periods(tx: Transaction, changed: Sequence[Change]) -> None:
    """Take away first what changed, so that no moment has two periods on one day."""
    gone = [(m.coverage_id, p) for m, after in changed if m for p in m.periods if p not in after.periods]
    added = [(m.coverage_id, p) for before, m in changed for p in m.periods if not before or p not in before.periods]
    if gone:
        await tx.execute(
            """
            with gone as (select * from unnest($1::uuid[], $2::uuid[], $3::date[])
                                 as g(coverage_id, cohort_id, covered_from)),
                 was_void as (delete from void_period v using gone g
                               where v.coverage_id = g.coverage_id and v.cohort_id = g.cohort_id
                                 and v.covered_from = g.covered_from)
            delete from period p using gone g
             where p.coverage_id = g.coverage_id and p.cohort_id = g.cohort_id and lower(p.period) = g.covered_from
            """,
            [coverage_id for coverage_id, _ in gone],
            [period.cohort.cohort_id for _, period in gone],
            [period.covered_from for _, period in gone],
        )
    if covering := [(coverage_id, period) for coverage_id, period in added if not period.void]:
        await tx.execute(
            """
            insert into period (coverage_id, cohort_id, period, cut_at, grace_until, paid_on, activity)
            select coverage_id, cohort_id, daterange(covered_from, ends_on), cut_at, grace_until, paid_on, activity
              from unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::date[], $6::date[], $7::date[],
                          $8::text[])
                   as p(coverage_id, cohort_id, covered_from, ends_on, cut_at, grace_until, paid_on, activity)
            """,
            [coverage_id for coverage_id, _ in covering],
            [period.cohort.cohort_id for _, period in covering],
            [period.covered_from for _, period in covering],
            [None if period.end == OPEN else period.end for _, period in covering],
            [period.cut_at for _, period in covering],
            [period.grace_until for _, period in covering],
            [period.paid_on for _, period in covering],
            [period.activity for _, period in covering],
        )
    if void := [(coverage_id, period) for coverage_id, period in added if period.void]:
        await tx.execute(
            """
            insert into void_period (coverage_id, cohort_id, covered_from, covered_until, cut_at, paid_on, activity)
            select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::date[], $6::date[], $7::text[])
            """,
            [coverage_id for coverage_id, _ in void],
            [period.cohort.cohort_id for _, period in void],
            [period.covered_from for _, period in void],
            [period.covered_until for _, period in void],
            [period.cut_at for _, period in void],
            [period.paid_on for _, period in void],
            [period.activity for _, period in void],
        )


async def _save_cards(tx: Transaction, changes: Sequence[tuple[Worker, Worker]]) -> None:
    known = {(m.coverage_id, card) for before, _ in changes for m in before.memberships for card in m.cards}
    held = [(m.coverage_id, card) for _, after in changes for m in after.memberships for card in m.cards]
    if added := [card for card in held if card not in known]:
        await tx.execute(
            """
            insert into card (coverage_id, handed_on, received_by)
            select * from unnest($1::uuid[], $2::date[], $3::text[])
            """,
            [coverage_id for coverage_id, _ in added],
            [card.handed_on for _, card in added],
            [card.received_by for _, card in added],
        )


async def _save_findings(tx: Transaction, changes: Sequence[tuple[Worker, Worker]]) -> None:
    known = {f.finding_id: f for before, _ in changes for m in before.memberships for f in m.findings}
    held = [f for _, after in changes for m in after.memberships for f in m.findings]
    await coverage_store.save_findings(tx, known, held)

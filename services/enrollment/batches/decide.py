"""What people decide about a list: rows in doubt, its approval, its payment, its end; each in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.chassis import clock
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.enrollment import store as register
from services.enrollment.batches import model, sealed, sentences, store
from services.enrollment.batches.model import Batch, Check, Decision
from services.enrollment.batches.store import Row
from services.enrollment.cohorts import place_store, places, terms
from services.enrollment.domain import NotKnown, Rejected

PURPOSE = "decide rows of a list"


async def find(tx: Transaction, batch_id: UUID, *, lock: bool = False) -> Batch:
    """Give a batch, locked by whoever is about to change it."""
    found = await store.find(tx, batch_id, lock=lock)
    if found is None:
        raise NotKnown(
            "batch_not_known",
            "Daftar ini tidak dikenal. Periksa nomornya.",
            "This list is not known. Check its id.",
        )
    return found


async def decide_rows(
    tx: Transaction, vault: Vault, batch_id: UUID, decisions: Mapping[int, Decision], *, by: str
) -> None:
    """Accept or refuse rows that were in doubt; a decision may be changed until the row has gone in."""
    batch = await find(tx, batch_id, lock=True)
    model.decide(batch)
    rows = await store.rows_at(tx, batch_id, decisions)
    if wrong := [number for number in sorted(decisions) if number not in rows or not _in_doubt(rows[number])]:
        shown = ", ".join(map(str, wrong[:10]))
        raise Rejected(
            "row_not_in_doubt",
            f"Baris {shown} tidak menunggu keputusan. Lihat baris dengan hasil `decision`.",
            f"Row {shown} does not wait for a decision. Look at the rows with the outcome `decision`.",
        )
    box = await sealed.take(vault, batch_id, actor=by, purpose=PURPOSE)
    header = await sealed.find_header(tx, batch_id, box)
    assert header is not None  # noqa: S101 - rows stand below it
    judged = []
    for number, decision in decisions.items():
        row = rows[number]
        if decision == "accept":
            judged.append((row, replace(row, outcome="accepted", failed=None, reasons=_doubts(row))))
            continue
        failed: Check = "unique" if "looks_alike" in row.reasons else "identity_matched"
        assert row.sealed is not None  # noqa: S101 - the key was taken
        content = sealed.unseal(box, number, row.sealed)
        told = replace(content, remarks=(sentences.remark("decided_refused", header), *content.remarks))
        refused = replace(
            row,
            outcome="rejected",
            failed=failed,
            reasons=("decided_refused", *_doubts(row)),
            sealed=sealed.seal(box, number, told),
        )
        judged.append((row, refused))
    await store.judge_again(tx, batch_id, judged)
    await store.decided(tx, batch_id, decisions, by)


def _doubts(row: Row) -> tuple[str, ...]:
    return tuple(reason for reason in row.reasons if reason in model.DOUBTS)


def _in_doubt(row: Row) -> bool:
    return not row.applied and row.sealed is not None and bool(_doubts(row))


async def approve(tx: Transaction, batch_id: UUID, *, by: str) -> None:
    """Let a list go in; another person than who sent it says so."""
    batch = await find(tx, batch_id, lock=True)
    model.approve(batch, by)
    today = await clock.business_date(tx)
    cohort = (await register.cohorts(tx, [batch.cohort_id]))[batch.cohort_id]
    if not (await place_store.account(tx, batch.cohort_id)).open:
        raise terms.not_open()
    if cohort.covered_until is not None and cohort.covered_until <= today:
        raise Rejected(
            "cohort_over",
            "Masa perlindungan kelompok ini sudah berakhir. Kirim daftar ini ke kelompok lain.",
            "This cohort's cover is over. Send this list to another cohort.",
        )
    await store.approve(tx, batch_id, by, today)
    await store.set_state(tx, batch_id, "applying", "apply")


async def confirm_payment(tx: Transaction, batch_id: UUID, paid_on: date, *, by: str) -> None:
    """Confirm that the list was paid for: cover begins for whoever has a place, and the months of it are kept for them.

    The cohort's places are locked before the list, as by whoever works on it. Payment before the approval is told late,
    which is worth a look, and takes more months than were reserved.
    """
    account = await place_store.locked(tx, (await find(tx, batch_id)).cohort_id)
    batch = await find(tx, batch_id, lock=True)
    today = await clock.business_date(tx)
    model.pay(batch, paid_on, today)
    cohort = (await register.cohorts(tx, [batch.cohort_id]))[batch.cohort_id]
    if cohort.covered_until is not None and paid_on >= cohort.covered_until:
        raise Rejected(
            "payment_after_cohort",
            "Tanggal pembayaran sesudah masa perlindungan kelompok. Periksa tanggalnya.",
            "The day of payment lies after the cohort's cover. Check the date.",
        )
    covers_from = max(cohort.covered_from, paid_on)
    await places.hold_from(tx, account, batch_id, cohort, covers_from)
    if batch.approved_on is not None and covers_from < batch.approved_on:
        await store.add_notice(tx, batch_id, sentences.paid_before_approval(paid_on, batch.approved_on, covers_from))
    await store.add_payment(tx, batch_id, paid_on, by, today)
    await store.set_state(tx, batch_id, batch.state, "pay")


async def cancel(tx: Transaction, batch_id: UUID, *, by: str) -> None:
    """End a list before it has gone in; one that is being worked on ends after the piece under way."""
    batch = await find(tx, batch_id, lock=True)
    if batch.cancelled_by is not None and batch.state in {"cancelled", *model.CANCELLABLE}:
        return
    model.cancel(batch)
    await store.cancel(tx, batch_id, by)
    if batch.state != "applying" and await store.held_by_nobody(tx, batch_id):
        await store.set_state(tx, batch_id, "cancelled", None)
        await store.drop_pieces(tx, batch_id)

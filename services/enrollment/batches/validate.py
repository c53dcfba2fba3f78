"""Reads a list and says of each row what would become of it, piece by piece; nothing of it goes in yet.

    file --read--> rows --repeated? known? a rule? alike?--> outcome, reasons --> batch_row, sealed

Each piece is committed with the row that it ends on. After a crash the file is read again from there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from services.chassis import clock
from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Vault
from services.chassis.vault.keys import Box
from services.enrollment import store as register
from services.enrollment.batches import sealed, sentences, store
from services.enrollment.batches.model import Batch, Judged, Standing, check_of, judge
from services.enrollment.batches.store import Row
from services.enrollment.domain import Cohort, Rejected, Worker, ages
from services.enrollment.domain.refusals import refuse_the_dead
from services.enrollment.identity import candidates
from services.enrollment.imports import file as files
from services.enrollment.imports.cells import Unreadable
from services.enrollment.imports.header import Header
from services.enrollment.imports.people import Proposed, ReadRow, Remark, Rules, read_row
from services.enrollment.regions import edition
from services.enrollment.regions import store as regions

PIECE_ROWS_MAX = 5_000
ENDS_IN_ZERO_SHARE = 0.5
ENDS_IN_ZERO_ROWS_MIN = 20
"""One number in ten ends in zero; a list in which most do went through a spreadsheet's numbers."""
ACTOR = "enrollment-imports"
PURPOSE = "read a list"


@dataclass(frozen=True, slots=True)
class Context:
    """What a piece is judged by."""

    batch: Batch
    cohort: Cohort
    header: Header
    box: Box
    today: date


async def validate(pool: Pool, vault: Vault, batch: Batch, *, scenario: bool) -> None:
    """Read the list from where it stands to its end, or until it is cancelled."""
    box = await sealed.take(vault, batch.batch_id, actor=ACTOR, purpose=PURPOSE)
    try:
        await _read(pool, vault, batch, box, scenario=scenario)
    except Unreadable as refusal:
        failure = {"code": refusal.code, "indonesian": refusal.indonesian, "english": refusal.english}
        async with transaction(pool) as tx:
            await store.fail(tx, batch.batch_id, failure)


async def _read(pool: Pool, vault: Vault, batch: Batch, box: Box, *, scenario: bool) -> None:
    async with transaction(pool) as tx:
        content = await sealed.whole_file(tx, batch.batch_id, box)
        today, cohort = await clock.business_date(tx), (await register.cohorts(tx, [batch.cohort_id]))[batch.cohort_id]
        opened = await asyncio.to_thread(files.open_file, content)
        gazetteer = await regions.gazetteer(tx, batch.within) if "village" in opened.header.places else None
        if not batch.done_through:
            titles, notices = sealed.seal_titles(box, opened.header), _of_the_file(opened.encoding)
            await store.begin_reading(tx, batch.batch_id, header_row=opened.header.row, titles=titles, notices=notices)
    find_village = gazetteer.find if gazetteer else lambda _village, _district: _NOWHERE
    rules = Rules(today, scenario, edition.villages().__contains__, find_village)
    context = Context(batch, cohort, opened.header, box, today)
    read = (read_row(opened.header, row, rules) for row in opened.rows)
    through, zeros, people = batch.done_through, 0, 0
    piece = await asyncio.to_thread(_piece, read, through)
    while piece:
        # The next piece is read while Postgres takes this one.
        following = asyncio.create_task(asyncio.to_thread(_piece, read, through))
        async with _awaited(following), transaction(pool) as tx:
            rows = await _judged(tx, vault, context, piece)
            await store.add_rows(tx, batch.batch_id, rows)
            share = content.tell() / max(content.getbuffer().nbytes, 1)
            goes_on = await store.advance(
                tx, batch.batch_id, "validate", before=through, through=piece[-1].row, rows=len(piece), share=share
            )
            if not goes_on:
                await _end(tx, batch, "cancelled")
                return
        through = piece[-1].row
        numbers = [one.nik for one in piece if one.nik is not None]
        zeros, people = zeros + sum(nik.endswith("0") for nik in numbers), people + len(numbers)
        piece = following.result()
    async with transaction(pool) as tx:
        if people >= ENDS_IN_ZERO_ROWS_MIN and zeros > ENDS_IN_ZERO_SHARE * people:
            await store.add_notice(tx, batch.batch_id, ENDS_IN_ZERO)
        now = await store.find(tx, batch.batch_id, lock=True)
        await _end(tx, batch, "cancelled" if now is None or now.cancelled_by else "awaiting_approval")


@asynccontextmanager
async def _awaited(following: asyncio.Task[list[ReadRow]]) -> AsyncIterator[None]:
    """Wait for what is being read beside, whatever becomes of the block: a thread cannot be told to stop."""
    try:
        yield
    finally:
        await asyncio.wait([following])


async def _end(tx: Transaction, batch: Batch, state: Any) -> None:
    await store.set_state(tx, batch.batch_id, state, None)
    await store.drop_pieces(tx, batch.batch_id)


def _piece(read: Iterator[ReadRow], through: int) -> list[ReadRow]:
    """Take the next rows, passing over those that were committed before a crash."""
    return list(islice((one for one in read if one.row > through), PIECE_ROWS_MAX))


async def _judged(tx: Transaction, vault: Vault, context: Context, piece: Sequence[ReadRow]) -> list[Row]:
    """Say what becomes of each row of a piece."""
    hashes = {one.row: vault.blind(one.nik) for one in piece if one.nik is not None}
    details = {one.row: detail_hash(vault, one.person) for one in piece if one.person is not None}
    known = await register.find(tx, list(hashes.values()))
    workers = await register.workers(tx, known.values())
    standings = await _standings(tx, context.cohort.cohort_id, workers)
    first = dict(await store.earlier_rows(tx, context.batch.batch_id, hashes.values()))
    judged: dict[int, tuple[Judged, tuple[Remark, ...]]] = {}
    asked: list[ReadRow] = []
    for one in piece:
        if one.person is None:
            faults = tuple(fault.code for fault in one.faults)
            judged[one.row] = Judged("rejected", faults, check_of(faults[0])), one.faults
            continue
        earlier = first.setdefault(hashes[one.row], store.Earlier(one.row, details[one.row]))
        worker_id = known.get(hashes[one.row])
        standing = standings(worker_id, details[one.row]) if worker_id else None
        repeated = (earlier.row, earlier.detail_hash == details[one.row]) if earlier.row != one.row else None
        refusal = rule_against(context.cohort, workers.get(worker_id) if worker_id else None, one.person, context.today)
        found = judge(standing, earlier=repeated, refused=refusal.code if refusal else None, doubts=())
        judged[one.row] = found, _told(found, context.header, refusal, earlier.row)
        if found.outcome in {"accepted", "changed"}:
            asked.append(one)
    await _doubt(tx, vault, context, asked, judged)
    rows = []
    for one in piece:
        found, remarks = judged[one.row]
        worker_id = known.get(hashes[one.row]) if one.row in hashes else None
        rows.append(
            Row(
                one.row,
                found.outcome,
                (*found.reasons, *(notice.code for notice in one.notices)),
                found.failed,
                one.person.village_code if one.person else None,
                hashes.get(one.row),
                details.get(one.row),
                worker_id,
                sealed.seal(context.box, one.row, sealed.of_row(one, (*remarks, *one.notices))),
            )
        )
    return rows


async def _doubt(
    tx: Transaction,
    vault: Vault,
    context: Context,
    asked: Sequence[ReadRow],
    judged: dict[int, tuple[Judged, tuple[Remark, ...]]],
) -> None:
    """Leave to a person whoever has another name in the register, or looks like somebody there."""
    people = [one.person for one in asked if one.person is not None]
    found = await candidates.look_alikes(tx, vault, people, actor=context.batch.uploaded_by)
    for one, alike in zip(asked, found, strict=True):
        if not alike:
            continue
        doubts = tuple("name_differs" if other.same_nik else "looks_alike" for other in alike[:1])
        remarks = tuple(sentences.remark(doubt, context.header) for doubt in doubts)
        judged[one.row] = judge(None, earlier=None, refused=None, doubts=doubts), remarks


async def _standings(tx: Transaction, cohort_id: UUID, workers: dict[UUID, Worker]) -> Any:
    proposals = await store.proposals(tx, cohort_id, workers)

    def standing(worker_id: UUID, details: bytes) -> Standing:
        proposal = proposals.get(worker_id)
        return Standing(
            enrolled=enrolled(workers.get(worker_id), cohort_id),
            proposed=proposal is not None and proposal.stands,
            ended=proposal is not None and not proposal.stands,
            same_details=proposal is not None and proposal.detail_hash == details,
        )

    return standing


def enrolled(worker: Worker | None, cohort_id: UUID) -> bool:
    """Tell whether the cohort pays for the worker; what was voided leaves it free to take the person in anew."""
    held = (membership for membership in (worker.memberships if worker else ()) if not membership.voided)
    return any(period.cohort.cohort_id == cohort_id for membership in held for period in membership.periods)


def rule_against(cohort: Cohort, worker: Worker | None, person: Proposed, today: date) -> Rejected | None:
    """Give the rule that forbids to propose the person, if one does."""
    try:
        refuse_the_dead(worker)
        ages.refuse_age(cohort.segment, person.birth_date, max(today, cohort.covered_from))
    except Rejected as rejected:
        return rejected
    return None


def detail_hash(vault: Vault, person: Proposed) -> bytes:
    """Hash what a row says of a person beside the number."""
    return vault.blind(f"details:{person.name}|{person.birth_date}|{person.village_code}|{person.activity or ''}")


def _told(found: Judged, header: Header, refusal: Rejected | None, row: int) -> tuple[Remark, ...]:
    if refusal is not None and found.failed is not None:
        return (sentences.of_rule(refusal, header),)
    return tuple(sentences.remark(code, header, row=row) for code in found.reasons)


def _of_the_file(encoding: str | None) -> list[dict[str, str]]:
    return [LEGACY_ENCODING] if encoding == files.LEGACY else []


@dataclass(frozen=True, slots=True)
class _Nowhere:
    code: None = None
    candidates: tuple[()] = ()


_NOWHERE = _Nowhere()

LEGACY_ENCODING = {
    "code": "legacy_encoding",
    "indonesian": "Berkas dibaca sebagai Windows-1252. Periksa nama dengan huruf khusus; lebih aman 'CSV UTF-8'.",
    "english": "The file was read as Windows-1252. Check names with special letters; 'CSV UTF-8' is safer.",
}
ENDS_IN_ZERO = {
    "code": "nik_ends_in_zero",
    "indonesian": "Lebih dari separuh NIK berakhiran 0: mungkin angka ke-16 hilang karena pernah disimpan sebagai "
    "bilangan. Cocokkan beberapa NIK dengan KTP sebelum menyetujui.",
    "english": "More than half of the NIKs end in 0: the 16th digit may have been lost when they were stored as "
    "numbers. Compare some with identity cards before approving.",
}

"""Whose card bears which number: one membership has one card, or several that were issued on different days.

A number is known here by its keyed hash. That it is nobody else's is for the register as a whole to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.events import CardIssued, Event
from services.enrollment.domain.model import Membership, Worker
from services.enrollment.domain.refusals import Rejected, known, refuse_erased, standing


@dataclass(frozen=True, slots=True)
class IssueCard:
    """Record that the agency issued a card; without a membership, for the only one, or the first without a card."""

    worker_id: UUID
    coverage_id: UUID | None
    issued_on: date
    number: bytes
    today: date


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that was issued; the number is its keyed hash."""

    coverage_id: UUID
    issued_on: date
    number: bytes


@dataclass(frozen=True, slots=True)
class Issue:
    """A card to record, what is told of it, and the card whose number was wrong, if it stands in the place of one."""

    card: IssuedCard
    events: list[Event]
    instead_of: IssuedCard | None = None


def issue(worker: Worker | None, command: IssueCard, issued: Sequence[IssuedCard]) -> Issue | None:
    """Say what is to be recorded, given the worker's cards so far; None when all is as it should be.

    Another number for the same day takes the place of the first, which was wrong; nothing is told anew of it.
    """
    worker = known(worker)
    refuse_erased(worker)
    bearing = next((card for card in issued if card.number == command.number), None)
    if bearing is not None and command.coverage_id in (None, bearing.coverage_id):
        return None
    if bearing is not None:
        raise Rejected(
            "kpj_of_other_membership",
            "Nomor KPJ ini sudah tercatat pada kepesertaan lain orang ini. Periksa nomornya.",
            "This KPJ is recorded for another membership of this person. Check the number.",
        )
    if command.issued_on > command.today:
        raise Rejected(
            "issue_in_future",
            "Tanggal penerbitan kartu berada di masa depan. Periksa tanggalnya.",
            "The day on which the card was issued lies in the future. Check the date.",
        )
    held = standing(worker, command.coverage_id) if command.coverage_id else _without_card(worker, command, issued)
    earlier = [card for card in issued if card.coverage_id == held.coverage_id]
    card = IssuedCard(held.coverage_id, command.issued_on, command.number)
    for other in earlier:
        if other.issued_on == command.issued_on:
            return Issue(card, [], instead_of=other)
    if any(other.issued_on > command.issued_on for other in earlier):
        raise Rejected(
            "card_issued_later",
            "Kepesertaan ini sudah mempunyai kartu yang terbit sesudah tanggal itu. Periksa tanggal dan nomornya.",
            "This membership has a card that was issued after that day. Check the date and the number.",
        )
    village_code = worker.village_on(command.issued_on, held.village_code)
    return Issue(card, [CardIssued(held.coverage_id, village_code, command.issued_on)])


def _without_card(worker: Worker, command: IssueCard, issued: Sequence[IssuedCard]) -> Membership:
    lasting = [m for m in worker.memberships if not m.voided and m.last is not None and m.last.end > command.issued_on]
    if not lasting:
        raise Rejected(
            "no_membership_on_day",
            "Orang ini tidak mempunyai kepesertaan yang berlaku pada tanggal itu. Periksa tanggalnya.",
            "This person holds no membership that lasts to that day. Check the date.",
        )
    if len(lasting) == 1:
        return lasting[0]
    having = {card.coverage_id for card in issued}
    waiting = [m for m in lasting if m.coverage_id not in having]
    if not waiting:
        raise Rejected(
            "card_issued_otherwise",
            "Setiap kepesertaan orang ini sudah mempunyai kartu. Catat per kepesertaan: "
            "POST /v1/coverages/{coverage_id}/cards.",
            "Every membership of this person has a card already. Record this one for its membership: "
            "POST /v1/coverages/{coverage_id}/cards.",
        )
    return min(waiting, key=lambda m: (min(period.covered_from for period in m.periods), m.coverage_id))

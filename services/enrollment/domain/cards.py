"""Whose hands a participant's card has come into."""

from dataclasses import replace

from services.enrollment.domain.commands import HandOverCard
from services.enrollment.domain.events import CardHandedOver, Event
from services.enrollment.domain.model import Card, Worker
from services.enrollment.domain.refusals import Rejected, known


def hand_over(worker: Worker | None, command: HandOverCard) -> list[Event]:
    worker = known(worker)
    card = Card(command.handed_on, command.received_by)
    if any(card in membership.cards for membership in worker.memberships):
        return []
    if command.handed_on > command.today:
        raise Rejected(
            "card_in_future",
            "Tanggal penyerahan kartu berada di masa depan. Periksa tanggalnya.",
            "The date of the card's handover lies in the future. Check the date.",
        )
    held = [m for m in worker.memberships if m.last is not None and m.last.end > command.handed_on]
    if not held:
        raise Rejected(
            "no_membership_on_day",
            "Orang ini tidak mempunyai kepesertaan yang berlaku pada tanggal penyerahan. Periksa tanggalnya.",
            "This person holds no membership that lasts to the day of the handover. Check the date.",
        )
    waiting = [m for m in held if [*(c.received_by for c in m.cards), card.received_by] in _WAYS]
    if not waiting:
        raise Rejected(
            "card_handed_over_otherwise",
            "Kartu orang ini sudah tercatat diserahkan dengan tanggal atau penerima lain. Periksa barisnya.",
            "This person's card is recorded as handed over on another day or to somebody else. Check the row.",
        )
    chosen = min(waiting, key=lambda m: (min(p.covered_from for p in m.periods), m.coverage_id))
    return [CardHandedOver(chosen.coverage_id, worker.village_on(card.handed_on, chosen.village_code), card)]


_WAYS = (["worker"], ["representative"], ["representative", "worker"])
"""Whose hands a card goes through."""


def handed(worker: Worker, event: CardHandedOver) -> Worker:
    held = worker.membership(event.coverage_id)
    return worker.having(replace(held, cards=(*held.cards, event.card)))

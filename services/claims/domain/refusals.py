"""The refusals that several commands share; those of one command stand beside it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.claims import reasons
from services.claims.claim import Claim, Outcome, Rejected, State
from services.claims.reasons import Reason

STATES: dict[State, str] = {
    "waiting": "menunggu data pekerja",
    "pended": "tertunda",
    "reported": "baru dilaporkan",
    "submitted": "diajukan",
    "decided": "sudah diputuskan",
    "ordered": "sudah diperintahkan bayar",
    "returned": "menunggu pembayaran ulang",
    "paid": "sudah dibayar",
    "void": "sudah dibatalkan",
}
OUTCOMES: dict[Outcome, str] = {
    "approved": "dikabulkan",
    "partially_approved": "dikabulkan sebagian",
    "denied": "ditolak",
}
"""States and outcomes as an Indonesian sentence says them."""


def refused(reason: Reason) -> Rejected:
    """Refuse with the words that a family would read."""
    return Rejected(reason.code, indonesian=reason.indonesian, english=reason.english)


def wrong_state(claim: Claim, wanted: str, wanted_indonesian: str) -> Rejected:
    """Say what the claim is, what it waits for, and that the command does not fit."""
    verdict = claim.decision.verdict.outcome if claim.decision else None
    english = f"The claim is {claim.state}{f' ({verdict})' if verdict else ''}, so it cannot be {wanted}."
    outcome = f" ({OUTCOMES[verdict]})" if verdict else ""
    indonesian = f"Klaim ini {STATES[claim.state]}{outcome}, jadi tidak dapat {wanted_indonesian}."
    return Rejected(
        "WRONG_STATE",
        indonesian=" ".join([indonesian, *(reason.indonesian for reason in claim.pended_for)]),
        english=" ".join([english, *(reason.english for reason in claim.pended_for)]),
    )


def worker_unknown() -> Rejected:
    return refused(reasons.WORKER_UNKNOWN)


def merging() -> Rejected:
    """Say that only a part of a merge is known yet."""
    return Rejected(
        "WORKER_MERGING",
        indonesian="Data pekerja ini sedang digabungkan dengan data lain; sebagian faktanya belum tiba. Coba lagi"
        " sebentar lagi.",
        english="This worker is being merged with another entry, and some of the facts have not arrived. Try again"
        " shortly.",
    )


def parked() -> Rejected:
    """Say that a fact of the worker could not be read."""
    return Rejected(
        "WORKER_PARKED",
        indonesian="Data kepesertaan pekerja ini tertahan karena ada fakta yang tidak dapat dibaca. Minta petugas"
        " sistem menyelesaikannya, lalu ulangi.",
        english="This worker's cover is withheld because one of its facts could not be read. Ask the operators to"
        " settle the parked key, then try again.",
    )


def another_person(actor: str, *earlier: str | None) -> None:
    if actor in earlier:
        raise Rejected(
            "SAME_PERSON",
            indonesian="Pengusul, pemutus, dan pembayar klaim harus tiga orang yang berbeda; Anda sudah bertindak dalam"
            " klaim ini.",
            english="Proposer, decider and payer of a claim are three different people; you have acted on this claim"
            " before.",
        )


def date_in_order(earlier: date, later: date, earlier_name: str, later_name: str) -> None:
    if later < earlier:
        raise Rejected(
            "DATES_OUT_OF_ORDER",
            indonesian=f"Tanggal tidak urut: {later_name} ({later}) mendahului {earlier_name} ({earlier}).",
            english=f"Dates out of order: {later_name} ({later}) is before {earlier_name} ({earlier}).",
        )


def at_most(number: int, most: int, what: str, what_indonesian: str) -> None:
    if number > most:
        raise Rejected(
            "TOO_MANY",
            indonesian=f"Paling banyak {most} {what_indonesian} dalam satu klaim; ini akan menjadi {number}.",
            english=f"A claim has at most {most} {what}; this would make {number}.",
        )


def reported_elsewhere(claim_id: object) -> Rejected:
    return Rejected(
        "DUPLICATE_CLAIM",
        indonesian=f"Kejadian ini sudah dilaporkan dalam klaim {claim_id}; lanjutkan klaim itu.",
        english=f"This incident was already reported in claim {claim_id}; go on with that claim.",
    )


def payment_under_way(ordered_on: date) -> Rejected:
    return Rejected(
        "PAYMENT_ORDERED",
        indonesian=f"Pembayaran klaim ini diperintahkan pada {ordered_on} dan mungkin sudah dijalankan bank. Catat"
        " dahulu apakah dananya diterima atau kembali, lalu ulangi.",
        english=f"A payment of this claim was ordered on {ordered_on}, and the bank may have carried it out. First"
        " record whether the money arrived or came back, then try again.",
    )


def other_of_the_event(claim_id: UUID, others: Sequence[Claim], incident_on: date, programme: str) -> Claim | None:
    """Find another claim that is under way, or was granted, for this event."""
    return next(
        (
            other
            for other in others
            if other.claim_id != claim_id
            and (other.programme, other.incident_on) == (programme, incident_on)
            and not other.came_to_nothing
        ),
        None,
    )

"""Tells the patterns that a claim shows, by the cover that is known and by what other claims have in common with it.

An accident told late, adverse selection, persons registered when they were dead, payments that went on after a death,
one account for several families, one who verifies or registers people of whom many die early, and money of a claim that
was voided. Each may have an innocent cause, so each is told and none decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.claims import coverage, money, reasons
from services.claims.benefits.rupiah import written
from services.claims.claim import Claim, Signal
from services.claims.coverage import State

STAGE_ONE_DAYS = 2
"""An accident is to be told within 2 x 24 hours (form 3 KK 1, Permenaker 5/2021); of claims the days are known."""
SOON_DAYS = 120
"""A death within so many days of the first cover: a month beyond the three after which the full benefit is paid."""
OUTLIER_EARLY_MIN = 3
"""Fewer early deaths say nothing about anybody."""
OUTLIER_TIMES = 3
"""So many times the early deaths that the share of all others lets expect."""


@dataclass(frozen=True, slots=True)
class Deaths:
    """Deaths that were claimed for and decided, and how many of them were soon after the first cover."""

    decided: int = 0
    early: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What other claims say: of how many other families one names an account of this claim, and of whom many died.

    Families are workers who are not the same person. `verifier` and `agent` are those of whoever verified and
    registered this worker, `everybody` those of all.
    """

    families: int = 0
    verifier: Deaths = field(default_factory=Deaths)
    agent: Deaths = field(default_factory=Deaths)
    everybody: Deaths = field(default_factory=Deaths)


def signals(claim: Claim, cover_state: State | None, known: Known, others: Sequence[Claim] = ()) -> tuple[Signal, ...]:
    """Tell the patterns, in an order that never changes; `others` are all claims of the person."""
    return (
        *(_to_recover(other) for other in others if other.state == "void" and money.paid_in_all(other)),
        *([_told_late(claim)] if _is_told_late(claim) else ()),
        *(_of_the_death(claim.died_on, cover_state) if claim.died_on is not None else ()),
        *([_account(known.families)] if known.families else ()),
        *_of_people(cover_state or {}, known),
    )


def _is_told_late(claim: Claim) -> bool:
    return claim.programme == "JKK" and (claim.reported_on - claim.incident_on).days > STAGE_ONE_DAYS


def _told_late(claim: Claim) -> Signal:
    days = (claim.reported_on - claim.incident_on).days
    return Signal(
        "REPORTED_LATE",
        f"Kecelakaan ini dilaporkan {days} hari setelah kejadian; laporan tahap I seharusnya dalam 2 x 24 jam. Bagi"
        " penerima upah, pemberi kerja menanggung akibat keterlambatan.",
        f"This accident was told {days} days after it happened; the first report is due within 2 x 24 hours. For wage"
        " earners the employer answers for the delay.",
    )


def _of_the_death(death: date, cover: State | None) -> list[Signal]:
    first, registered, paid = (
        coverage.first_covered_on(cover),
        coverage.registered_on(cover),
        coverage.last_paid_on(cover),
    )
    found = []
    if first is not None and first <= death and (death - first).days <= SOON_DAYS:
        found.append(_soon(death, first))
    if registered is not None and registered > death:
        found.append(_registered_after(death, registered))
    if paid is not None and paid > death:
        found.append(_paid_after(death, paid))
    return found


def _of_people(cover: State, known: Known) -> list[Signal]:
    found = []
    if _stands_out(known.verifier, known.everybody):
        found.append(
            _outlier("OUTLIER_VERIFIER", ("diverifikasi", "verified"), ("memverifikasi", "verifies"), known.verifier)
        )
    same = cover.get("verified_by") == cover.get("registered_by")
    if _stands_out(known.agent, known.everybody) and not (found and same):
        found.append(
            _outlier("OUTLIER_AGENT", ("didaftarkan", "registered"), ("mendaftarkan", "registers"), known.agent)
        )
    return found


def _stands_out(theirs: Deaths, everybody: Deaths) -> bool:
    """Compare the early deaths of one with the share among all others; where there are no others, nobody stands out."""
    others = Deaths(everybody.decided - theirs.decided, everybody.early - theirs.early)
    expected_of_others = theirs.decided * others.early  # times the others' deaths, so that nothing is rounded
    return theirs.early >= OUTLIER_EARLY_MIN and theirs.early * others.decided > OUTLIER_TIMES * expected_of_others


def _soon(death: date, first: date) -> Signal:
    days = (death - first).days
    return Signal(
        "DEATH_SOON_AFTER_START",
        f"Kematian terjadi {days} hari setelah hari pertama perlindungan ({reasons.tanggal(first)}). Periksa keadaan"
        " pekerja pada saat pendaftaran.",
        f"The death came {days} days after the first day of cover ({reasons.day(first)}). Look at how the"
        " worker was when they were registered.",
    )


def _registered_after(death: date, registered: date) -> Signal:
    return Signal(
        "REGISTERED_AFTER_DEATH",
        f"Pekerja baru didaftarkan pada {reasons.tanggal(registered)}, setelah hari kematian"
        f" ({reasons.tanggal(death)}). Periksa siapa yang mendaftarkan dan atas dasar apa.",
        f"The worker was registered on {reasons.day(registered)}, after the day of death ({reasons.day(death)}). Look"
        " at who registered them, and on what grounds.",
    )


def _paid_after(death: date, paid: date) -> Signal:
    return Signal(
        "PAID_AFTER_DEATH",
        f"Iuran masih dibayar pada {reasons.tanggal(paid)}, setelah hari kematian ({reasons.tanggal(death)}). Periksa"
        " tanggal kematian dan pembayaran yang perlu ditagih kembali.",
        f"Contributions were paid on {reasons.day(paid)}, after the day of death ({reasons.day(death)}). Look at the"
        " day of death, and at what is to be recovered.",
    )


def _to_recover(other: Claim) -> Signal:
    idr = written(money.paid_in_all(other))
    return Signal(
        "PAID_BEFORE_AND_TO_RECOVER",
        f"Klaim {other.claim_id} dibatalkan setelah {idr} dibayarkan. Periksa apakah uang itu sudah kembali, dan"
        " kepada siapa dahulu dibayarkan, sebelum kejadian ini dibayar lagi.",
        f"Claim {other.claim_id} was voided after {idr} had been paid. Look at whether that money came back, and at"
        " whom it was paid to, before this event is paid again.",
    )


def _account(families: int) -> Signal:
    return Signal(
        "ACCOUNT_IN_SEVERAL_FAMILIES",
        f"Rekening penerima klaim ini juga tercantum dalam klaim {families} pekerja lain. Periksa siapa pemiliknya dan"
        " apa hubungannya dengan keluarga-keluarga itu.",
        f"An account of this claim stands in the claims of {families} other workers too. Look at whose it is, and what"
        " they are to these families.",
    )


def _outlier(code: str, done: tuple[str, str], doing: tuple[str, str], theirs: Deaths) -> Signal:
    return Signal(
        code,
        f"Dari {theirs.decided} kematian yang diklaim di antara pekerja yang {done[0]} oleh petugas yang sama,"
        f" {theirs.early} terjadi segera setelah perlindungan dimulai, jauh di atas petugas lain. Periksa cara petugas"
        f" itu {doing[0]} pekerja.",
        f"Of {theirs.decided} deaths claimed among workers {done[1]} by the same person, {theirs.early} came soon after"
        f" cover began, far more than with others. Look at how that person {doing[1]} workers.",
    )

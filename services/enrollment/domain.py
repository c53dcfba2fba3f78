"""The rules of enrollment: who is covered by which cohort, from when until when, and what must be announced of it.

A worker holds memberships; each is a row of periods that cohorts pay, one period per cohort, none overlapping. A
period is half-open: it covers `covered_from` and every day before its end. The rules, each decided once and here:

- A cohort pays for a worker once; asking again changes nothing, whatever became of that period meanwhile.
- A termination cuts the periods known at that moment; a later renewal is new cover.
- A correction replaces what one cohort pays in one membership, with any cut that was put to it.
- The day of death is covered, later days are not. Death leaves the periods as they are, so its reversal needs no
  memory; who is recorded as dead is neither enrolled nor renewed.
- A death that a claim establishes goes before a clerk's record of it, and only that claim takes it back.
- The end of a membership is the end of its last period. It is announced once: by reminders before, then as expired,
  or by the termination. `announced_until` is the latest end so announced, `due_on` the next day on which something is
  due, and `resumes` where the reminders of an end that was left go on, so that none comes twice. A gap between two paid
  periods is a gap in cover, not the end of the membership.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal
from uuid import UUID

Segment = Literal["PU", "NON_ASN", "JAKON", "BPU"]
Funding = Literal["APBD", "APBD_P", "APBDES", "PROVINCE", "CSR", "EMPLOYER", "PROJECT", "SELF"]
Programme = Literal["JKK", "JKM", "JHT", "JP", "JKP"]
Reason = Literal["moved", "became_wage_earner", "duplicate", "withdrawn"]
Receiver = Literal["worker", "representative"]

REMINDER_DAYS = (90, 60, 30, 7, 1)
OPEN = date.max
"""The end of cover without an agreed end."""
_DAY = timedelta(days=1)


class Rejected(Exception):
    """A rule says no: a stable code, and a sentence in Indonesian and English that says how to mend it."""

    def __init__(self, code: str, indonesian: str, english: str) -> None:
        super().__init__(code, indonesian, english)
        self.code, self.indonesian, self.english = code, indonesian, english


class NotKnown(Rejected):
    """What the command is about does not exist."""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A regulation or decree; a placeholder stands for one whose number is not known."""

    title: str
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who pays, on what legal basis, for whom, from when until when, and for how many."""

    cohort_id: UUID
    name: str
    year: int
    phase: str | None
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    legal_bases: tuple[LegalBasis, ...]
    covered_from: date
    covered_until: date | None
    months: int | None
    places: int
    person_months: int | None
    budget_idr: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """What one cohort pays in a membership; `cut_at` is the first day that a termination took from it."""

    cohort: Cohort
    covered_from: date
    covered_until: date | None
    cut_at: date | None = None

    @property
    def end(self) -> date:
        """The first day without cover."""
        return min(self.covered_until or OPEN, self.cut_at or OPEN)

    @property
    def void(self) -> bool:
        return self.end <= self.covered_from


@dataclass(frozen=True, slots=True)
class Card:
    """The participant's card was handed to the worker, or to a representative who takes it to the worker's village."""

    handed_on: date
    received_by: Receiver


@dataclass(frozen=True, slots=True)
class Membership:
    """A worker's membership; `version` is the store's, raised with every change of it."""

    coverage_id: UUID
    segment: Segment
    village_code: str
    periods: tuple[Period, ...]
    announced_until: date | None = None
    due_on: date | None = None
    resumes: tuple[date, date] | None = None
    """An end whose reminders stopped, and the day on which the next was due: all before it were announced."""
    cards: tuple[Card, ...] = ()
    version: int = 0

    @property
    def last(self) -> Period | None:
        """The period that ends last; None when no period covers anything."""
        return max((period for period in self.periods if not period.void), key=lambda p: p.end, default=None)


@dataclass(frozen=True, slots=True)
class Worker:
    """A person in the register, without anything that names them."""

    worker_id: UUID
    village_code: str
    memberships: tuple[Membership, ...] = ()
    died_on: date | None = None
    death_claim_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ApproveCohort:
    """The terms of a new cohort; its end is given as a day, in months, or not at all."""

    cohort_id: UUID
    name: str
    year: int
    phase: str | None
    segment: Segment
    funding: Funding
    programmes: tuple[Programme, ...]
    legal_bases: tuple[LegalBasis, ...]
    covered_from: date
    covered_until: date | None
    months: int | None
    places: int
    budget_idr: int | None


# Commands about a worker. `today` is the business date on which they are carried out.


@dataclass(frozen=True, slots=True)
class Enroll:
    """Take a person into a cohort; a membership of its own begins."""

    worker_id: UUID
    coverage_id: UUID
    cohort: Cohort
    village_code: str
    covered_from: date | None
    today: date


@dataclass(frozen=True, slots=True)
class Renew:
    """Let a cohort pay a further period of the worker's membership in the same segment."""

    worker_id: UUID
    cohort: Cohort
    today: date


@dataclass(frozen=True, slots=True)
class Terminate:
    """End a membership early: nothing of it covers `covered_until` or a later day."""

    worker_id: UUID
    coverage_id: UUID
    covered_until: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class Correct:
    """Put another period in the place of the one that a cohort pays; an empty one says that it never was."""

    worker_id: UUID
    coverage_id: UUID
    cohort_id: UUID
    covered_from: date
    covered_until: date | None
    today: date


@dataclass(frozen=True, slots=True)
class RegisterDeath:
    """Record that the worker died; `claim_id` names the claim that established it."""

    worker_id: UUID
    died_on: date
    claim_id: UUID | None
    today: date


@dataclass(frozen=True, slots=True)
class ReverseDeath:
    """Take back a recorded death; one that a claim established is taken back by that claim alone."""

    worker_id: UUID
    claim_id: UUID | None
    today: date


@dataclass(frozen=True, slots=True)
class HandOverCard:
    """Record that the card of a membership was handed over."""

    worker_id: UUID
    handed_on: date
    received_by: Receiver
    today: date


@dataclass(frozen=True, slots=True)
class PassDay:
    """Announce what is due of a membership on `today` or was due before."""

    worker_id: UUID
    coverage_id: UUID
    today: date


Command = Enroll | Renew | Terminate | Correct | RegisterDeath | ReverseDeath | HandOverCard | PassDay


# Events. `known_on` is the business date on which enrollment learned it: reminders of earlier days are not due.


@dataclass(frozen=True, slots=True)
class WorkerRegistered:
    worker_id: UUID
    village_code: str


@dataclass(frozen=True, slots=True)
class WorkerDeceased:
    died_on: date
    claim_id: UUID | None


@dataclass(frozen=True, slots=True)
class WorkerDeathReversed:
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageStarted:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageRenewed:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageCorrected:
    coverage_id: UUID
    village_code: str
    period: Period
    known_on: date


@dataclass(frozen=True, slots=True)
class CoverageTerminated:
    coverage_id: UUID
    covered_until: date
    reason: Reason | Literal["deceased"]


@dataclass(frozen=True, slots=True)
class CoverageExpiring:
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date
    days_left: int
    due_next: date


@dataclass(frozen=True, slots=True)
class CoverageExpired:
    coverage_id: UUID
    cohort_id: UUID
    covered_until: date


@dataclass(frozen=True, slots=True)
class CardHandedOver:
    coverage_id: UUID
    village_code: str
    card: Card


Event = (
    WorkerRegistered
    | WorkerDeceased
    | WorkerDeathReversed
    | CoverageStarted
    | CoverageRenewed
    | CoverageCorrected
    | CoverageTerminated
    | CoverageExpiring
    | CoverageExpired
    | CardHandedOver
)


def approve(terms: ApproveCohort) -> Cohort:
    """Give the cohort that the terms make."""
    if not terms.legal_bases:
        raise Rejected(
            "legal_basis_missing",
            "Kelompok harus mempunyai dasar hukum. Isi judulnya; tandai `placeholder` jika nomornya belum diketahui.",
            "A cohort rests on a legal basis. Give its title; mark it `placeholder` while its number is not known.",
        )
    covered_until = terms.covered_until or (_after_months(terms.covered_from, terms.months) if terms.months else None)
    if covered_until is not None and covered_until <= terms.covered_from:
        raise Rejected(
            "period_reversed",
            "Masa perlindungan kelompok berakhir sebelum dimulai. `covered_until` adalah hari pertama yang tidak lagi "
            "dilindungi dan harus sesudah `covered_from`.",
            "The cohort's cover ends before it begins. `covered_until` is the first day without cover and must come "
            "after `covered_from`.",
        )
    months = _whole_months(terms.covered_from, covered_until)
    if terms.months is not None and months != terms.months:
        raise Rejected(
            "months_disagree",
            "`months` tidak sesuai dengan `covered_from` dan `covered_until`. Kirim salah satu saja.",
            "`months` disagrees with `covered_from` and `covered_until`. Send only one of the two.",
        )
    return Cohort(
        cohort_id=terms.cohort_id,
        name=terms.name,
        year=terms.year,
        phase=terms.phase,
        segment=terms.segment,
        funding=terms.funding,
        programmes=terms.programmes,
        legal_bases=terms.legal_bases,
        covered_from=terms.covered_from,
        covered_until=covered_until,
        months=months,
        places=terms.places,
        person_months=None if months is None else months * terms.places,
        budget_idr=terms.budget_idr,
    )


def decide(worker: Worker | None, command: Command) -> list[Event]:  # noqa: PLR0911 - one per command
    """Say what happens because of the command: nothing new is an empty list, a broken rule raises Rejected."""
    match command:
        case Enroll():
            return _enroll(worker, command)
        case Renew():
            return _renew(worker, command)
        case Terminate():
            return _terminate(worker, command)
        case Correct():
            return _correct(worker, command)
        case RegisterDeath():
            return _register_death(worker, command)
        case ReverseDeath():
            return _reverse_death(worker, command)
        case HandOverCard():
            return _hand_over_card(worker, command)
        case PassDay():
            return _pass_day(worker, command)


def evolve(worker: Worker | None, event: Event) -> Worker:  # noqa: C901, PLR0911 - one case per event
    """Give the worker as the event leaves them."""
    if isinstance(event, WorkerRegistered):
        return Worker(event.worker_id, event.village_code)
    if worker is None:
        msg = "the first event of a worker registers them"
        raise AssertionError(msg)
    match event:
        case WorkerDeceased():
            memberships = tuple(
                _without_reminders(worker, membership, event.died_on) for membership in worker.memberships
            )
            return replace(worker, memberships=memberships, died_on=event.died_on, death_claim_id=event.claim_id)
        case WorkerDeathReversed():
            alive = replace(worker, died_on=None, death_claim_id=None)
            memberships = tuple(_due_again(membership, event.known_on) for membership in worker.memberships)
            return replace(alive, memberships=memberships)
        case CoverageStarted():
            return _begun(worker, event)
        case CoverageRenewed():
            held = _membership(worker, event.coverage_id)
            renewed = replace(held, periods=(*held.periods, event.period))
            return _with(worker, _scheduled(worker, held, renewed, event.known_on))
        case CoverageCorrected():
            held = _membership(worker, event.coverage_id)
            kept = tuple(p for p in held.periods if p.cohort.cohort_id != event.period.cohort.cohort_id)
            corrected = replace(held, periods=(*kept, event.period))
            return _with(worker, _scheduled(worker, held, corrected, event.known_on))
        case CoverageTerminated(reason="deceased"):
            return worker  # the death itself is the state
        case CoverageTerminated():
            return _with(worker, _cut(worker, _membership(worker, event.coverage_id), event.covered_until))
        case CoverageExpiring():
            return _with(worker, replace(_membership(worker, event.coverage_id), due_on=event.due_next))
        case CoverageExpired():
            held = _membership(worker, event.coverage_id)
            return _with(worker, replace(held, due_on=None, announced_until=event.covered_until))
        case CardHandedOver():
            return _with(worker, _handed(_membership(worker, event.coverage_id), event.card))


@lru_cache(maxsize=10_000)
def next_due(end: date, day: date) -> date:
    """Give the first reminder day from `day` on, or the end when none is left."""
    return min((end - timedelta(days=left) for left in REMINDER_DAYS if end - timedelta(days=left) >= day), default=end)


def announce_end(coverage_id: UUID, cohort_id: UUID, end: date, today: date) -> CoverageExpiring | CoverageExpired:
    """Say what is due of an end: that it has come, or the nearest reminder and when the next is due."""
    if today >= end:
        return CoverageExpired(coverage_id, cohort_id, end)
    return CoverageExpiring(coverage_id, cohort_id, end, *_nearest_reminder(end, today))


@lru_cache(maxsize=10_000)
def _nearest_reminder(end: date, today: date) -> tuple[int, date]:
    left = min(left for left in REMINDER_DAYS if end - timedelta(days=left) <= today)
    return left, next_due(end, today + _DAY)


def _after_months(day: date, months: int) -> date:
    """Give the same day so many months later, or the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _whole_months(covered_from: date, covered_until: date | None) -> int | None:
    """Count the months of a period that consists of whole ones."""
    if covered_until is None:
        return None
    months = (covered_until.year - covered_from.year) * 12 + covered_until.month - covered_from.month
    return months if _after_months(covered_from, months) == covered_until else None


def _enroll(worker: Worker | None, command: Enroll) -> list[Event]:
    cohort = command.cohort
    if worker is not None and _paid_by(worker, cohort.cohort_id):
        return []
    _refuse_the_dead(worker)
    covered_from = command.covered_from or cohort.covered_from
    if not cohort.covered_from <= covered_from < (cohort.covered_until or OPEN):
        raise Rejected(
            "covered_from_outside_cohort",
            "Tanggal mulai di luar masa perlindungan kelompok ini. Kosongkan, atau isi tanggal di dalam masa itu.",
            "The first day lies outside this cohort's cover. Leave it empty, or give a day within that cover.",
        )
    started = CoverageStarted(
        command.coverage_id,
        command.village_code,
        Period(cohort, covered_from, cohort.covered_until),
        command.today,
    )
    if worker is None:
        return [WorkerRegistered(command.worker_id, command.village_code), started]
    return [started]


def _renew(worker: Worker | None, command: Renew) -> list[Event]:
    cohort = command.cohort
    worker = _known(worker)
    if _paid_by(worker, cohort.cohort_id):
        return []
    _refuse_the_dead(worker)
    held = [m for m in worker.memberships if m.segment == cohort.segment and m.last is not None]
    if not held:
        raise Rejected(
            "no_membership_of_segment",
            "Orang ini tidak mempunyai kepesertaan pada segmen ini. Daftarkan sebagai peserta baru kelompok ini.",
            "This person holds no membership of this segment. Enroll the person into this cohort instead.",
        )
    period = Period(cohort, cohort.covered_from, cohort.covered_until)
    free = [membership for membership in held if not _overlaps(period, membership.periods)]
    if not free:
        raise Rejected(
            "renewal_overlaps",
            "Masa perpanjangan tumpang tindih dengan masa yang sudah dibayar. Periksa tanggal kelompok, atau koreksi "
            "masa yang lama terlebih dahulu.",
            "The renewal overlaps a period that is paid already. Check the cohort's dates, or correct the earlier "
            "period first.",
        )
    chosen = max(free, key=lambda m: _renewal_preference(m, cohort))
    return [CoverageRenewed(chosen.coverage_id, chosen.village_code, period, command.today)]


def _renewal_preference(membership: Membership, cohort: Cohort) -> tuple[bool, date, UUID]:
    """Of several memberships the same purse's goes on, then the one that ends last."""
    last = membership.last
    if last is None:
        msg = "a membership without cover is not renewed"
        raise AssertionError(msg)
    return last.cohort.funding == cohort.funding, last.end, membership.coverage_id


def _terminate(worker: Worker | None, command: Terminate) -> list[Event]:
    held = _held(worker, command.coverage_id)
    covering = [period for period in held.periods if not period.void]
    if any(period.cut_at == command.covered_until for period in held.periods) and all(
        period.end <= command.covered_until for period in covering
    ):
        return []
    if not covering or command.covered_until <= min(period.covered_from for period in covering):
        raise Rejected(
            "ends_before_it_begins",
            "Perlindungan tidak dapat berakhir sebelum dimulai. Jika seluruhnya keliru, pakai koreksi.",
            "Cover cannot end before it begins. If all of it was wrong, use a correction.",
        )
    death = worker.died_on if worker else None
    if command.covered_until >= min(max(period.end for period in covering), death + _DAY if death else OPEN):
        raise Rejected(
            "ended_already",
            "Perlindungan sudah berakhir pada atau sebelum tanggal itu. Periksa hari terakhir yang dilindungi.",
            "The cover ends on or before that day already. Check the last covered day.",
        )
    return [CoverageTerminated(command.coverage_id, command.covered_until, command.reason)]


def _correct(worker: Worker | None, command: Correct) -> list[Event]:
    held = _held(worker, command.coverage_id)
    wrong = next((period for period in held.periods if period.cohort.cohort_id == command.cohort_id), None)
    if wrong is None:
        raise Rejected(
            "cohort_pays_nothing_here",
            "Kelompok ini tidak membayar masa apa pun dalam kepesertaan ini. Periksa kelompok yang dimaksud.",
            "This cohort pays no period of this membership. Check which cohort is meant.",
        )
    if (command.covered_until or OPEN) < command.covered_from:
        raise Rejected(
            "period_reversed",
            "Masa perlindungan berakhir sebelum dimulai. Periksa kedua tanggalnya.",
            "The period ends before it begins. Check both dates.",
        )
    right = Period(wrong.cohort, command.covered_from, command.covered_until)
    if right == wrong:
        return []
    if not right.void and _overlaps(right, [period for period in held.periods if period is not wrong]):
        raise Rejected(
            "correction_overlaps",
            "Masa yang dikoreksi tumpang tindih dengan masa lain dalam kepesertaan ini. Koreksi masa lain itu dahulu.",
            "The corrected period overlaps another one of this membership. Correct that one first.",
        )
    return [CoverageCorrected(held.coverage_id, held.village_code, right, command.today)]


def _register_death(worker: Worker | None, command: RegisterDeath) -> list[Event]:
    worker = _known(worker)
    claim_takes_over = command.claim_id is not None and worker.death_claim_id is None
    if worker.died_on is not None and not claim_takes_over:
        if worker.died_on == command.died_on or command.claim_id is not None:
            return []
        raise Rejected(
            "death_recorded_otherwise",
            "Kematian orang ini sudah tercatat dengan tanggal lain. Batalkan catatan itu dahulu, lalu catat kembali.",
            "This person's death is recorded with another date. Reverse that record first, then record it anew.",
        )
    if command.died_on > command.today:
        raise Rejected(
            "death_in_future",
            "Tanggal kematian berada di masa depan. Periksa tanggalnya.",
            "The date of death lies in the future. Check the date.",
        )
    deceased = WorkerDeceased(command.died_on, command.claim_id)
    if worker.died_on == command.died_on:
        return [deceased]
    day_after = command.died_on + _DAY
    ends = [
        CoverageTerminated(membership.coverage_id, day_after, "deceased")
        for membership in worker.memberships
        if membership.last is not None and membership.last.end > day_after
    ]
    if worker.died_on is not None:  # the ends that the other day of death put to cover are taken back first
        return [WorkerDeathReversed(command.today), deceased, *ends]
    return [deceased, *ends]


def _reverse_death(worker: Worker | None, command: ReverseDeath) -> list[Event]:
    worker = _known(worker)
    if command.claim_id is not None and worker.death_claim_id != command.claim_id:
        return []
    if worker.died_on is None:
        raise Rejected(
            "death_not_recorded",
            "Tidak ada kematian yang tercatat untuk orang ini, jadi tidak ada yang dibatalkan.",
            "No death of this person is recorded, so there is nothing to reverse.",
        )
    if command.claim_id is None and worker.death_claim_id is not None:
        raise Rejected(
            "death_established_by_claim",
            "Kematian orang ini ditetapkan oleh sebuah klaim. Jika keliru, tarik kembali kematian itu pada klaimnya.",
            "A claim established this person's death. If that is wrong, have the death retracted at the claim.",
        )
    return [WorkerDeathReversed(command.today)]


def _hand_over_card(worker: Worker | None, command: HandOverCard) -> list[Event]:
    worker = _known(worker)
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
    return [CardHandedOver(chosen.coverage_id, chosen.village_code, card)]


_WAYS = (["worker"], ["representative"], ["representative", "worker"])
"""Whose hands a card goes through."""


def _pass_day(worker: Worker | None, command: PassDay) -> list[Event]:
    held = _held(worker, command.coverage_id)
    last = held.last
    if held.due_on is None or held.due_on > command.today or last is None:
        return []
    return [announce_end(held.coverage_id, last.cohort.cohort_id, last.end, command.today)]


def payers(worker: Worker | None) -> frozenset[UUID]:
    """Name the cohorts in which the worker takes a place; a period corrected to nothing takes none."""
    return frozenset(
        period.cohort.cohort_id
        for membership in (worker.memberships if worker else ())
        for period in membership.periods
        if (period.covered_until or OPEN) > period.covered_from
    )


def worker_not_known() -> NotKnown:
    return NotKnown(
        "worker_not_registered",
        "Orang ini belum terdaftar. Daftarkan dahulu melalui kelompoknya.",
        "This person is not in the register. Enroll the person through their cohort first.",
    )


def coverage_not_known() -> NotKnown:
    return NotKnown(
        "coverage_not_known",
        "Kepesertaan ini tidak dikenal. Periksa nomornya.",
        "This membership is not known. Check its id.",
    )


def _known(worker: Worker | None) -> Worker:
    if worker is None:
        raise worker_not_known()
    return worker


def _held(worker: Worker | None, coverage_id: UUID) -> Membership:
    for membership in worker.memberships if worker else ():
        if membership.coverage_id == coverage_id:
            return membership
    raise coverage_not_known()


def _membership(worker: Worker, coverage_id: UUID) -> Membership:
    return next(membership for membership in worker.memberships if membership.coverage_id == coverage_id)


def _refuse_the_dead(worker: Worker | None) -> None:
    if worker is not None and worker.died_on is not None:
        raise Rejected(
            "worker_deceased",
            "Orang ini tercatat sudah meninggal. Jika catatan itu keliru, batalkan kematiannya dahulu.",
            "This person is recorded as deceased. If that is wrong, reverse the death first.",
        )


def _paid_by(worker: Worker, cohort_id: UUID) -> bool:
    return any(period.cohort.cohort_id == cohort_id for m in worker.memberships for period in m.periods)


def _overlaps(period: Period, others: tuple[Period, ...] | list[Period]) -> bool:
    return any(
        other.covered_from < period.end and period.covered_from < other.end for other in others if not other.void
    )


def _with(worker: Worker, changed: Membership) -> Worker:
    kept = tuple(m for m in worker.memberships if m.coverage_id != changed.coverage_id)
    return replace(worker, memberships=(*kept, changed))


def _begun(worker: Worker, event: CoverageStarted) -> Worker:
    """Add the membership; without `replace`, which costs a tenth of an import."""
    period = event.period
    due_on = _due_day(worker.died_on, None if period.void else period.end, None, event.known_on)
    begun = Membership(event.coverage_id, period.cohort.segment, event.village_code, periods=(period,), due_on=due_on)
    memberships = (*worker.memberships, begun)
    return Worker(worker.worker_id, worker.village_code, memberships, worker.died_on, worker.death_claim_id)


def _scheduled(worker: Worker, before: Membership, changed: Membership, known_on: date) -> Membership:
    """Say when the end, or a reminder of it, has to be announced next; an end that did not move goes on as it was."""
    if worker.died_on is not None:
        return replace(changed, due_on=_due_day(worker.died_on, _end(changed), changed.announced_until, known_on))
    if before.due_on is not None and _end(before) == _end(changed):
        return changed
    return replace(_due_again(changed, known_on), resumes=_stopped(worker, before))


def _due_again(membership: Membership, known_on: date) -> Membership:
    """Say what is due next of the end as it is now, without what was announced of that same end before."""
    due_on = _due_day(None, _end(membership), membership.announced_until, known_on)
    if due_on is not None and membership.resumes is not None and membership.resumes[0] == _end(membership):
        due_on = max(due_on, membership.resumes[1])
    return replace(membership, due_on=due_on)


def _stopped(worker: Worker, membership: Membership) -> tuple[date, date] | None:
    """Remember the end that is announced no longer, and how far that had come."""
    end = _end(membership)
    if worker.died_on is not None or membership.due_on is None or end is None:
        return membership.resumes
    return end, membership.due_on


def _end(membership: Membership) -> date | None:
    return membership.last.end if membership.last else None


def _due_day(died_on: date | None, end: date | None, announced_until: date | None, known_on: date) -> date | None:
    if end is None or end == OPEN or (announced_until is not None and end <= announced_until):
        return None
    if died_on is not None:
        return _due_after_death(died_on, end)
    return next_due(end, known_on)


def _due_after_death(died_on: date, end: date) -> date | None:
    """Nobody is reminded of a dead person's cover; what ran out by the day of death still expires."""
    return end if end <= died_on + _DAY else None


def _without_reminders(worker: Worker, membership: Membership, died_on: date) -> Membership:
    if membership.due_on is None or membership.last is None:
        return membership
    due_on = _due_after_death(died_on, membership.last.end)
    return replace(membership, due_on=due_on, resumes=_stopped(worker, membership))


def _handed(membership: Membership, card: Card) -> Membership:
    return replace(membership, cards=(*membership.cards, card))


def _cut(worker: Worker, membership: Membership, covered_until: date) -> Membership:
    """Take `covered_until` and later days from every period; this announces the new end."""
    periods = tuple(_cut_period(period, covered_until) for period in membership.periods)
    announced = max(membership.announced_until or date.min, covered_until)
    resumes = _stopped(worker, membership)
    return replace(membership, periods=periods, announced_until=announced, due_on=None, resumes=resumes)


def _cut_period(period: Period, covered_until: date) -> Period:
    """What was agreed beyond the cut is kept only of a period that is void now, which still takes its place."""
    if period.end <= covered_until:
        return period
    if covered_until <= period.covered_from:
        return replace(period, cut_at=covered_until)
    return replace(period, covered_until=covered_until, cut_at=covered_until)

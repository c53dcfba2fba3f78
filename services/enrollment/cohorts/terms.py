"""What a cohort is and how it moves on: proposed, approved by a second person, open, closed.

    Propose --> proposed --Approve (another actor)--> approved --Open--> open --Close--> closed
                                                        ^                 ^                |
                  Amend, then Approve: other places or money              +------Open------+

Dates, segment, programmes and payer never change: cover rests on them. Places, person-months, budget and decree change
by an amendment, which needs a second person as the proposal did; places go between villages by a re-allocation.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.enrollment.domain.model import Cohort, Funding, LegalBasis, Programme, Segment
from services.enrollment.domain.months import after_months, whole_months
from services.enrollment.domain.refusals import NotKnown, Rejected

State = Literal["proposed", "approved", "open", "closed"]


@dataclass(frozen=True, slots=True)
class Decree:
    """The decision that names the people or the places of a cohort."""

    number: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class Extent:
    """For how many, for how much: what an amendment may change. Places that no village has are for all."""

    places: int
    village_places: tuple[tuple[str, int], ...] = ()
    person_months: int | None = None
    contribution_idr: int | None = None
    budget_idr: int | None = None
    decree: Decree | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """Another extent, put forward and not approved yet."""

    extent: Extent
    proposed_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A cohort as it stands, who put that forward and who approved it; and what waits for approval."""

    cohort: Cohort
    state: State
    extent: Extent
    owner_office: str | None
    proposed_by: str
    approved_by: str | None = None
    amendment: Amendment | None = None


@dataclass(frozen=True, slots=True)
class Propose:
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
    extent: Extent
    owner_office: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Put forward other places, person-months or money."""

    extent: Extent
    by: str


@dataclass(frozen=True, slots=True)
class Approve:
    """Let hold what was put forward; `opens` a new cohort at once."""

    by: str
    opens: bool
    today: date


@dataclass(frozen=True, slots=True)
class Open:
    today: date


@dataclass(frozen=True, slots=True)
class Close:
    today: date


@dataclass(frozen=True, slots=True)
class HandOver:
    """Let another office answer for the cohort."""

    owner_office: str


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Move places from one village to another; None is the pool of no village."""

    from_village: str | None
    to_village: str | None
    places: int


Command = Propose | Amend | Approve | Open | Close | HandOver | Reallocate


@dataclass(frozen=True, slots=True)
class Proposed:
    """A cohort, or an amendment of one, was put forward."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class Approved:
    standing: Standing


@dataclass(frozen=True, slots=True)
class Opened:
    opened_on: date


@dataclass(frozen=True, slots=True)
class Closed:
    closed_on: date


@dataclass(frozen=True, slots=True)
class HandedOver:
    owner_office: str


@dataclass(frozen=True, slots=True)
class Reallocated:
    from_village: str | None
    to_village: str | None
    places: int


Event = Proposed | Approved | Opened | Closed | HandedOver | Reallocated


def decide(standing: Standing | None, command: Command) -> list[Event]:  # noqa: PLR0911 - one per command
    """Say what happens because of the command: nothing new is an empty list, a broken rule raises Rejected."""
    if isinstance(command, Propose):
        return [Proposed(_proposed(command))]
    if standing is None:
        msg = "the first command of a cohort proposes it"
        raise AssertionError(msg)
    match command:
        case Amend():
            return _amend(standing, command)
        case Approve():
            return _approve(standing, command)
        case Open():
            return _open(standing, command)
        case Close():
            return [] if standing.state == "closed" else [Closed(command.today)]
        case HandOver():
            same = standing.owner_office == command.owner_office
            return [] if same else [HandedOver(command.owner_office)]
        case Reallocate():
            return _reallocate(standing, command)


def evolve(standing: Standing | None, event: Event) -> Standing:
    """Give the cohort as the event leaves it."""
    if isinstance(event, Proposed | Approved):
        return event.standing
    if standing is None:
        msg = "the first event of a cohort proposes it"
        raise AssertionError(msg)
    match event:
        case Opened():
            return replace(standing, state="open")
        case Closed():
            return replace(standing, state="closed", amendment=None)
        case HandedOver():
            return replace(standing, owner_office=event.owner_office)
        case Reallocated():
            return replace(standing, extent=replace(standing.extent, village_places=_moved(standing.extent, event)))


def not_known() -> NotKnown:
    """Refuse to speak of a cohort that does not exist."""
    return NotKnown(
        "cohort_not_known",
        "Kelompok ini tidak dikenal. Periksa nomornya, atau usulkan kelompoknya dahulu.",
        "This cohort is not known. Check its id, or propose the cohort first.",
    )


def not_open() -> Rejected:
    """Refuse to take somebody in."""
    return Rejected(
        "cohort_not_open",
        "Kelompok ini tidak sedang dibuka, jadi belum atau tidak lagi menerima orang. Mintalah agar disetujui dan "
        "dibuka.",
        "This cohort is not open, so it takes nobody in. Have it approved and opened.",
    )


def _proposed(command: Propose) -> Standing:
    if not command.legal_bases:
        raise Rejected(
            "legal_basis_missing",
            "Kelompok harus mempunyai dasar hukum. Isi judulnya; tandai `placeholder` jika nomornya belum diketahui.",
            "A cohort rests on a legal basis. Give its title; mark it `placeholder` while its number is not known.",
        )
    ends_after = after_months(command.covered_from, command.months) if command.months else None
    covered_until = command.covered_until or ends_after
    if covered_until is not None and covered_until <= command.covered_from:
        raise Rejected(
            "period_reversed",
            "Masa perlindungan kelompok berakhir sebelum dimulai. `covered_until` adalah hari pertama yang tidak lagi "
            "dilindungi dan harus sesudah `covered_from`.",
            "The cohort's cover ends before it begins. `covered_until` is the first day without cover and must come "
            "after `covered_from`.",
        )
    months = whole_months(command.covered_from, covered_until)
    if command.months is not None and months != command.months:
        raise Rejected(
            "months_disagree",
            "`months` tidak sesuai dengan `covered_from` dan `covered_until`. Kirim salah satu saja.",
            "`months` disagrees with `covered_from` and `covered_until`. Send only one of the two.",
        )
    extent = _whole(command.extent, months, covered_until, command.funding)
    cohort = Cohort(
        cohort_id=command.cohort_id,
        name=command.name,
        year=command.year,
        phase=command.phase,
        segment=command.segment,
        funding=command.funding,
        programmes=command.programmes,
        legal_bases=command.legal_bases,
        covered_from=command.covered_from,
        covered_until=covered_until,
        months=months,
        places=extent.places,
        person_months=extent.person_months,
        budget_idr=extent.budget_idr,
    )
    return Standing(cohort, "proposed", extent, command.owner_office, command.by)


def _whole(extent: Extent, months: int | None, covered_until: date | None, funding: Funding) -> Extent:
    """Check an extent, and compute of it what was left out: person-months from places, the budget from those.

    Self-payers go on paying month by month: nobody's budget limits how many.
    """
    villages = [village_code for village_code, _ in extent.village_places]
    if len(set(villages)) < len(villages):
        raise Rejected(
            "village_repeated",
            "Satu desa disebut lebih dari sekali dalam `village_places`. Sebut setiap desa sekali saja.",
            "A village is named more than once in `village_places`. Name each village once.",
        )
    if sum(places for _, places in extent.village_places) > extent.places:
        raise Rejected(
            "village_places_exceed",
            "Jumlah tempat untuk desa-desa melebihi `places`. Kurangi tempat desa, atau naikkan `places`.",
            "The places for villages add up to more than `places`. Lower them, or raise `places`.",
        )
    if extent.person_months is not None and covered_until is None:
        raise Rejected(
            "person_months_without_end",
            "Perlindungan tanpa akhir tidak dapat dibatasi dalam orang-bulan. Isi akhirnya, atau hapus "
            "`person_months`.",
            "Cover without an end cannot be limited in person-months. Give its end, or leave `person_months` out.",
        )
    person_months = extent.person_months
    if person_months is None and months is not None and funding != "SELF":
        person_months = months * extent.places
    budget_idr = extent.budget_idr
    if budget_idr is None and person_months is not None and extent.contribution_idr is not None:
        budget_idr = person_months * extent.contribution_idr
    villages_in_order = tuple(sorted(extent.village_places))
    return replace(extent, village_places=villages_in_order, person_months=person_months, budget_idr=budget_idr)


def _amend(standing: Standing, command: Amend) -> list[Event]:
    if standing.state == "closed":
        raise Rejected(
            "cohort_closed",
            "Kelompok ini sudah ditutup, jadi tidak diubah lagi. Buka kembali dahulu, atau usulkan kelompok baru.",
            "This cohort is closed and is not amended any more. Open it again first, or propose another cohort.",
        )
    extent = _whole(command.extent, standing.cohort.months, standing.cohort.covered_until, standing.cohort.funding)
    if standing.state == "proposed":
        return [Proposed(replace(_extended(standing, extent), proposed_by=command.by))]
    return [Proposed(replace(standing, amendment=Amendment(extent, command.by)))]


def _approve(standing: Standing, command: Approve) -> list[Event]:
    if standing.state != "proposed" and standing.amendment is None:
        raise Rejected(
            "nothing_to_approve",
            "Tidak ada usulan yang menunggu persetujuan untuk kelompok ini. Usulkan perubahannya dahulu.",
            "Nothing of this cohort waits for approval. Propose the change first.",
        )
    amendment = standing.amendment
    if command.by == (amendment.proposed_by if amendment else standing.proposed_by):
        raise Rejected(
            "second_person_needed",
            "Usulan ini harus disetujui oleh orang lain, bukan oleh pengusulnya. Mintalah rekan yang berwenang.",
            "Somebody other than the proposer has to approve this. Ask a colleague who may.",
        )
    if amendment is not None:
        changed = replace(_extended(standing, amendment.extent), proposed_by=amendment.proposed_by)
        return [Approved(replace(changed, approved_by=command.by, amendment=None))]
    approved = Approved(replace(standing, state="approved", approved_by=command.by))
    return [approved, Opened(command.today)] if command.opens else [approved]


def _extended(standing: Standing, extent: Extent) -> Standing:
    cohort = replace(
        standing.cohort, places=extent.places, person_months=extent.person_months, budget_idr=extent.budget_idr
    )
    return replace(standing, cohort=cohort, extent=extent)


def _open(standing: Standing, command: Open) -> list[Event]:
    if standing.state == "open":
        return []
    if standing.approved_by is None:
        raise Rejected(
            "cohort_not_approved",
            "Kelompok ini belum disetujui, jadi belum dapat dibuka. Mintalah persetujuan orang kedua dahulu.",
            "This cohort has not been approved, so it cannot be opened. Have a second person approve it first.",
        )
    return [Opened(command.today)]


def _reallocate(standing: Standing, command: Reallocate) -> list[Event]:
    if standing.state not in {"approved", "open"}:
        raise Rejected(
            "cohort_not_approved",
            "Tempat dialihkan hanya pada kelompok yang disetujui dan belum ditutup. Ubah usulannya saja.",
            "Places are moved only in a cohort that is approved and not closed. Amend the proposal instead.",
        )
    if command.from_village == command.to_village:
        raise Rejected(
            "same_village",
            "Desa asal dan desa tujuan sama. Periksa kodenya.",
            "Both villages are the same. Check their codes.",
        )
    had = dict(standing.extent.village_places)
    pool = standing.extent.places - sum(had.values())
    if (pool if command.from_village is None else had.get(command.from_village, 0)) < command.places:
        raise Rejected(
            "too_few_places",
            "Desa asal tidak mempunyai tempat sebanyak itu dalam kelompok ini. Periksa jumlah tempatnya.",
            "The village that gives has not that many places in this cohort. Look at its places.",
        )
    return [Reallocated(command.from_village, command.to_village, command.places)]


def _moved(extent: Extent, event: Reallocated) -> tuple[tuple[str, int], ...]:
    places = dict(extent.village_places)
    for village_code, more in ((event.from_village, -event.places), (event.to_village, event.places)):
        if village_code is not None:
            places[village_code] = places.get(village_code, 0) + more
    return tuple(sorted((village_code, held) for village_code, held in places.items() if held))

"""From which day on a death pays the full benefit of JKM: cover has to have lasted, and a gap begins it anew.

Before that day the family gets the funeral alone. The law does not say whether a gap begins the months anew; the agency
treats a new start as a new registration, so it does here, unless a caller says otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrollment.domain.model import OPEN, Cohort, Membership, Period, Segment, Worker
from services.enrollment.domain.months import after_months

GAP_BEGINS_ANEW = True
SHORT_MONTHS = 3
"""Fewer months than these with the full benefit are worth a warning."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From a day on, a death pays the full benefit in a segment after so many months of unbroken membership."""

    segment: Segment
    valid_from: date
    months: int
    law: str


RULES = (Rule("BPU", date(2025, 2, 24), 3, "Permenaker 1/2025 Pasal 97A ayat (2)"),)
"""Before a segment's first rule, and in segments without one, the full benefit is paid from the first day on."""


@dataclass(frozen=True, slots=True)
class FullBenefit:
    """Of unbroken cover: its first day, the first day without it, and from which day on a death pays the full benefit.

    `full_from` is None where the cover ends before; `law` is the rule that lets it wait, None where nothing does.
    """

    since: date
    until: date
    full_from: date | None
    law: str | None


@dataclass(frozen=True, slots=True)
class Caution:
    """What those who decide on a cohort should know before; nothing is refused for it."""

    code: str
    indonesian: str
    english: str


Run = tuple[date, date]


def full_benefits(membership: Membership, *, gap_begins_anew: bool = GAP_BEGINS_ANEW) -> list[FullBenefit]:
    """Tell it of each unbroken cover of the membership, in their order."""
    runs = list(_runs([period for period in membership.periods if "JKM" in period.cohort.programmes]))
    return [
        _of_run(membership.segment, since if gap_begins_anew else runs[0][0], since, until) for since, until in runs
    ]


def begun_anew(before: Worker, after: Worker) -> list[Caution]:
    """Say of each membership that was renewed after a gap that its months up to the full benefit count anew."""
    known = {membership.coverage_id: len(full_benefits(membership)) for membership in before.memberships}
    found = []
    for membership in after.memberships:
        runs = full_benefits(membership)
        last = runs[-1] if len(runs) > known.get(membership.coverage_id, len(runs)) > 0 else None
        if last is not None and last.law is not None:
            found.append(_begins_anew(runs[-2].until, last.since, last.law))
    return found


def warnings(cohort: Cohort, continues: date | None = None) -> list[Caution]:
    """Say what a cohort's dates make of the full benefit.

    `continues` is the first day without cover of the people whom it is likely to renew, where that is known.
    """
    if "JKM" not in cohort.programmes:
        return []
    until = cohort.covered_until or OPEN
    full = _of_run(cohort.segment, cohort.covered_from, cohort.covered_from, until)
    if full.law is None:
        return []
    found = []
    if full.full_from is None:
        found.append(_never_full(full.law))
    elif until < after_months(full.full_from, SHORT_MONTHS):
        found.append(_full_shortly(full.full_from, (until - full.full_from).days, full.law))
    if continues is not None and continues < cohort.covered_from:
        found.append(_begins_anew(continues, cohort.covered_from, full.law))
    return found


def _never_full(law: str) -> Caution:
    return Caution(
        "jkm_never_full",
        "Siapa yang baru terdaftar tidak pernah mencapai manfaat JKM penuh: perlindungan berakhir lebih dahulu, dan "
        f"keluarganya hanya menerima biaya pemakaman ({law}). Perpanjang masa kelompok ini.",
        "Whoever is newly enrolled never reaches the full JKM benefit: cover ends before, and their family gets the "
        f"funeral alone ({law}). Give the cohort more months.",
    )


def _full_shortly(full_from: date, days: int, law: str) -> Caution:
    return Caution(
        "jkm_full_shortly",
        f"Siapa yang baru terdaftar mendapat manfaat JKM penuh mulai {full_from}, hanya {days} hari sebelum "
        f"perlindungan berakhir ({law}). Pertimbangkan masa yang lebih panjang.",
        f"Whoever is newly enrolled has the full JKM benefit from {full_from} on, for {days} days only before cover "
        f"ends ({law}). Consider more months.",
    )


def _begins_anew(continues: date, covered_from: date, law: str) -> Caution:
    return Caution(
        "jkm_begins_anew",
        f"Perlindungan sebelumnya tidak berlaku lagi mulai {continues}, dan kelompok ini baru mulai {covered_from}: "
        f"masa tunggu JKM penuh dihitung dari awal ({law}). Mulailah pada {continues} agar tidak ada jeda.",
        f"The cover before ends with the day before {continues}, and this cohort begins only on {covered_from}: the "
        f"months up to the full JKM benefit count anew ({law}). Let it begin on {continues}, so that there is no gap.",
    )


def _runs(periods: Sequence[Period]) -> Iterator[Run]:
    """Give the days covered without a break, as half-open runs, in order."""
    run: Run | None = None
    for period in sorted((each for each in periods if not each.void), key=lambda each: each.covered_from):
        if run is None or run[1] < period.covered_from:
            if run is not None:
                yield run
            run = (period.covered_from, period.end)
        else:
            run = (run[0], max(run[1], period.end))
    if run is not None:
        yield run


def _of_run(segment: Segment, counted_from: date, since: date, until: date) -> FullBenefit:
    """Find the first day from which on no rule that holds on a covered day lets the family wait."""
    full_from, law = since, None
    rules = sorted((rule for rule in RULES if rule.segment == segment), key=lambda rule: rule.valid_from)
    for rule, replaced_on in zip(rules, [*(later.valid_from for later in rules), OPEN][1:], strict=True):
        waits_from = max(since, rule.valid_from)
        waits_until = min(after_months(counted_from, rule.months), replaced_on, until)
        if waits_from < waits_until:
            full_from, law = waits_until, rule.law
    return FullBenefit(since, until, full_from if full_from < until else None, law)

"""Finds two payers of one activity of a worker on the same days; a person decides whether it is paid twice.

Several memberships of one person are legal: whoever farms by day and drives at night has two. Where an activity is not
known, memberships of one segment count as the same. Days count as they are paid, suspended ones too; nobody pays for
the dead. A pair of payers is told once, whatever becomes of the overlap later.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID, uuid5

from services.enrollment.domain.commands import DecideDoubleFunding
from services.enrollment.domain.events import DoubleFundingDecided, DoubleFundingFound, Event
from services.enrollment.domain.model import OPEN, Activity, Finding, Membership, Period, Worker
from services.enrollment.domain.months import begun_months
from services.enrollment.domain.refusals import NotKnown, known

PAIRS = UUID("0a4b1f4e-6f0c-5c3e-9d0a-3d7d5f0b2a11")
"""Under this name the id of a finding follows from who pays what, so that one pair has one id."""

Days = tuple[date, date]


def found(worker: Worker, known_on: date) -> list[Event]:
    """Tell what is paid twice and has not been told."""
    if len(worker.memberships) == 1:
        return []
    told = {finding.finding_id for membership in worker.memberships for finding in membership.findings}
    return [
        DoubleFundingFound(finding, _village(worker, finding))
        for finding in overlaps(worker, known_on)
        if finding.finding_id not in told
    ]


def _village(worker: Worker, finding: Finding) -> str:
    """Give the village in which the first day that is paid twice counts."""
    held = worker.membership(finding.coverage_ids[0])
    return worker.village_on(finding.overlaps_from, held.village_code)


def overlaps(worker: Worker, known_on: date) -> Iterator[Finding]:
    """Give every pair of payers that share days of one activity, as it is now."""
    for one, other in combinations(sorted(worker.memberships, key=lambda m: m.coverage_id), 2):
        shared: dict[tuple[UUID, UUID], list[tuple[Days, Activity | None]]] = defaultdict(list)
        for mine in one.periods:
            for theirs in other.periods:
                days = _shared_days(worker, mine, theirs)
                if days and _same_activity(one, mine, other, theirs):
                    shared[mine.cohort.cohort_id, theirs.cohort.cohort_id].append(
                        (days, mine.activity or theirs.activity)
                    )
        for cohort_ids, stretches in shared.items():
            days_twice = _joined(sorted(days for days, _ in stretches))
            until = days_twice[-1][1]
            yield Finding(
                finding_id=pair_id((one.coverage_id, other.coverage_id), cohort_ids),
                coverage_ids=(one.coverage_id, other.coverage_id),
                cohort_ids=cohort_ids,
                activity=stretches[0][1],
                overlaps_from=days_twice[0][0],
                overlaps_until=None if until == OPEN else until,
                person_months=None if until == OPEN else sum(begun_months(*days) for days in days_twice),
                found_on=known_on,
            )


def pair_id(coverage_ids: tuple[UUID, UUID], cohort_ids: tuple[UUID, UUID]) -> UUID:
    return uuid5(PAIRS, " ".join(str(one) for one in (*coverage_ids, *cohort_ids)))


def decide(worker: Worker | None, command: DecideDoubleFunding) -> list[Event]:
    findings = (finding for membership in known(worker).memberships for finding in membership.findings)
    finding = next((finding for finding in findings if finding.finding_id == command.finding_id), None)
    if finding is None:
        raise finding_not_known()
    if finding.outcome == command.outcome:
        return []
    return [DoubleFundingDecided(command.finding_id, command.outcome)]


def finding_not_known() -> NotKnown:
    return NotKnown(
        "finding_not_known",
        "Temuan pembiayaan ganda ini tidak dikenal. Periksa nomornya.",
        "This finding of double funding is not known. Check its id.",
    )


def noted(worker: Worker, event: DoubleFundingFound) -> Worker:
    held = worker.membership(event.finding.coverage_ids[0])
    return worker.having(replace(held, findings=(*held.findings, event.finding)))


def decided(worker: Worker, event: DoubleFundingDecided) -> Worker:
    held = next(m for m in worker.memberships if any(f.finding_id == event.finding_id for f in m.findings))
    findings = tuple(
        replace(finding, outcome=event.outcome) if finding.finding_id == event.finding_id else finding
        for finding in held.findings
    )
    return worker.having(replace(held, findings=findings))


def _shared_days(worker: Worker, mine: Period, theirs: Period) -> Days | None:
    after_death = OPEN if worker.died_on is None else worker.died_on + timedelta(days=1)
    since, until = max(mine.covered_from, theirs.covered_from), min(mine.end, theirs.end, after_death)
    return (since, until) if since < until else None


def _same_activity(one: Membership, mine: Period, other: Membership, theirs: Period) -> bool:
    if mine.activity is not None and theirs.activity is not None:
        return mine.activity == theirs.activity
    return one.segment == other.segment


def _joined(stretches: list[Days]) -> list[Days]:
    """Make neighbours one, so that a month paid in two parts counts once."""
    joined: list[Days] = []
    for since, until in stretches:
        if joined and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((since, until))
    return joined

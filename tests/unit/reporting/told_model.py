"""What reports say of cohorts, cards and findings, in the plainest way: the newest or the earliest that was told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from payung_contracts import enrollment
from payung_contracts.fact import Fact

Told = tuple[datetime, Fact]


def cards(told: Iterable[Told], kind: type[Fact], dated: str, from_: date, last: date) -> dict[str, Counter[str]]:
    """Count cards by district and receiver, each when it was first issued, or first handed over."""
    first: dict[UUID, Any] = {}
    for _, fact in sorted(
        ((at, fact) for at, fact in told if isinstance(fact, kind)), key=lambda one: (getattr(one[1], dated), one[0])
    ):
        first.setdefault(fact.coverage_id, fact)  # type: ignore[attr-defined]
    found: dict[str, Counter[str]] = {}
    for fact in first.values():
        if from_ <= getattr(fact, dated) <= last:
            counted = found.setdefault(fact.village_code[:8], Counter())
            counted.update(["cards", getattr(fact, "received_by", "issued")])
    return found


def double_funding(told: Iterable[Told], village: str | None = None) -> dict[str, tuple[int, int, int]]:
    """Count findings by what was decided, sum the months paid twice, and count those without an end."""
    newest: dict[UUID, enrollment.DoubleFundingFound] = {}
    outcome: dict[UUID, str] = {}
    for _, fact in told:
        if isinstance(fact, enrollment.DoubleFundingFound):
            newest[fact.finding_id] = fact
        if isinstance(fact, enrollment.DoubleFundingDecided):
            outcome[fact.finding_id] = fact.outcome
    found: dict[str, list[int | None]] = {}
    for finding_id, one in newest.items():
        if village is None or one.village_code == village:
            found.setdefault(outcome.get(finding_id, "open"), []).append(one.person_months)
    return {state: (len(each), sum(one or 0 for one in each), each.count(None)) for state, each in found.items()}


def cohorts(told: Mapping[UUID, Sequence[Told]]) -> dict[str, tuple[Any, ...]]:
    """Say of each cohort its name, state, office, places and months: those approved, or else those proposed."""
    found: dict[str, tuple[Any, ...]] = {}
    for cohort_id, facts in told.items():
        if (terms := approved(facts) or _newest(facts, enrollment.CohortProposed)) is None:
            continue
        moved = _newest(facts, enrollment.CohortOpened, enrollment.CohortClosed)
        handed = _newest(facts, enrollment.CohortHandedOver)
        state = "approved" if approved(facts) else "proposed"
        if moved:
            state = "open" if isinstance(moved, enrollment.CohortOpened) else "closed"
        office = handed.owner_office if handed else terms.owner_office
        found[str(cohort_id)] = (terms.name, state, office, terms.places, terms.person_months)
    return found


def approved(facts: Sequence[Told]) -> Any:
    """Give the newest approval."""
    return _newest(facts, enrollment.CohortApproved)


def legal_bases(told: Mapping[UUID, Sequence[Told]]) -> dict[str, tuple[bool, int]]:
    """Say of each title whether it is a placeholder, and how many cohorts rest on it by their newest approval."""
    found: dict[str, list[bool]] = {}
    for facts in told.values():
        if terms := approved(facts):
            for basis in terms.legal_bases:
                found.setdefault(basis.title, []).append(basis.placeholder)
    return {title: (any(each), len(each)) for title, each in found.items()}


def places_moved(told: Mapping[UUID, Sequence[Told]]) -> Counter[Any]:
    """Count the places that went from one village to another."""
    return Counter(
        (str(cohort_id), fact.from_village, fact.to_village, fact.places)
        for cohort_id, facts in told.items()
        for _, fact in facts
        if isinstance(fact, enrollment.PlacesReallocated)
    )


def _newest(facts: Sequence[Told], *kinds: type[Fact]) -> Any:
    # exactly these: a proposal is a kind of approval in the contracts' classes
    return next((fact for _, fact in reversed(facts) if type(fact) in kinds), None)

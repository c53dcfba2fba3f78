"""Whatever happens to a worker: claims and reporting, from the facts alone, come to the same days as enrollment."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant
from payung_contracts.topics import FACTS

from services.claims import coverage as claims
from services.enrollment import messages
from services.enrollment.domain import Event
from services.reporting import messages as reported
from services.reporting import periods, timeline
from tests.unit.enrollment.people import WAYAN
from tests.unit.enrollment.test_life_cycle import DAY, PAYERS, LifeCycle

NOW = datetime(2025, 1, 1, tzinfo=UTC)
STANDINGS: tuple[claims.Standing, ...] = ("in_force", "suspended", "grace")


class Everywhere(LifeCycle):
    """The same life, followed from its facts by the two services that read them."""

    def __init__(self) -> None:
        super().__init__()
        self.copied: dict[str, Any] | None = None
        self.reported = periods.NOTHING

    def follow(self, events: list[Event]) -> None:
        super().follow(events)
        for entry in messages.entries(WAYAN, events, NOW):
            type_, data = entry.fact.type, entry.fact.to_json().encode()
            told = FACTS[type_].model_validate_json(data).model_dump(mode="json")
            self.copied = claims.evolve(self.copied, type_, told)
            self.reported = timeline.evolve(self.reported, type_, reported.read(type_, data))

    @invariant()
    def claims_agrees(self) -> None:
        for day in {day for number in self.life.cards for day in self.telling_days(number)}:
            for standing in STANDINGS:
                found = {UUID(one.coverage_id).int for one in claims.memberships_on(self.copied, day, standing)}
                assert found == {n for n in self.life.cards if self.life.status(n, day) == standing}, (day, standing)

    @invariant()
    def reporting_agrees(self) -> None:
        spells = timeline.timeline(self.reported)
        for day in {day for number in self.life.cards for day in self.telling_days(number)}:
            counted = [spell for spell in spells if spell[0] <= day.isoformat() < (spell[1] or periods.NEVER)]
            in_force = [n for n in self.life.cards if self.life.status(n, day) == "in_force"]
            assert len(counted) == (1 if in_force else 0), day


def test_the_days_that_are_compared_are_those_where_something_changes() -> None:
    life = Everywhere()
    life.enroll(payer=PAYERS[0], since=None, activity=None, months=None)
    assert {date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1)} <= life.telling_days(0)
    assert date(2025, 6, 30) - 10 * DAY not in life.telling_days(0)


Everywhere.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_claims_and_reporting_come_to_the_same_days = Everywhere.TestCase

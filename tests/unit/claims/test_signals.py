"""Each signal on and off at its edge; a signal is for a person to look at, in both languages, and names nobody."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.claims.claim import Claim, Findings
from services.claims.commands import RetractDeath, Return
from services.claims.coverage import State, evolve
from services.claims.signals import Deaths, Known, signals
from services.claims.signals.patterns import SOON_DAYS
from tests.unit.claims.cases import (
    BOOK,
    DEATH,
    KETUT,
    NEXT_YEAR,
    NOON,
    NYOMAN,
    REGISTERED,
    TODAY,
    WAYAN,
    asked,
    claim_in,
    renewed,
    started,
)

LONG_AGO = started("2020-01-01", None)
NOTHING = Known()


def claim_for(programme: str = "JKM", **findings: object) -> Claim:
    return Claim(
        UUID(int=1), WAYAN, programme, DEATH, DEATH, NOON, "submitted", findings=Findings(**findings)  # type: ignore[arg-type]
    )  # fmt: skip


def told(claim: Claim, cover: State | None, known: Known = NOTHING) -> list[str]:
    return [signal.code for signal in signals(claim, cover, known)]


def covered(days_before: int) -> State:
    first = (DEATH - timedelta(days=days_before)).isoformat()
    return evolve(None, *started(first, None))


@pytest.mark.parametrize(
    ("programme", "days", "late"), [("JKK", 2, False), ("JKK", 3, True), ("JKM", 3, False)], ids=str
)
def test_an_accident_is_to_be_told_within_two_days(programme: str, days: int, late: bool) -> None:
    claim = replace(claim_for(programme), reported_on=DEATH + timedelta(days=days))
    assert ("REPORTED_LATE" in told(claim, evolve(None, *LONG_AGO))) is late


@pytest.mark.parametrize(("days_before", "early"), [(SOON_DAYS, True), (SOON_DAYS + 1, False), (0, True), (-1, False)])
def test_a_death_soon_after_the_first_cover(days_before: int, early: bool) -> None:
    assert (told(claim_for(), covered(days_before)) == ["DEATH_SOON_AFTER_START"]) is early


def test_cover_that_was_renewed_began_with_its_first_period() -> None:
    renewal = renewed((DEATH - timedelta(days=1)).isoformat(), None, cohort_id=NEXT_YEAR)
    assert told(claim_for(), evolve(evolve(None, *started("2024-01-01", "2024-07-01")), *renewal)) == []


@pytest.mark.parametrize(("days_after", "signal"), [(0, []), (1, ["REGISTERED_AFTER_DEATH"])])
def test_registered_after_the_death(days_after: int, signal: list[str]) -> None:
    on = (DEATH + timedelta(days=days_after)).isoformat()
    assert told(claim_for(), evolve(evolve(None, *REGISTERED, on=on), *LONG_AGO)) == signal


@pytest.mark.parametrize(("days_after", "signal"), [(0, []), (1, ["PAID_AFTER_DEATH"])])
def test_paid_after_the_death(days_after: int, signal: list[str]) -> None:
    type_, data = LONG_AGO
    paid = data | {"paid_on": (DEATH + timedelta(days=days_after)).isoformat()}
    assert told(claim_for(), evolve(None, type_, paid)) == signal


def test_money_of_a_claim_that_was_voided_is_named_while_it_is_to_be_recovered() -> None:
    paid = claim_in("paid")
    void = asked(paid, RetractDeath(NYOMAN, TODAY))
    (signal,) = signals(claim_for(), None, NOTHING, (void, claim_in("void"), paid))
    assert signal.code == "PAID_BEFORE_AND_TO_RECOVER"
    assert all(str(void.claim_id) in text and "Rp42.000.000" in text for text in (signal.indonesian, signal.english))
    back = asked(void, Return(KETUT, void.payments[0].payment_id, TODAY, "RECOVERED", None, BOOK, TODAY))
    assert signals(claim_for(), None, NOTHING, (back,)) == ()


def test_of_an_accident_the_day_of_the_death_counts_and_who_lives_did_not_die_early() -> None:
    assert told(claim_for("JKK"), covered(1)) == []
    assert told(claim_for("JKK", died_on=DEATH), covered(1)) == ["DEATH_SOON_AFTER_START"]
    assert told(claim_for("JKK", died_on=DEATH + timedelta(days=SOON_DAYS)), covered(1)) == []


def test_an_account_that_other_families_name_too() -> None:
    cover = evolve(None, *LONG_AGO)
    assert told(claim_for(), cover, Known(families=1)) == ["ACCOUNT_IN_SEVERAL_FAMILIES"]


@pytest.mark.parametrize(
    ("theirs", "everybody", "stands_out"),
    [
        (Deaths(10, 4), Deaths(110, 14), True),
        (Deaths(10, 3), Deaths(110, 13), False),
        (Deaths(3, 3), Deaths(103, 13), True),
        (Deaths(2, 2), Deaths(102, 12), False),
        (Deaths(3, 3), Deaths(3, 3), False),
        (Deaths(3, 3), Deaths(4, 3), True),
        (Deaths(), Deaths(), False),
    ],
    ids=[
        "more than three times what the others let expect",
        "just three times",
        "three are enough",
        "two say nothing",
        "there is nobody else",
        "nobody else's died early",
        "nothing was counted yet",
    ],
)
def test_who_stands_out_among_verifiers_and_agents(theirs: Deaths, everybody: Deaths, stands_out: bool) -> None:
    cover = evolve(None, *LONG_AGO) | {"verified_by": "v", "registered_by": "a"}
    both = Known(verifier=theirs, agent=theirs, everybody=everybody)
    assert told(claim_for(), cover, both) == ["OUTLIER_VERIFIER", "OUTLIER_AGENT"] * stands_out
    assert told(claim_for(), cover | {"registered_by": "v"}, both) == ["OUTLIER_VERIFIER"] * stands_out
    agent = Known(agent=theirs, everybody=everybody)
    assert told(claim_for(), cover, agent) == ["OUTLIER_AGENT"] * stands_out


def test_signals_speak_to_a_person_in_both_languages_and_name_nobody() -> None:
    type_, data = started((DEATH - timedelta(days=5)).isoformat(), None)
    late = (DEATH + timedelta(days=1)).isoformat()
    cover = evolve(evolve(None, *REGISTERED, on=late, by="agent-1"), type_, data | {"paid_on": late})
    theirs = Deaths(10, 9)
    everything = signals(claim_for(), cover | {"verified_by": "verifier-1"}, Known(2, theirs, theirs, Deaths(100, 10)))
    assert len({signal.code for signal in everything}) == len(everything) == 6
    for signal in everything:
        assert signal.indonesian.endswith(".")
        assert signal.english.endswith(".")
        assert not any(name in signal.indonesian + signal.english for name in ("agent-1", "verifier-1", str(WAYAN)))


def test_whose_cover_is_unknown_shows_nothing() -> None:
    assert told(claim_for(), None) == []

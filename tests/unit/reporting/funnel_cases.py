"""What is told of proposals: builders and strategies for the steps of a worker towards cover."""

from typing import Any

from hypothesis import strategies as st

from tests.unit.reporting.calendar_model import ANNUAL, BATUBULAN, HARVEST, Fact, day, days, facts_of_a_worker, villages


def _told(name: str, dated: str, on: int, cohort: str, village: str, **more: Any) -> Fact:
    return f"enrollment.worker_{name}.v1", {"cohort_id": cohort, "village_code": village, dated: day(on), **more}


def proposed(on: int, cohort: str = ANNUAL, village: str = BATUBULAN) -> Fact:
    return _told("proposed", "proposed_on", on, cohort, village)


def verified(on: int, *passed: str, cohort: str = ANNUAL, village: str = BATUBULAN) -> Fact:
    return _told("verified", "verified_on", on, cohort, village, passed=list(passed))


def refused(
    on: int, failed: str = "eligible", reason: str = "too_old", *, cohort: str = ANNUAL, village: str = BATUBULAN
) -> Fact:
    return _told("refused", "refused_on", on, cohort, village, failed=failed, reason=reason)


def waitlisted(on: int, cohort: str = ANNUAL, village: str = BATUBULAN) -> Fact:
    return _told("waitlisted", "waits_since", on, cohort, village)


cohorts = st.sampled_from([ANNUAL, HARVEST])
checks = st.sampled_from(["unique", "identity_matched", "eligible", "in_decree"])
steps = st.one_of(
    st.builds(proposed, days, cohorts, villages),
    st.builds(
        lambda on, passed, cohort, village: verified(on, *passed, cohort=cohort, village=village),
        days,
        st.lists(checks, max_size=3, unique=True),
        cohorts,
        villages,
    ),
    st.builds(refused, days, checks, st.sampled_from(["too_old", "other_payer"]), cohort=cohorts, village=villages),
    st.builds(waitlisted, days, cohorts, villages),
)
whole_lives = st.builds(
    lambda cover, told, order: [
        fact for _, fact in sorted(zip(order, [*cover, *told], strict=False), key=lambda at: at[0])
    ],
    facts_of_a_worker,
    st.lists(steps, max_size=6),
    st.permutations(range(16)),
)
"""Steps and cover of one worker, in any order."""

"""Old facts are folded in the newest shape of their type."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from payung_contracts.enrollment import CardIssued, CoverageStarted
from payung_contracts.fact import Fact

from services.reporting.plain_fold import versions
from services.reporting.plain_fold.life import about_cover
from services.reporting.plain_fold.rows import row
from services.reporting.projections import fold
from services.reporting.upcast import STEPS, Step, newest
from tests.unit.reporting.calendar_model import period
from tests.unit.reporting.test_projections import told

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
TO_V3 = {
    "x.opened.v1": Step("x.opened.v2", lambda values: values | {"funding": "APBD"}),
    "x.opened.v2": Step("x.opened.v3", lambda values: {**values, "day": values["on"]}),
}


@pytest.mark.parametrize(
    ("type_", "values", "given"),
    [
        ("x.opened.v1", {"on": 1}, ("x.opened.v3", {"on": 1, "funding": "APBD", "day": 1})),
        ("x.opened.v2", {"on": 1, "funding": "CSR"}, ("x.opened.v3", {"on": 1, "funding": "CSR", "day": 1})),
        ("x.opened.v3", {"day": 1}, ("x.opened.v3", {"day": 1})),
        ("x.closed.v1", {}, ("x.closed.v1", {})),
    ],
)
def test_a_fact_goes_step_by_step_to_the_newest_version(
    type_: str, values: dict[str, Any], given: tuple[str, dict[str, Any]]
) -> None:
    told = dict(values)
    assert newest(type_, values, TO_V3) == given
    assert values == told, "the fact as it was told is changed"


def test_the_fold_sees_the_newest_version_only() -> None:
    """As if there were a v2 of coverage_started that is called and shaped like coverage_renewed.v1."""
    v1, renewed = (told([[period(kind, 0, 30)]], [0])[0].record for kind in ("started", "renewed"))
    v1 = v1._replace(data=v1.data.replace(b"APBD", b"CSR"))
    later = {v1.type: Step(renewed.type, lambda values: values | {"funding": "APBD"})}
    assert fold(None, v1, later) == fold(None, renewed)
    assert fold(None, v1) != fold(None, renewed)


class StartedV2(CoverageStarted):
    """As if coverage_started.v1 had been followed by a version that names the funding of old facts otherwise."""

    type = "enrollment.coverage_started.v2"


class CardV0(Fact):
    """As if there had been a version before card_issued.v1 that named no village."""

    type = "enrollment.card_issued.v0"
    coverage_id: UUID
    issued_on: date


def test_the_plain_fold_knows_the_newest_version_only_and_judges_every_one() -> None:
    started = CoverageStarted.model_validate_json(told([[period("started", 0, 30)]], [0])[0].record.data)
    v2 = StartedV2(**dict(started) | {"funding": "CSR"})
    card = CardV0(coverage_id=started.coverage_id, issued_on=started.covered_from)
    issued = CardIssued(**dict(card), village_code=started.village_code)
    steps: versions.Steps = {
        CoverageStarted: lambda old: StartedV2(**dict(old) | {"funding": "CSR"}),
        CardV0: lambda old: CardIssued(**dict(old), village_code=started.village_code),
    }
    assert about_cover([(NOON, started), (NOON, None), (NOON, card)], steps) == [(NOON, v2), (NOON, issued)]
    assert row(started.coverage_id, NOON, card, steps) == row(started.coverage_id, NOON, issued)
    assert row(started.coverage_id, NOON, card) is None


@pytest.mark.parametrize(
    ("judge", "steps", "known_to_one"),
    [
        (versions.STEPS, STEPS, set()),
        ({CardV0: dict}, {CardV0.type: Step("x", dict)}, set()),
        ({CardV0: dict}, {}, {CardV0.type}),
        ({}, TO_V3, TO_V3.keys()),
    ],
)
def test_both_folds_know_the_same_versions(
    judge: versions.Steps, steps: Mapping[str, Step], known_to_one: Collection[str]
) -> None:
    assert {model.type for model in judge} ^ steps.keys() == set(known_to_one)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (STEPS, True),
        (TO_V3, True),
        (TO_V3 | {"x.opened.v3": Step("x.opened.v2", dict)}, False),
        ({"x.opened.v1": Step("x.opened.v1", dict)}, False),
    ],
)
def test_steps_that_lead_back_are_refused_and_ours_do_not(steps: Mapping[str, Step], end: bool) -> None:
    no_values = {type_: Step(step.to, dict) for type_, step in steps.items()}
    for type_ in steps:
        with nullcontext() if end else pytest.raises(RecursionError):
            assert newest(type_, {}, no_values)[0] not in steps

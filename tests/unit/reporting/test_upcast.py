"""Old facts are folded in the newest shape of their type."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.reporting.projections import fold
from services.reporting.upcast import STEPS, Step, newest
from tests.unit.reporting.calendar_model import period
from tests.unit.reporting.test_projections import told

TO_V3: Mapping[str, Step] = {
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


def test_every_step_ends() -> None:
    for type_ in STEPS:
        assert newest(type_, {}, {each: Step(step.to, dict) for each, step in STEPS.items()})[0] not in STEPS

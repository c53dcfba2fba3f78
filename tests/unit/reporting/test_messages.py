"""Reading facts without the contracts' models accepts, refuses and reads exactly what the models do."""

import json
from pathlib import Path
from typing import Any

import orjson
import payung_contracts
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from payung_contracts.topics import FACTS
from pydantic import ValidationError

from services.chassis.received import Refused
from services.reporting.messages import LOOKS, SEEN_MAX, _Seen, read

SAMPLES = Path(payung_contracts.__file__).parents[1] / "samples"
PUBLISHED = {
    file.stem: json.loads(file.read_bytes())["data"]
    for file in sorted(SAMPLES.glob("*.json"))
    if not file.stem.startswith("platform.")
}
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    1.0,
    1767225600,
    10**30,
    "",
    "1",
    "BPU ",
    "bpu",
    "JKM",
    [],
    ["JKM", "JKM"],
    ["JKM", 1],
    [["JKM"]],
    [None],
    {},
    {"JKM": 1},
    "20260101",
    "2026-1-1",
    "2026-W01-1",
    "2026-02-30",
    "2026-01-01",
    "2026-01-01 ",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:01",
    "1767225600",
    "0001-01-01",
    "9999-12-31",
    "+2026-01-01",
    "51.04.01.2001",
    "51.04.01.2001\n",
    "٥١.٠٤.٠١.٢٠٠١",
    "51-04-01-2001",
    "510401.2001",
    "3F0C2B1E-7A64-4D0E-9C1B-52F1A86D7E01",
    "3f0c2b1e7a644d0e9c1b52f1a86d7e01",
    "{3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01}",
    "urn:uuid:3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01",
    "3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e0",
    "3f0c2b1e-7a64-4d0e-9c1b-52f1a86d7e01\n",
    "deceased",
    "representative",
    "farming",
    "paid",
    "unique",
    ["unique", "in_decree"],
    "too_old",
    "Too old",
    "x" * 61,
)


def agree(type_: str, data: bytes) -> None:
    try:
        wanted = FACTS[type_].model_validate_json(data).model_dump(mode="json")
    except ValidationError:
        with pytest.raises(Refused):
            read(type_, data)
        return
    values = read(type_, data)
    assert {name: values[name] for name in wanted} == wanted


@pytest.mark.parametrize("type_", PUBLISHED)
def test_published_samples_are_read_as_the_models_read_them(type_: str) -> None:
    agree(type_, orjson.dumps(PUBLISHED[type_]))


def test_every_fact_has_a_sample() -> None:
    assert PUBLISHED.keys() == FACTS.keys() - {"platform.tick.v1"}


def test_most_facts_need_no_model() -> None:
    for type_ in LOOKS:
        data = orjson.dumps(PUBLISHED[type_])
        assert read(type_, data, models={}) == FACTS[type_].model_validate_json(data).model_dump(mode="json")


def test_the_longest_period_needs_no_model() -> None:
    longest = {
        "segment": "NON_ASN",
        "funding": "PROVINCE",
        "programmes": ["JKK", "JKM", "JHT"],
        "grace_until": "2026-10-01",
        "paid_on": "2026-06-30",
        "activity": "religious_customary",
    }
    type_ = "enrollment.coverage_renewed.v1"
    fact = FACTS[type_].model_validate(PUBLISHED[type_] | longest)
    assert read(type_, fact.to_json().encode(), models={}) == fact.model_dump(mode="json")


@pytest.mark.parametrize("type_", PUBLISHED)
def test_every_odd_value_in_every_place(type_: str) -> None:
    sample = PUBLISHED[type_]
    for name in sample.keys() | FACTS[type_].model_fields:
        agree(type_, json.dumps({key: value for key, value in sample.items() if key != name}).encode())
        for value in ODD:
            agree(type_, json.dumps(sample | {name: value}).encode())
            agree(type_, json.dumps(sample | {name: [value]}).encode())


anything = st.recursive(
    st.sampled_from(ODD)
    | st.text(max_size=12)
    | st.integers()
    | st.floats()
    | st.dates().map(str)
    | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(sorted(PUBLISHED)), st.data())
def test_generated_facts_are_read_as_the_models_read_them(type_: str, data: st.DataObject) -> None:
    sample = PUBLISHED[type_]
    names = st.sampled_from(sorted({*FACTS[type_].model_fields, "unknown"}))
    changed: dict[str, Any] = data.draw(st.dictionaries(names, anything, max_size=3))
    lost = data.draw(st.sets(names, max_size=1))
    fact = {name: value for name, value in (sample | changed).items() if name not in lost}
    agree(type_, json.dumps(fact).encode())


@given(st.sampled_from(sorted(LOOKS)), st.binary(max_size=40))
@example("enrollment.worker_registered.v1", b"[]")
@example("enrollment.worker_registered.v1", b'"51.04.01.2001"')
@example("enrollment.worker_registered.v1", b'\xef\xbb\xbf{"village_code":"51.04.01.2001"}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001"} {}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","village_code":"x"}')
@example("enrollment.worker_registered.v1", b'{"village_code":"x","village_code":"51.04.01.2001"}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":NaN}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":"\\ud800"}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":"\\u0000"}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":1e999}')
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":' + b"9" * 200 + b"}")
@example("enrollment.worker_registered.v1", b'{"village_code":"51.04.01.2001","x":' + b"[" * 250 + b"]" * 250 + b"}")
@example(
    "enrollment.worker_registered.v1",
    b'{"village_code":"51.04.01.2001","x":' + b'{"a":' * 150 + b"1" + b"}" * 150 + b"}",
)
def test_any_bytes_are_judged_as_the_models_judge_them(type_: str, data: bytes) -> None:
    agree(type_, data)


def test_a_refusal_names_the_place_and_not_the_value() -> None:
    with pytest.raises(Refused, match="covered_from") as refused:
        read(
            "enrollment.coverage_started.v1",
            orjson.dumps(PUBLISHED["enrollment.coverage_started.v1"] | {"covered_from": "I Wayan"}),
        )
    assert "Wayan" not in str(refused.value)


def test_what_is_remembered_as_sound_has_a_bound() -> None:
    seen = _Seen(str.isdigit)
    for number in range(SEEN_MAX + 2):
        assert seen[str(number)]
    assert 0 < len(seen) <= SEEN_MAX

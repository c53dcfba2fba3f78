"""Every fact has a sample, and every sample ever published must parse for ever."""

import json
import re
from pathlib import Path

import pytest
from payung_contracts import published
from payung_contracts.envelope import from_headers, to_headers
from payung_contracts.regions import villages
from payung_contracts.topics import FACTS

SAMPLES = sorted(published.folder("samples").glob("*.json"))


def test_every_fact_has_one_sample_and_every_sample_a_fact() -> None:
    assert [path.stem for path in SAMPLES] == sorted(FACTS)


@pytest.mark.parametrize("fact_type", FACTS)
def test_sample_parses_and_is_written_back_alike(fact_type: str) -> None:
    headers, value = published.sample(fact_type)
    envelope = from_headers(headers)
    assert envelope.type == fact_type
    assert dict(to_headers(envelope)) == dict(headers)
    fact = FACTS[fact_type].model_validate_json(value)
    assert json.loads(fact.to_json()) == json.loads(value)


@pytest.mark.parametrize("fact_type", FACTS)
def test_sample_with_a_field_of_tomorrow_still_parses(fact_type: str) -> None:
    _, value = published.sample(fact_type)
    tomorrow = json.loads(value) | {"added_tomorrow": {"by": ["a", "newer", "version"]}}
    assert FACTS[fact_type].model_validate(tomorrow) == FACTS[fact_type].model_validate_json(value)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_names_real_villages_and_no_nik(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for code in re.findall(r'"(\d\d\.\d\d\.\d\d\.\d{4})"', text):
        assert code in villages()
    assert not re.search(r"(?<![0-9a-f])\d{16}(?![0-9a-f])", text)

"""Every fact has a sample, and every sample ever published must parse for ever."""

import json
import re
from pathlib import Path
from typing import Any

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


CLAIM, ORDER = "e92d70c5-5b1a-4f3e-8d46-7c08b1f5a938", "a4c81e07-93d2-4b6f-9f1c-e5d07b32864a"
PAYMENT = "d2b90e64-7c1f-5a83-b6e5-90f4c3a1d872"
COUNTED = {"segment": "BPU", "funding": "APBD_P", "cohort_id": ORDER, "village_code": "51.04.05.2002"}
ONCE_PUBLISHED: list[tuple[str, dict[str, Any]]] = [
    (
        "claims.claim_reported.v1",
        {"claim_id": CLAIM, "programme": "JKM", "incident_on": "2025-09-14", "reported_on": "2025-09-17"},
    ),
    (
        "claims.claim_decided.v1",
        {
            "claim_id": CLAIM,
            "programme": "JKM",
            "outcome": "approved",
            "incident_on": "2025-09-14",
            "decided_on": "2025-09-19",
            "components": [{"code": "SANTUNAN_KEMATIAN", "amount_idr": 42, "legal_reference": "PP 82/2019 Pasal 34"}],
            "amount_idr": 42,
            "reasons": [],
            "rule_version": "2025-02-24",
            "coverage_sequence": 9,
            "memberships": [],
            **COUNTED,
        },
    ),
    ("claims.documents_completed.v1", {"claim_id": CLAIM, "completed_on": "2025-09-17", "due_on": "2025-09-22"}),
    ("claims.payment_ordered.v1", {"claim_id": CLAIM, "order_id": ORDER, "amount_idr": 42}),
    (
        "claims.payment_ordered.v1",
        {
            "claim_id": CLAIM,
            "order_id": ORDER,
            "amount_idr": 42,
            "ordered_on": "2025-09-22",
            "payments": [{"payment_id": PAYMENT, "kind": "benefit", "amount_idr": 42}],
        },
    ),
    (
        "claims.claim_paid.v1",
        {
            "claim_id": CLAIM,
            "order_id": ORDER,
            "programme": "JKM",
            "paid_on": "2025-09-22",
            "amount_idr": 42,
            **COUNTED,
        },
    ),
    (
        "claims.payment_returned.v1",
        {
            "claim_id": CLAIM,
            "order_id": ORDER,
            "payment_id": PAYMENT,
            "returned_on": "2025-09-23",
            "amount_idr": 42,
            "code": "ACCOUNT_CLOSED",
        },
    ),
]
"""What was told before a field was added."""


@pytest.mark.parametrize(("fact_type", "data"), ONCE_PUBLISHED, ids=[fact_type for fact_type, _ in ONCE_PUBLISHED])
def test_what_was_told_before_a_field_was_added_is_read_and_written_back_alike(
    fact_type: str, data: dict[str, Any]
) -> None:
    assert json.loads(FACTS[fact_type].model_validate(data).to_json()) == data


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sample_names_real_villages_and_no_nik(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for code in re.findall(r'"(\d\d\.\d\d\.\d\d\.\d{4})"', text):
        assert code in villages()
    assert not re.search(r"(?<![0-9a-f])\d{16}(?![0-9a-f])", text)

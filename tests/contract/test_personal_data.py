"""No fact has a place where a NIK, a name, an address or an account number could travel."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from payung_contracts import published
from payung_contracts.topics import FACTS

FORBIDDEN = re.compile(
    r"nik|kpj|names?$|surname|birth|gender|sex|mother|address|street|alamat|account|rekening|bank|iban|payee|heir"
    r"|phone|mobile|email|contact|photo|latitude|longitude|note|comment|remark|free"
)
NIK = "5104010101909999"

# A cohort has a name; no person's name ever stands there.
NAMES_OF_THINGS = {("enrollment.cohort_proposed.v1", "name"), ("enrollment.cohort_approved.v1", "name")}

# Text without a pattern, and what it holds. A new entry needs a reason that a reviewer believes.
TERMS_OF_A_COHORT = {
    "name",  # of the cohort, written by the office that funds it
    "phase",  # of the programme's year
    "title",  # of a regulation
    "number",  # of a decree
    "owner_office",
}
REASON = {"code", "indonesian", "english"}  # written by the rules of claims: dates, months and amounts, never a person
FREE_TEXT = {
    *(("enrollment.cohort_proposed.v1", name) for name in TERMS_OF_A_COHORT),
    *(("enrollment.cohort_approved.v1", name) for name in TERMS_OF_A_COHORT),
    ("enrollment.cohort_handed_over.v1", "owner_office"),
    *(("claims.claim_pended.v1", name) for name in REASON),
    *(("claims.claim_rerouted.v1", name) for name in REASON),
    *(("claims.claim_decided.v1", name) for name in REASON),
    *(("claims.review_required.v1", name) for name in REASON),
    ("claims.claim_decided.v1", "legal_reference"),  # the article of a law
    ("claims.claim_decided.v1", "arithmetic"),  # numbers of the rules, and what they add up to
    ("claims.claim_decided.v1", "rule_version"),
    ("claims.payment_returned.v1", "code"),  # from the list that claims takes the bank's words into
    ("claims.payment_recorded.v1", "reference"),  # of a line in the agency's file, about a number of cases
    ("platform.tick.v1", "source"),
    ("platform.tick.v1", "snapshot"),
    ("platform.tick.v1", "checksum"),
}


def _fields(fact_type: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of the fact and of the values in it, with each schema that it may have."""
    schema = json.loads(published.schema(fact_type))
    for shape in (schema, *schema.get("$defs", {}).values()):
        for name, field in shape["properties"].items():
            for variant in field.get("anyOf", [field]):
                yield name, variant


@pytest.mark.parametrize("fact_type", FACTS)
def test_no_field_is_named_for_personal_data(fact_type: str) -> None:
    for name, _ in _fields(fact_type):
        if (fact_type, name) not in NAMES_OF_THINGS:
            assert not FORBIDDEN.search(name), f"{fact_type} has a field {name}"


@pytest.mark.parametrize("fact_type", FACTS)
def test_no_field_could_hold_a_nik_unless_listed_with_its_reason(fact_type: str) -> None:
    free = set()
    for name, variant in _fields(fact_type):
        text = variant.get("items", variant) if variant.get("type") == "array" else variant
        if text.get("type") != "string" or "format" in text or "enum" in text or "const" in text:
            continue
        if "pattern" in text:
            assert not re.fullmatch(text["pattern"], NIK), f"{fact_type}.{name} would take a NIK"
        else:
            free.add((fact_type, name))
    assert free == {entry for entry in FREE_TEXT if entry[0] == fact_type}


@pytest.mark.parametrize("fact_type", FACTS)
def test_a_refused_fact_does_not_repeat_its_input(fact_type: str) -> None:
    fact = FACTS[fact_type]
    if not fact.model_fields:
        return
    with pytest.raises(ValueError, match="validation error") as refusal:
        fact.model_validate({name: [NIK, "I Wayan Contoh"] for name in fact.model_fields})
    assert NIK not in str(refusal.value)
    assert "Wayan" not in str(refusal.value)

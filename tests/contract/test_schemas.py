"""The schemas that other teams read are those of the models, and the command that says so can be trusted."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from payung_contracts import published, schemas
from payung_contracts.topics import FACTS

REPOSITORY = Path(__file__).parents[2]


def test_schemas_equal_the_models() -> None:
    assert schemas.differences() == []


@pytest.mark.parametrize("fact_type", FACTS)
def test_schema_names_its_fact_and_leaves_room_for_new_fields(fact_type: str) -> None:
    schema = json.loads(published.schema(fact_type))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:payung:schema:{fact_type}"
    assert schema["description"]
    assert "additionalProperties" not in schema


def test_check_names_what_differs_and_exits_1(tmp_path: Path) -> None:
    copy = tmp_path / "contracts"
    shutil.copytree(REPOSITORY / "contracts", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "schemas" / "claims.claim_paid.v1.json").unlink()
    (copy / "schemas" / "claims.claim_lost.v1.json").write_text("{}", encoding="utf-8")
    (copy / "schemas" / "enrollment.coverage_started.v1.json").write_text("{}", encoding="utf-8")
    check = subprocess.run(
        [sys.executable, "-m", "payung_contracts.schemas", "--check"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 1
    assert "claims.claim_paid.v1.json is missing" in check.stderr
    assert "claims.claim_lost.v1.json belongs to no fact" in check.stderr
    assert "enrollment.coverage_started.v1.json differs from its model" in check.stderr
    assert check.stderr.count(".json ") == 3

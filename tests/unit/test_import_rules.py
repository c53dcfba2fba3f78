"""The import rules hold, and each of them notices the breach that it is there for."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

WIRE = "Services meet only on the wire"
LEVELS = "Deployment stands on services, services on the chassis, the chassis on the contracts"
INWARD = "Inside a service, imports point inward"
RULES = "The rules of the business know no tool, no wire and no chassis"
CONTRACTS = "The contracts know pydantic only"
KAFKA = "Kafka is touched by the chassis only"
DRIVER = "A database driver is named by the chassis and app only"
HTTP = "HTTP stays in api and app"
TERMINAL = "The terminal stays in cli and deployment"
MEANING = "The chassis knows facts, not their meaning"
WORDS = "The words of the wire are read and written in few places"
CYCLES = "No cycles"


@dataclass(frozen=True, slots=True)
class Breach:
    """An import put into a file, and the rule that must notice it."""

    file: str
    imported: str
    rule: str


BREACHES = [
    Breach("services/claims/handlers/carry_out.py", "services.enrollment.domain", WIRE),
    Breach("services/reporting/projections.py", "services.enrollment.messages", WIRE),
    Breach("services/chassis/clock.py", "services.claims.domain", LEVELS),
    Breach("services/claims/messages.py", "deploy.local.settings", LEVELS),
    Breach("contracts/payung_contracts/topics.py", "services.chassis.clock", LEVELS),
    Breach("services/enrollment/domain/coverage.py", "services.enrollment.store", INWARD),
    Breach("services/claims/store.py", "services.claims.messages", INWARD),
    Breach("services/claims/handlers/carry_out.py", "services.claims.api", INWARD),
    Breach("services/reporting/timeline.py", "services.reporting.projections", INWARD),
    Breach("services/claims/helpers.py", "datetime", INWARD),
    Breach("services/enrollment/domain/due.py", "structlog", RULES),
    Breach("services/enrollment/domain/__init__.py", "services.chassis.clock", RULES),
    Breach("services/claims/rules/__init__.py", "payung_contracts.fact", RULES),
    Breach("services/reporting/timeline.py", "orjson", RULES),
    Breach("contracts/payung_contracts/fact.py", "asyncpg", CONTRACTS),
    Breach("services/claims/handlers/carry_out.py", "faststream", KAFKA),
    Breach("services/reporting/projections.py", "aiokafka", KAFKA),
    Breach("services/claims/handlers/carry_out.py", "asyncpg", DRIVER),
    Breach("services/enrollment/store.py", "asyncpg", DRIVER),
    Breach("services/enrollment/store.py", "fastapi", HTTP),
    Breach("services/claims/sweep.py", "rich.progress", TERMINAL),
    Breach("services/chassis/ledger.py", "payung_contracts.enrollment", MEANING),
    Breach("services/claims/api/claims.py", "payung_contracts.claims", WORDS),
    Breach("services/chassis/postgres.py", "services.chassis.idempotency", CYCLES),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the Python files and the rules."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in ("services", "deploy", "contracts/payung_contracts"):
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=_all_but_python)
    shutil.copy(REPOSITORY / ".importlinter", copy)
    return copy


def test_no_rule_is_broken(tree: Path) -> None:
    assert _broken(tree) == []


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.file} imports {breach.imported}")
def test_a_breach_is_noticed(tree: Path, breach: Breach) -> None:
    file = tree / breach.file
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.write_text(f"{before or ''}\nimport {breach.imported}\n", encoding="utf-8")
    try:
        assert breach.rule in _broken(tree)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")


def _broken(tree: Path) -> list[str]:
    environment = os.environ | {"PYTHONPATH": f"{tree}{os.pathsep}{tree / 'contracts'}", "COLUMNS": "200"}
    command = [str(LINT), "--no-cache"]  # its cache goes by the time of a file, and ours change too fast
    ran = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    broken = [line.partition(" BROKEN")[0] for line in ran.stdout.splitlines() if " BROKEN" in line]
    assert ran.returncode == (1 if broken else 0), ran.stdout + ran.stderr
    return broken


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()} | {"__pycache__"}

"""Each service starts with nothing of the others: its image holds the contracts, the chassis and itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

FOREIGN = """
import importlib, sys
importlib.import_module(f"services.{sys.argv[1]}.app")
own = ("services.chassis", f"services.{sys.argv[1]}")
print(*(name for name in sys.modules if name.startswith(("services.", "deploy")) and not name.startswith(own)))
"""


@pytest.mark.parametrize("service", ["enrollment", "claims", "reporting"])
def test_service_starts_from_what_its_image_holds(service: str, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "contracts" / "payung_contracts", tmp_path / "payung_contracts")
    for folder in ("chassis", service):
        shutil.copytree(REPOSITORY / "services" / folder, tmp_path / "services" / folder)
    shutil.copy(REPOSITORY / "services" / "__init__.py", tmp_path / "services")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", FOREIGN, service]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []

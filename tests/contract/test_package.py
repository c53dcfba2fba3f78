"""The contracts install alone: one wheel with everything a reader needs, and pydantic its only dependency."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from payung_contracts.topics import FACTS

CONTRACTS = Path(__file__).parents[2] / "contracts"

READ_ALL = """
import sys
sys.path.insert(0, sys.argv[1])
from payung_contracts import envelope, published, regions, topics
for name, fact in topics.FACTS.items():
    headers, value = published.sample(name)
    assert envelope.from_headers(headers).type == name
    fact.model_validate_json(value)
    assert name in published.schema(name)
assert len(regions.villages()) == 716
assert published.__file__.startswith(sys.argv[1])
foreign = {"aiokafka", "asyncpg", "faststream", "fastapi", "orjson", "services", "deploy"} & sys.modules.keys()
assert not foreign, foreign
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CONTRACTS, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_holds_models_schemas_samples_villages_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"payung_contracts/schemas/{fact}.json" for fact in FACTS} <= names
    assert {f"payung_contracts/samples/{fact}.json" for fact in FACTS} <= names
    assert "payung_contracts/reference/villages.csv" in names
    assert "payung_contracts/reference/LICENSE-regions.txt" in names
    assert "payung_contracts/py.typed" in names


def test_wheel_depends_on_pydantic_only(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
    metadata = archive.read(name).decode()
    requires = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    assert [line.split()[1].partition("<")[0].partition(">")[0] for line in requires] == ["pydantic"]


def test_wheel_reads_every_sample_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    command = [sys.executable, "-I", "-c", READ_ALL, str(tmp_path)]
    read = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr

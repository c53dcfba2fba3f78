"""The containers hold together: what one names, another brings; and analysts' tools fit the limits of their role."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with what asks the services what their OpenAPI promises

from deploy.local.databases import IN_REPORTING, LIMITS

REPOSITORY = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
METABASE: dict[str, Any] = SERVICES["metabase"]
POOLS_BESIDE = 1
"""A pool holds one connection more while it looks at the tables."""


def default(text: str) -> str:
    """Give a setting as it is while nobody sets it otherwise."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def statements(sql: str) -> set[str]:
    found = re.findall(r"^(?:grant connect|alter role) [^;]+;", sql, re.IGNORECASE | re.MULTILINE)
    return {" ".join(one.lower().split()) for one in found}


def test_what_a_container_names_is_there() -> None:
    assert SERVICES
    for name, service in SERVICES.items():
        for secret in service.get("secrets", []):
            source = secret["source"] if isinstance(secret, dict) else secret
            assert source in COMPOSE["secrets"], (name, source)
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (REPOSITORY / source).exists(), (name, source)
        assert set(service.get("depends_on", {})) <= SERVICES.keys(), name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), (name, port)


def test_images_of_others_are_of_one_version() -> None:
    for name, service in SERVICES.items():
        if "build" not in service:
            assert re.search(r":v?\d+(\.\d+\.\d+)?$", default(service["image"])), name
    assert re.fullmatch(r"metabase/metabase:v\d+\.\d+\.\d+", default(METABASE["image"]))


def test_metabase_runs_only_where_it_is_asked_for_and_reaches_the_database() -> None:
    assert METABASE["profiles"] == ["bi"]
    assert not any(service.get("profiles") for name, service in SERVICES.items() if name != "metabase")
    assert "networks" not in METABASE
    assert "networks" not in SERVICES["postgres"]
    assert METABASE["depends_on"] == {"reporting-migrate": {"condition": "service_completed_successfully"}}
    assert METABASE["environment"]["MB_REPORT_TIMEZONE"] == "Asia/Makassar"
    folder = METABASE["environment"]["MB_DB_FILE"].rpartition("/")[0]
    assert METABASE["volumes"] == [f"metabase:{folder}"]
    assert "bi_reader.password" in SERVICES["postgres"]["secrets"]
    told = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    published = default(METABASE["ports"][0]).split(":")[1]
    for said in (f"http://127.0.0.1:{published}", "host `postgres`", "port 5432", "user `bi_reader`", "--profile bi"):
        assert said in told, said


def test_metabase_leaves_connections_of_its_role_to_others() -> None:
    pool = int(METABASE["environment"]["MB_JDBC_DATA_WAREHOUSE_MAX_CONNECTION_POOL_SIZE"])
    limit = re.search(r"bi_reader connection limit (\d+);", "\n".join(statements(LIMITS)))
    assert limit is not None
    assert 2 * (pool + POOLS_BESIDE) <= int(limit[1])


def test_roles_have_the_same_limits_in_containers_and_without() -> None:
    in_containers = (REPOSITORY / "deploy" / "postgres" / "init.sql").read_text(encoding="utf-8")
    assert statements(LIMITS) == statements(in_containers)
    assert in_containers.endswith(IN_REPORTING)

"""OpenAPI of the services leaves nothing to be guessed: texts, types, examples that hold, refusals, roles."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import jsonschema_rs
import orjson
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from services.chassis.vault import Vault
from services.chassis.web.described import METHODS, roles
from services.claims.app import make_app as claims
from services.enrollment.app import make_app as enrollment
from services.reporting.app import make_app as reporting

SERVICES = ("enrollment", "claims", "reporting")
OPERATIONS_MD = Path(__file__).parents[2] / "docs" / "operations.md"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(scope="module")
def apps() -> dict[str, Any]:
    """The applications are made without a database: none of the pools is opened."""
    loop = asyncio.new_event_loop()  # the pool wants one; there may be no current one any more
    pool = asyncpg.create_pool(NOWHERE, loop=loop)
    vault = Vault(pool, [bytes(32)], bytes(32))
    made = (enrollment(pool, vault, scenario=False), claims(pool, vault, scenario=False), reporting(pool))
    loop.close()
    return dict(zip(SERVICES, made, strict=True))


@pytest.fixture(scope="module")
def documents(apps: dict[str, Any]) -> dict[str, Any]:
    return {service: app.openapi() for service, app in apps.items()}


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        yield from ((f"{name} {path}", methods[name]) for name in METHODS if name in methods)


def contents(operation: Any) -> Iterator[tuple[str, Any]]:
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for response in operation["responses"].values():
        yield from response.get("content", {}).items()


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_does_and_answers_in_types(documents: dict[str, Any], service: str) -> None:
    document = documents[service]
    assert document["openapi"].startswith("3.1")
    lacks = []
    for name, operation in operations(document):
        lacks += [f"{name}: {part}" for part in ("summary", "description", "operationId") if not operation.get(part)]
        lacks += [f"{name}: {p['name']}" for p in operation.get("parameters", ()) if not described(p)]
        good = [response for status, response in operation["responses"].items() if status.startswith("2")]
        lacks += [f"{name}: what it answers" for response in good if not typed(response)]
        body = operation.get("requestBody", {"content": {"": {"schema": {"$ref": ""}}}})
        lacks += [f"{name}: body" for content in body["content"].values() if not content.get("schema")]
    assert lacks == []
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def described(parameter: Any) -> bool:
    return parameter["in"] == "path" or bool(parameter.get("description") or parameter["schema"].get("description"))


def typed(response: Any) -> bool:
    schemas = [content.get("schema", {}) for content in response.get("content", {}).values()]
    return bool(schemas) and all("$ref" in s or s.get("type") == "string" for s in schemas)


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_has_an_example_that_its_schema_allows(documents: dict[str, Any], service: str) -> None:
    document = documents[service]
    lacks = []
    for name, operation in operations(document):
        for kind, content in contents(operation):
            if "example" not in content and "examples" not in content:
                lacks.append(f"{name}: {kind}")
            elif kind.endswith("json"):
                schema = {"components": document["components"], **content["schema"]}
                lacks += [f"{name}: {error.message}" for error in errors_of(schema, content["example"])]
                lacks += [f"{name}: an example says nothing but `text`" for _ in [0] if empty(content["example"])]
    assert lacks == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_of_a_request_is_taken_by_the_model_that_reads_it(apps: dict[str, Any], service: str) -> None:
    """A model knows rules that no schema tells, as that two fields belong together."""
    paths, read = apps[service].openapi()["paths"], 0
    for found in iter_route_contexts(apps[service].routes):
        route = found.original_route
        if isinstance(route, APIRoute) and (body := route.body_field) is not None:
            method = next(iter(route.methods or {""}))
            content = paths[found.path][method.lower()]["requestBody"]["content"]
            if "application/json" in content:
                example = orjson.dumps(content["application/json"]["example"])
                model: Any = body.field_info.annotation
                TypeAdapter(model).validate_json(example)
                read += 1
    assert read or service == "reporting"


def errors_of(schema: Any, example: Any) -> list[Any]:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return list(validator.iter_errors(example))


def empty(example: Any) -> bool:
    parts = example.values() if isinstance(example, dict) else example if isinstance(example, list) else ()
    return example == "text" or any(map(empty, parts))


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_is_a_problem(documents: dict[str, Any], service: str) -> None:
    document = documents[service]
    problem = {"$ref": "#/components/schemas/Problem"}
    for name, operation in operations(document):
        refusals = {status: response for status, response in operation["responses"].items() if status >= "4"}
        assert {"422", "503"} <= refusals.keys(), name
        assert "404" in refusals or "{" not in name, name
        assert "403" in refusals or not roles(operation), name
        for status, response in refusals.items():
            if (name, status) == ("get /health/ready", "503"):
                continue  # tells what does not hold, in the words of the 200
            assert list(response["content"]) == ["application/problem+json"], f"{name} {status}"
            assert response["content"]["application/problem+json"]["schema"] == problem, f"{name} {status}"
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


@pytest.mark.parametrize("service", SERVICES)
def test_commands_take_an_idempotency_key_and_give_a_token(documents: dict[str, Any], service: str) -> None:
    for name, operation in operations(documents[service]):
        takes = "Idempotency-Key" in {parameter["name"] for parameter in operation.get("parameters", ())}
        good = [response for status, response in operation["responses"].items() if status.startswith("2")]
        assert takes == all("Payung-Consistency" in response.get("headers", {}) for response in good), name


def test_the_roles_of_operations_stand_in_the_table_of_operations(documents: dict[str, Any]) -> None:
    text = OPERATIONS_MD.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    written = {
        (role, service, operation) for role, service, named in rows for operation in re.findall(r"`(.+?)`", named)
    }
    told = {
        (role, service, f"{name.partition(' ')[0].upper()} {name.partition(' ')[2]}")
        for service, document in documents.items()
        for name, operation in operations(document)
        for role in roles(operation)
    }
    assert written == told

"""Completes what FastAPI says of a service in OpenAPI, so that nothing is left to be guessed.

every refusal    application/problem+json, with an example; the ones that any operation may give are added
every body       an example, put together from the examples of its fields where it has none of its own
every command    its consistency token in the header of the answer; the roles that it needs, in words
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.chassis.web.examples import example

Schema = dict[str, Any]

PROBLEM: Schema = {
    "title": "Problem",
    "description": "A refusal (RFC 9457); `code` is stable, the sentences say what, where, why and how to mend it.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["about:blank"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "What it is, for programs"},
        "indonesian": {"type": "string"},
        "english": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Each place that is at fault",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) from `/body` or `/query` on"},
                    "code": {"type": "string"},
                    "reason": {"type": "string"},
                    "indonesian": {"type": "string", "description": "The reason in Indonesian"},
                },
            },
        },
    },
}
EVERYWHERE = {
    "422": "A parameter or the body is not as described here; `errors` points at each place",
    "503": "The database is away, or commands are refused until a person has looked; ask again later",
}
"""What every operation may answer."""
FOR_A_ROLE = {"403": "Whoever asks lacks the role"}
FOR_A_COMMAND = {"409": "A command with the same Idempotency-Key is being carried out, or a rule refuses it"}
FOR_A_TOKEN = {"409": "The facts that `after` names have not arrived yet"}
FOR_AN_ID = {"404": "What the address names is not known"}
FOR_A_BODY = {"413": "The body is larger than this operation takes"}
TITLES = {"403": "Role missing", "404": "Not known", "409": "A rule refuses this", "410": "Gone", "413": "Too large"}
TITLES |= {"422": "The request is not valid", "503": "Not available now"}
CODES = {"403": "role_missing", "404": "cohort_not_known", "409": "worker_deceased", "410": "erased"}
CODES |= {"413": "too_large", "422": "missing", "503": "away"}
POINTED = {
    "pointer": "/body/covered_from",
    "code": "missing",
    "reason": "Field required",
    "indonesian": "wajib diisi",
}

METHODS = ("get", "put", "post", "patch", "delete")


class DescribedApi(FastAPI):
    """FastAPI, with an OpenAPI document that is complete."""

    def openapi(self) -> Schema:
        if not self.openapi_schema:
            found = get_openapi(
                title=self.title,
                version=self.version,
                description=self.description,
                routes=self.routes,
                tags=self.openapi_tags,
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            complete(found)
            self.openapi_schema = found
        return self.openapi_schema


def complete(document: Schema) -> None:
    """Complete the document in place."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operation in operations(document):
        _tell_roles(operation)
        _tell_refusals(operation)
        _tell_token(operation)
        for kind, content in _contents(operation):
            if not kind.endswith("json"):
                content.setdefault("schema", {"type": "string"})
            if not {"example", "examples"} & content.keys():
                content["example"] = example(content.get("schema", {}), schemas)


def operations(document: Schema) -> Iterator[Schema]:
    """Give every operation of the document."""
    for methods in document["paths"].values():
        yield from (operation for method, operation in methods.items() if method in METHODS)


def roles(operation: Schema) -> list[str]:
    """Tell which roles an operation is for; none is everybody."""
    return [role for needed in operation.get("security", ()) for role in needed.get("roles", ())]


def _tell_roles(operation: Schema) -> None:
    if needed := roles(operation):
        sentence = f"For the role {' or '.join(f'`{role}`' for role in needed)}."
        operation["description"] = f"{operation.get('description', '')}\n\n{sentence}".strip()


def _tell_refusals(operation: Schema) -> None:
    given: dict[str, Schema] = operation["responses"]
    given.get("422", {}).pop("content", None)
    if given.get("422", {}).get("description") == "Validation Error":
        del given["422"]
    parameters = operation.get("parameters", ())
    names = {parameter["name"] for parameter in parameters}
    wanted = [EVERYWHERE]
    wanted += [FOR_AN_ID] if any(parameter["in"] == "path" for parameter in parameters) else []
    wanted += [FOR_A_ROLE] if roles(operation) else []
    wanted += [FOR_A_BODY] if "requestBody" in operation else []
    if not given.keys() & {"409"}:
        wanted += [FOR_A_COMMAND] if "Idempotency-Key" in names else [FOR_A_TOKEN] if "after" in names else []
    for status, description in (pair for each in wanted for pair in each.items()):
        given.setdefault(status, {"description": description})
    for status, response in given.items():
        if status >= "4" and "content" not in response:
            response["content"] = {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": _problem(status, response["description"]),
                }
            }
    operation["responses"] = dict(sorted(given.items()))


def _problem(status: str, description: str) -> Schema:
    told = {"type": "about:blank", "title": TITLES.get(status, "Refused"), "status": int(status), "detail": description}
    return told | {"code": CODES.get(status, "refused")} | ({"errors": [POINTED]} if status == "422" else {})


def _tell_token(operation: Schema) -> None:
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                response.setdefault("headers", {})["Payung-Consistency"] = {
                    "description": "Consistency token: send it as `after` to have this included in an answer",
                    "schema": {"type": "string"},
                    "example": "enrollment:48213",
                }


def _contents(operation: Schema) -> Iterator[tuple[str, Schema]]:
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for response in operation["responses"].values():
        yield from response.get("content", {}).items()

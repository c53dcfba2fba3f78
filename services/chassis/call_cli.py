"""Every operation of a service as a command, from its own OpenAPI: `operations` lists them, `call` carries one out.

    payung enrollment call workers_register_death worker_id=0198... died_on=2026-01-31 --by clerk-1

What names a person never is an argument, which histories and lists of processes would keep: it is typed or piped in.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from services.chassis.commands import both, fail, print_json, tell
from services.chassis.door import By, Door, door, show_rows, told
from services.chassis.web.described import METHODS, roles

NAMES_A_PERSON = frozenset({"nik", "kpj", "payee"})
"""Fields that are asked for instead of being taken from the arguments; a payee as JSON."""
COLUMNS = ("operation", "method", "path", "roles", "summary")


def mount(cli: typer.Typer, address: Callable[[], str]) -> None:
    """Give a service's commands these two; the address is asked for when one of them runs."""

    @cli.command()
    def operations(as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False) -> None:
        """List every operation of the running service, with the roles that it is for."""
        with door(address()) as service:
            rows = [
                {"operation": name, "method": method, "path": path, "roles": ",".join(roles(said)) or None}
                | {"summary": said["summary"]}
                for name, (method, path, said) in _operations(service).items()
            ]
        show_rows(rows, COLUMNS, more=False, as_json=as_json)

    @cli.command()
    def call(
        operation: Annotated[str, typer.Argument(help="As `operations` lists it.")],
        values: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE ...", help="What it takes.")] = None,
        body: Annotated[Path | None, typer.Option("--body", help="The body as a file: JSON, or what it takes.")] = None,
        out: Annotated[Path | None, typer.Option("--out", help="Write the answer to this file.")] = None,
        key: Annotated[str | None, typer.Option("--key", help="Idempotency key: it is done once.")] = None,
        by: By = "",
    ) -> None:
        """Carry out one operation, in the role that it is for, and print the answer as JSON."""
        with door(address()) as asking:
            found = _operations(asking).get(operation)
            if found is None:
                fail(
                    both(
                        f"Tidak ada operasi {operation}; `operations` menyebut semuanya.",
                        f"There is no operation {operation}; `operations` lists all.",
                    )
                )
            schemas = asking.ask("/openapi.json")["components"]["schemas"]
        method, path, said = found
        given = _given(values or [])
        in_path, query, fields = _placed(said, given, schemas)
        if body is None:
            needed = _schema(said, schemas).get("required", ())
            fields |= {name: _asked(name) for name in needed if name in NAMES_A_PERSON}
        with door(address(), by=by, roles=",".join(roles(said))) as service:
            content = _content(said, fields, body)
            headers = {"Idempotency-Key": key} if key else {}
            if content is not None:
                headers["Content-Type"] = next(iter(said["requestBody"]["content"]))
            answer = service.http.request(
                method.upper(), path.format(**in_path), params=query, content=content, headers=headers
            )
        if answer.is_success and out is not None:
            out.write_bytes(answer.content)
            size = len(answer.content)
            tell(both(f"{size} bita ada di {out}.", f"{size} bytes are in {out}."))
        elif answer.is_success and "json" not in answer.headers.get("Content-Type", ""):
            typer.echo(answer.text)
        else:
            print_json(told(answer))


def _operations(service: Door) -> dict[str, tuple[str, str, Any]]:
    return {
        said["operationId"]: (method, path, said)
        for path, methods in service.ask("/openapi.json")["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    }


def _given(values: Sequence[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals:
            fail(
                both(
                    f"{name} bukan NAMA=NILAI; tulis namanya, tanda sama dengan, lalu nilainya.",
                    f"{name} is no NAME=VALUE; write what it is, an equals sign, and the value.",
                )
            )
        if name in NAMES_A_PERSON:
            fail(
                both(
                    f"{name} menyebut seseorang dan bukan argumen: tinggalkan, nanti ditanyakan.",
                    f"{name} names a person and is no argument: leave it out, and it is asked for.",
                )
            )
        given.setdefault(name, []).append(text)
    return given


def _placed(said: Any, given: dict[str, list[str]], schemas: Any) -> tuple[dict[str, str], Any, dict[str, Any]]:
    """Put each value where the operation takes it: into the path, the question or the body."""
    where = {one["name"]: one["in"] for one in said.get("parameters", ())}
    fields = _fields(said, schemas)
    if unknown := [name for name in given if where.get(name) not in {"path", "query"} and name not in fields]:
        known = [name for name, place in where.items() if place in {"path", "query"}] + list(fields)
        wrong, names = ", ".join(unknown), ", ".join(known)
        fail(
            both(
                f"{wrong} tidak diterima di sini; yang dikenal: {names or 'tidak ada'}.",
                f"{wrong} is not taken here; known are: {names or 'none'}.",
            )
        )
    missing = [name for name, place in where.items() if place == "path" and name not in given]
    if missing:
        names = ", ".join(missing)
        fail(both(f"{names} belum ada; tambahkan NAMA=NILAI.", f"{names} is missing; add NAME=VALUE."))
    in_path = {name: texts[0] for name, texts in given.items() if where.get(name) == "path"}
    query = {name: texts for name, texts in given.items() if where.get(name) == "query"}
    body = {
        name: _value(texts, fields[name], schemas)
        for name, texts in given.items()
        if where.get(name) not in {"path", "query"}
    }
    return in_path, query, body


def _schema(said: Any, schemas: Any) -> Any:
    schema = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _fields(said: Any, schemas: Any) -> dict[str, Any]:
    fields: dict[str, Any] = _schema(said, schemas).get("properties", {})
    return fields


def _value(texts: list[str], schema: Any, schemas: Any) -> Any:
    """Read a value of the body: a text as it stands, all else as JSON writes it."""
    kinds = _kinds(schema, schemas)
    if texts[0] == "null" and "null" in kinds:
        return None
    if "string" in kinds:
        return texts[0]
    try:
        return orjson.loads(texts[0])
    except orjson.JSONDecodeError:
        return texts[0]  # the service says what is wrong about it


def _kinds(schema: Any, schemas: Any) -> set[str]:
    if "$ref" in schema:
        return _kinds(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = schema.get("anyOf", ())
    return set().union(*(_kinds(part, schemas) for part in parts)) if parts else {schema.get("type", "string")}


def _asked(name: str) -> Any:
    text = typer.prompt(name, hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    return orjson.loads(text) if text.startswith("{") else text


def _content(said: Any, fields: dict[str, Any], body: Path | None) -> bytes | None:
    if body is not None:
        return body.read_bytes()
    return orjson.dumps(fields) if fields or said.get("requestBody", {}).get("required") else None

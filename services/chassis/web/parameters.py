"""Refuses questions whose parameters have unknown names: a misspelt filter must not get everything as its answer.

What an operation knows is what its OpenAPI says, so this holds for every operation that is described there.
"""

import re
from typing import Any

from fastapi import Request

from services.chassis.web.problems import Problem

_SHOWN = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}").fullmatch
"""Names that are repeated in the answer: one with digits might hold the number of a person."""


async def refuse_unknown(request: Request) -> None:
    """Refuse a parameter that the operation does not know, and one given twice where it takes one."""
    texts = [*((f"/query/{name}", value) for name, value in request.query_params.multi_items())]
    texts += [(f"/path/{name}", str(value)) for name, value in request.path_params.items()]
    if errors := [_nul(pointer) for pointer, value in texts if "\0" in value]:
        raise _refusal("A value cannot be", errors)
    if not request.query_params:
        return
    described = request.app.openapi()["paths"].get(request.scope["route"].path_format, {})
    operation = described.get(request.method.lower())
    if operation is None:
        return
    known = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    given = [name for name, _ in request.query_params.multi_items()]
    errors = [_unknown(name, known) for name in dict.fromkeys(given) if name not in known]
    errors += [_repeated(name) for name in known if given.count(name) > 1 and not _takes_many(known[name])]
    if errors:
        raise _refusal("A parameter is not known", errors)


def _refusal(title: str, errors: list[dict[str, str]]) -> Problem:
    english = " ".join(error["reason"] for error in errors)
    indonesian = " ".join(error["indonesian"] for error in errors)
    said = {"code": errors[0]["code"], "indonesian": indonesian, "english": english}
    return Problem(422, title, english, **said, errors=errors)


def _nul(pointer: str) -> dict[str, str]:
    shown = pointer if _SHOWN(pointer.rpartition("/")[2]) else "?"
    return {
        "pointer": shown,
        "code": "nul_character",
        "reason": "This value holds the character NUL, which no text has; remove it.",
        "indonesian": "Nilai ini memuat karakter NUL, yang tidak ada dalam teks; hapus karakter itu.",
    }


def _unknown(name: str, known: dict[str, Any]) -> dict[str, str]:
    shown = name if _SHOWN(name) else "?"
    names = ", ".join(sorted(known))
    return {
        "pointer": f"/query/{shown}",
        "code": "parameter_unknown",
        "reason": f"`{shown}` is no parameter here; " + (f"known are: {names}." if known else "none is known."),
        "indonesian": f"`{shown}` bukan parameter di sini; "
        + (f"yang dikenal: {names}." if known else "tidak ada parameter yang dikenal."),
    }


def _repeated(name: str) -> dict[str, str]:
    return {
        "pointer": f"/query/{name}",
        "code": "parameter_repeated",
        "reason": f"`{name}` is given more than once and takes one value; send one.",
        "indonesian": f"`{name}` diberikan lebih dari sekali padahal hanya menerima satu nilai; kirim satu saja.",
    }


def _takes_many(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" or any(map(_takes_many, schema.get("anyOf", ())))

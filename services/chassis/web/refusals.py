"""What a service says when it refuses for reasons that all services have: request, key, database, a fault."""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.chassis.idempotency import KeyReused, UnderWay
from services.chassis.ledger import Halted
from services.chassis.postgres import HEALS_WITH_TIME
from services.chassis.vault import BadSecret
from services.chassis.web import in_indonesian
from services.chassis.web.bodies import TOO_LARGE, too_large
from services.chassis.web.problems import Problem


def _of_http(error: HTTPException) -> Problem:
    if error.status_code == TOO_LARGE:
        return too_large()
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _unreadable()
    phrase = HTTPStatus(error.status_code).phrase
    indonesian = "Tidak ada operasi seperti ini di alamat itu; halaman /docs memuat semuanya."
    english = f"{phrase}: there is no such operation at this address; the page /docs lists all."
    problem = Problem(error.status_code, phrase, english, code="no_operation", indonesian=indonesian, english=english)
    problem.headers.update(error.headers or {})
    return problem


def _unreadable() -> Problem:
    english = "The body cannot be read; send JSON in UTF-8."
    indonesian = "Isi permintaan tidak terbaca; kirim JSON dalam UTF-8."
    said = {"code": "body_unreadable", "indonesian": indonesian, "english": english}
    errors = [{"pointer": "/body", "code": "body_unreadable", "reason": english}]
    return Problem(422, "The request is not valid", english, **said, errors=errors)


def _fault(_error: Exception) -> Problem:
    english = "The service failed at this, and its log says more. Tell whoever runs it, with the time."
    indonesian = "Layanan gagal mengerjakan ini; lognya memuat lebih. Beri tahu pengelola layanan beserta waktunya."
    return Problem(500, "Fault of the service", english, code="fault", indonesian=indonesian, english=english)


def _away(_error: Exception) -> Problem:
    english = (
        "The service lost its database. What you sent may have been done, in whole or in part: send it again, with the "
        "same Idempotency-Key; what was done is not done twice."
    )
    indonesian = (
        "Layanan kehilangan basis datanya. Yang Anda kirim mungkin sudah dikerjakan, seluruhnya atau sebagian: kirim "
        "lagi dengan Idempotency-Key yang sama; yang sudah dikerjakan tidak dikerjakan dua kali."
    )
    return Problem(503, "Not available now", english, code="away", indonesian=indonesian, english=english)


def _reused(_error: KeyReused) -> Problem:
    english = "This Idempotency-Key was used with another body; choose a new one."
    indonesian = "Idempotency-Key ini sudah dipakai dengan isi lain; pilih yang baru."
    said = {"code": "idempotency_key_reused", "indonesian": indonesian, "english": english}
    return Problem(422, "Idempotency key reused", english, **said)


def _under_way(_error: UnderWay) -> Problem:
    english = "A command with this Idempotency-Key is being carried out; ask again shortly."
    indonesian = "Perintah dengan Idempotency-Key ini sedang dikerjakan; coba lagi sebentar."
    return Problem(409, "Command under way", english, code="under_way", indonesian=indonesian, english=english)


def _halted(halted: Halted) -> Problem:
    indonesian = f"Perintah ditolak sampai pengelola layanan memeriksanya. {halted.indonesian}"
    english = f"Commands are refused until the operators have looked. {halted.english}"
    return Problem(
        503, "Commands are refused", english, code="commands_refused", indonesian=indonesian, english=english
    )


def _keys_are_changed(secret: BadSecret) -> Problem:
    english = f"Ask the operators: {secret}."
    indonesian = "Kunci sedang diganti; tanyakan kepada pengelola layanan."
    return Problem(503, "Keys are being changed", english, code="keys_changing", indonesian=indonesian, english=english)


def _invalid(error: RequestValidationError) -> Problem:
    errors = [_said(one) for one in _merged(error.errors())]
    english = "See errors: each names its place and its reason."
    indonesian = "Lihat errors: masing-masing menyebut tempat dan alasannya."
    said = {"code": "invalid", "indonesian": indonesian, "english": english}
    return Problem(422, "The request is not valid", english, **said, errors=errors)


def _merged(errors: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say once what may stand at a place: a union of lists of words tells each list as an error of its own."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for number, one in enumerate(errors):
        in_union = one["type"] == "literal_error" and str(one["loc"][-1]).startswith("literal[")
        loc = one["loc"][:-1] if in_union else one["loc"]
        known = merged.setdefault((str(loc), "" if in_union else str(number)), one | {"loc": loc})
        if in_union and known["ctx"] is not one["ctx"]:
            expected = f"{known['ctx']['expected'].replace(' or ', ', ')}, {one['ctx']['expected']}"
            known |= {"ctx": {"expected": expected}, "msg": f"Input should be {expected}"}
    return list(merged.values())


def _said(one: dict[str, Any]) -> dict[str, str]:
    indonesian, english = in_indonesian.say(one["type"], one.get("ctx")), one["msg"]
    if one["loc"][0] == "query" and one["type"] in TIMES:
        indonesian, english = f"{indonesian}; {PLUS[0]}", f"{english}; {PLUS[1]}"
    pointed = {"pointer": _pointer(one["loc"]), "reason": english, "code": one["type"]}
    return pointed | ({"indonesian": indonesian} if indonesian else {})


def _pointer(loc: Sequence[str | int]) -> str:
    """Point at the place; a name that no field of ours has is not repeated, for it may be a person's name or number."""
    of_ours = (isinstance(part, int) or loc[0] == "header" or _FIELD(part) for part in loc)
    return "/" + "/".join(str(part) if ours else "?" for part, ours in zip(loc, of_ours, strict=True))


_FIELD = re.compile(r"[a-z][a-z_]{0,39}").fullmatch
"""As our fields are written."""

TIMES = frozenset({"datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"})
"""Kinds of faults of a time."""
PLUS = (
    "di dalam alamat tulis selisihnya %2B08:00 (tanda + berarti spasi), atau waktu UTC: ...Z",
    "in an address write the offset as %2B08:00 (a + means a space), or a time in UTC: ...Z",
)
"""What is wrong most often with a time in an address, in both languages."""

REFUSALS: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    HTTPException: _of_http,
    Exception: _fault,
    RequestValidationError: _invalid,
    KeyReused: _reused,
    UnderWay: _under_way,
    Halted: _halted,
    BadSecret: _keys_are_changed,
    **dict.fromkeys(HEALS_WITH_TIME, _away),
}
"""How each is told."""

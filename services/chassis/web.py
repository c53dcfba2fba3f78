"""HTTP as all services speak it: bodies, commands carried out once, consistency tokens, refusals, health, metrics."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException

from services.chassis import docs_page, ledger
from services.chassis.acting import Acting, Actor
from services.chassis.bodies import FILE_BYTES_MAX as BODY_BYTES_MAX
from services.chassis.bodies import JSON_BYTES_MAX, TOO_LARGE, TellTooLarge, too_large
from services.chassis.described import DescribedApi
from services.chassis.idempotency import Answer, KeyReused, UnderWay, once
from services.chassis.included import INCLUDE_WAIT_S_MAX
from services.chassis.ledger import Act, Halted
from services.chassis.parameters import refuse_unknown
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction
from services.chassis.problems import Problem
from services.chassis.vault import BadSecret, Vault

__all__ = [
    "BODY_BYTES_MAX",
    "Acting",
    "Actor",
    "Body",
    "Check",
    "Commanded",
    "Database",
    "People",
    "Problem",
    "make_api",
]

IDEMPOTENCY_KEY_LENGTH_MAX = 200


class Body(BaseModel):
    """A request body: nothing in it may be misspelt, and errors never repeat it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise PydanticCustomError("nul_character", "a text holds the character NUL; remove it")
        return value


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _vault(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


Database = Annotated[Pool, Depends(_pool)]
People = Annotated[Vault, Depends(_vault)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=IDEMPOTENCY_KEY_LENGTH_MAX,
        description="The same key and body give the same answer again",
    ),
]


@dataclass(frozen=True, slots=True)
class Command:
    """A request to change something: who asks for it, and the key under which it is carried out once.

    Without an idempotency key it gets one of its own, so that sending it again is another command.
    """

    request: Request
    who: Actor
    key: str | None

    async def once(self, action: Callable[[Transaction, Act], Awaitable[Answer]]) -> JSONResponse:
        """Carry it out in one transaction, or give the answer that its key got before; with its consistency token."""
        request, state, act = self.request, self.request.app.state, self.who.act()

        async def tokened(tx: Transaction) -> Answer:
            answer = await action(tx, act)
            return Answer(answer.status, answer.body | {"consistency": await ledger.token(tx, state.source)})

        payload = request.method.encode() + request.url.path.encode() + b"\0" + await request.body()
        answer = await once(
            state.pool,
            key=self.key or str(uuid4()),
            actor=self.who.id,
            payload=payload,
            action=tokened,
            pepper=state.vault.pepper,
        )
        return JSONResponse(answer.body, answer.status, {"Payung-Consistency": answer.body["consistency"]})


async def _commanded(request: Request, who: Acting, idempotency_key: IdempotencyKey = None) -> Command:
    return Command(request, who, idempotency_key)


Commanded = Annotated[Command, Depends(_commanded)]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, and a sentence for the operator when it does not hold.

    One that is not `needed` is shown and makes nothing unready: commands and answers go on while Kafka is away.
    """

    name: str
    holds: Callable[[], Awaitable[bool]]
    otherwise: str
    needed: bool = True


def make_api(
    title: str,
    routers: Sequence[APIRouter],
    *,
    description: str = "",
    source: str = "",
    reads: Sequence[str] = (),
    include_s_max: float = INCLUDE_WAIT_S_MAX,
    checks: Sequence[Check] = (),
    gateways: Sequence[str] = (),
    rejections: dict[type[Exception], Callable[[Exception], Problem]] | None = None,
) -> FastAPI:
    """Build a service's HTTP application; `rejections` says how the domain's refusals are told.

    `source` is the service's name in consistency tokens, `reads` those of whose facts it may be asked to wait for.
    """
    api = DescribedApi(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(refuse_unknown)],
        generate_unique_id_function=_operation_id,
    )
    api.state.source, api.state.reads, api.state.include_s_max = source, tuple(reads), include_s_max
    api.state.gateways, api.state.checks = tuple(gateways), list(checks)
    bounded = APIRouter(max_body_size=JSON_BYTES_MAX)
    for router in (*routers, _operations(), docs_page.router):
        bounded.include_router(router)
    api.include_router(bounded)
    api.add_middleware(TellTooLarge)

    def tell(problem: Callable[[Any], Problem]) -> Callable[[Request, Any], Awaitable[Response]]:
        async def handler(_request: Request, error: Any) -> Response:
            return problem(error).response()

        return handler

    told: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        HTTPException: _of_http,
        Exception: _fault,
        RequestValidationError: _invalid,
        KeyReused: lambda _: Problem(
            422, "Idempotency key reused", "This Idempotency-Key was used with another body; choose a new one."
        ),
        UnderWay: lambda _: Problem(
            409, "Command under way", "A command with this Idempotency-Key is being carried out; ask again shortly."
        ),
        Halted: lambda halted: Problem(503, "Commands are refused", str(halted)),
        BadSecret: lambda secret: Problem(503, "Keys are being changed", f"Ask the operators: {secret}."),
        **dict.fromkeys(HEALS_WITH_TIME, _away),
        **(rejections or {}),
    }
    for kind, problem in told.items():
        api.add_exception_handler(kind, tell(problem))
    return api


def _operation_id(route: APIRoute) -> str:
    return "_".join(str(part).replace(" ", "_") for part in (*route.tags[:1], route.name))


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
    return Problem(
        503,
        "Not available now",
        "The service lost its database. What you sent may have been done, in whole or in part: send it again, with the "
        "same Idempotency-Key; what was done is not done twice.",
    )


def _invalid(error: RequestValidationError) -> Problem:
    errors = [{"pointer": _pointer(one["loc"]), "reason": one["msg"], "code": one["type"]} for one in error.errors()]
    return Problem(422, "The request is not valid", "See errors: each names its place and its reason.", errors=errors)


def _pointer(loc: Sequence[str | int]) -> str:
    """Point at the place; a name that no field of ours has is not repeated, for it may be a person's name or number."""
    of_ours = (isinstance(part, int) or loc[0] == "header" or _FIELD(part) for part in loc)
    return "/" + "/".join(str(part) if ours else "?" for part, ours in zip(loc, of_ours, strict=True))


_FIELD = re.compile(r"[a-z][a-z_]{0,39}").fullmatch
"""As our fields are written."""


class Live(BaseModel):
    status: Literal["live"]


class Checked(BaseModel):
    """One condition, and a sentence for the operator for when it does not hold."""

    check: str = Field(examples=["postgres"])
    holds: bool = Field(examples=[True])
    needed: bool = Field(description="Whether the service is ready without it", examples=[True])
    otherwise: str = Field(examples=["the database does not answer"])


class Ready(BaseModel):
    status: Literal["ready", "not ready"]
    checks: list[Checked]


def _operations() -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", summary="The process runs")
    async def live() -> Live:
        """Say so, and ask nobody else: it is for whoever starts a process anew that does not answer."""
        return Live(status="live")

    @router.get("/health/ready", summary="The service can do its work", responses={503: {"model": Ready}})
    async def ready(request: Request, response: Response) -> Ready:
        """Tell what holds of all that it needs, and what somebody could look at where something does not."""
        found = [
            Checked(check=check.name, holds=await check.holds(), needed=check.needed, otherwise=check.otherwise)
            for check in request.app.state.checks
        ]
        holds = all(check.holds for check in found if check.needed)
        response.status_code = 200 if holds else 503
        return Ready(status="ready" if holds else "not ready", checks=found)

    @router.get("/metrics", summary="Figures for Prometheus", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router

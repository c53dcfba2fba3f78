"""HTTP as all services speak it: bodies, commands carried out once, consistency tokens, refusals, health, metrics."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

from services.chassis import ledger
from services.chassis.health import Check, database_answers, operations
from services.chassis.idempotency import Answer, once
from services.chassis.ledger import Act
from services.chassis.postgres import Pool, Transaction, snapshot
from services.chassis.vault import Vault
from services.chassis.web import docs_page
from services.chassis.web.acting import Acting, Actor
from services.chassis.web.bodies import JSON_BYTES_MAX, TellTooLarge
from services.chassis.web.described import DescribedApi
from services.chassis.web.included import INCLUDE_WAIT_S_MAX, Snapshot
from services.chassis.web.parameters import refuse_unknown
from services.chassis.web.problems import Problem
from services.chassis.web.refusals import REFUSALS

__all__ = [
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
            indonesian = "teks ini memuat karakter NUL; hapus karakter itu"
            raise PydanticCustomError(
                "nul_character", "a text holds the character NUL; remove it", {"indonesian": indonesian}
            )
        return value


# Not plain functions: FastAPI would call those in a thread, and every request would wait for it.
async def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


async def _vault(request: Request) -> Vault:
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


def make_api(
    title: str,
    routers: Sequence[APIRouter],
    *,
    description: str = "",
    source: str = "",
    reads: Sequence[str] = (),
    include_s_max: float = INCLUDE_WAIT_S_MAX,
    snapshot: Snapshot = snapshot,
    pool: Pool | None = None,
    checks: Sequence[Check] = (),
    gateways: Sequence[str] = (),
    rejections: dict[type[Exception], Callable[[Exception], Problem]] | None = None,
) -> FastAPI:
    """Build a service's HTTP application; `rejections` says how the domain's refusals are told.

    `source` is the service's name in consistency tokens, `reads` those of whose facts it may be asked to wait for,
    `snapshot` opens the state of the database that an answer sees, in which these facts have to be.
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
    api.state.snapshot = snapshot
    api.state.gateways, api.state.checks = tuple(gateways), list(checks)
    if pool is not None:
        api.state.pool = pool
        api.state.checks.append(database_answers(pool))
    bounded = APIRouter(max_body_size=JSON_BYTES_MAX)
    for router in (*routers, operations(), docs_page.router):
        bounded.include_router(router)
    api.include_router(bounded)
    api.add_middleware(TellTooLarge)

    def tell(problem: Callable[[Any], Problem]) -> Callable[[Request, Any], Awaitable[Response]]:
        async def handler(_request: Request, error: Any) -> Response:
            return problem(error).response()

        return handler

    for kind, problem in (REFUSALS | (rejections or {})).items():
        api.add_exception_handler(kind, tell(problem))
    return api


def _operation_id(route: APIRoute) -> str:
    return "_".join(str(part).replace(" ", "_") for part in (*route.tags[:1], route.name))

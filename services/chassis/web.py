"""HTTP as all services speak it: problem+json, who acts, idempotency keys, consistency tokens, health and metrics."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.chassis import ledger
from services.chassis.idempotency import Answer, KeyReused, UnderWay, once
from services.chassis.ledger import Act, Halted
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction

BODY_BYTES_MAX = 64 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1")
IDEMPOTENCY_KEY_LENGTH_MAX = 200


class Problem(Exception):
    """A refusal that the caller hears as application/problem+json (RFC 9457).

    `detail` says what, where, why and how to mend it; `more` holds further members, such as `errors` with pointers.
    """

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more

    def response(self) -> JSONResponse:
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.more}
        return JSONResponse(body, self.status, media_type="application/problem+json")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which roles; believed only from loopback or the configured gateway."""

    id: str
    roles: frozenset[str]

    def act(self) -> Act:
        """Begin an act of this actor, with a correlation id of its own."""
        return Act(self.id, uuid4())

    def require(self, role: str) -> None:
        """Refuse whoever lacks the role."""
        if role not in self.roles:
            raise Problem(
                403, "Role missing", f"This needs the role {role}; send it in Payung-Roles through the gateway."
            )


async def actor(
    request: Request,
    payung_actor: Annotated[str, Header(min_length=1, max_length=100, description="Who acts")] = "anonymous",
    payung_roles: Annotated[str, Header(max_length=500, description="Roles, separated by commas")] = "",
) -> Actor:
    """Read who acts from the headers of a trusted sender."""
    sender = request.client.host if request.client else ""
    if sender not in (*LOOPBACK, *request.app.state.gateways):
        return Actor("anonymous", frozenset())
    return Actor(payung_actor, frozenset(role.strip() for role in payung_roles.split(",") if role.strip()))


Acting = Annotated[Actor, Depends(actor)]
IdempotencyKey = Annotated[
    str | None,
    Header(max_length=IDEMPOTENCY_KEY_LENGTH_MAX, description="The same key and body give the same answer again"),
]


async def command(
    request: Request,
    pool: Pool,
    source: str,
    who: Actor,
    key: str | None,
    action: Callable[[Transaction], Awaitable[Answer]],
) -> JSONResponse:
    """Carry out a command once, in one transaction, and answer with its consistency token.

    Without an idempotency key the command gets one of its own, so that sending it again is another command.
    """
    payload = request.method.encode() + request.url.path.encode() + b"\0" + await request.body()

    async def tokened(tx: Transaction) -> Answer:
        answer = await action(tx)
        return Answer(answer.status, answer.body | {"consistency": await ledger.token(tx, source)})

    pepper = request.app.state.vault.pepper
    answer = await once(pool, key=key or str(uuid4()), actor=who.id, payload=payload, action=tokened, pepper=pepper)
    return JSONResponse(answer.body, answer.status, {"Payung-Consistency": answer.body["consistency"]})


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
    checks: Sequence[Check] = (),
    gateways: Sequence[str] = (),
    rejections: dict[type[Exception], Callable[[Exception], Problem]] | None = None,
) -> FastAPI:
    """Build a service's HTTP application; `rejections` says how the domain's refusals are told."""
    api = FastAPI(title=title, version="1", docs_url=None, redoc_url=None)
    api.state.gateways, api.state.checks = tuple(gateways), list(checks)
    for router in routers:
        api.include_router(router)
    api.include_router(_operations())

    def tell(problem: Callable[[Any], Problem]) -> Callable[[Request, Any], Awaitable[Response]]:
        async def handler(_request: Request, error: Any) -> Response:
            return problem(error).response()

        return handler

    told: dict[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        RequestValidationError: _invalid,
        KeyReused: lambda _: Problem(
            422, "Idempotency key reused", "This Idempotency-Key was used with another body; choose a new one."
        ),
        UnderWay: lambda _: Problem(
            409, "Command under way", "A command with this Idempotency-Key is being carried out; ask again shortly."
        ),
        Halted: lambda halted: Problem(503, "Commands are refused", str(halted)),
        **dict.fromkeys(HEALS_WITH_TIME, _away),
        **(rejections or {}),
    }
    for kind, problem in told.items():
        api.add_exception_handler(kind, tell(problem))
    return api


def _away(_error: Exception) -> Problem:
    return Problem(
        503,
        "Not available now",
        "The service lost its database. What you sent may have been done, in whole or in part: send it again, with the "
        "same Idempotency-Key; what was done is not done twice.",
    )


def _invalid(error: RequestValidationError) -> Problem:
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in one["loc"]), "reason": one["msg"], "code": one["type"]}
        for one in error.errors()
    ]
    return Problem(422, "The request is not valid", "See errors: each names its place and its reason.", errors=errors)


def _operations() -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", summary="The process runs")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready", summary="The service can do its work")
    async def ready(request: Request, response: Response) -> dict[str, Any]:
        found = [
            {"check": check.name, "holds": await check.holds(), "needed": check.needed, "otherwise": check.otherwise}
            for check in request.app.state.checks
        ]
        holds = all(check["holds"] for check in found if check["needed"])
        response.status_code = 200 if holds else 503
        return {"status": "ready" if holds else "not ready", "checks": found}

    @router.get("/metrics", summary="Figures for Prometheus", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router

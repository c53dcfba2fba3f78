"""The public doors of the three services, as the scenario knocks on them: bounded in time, tried again safely."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from httpx2 import AsyncClient, HTTPError, Response, Timeout

SERVICES = ("enrollment", "claims", "reporting")
TRIES_MAX = 8
PAUSE_S_MIN, PAUSE_S_MAX = 0.2, 5.0
ANSWER_S_MAX, CONNECT_S_MAX = 60.0, 5.0
COME_ABOUT_S_MAX, POLL_S = 120.0, 0.05
PASSES = frozenset({409, 429, 502, 503, 504})
"""What a service answers while it cannot do the thing yet."""

Say = Callable[[str], None]


class ScenarioError(Exception):
    """The scenario cannot be loaded or checked; the sentence says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The services by name, and the newest consistency token that each of them gave."""

    clients: Mapping[str, AsyncClient]
    pause_s_max: float
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, service: str, path: str, query: Mapping[str, Any] | None = None, *, role: str = "clerk") -> Any:
        """Read."""
        headers = {"Payung-Actor": f"gianyar-{role}", "Payung-Roles": role}
        return (await self.send(service, "GET", path, params=query, headers=headers)).json()

    async def act(
        self, service: str, path: str, step: str, *, role: str = "clerk", json: Any = None, csv: str | None = None
    ) -> Any:
        """Command; the step is the idempotency key, so that however often it is sent it happens once."""
        headers = {"Payung-Actor": f"gianyar-{role}", "Payung-Roles": role, "Idempotency-Key": f"gianyar/{step}"}
        if csv is not None:
            headers["Content-Type"] = "text/csv"
        return (await self.send(service, "POST", path, headers=headers, content=csv, json=json)).json()

    async def send(
        self, service: str, method: str, path: str, *, told: frozenset[int] = frozenset(), **request: Any
    ) -> Response:
        """Send, again after trouble that passes; a refusal raises, unless its status is among those to be `told`."""
        pause, trouble = min(PAUSE_S_MIN, self.pause_s_max), ""
        for _ in range(TRIES_MAX):
            try:
                response = await self.clients[service].request(method, path, **request)
            except HTTPError as error:
                address = self.clients[service].base_url
                trouble = f"{type(error).__name__} at {address}; `payung status` shows what runs."
            else:
                if response.is_success or response.status_code in told:
                    if token := response.headers.get("Payung-Consistency"):
                        self.tokens[service] = token
                    return response
                trouble = _said(response)
                if response.status_code not in PASSES:
                    break
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.pause_s_max)
        raise ScenarioError(f"{service} did not carry out {method} {path}: {trouble}")


@asynccontextmanager
async def open_doors(addresses: Mapping[str, str], *, pause_s_max: float = PAUSE_S_MAX) -> AsyncIterator[Doors]:
    """Connect to each service by its address, as long as needed."""
    timeout = Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX)
    clients = {name: AsyncClient(base_url=addresses[name], timeout=timeout) for name in SERVICES if name in addresses}
    try:
        yield Doors(clients, pause_s_max)
    finally:
        for client in clients.values():
            await client.aclose()


async def until(what: str, holds: Callable[[], Awaitable[bool]], *, within_s: float = COME_ABOUT_S_MAX) -> None:
    """Wait, within a bound, for what comes by way of Kafka."""
    last = monotonic() + within_s
    while not await holds():
        if monotonic() > last:
            raise ScenarioError(f"{what} did not come about within {within_s:.0f} s; `payung logs` tells why.")
        await asyncio.sleep(POLL_S)


def _said(response: Response) -> str:
    """Repeat what the service says; its problems hold no personal data."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    return f"{response.status_code} {problem.get('title', '')} {problem.get('detail', '')}".strip()

"""Ask the databases of the services that are installed here about their letters, each as far as it answers."""

import asyncio
import importlib
import importlib.util
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from services.chassis.apply import Projection
from services.chassis.commands import FAILED, OK, PARTIAL, both, fail, tell
from services.chassis.postgres import Pool, open_pool

Service = Literal["enrollment", "claims", "reporting"]
PROJECTIONS: Mapping[Service, str] = {
    "enrollment": "services.enrollment.app",
    "claims": "services.claims.app",
    "reporting": "services.reporting.projections",
}
"""Where each service's `PROJECTION` stands: brought in by name, for one service alone may be installed."""

TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Why a database could not be asked; nothing was changed in it then."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the services' databases answered, by service; the exit code says whether all of them did."""

    found: list[tuple[Service, Any]]
    code: int

    @property
    def names(self) -> str:
        """The services that answered, for a sentence."""
        return ", ".join(name for name, _ in self.found)


def ask(service: Service | None, question: Callable[[Service, Pool], Awaitable[Any]]) -> Asked:
    """Ask the database of each installed service, or of one; what one does not answer is told, and the others go on."""
    places, left_out = _places(service)

    async def ask_all() -> list[tuple[Service, Any]]:
        found = []
        for name, dsn in places:
            try:
                async with open_pool(dsn, name="payung-parked", size_max=1) as pool:
                    found.append((name, await question(name, pool)))
            except TROUBLE as error:
                left_out.append(name)
                trouble = type(error).__name__
                tell(
                    both(
                        f"Basis data {name} tidak dapat ditanyai ({trouble}); lihat `payung status`.",
                        f"The database of {name} could not be asked ({trouble}); see `payung status`.",
                    )
                )
        return found

    found = asyncio.run(ask_all())
    return Asked(found, FAILED if not found else PARTIAL if left_out else OK)


def _places(service: Service | None) -> tuple[list[tuple[Service, str]], list[Service]]:
    """Give the installed services with the DSN of each, and those that are installed but whose DSN is not known."""
    wanted = [name for name in PROJECTIONS if service in {None, name} and importlib.util.find_spec(f"services.{name}")]
    if not wanted:
        fail(
            both(
                f"{service or 'Layanan apa pun'} tidak terpasang di sini; jalankan perintah ini di tempatnya.",
                f"{service or 'No service'} is not installed here; run this where it is.",
            )
        )
    dsns = {name: os.environ.get(f"{name.upper()}_POSTGRES_DSN") for name in wanted}
    unknown = [name for name, dsn in dsns.items() if not dsn]
    if unknown:
        missing = ", ".join(f"{name.upper()}_POSTGRES_DSN" for name in unknown)
        sentence = both(
            f"Belum diisi: {missing}; isi dengan alamat basis datanya, atau jalankan `payung up` di sini.",
            f"Not set: {missing}; set it to the address of the database, or start a set here by `payung up`.",
        )
        if len(unknown) == len(wanted):
            fail(sentence)
        tell(sentence)
    return [(name, dsn) for name, dsn in dsns.items() if dsn], unknown


def projection_of(service: Service) -> Projection:
    """Take what the service's reader makes of facts, as its code here has it."""
    projection: Projection = importlib.import_module(PROJECTIONS[service]).PROJECTION
    return projection

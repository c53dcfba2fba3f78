"""Connections to the service's own Postgres, with a bound on every wait."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Transaction: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:  # generic for the type checker only
    Pool, Connection, Transaction = asyncpg.Pool, asyncpg.Connection, asyncpg.Connection
"""A connection inside an open transaction; what a function that takes one does is committed or undone as one."""

CONNECT_S_MAX = 10
CLOSE_S_MAX = 1.0
COMMAND_S_MAX = 60
IDLE_IN_TRANSACTION = "60s"
HEALS_WITH_TIME = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # how asyncpg stumbles over a server that ended between two messages
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
"""Troubles of database, disk or network that pass: wait and try again."""

LOCKED = asyncpg.LockNotAvailableError
"""Somebody else holds a lock for longer than `lock_timeout`."""
NOT_THERE = (asyncpg.UndefinedFunctionError, asyncpg.UndefinedTableError, asyncpg.UndefinedObjectError)
"""A definition names what does not exist, or not yet."""


@asynccontextmanager
async def open_pool(
    dsn: str, *, name: str, size_max: int, search_path: str | None = None, command_s_max: float = COMMAND_S_MAX
) -> AsyncIterator[Pool]:
    """Open a pool; closing it waits a bounded time for connections in use."""
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size_max,
        timeout=CONNECT_S_MAX,
        command_timeout=command_s_max,
        reset=_leave_as_it_is,
        server_settings={
            "application_name": name,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
            "synchronous_commit": "on",
            "jit": "off",
            **({} if search_path is None else {"search_path": search_path}),
        },
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), CONNECT_S_MAX)
        except TimeoutError:
            pool.terminate()


async def _leave_as_it_is(_connection: object) -> None:
    """Spare the round trip that resets a connection: what changes a session has one of its own, by `open_session`."""


@asynccontextmanager
async def open_session(dsn: str, *, name: str, **settings: str) -> AsyncIterator[Connection]:
    """Open a connection apart from every pool, for what lasts longer than a transaction, as an advisory lock does.

    It ends with the block, and so does what it holds, whatever has become of server and network.
    """
    connection = await asyncpg.connect(
        dsn,
        timeout=CONNECT_S_MAX,
        command_timeout=COMMAND_S_MAX,
        server_settings={"application_name": name, "timezone": "UTC", "jit": "off", **settings},
    )
    try:
        yield connection
    finally:
        with contextlib.suppress(*HEALS_WITH_TIME):
            await connection.close(timeout=CLOSE_S_MAX)


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Transaction]:
    """Take a connection and see one state of the database: a read-only REPEATABLE READ transaction."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Transaction]:
    """Take a connection (within a bound) and run one READ COMMITTED transaction on it."""
    async with pool.acquire(timeout=CONNECT_S_MAX) as connection, connection.transaction():
        yield connection

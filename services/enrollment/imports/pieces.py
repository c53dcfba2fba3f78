"""Carries out a long file in pieces, each committed by itself, so that no upload holds locks for long."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.chassis import ledger
from services.chassis.ledger import KEYS_PER_TRANSACTION_MAX
from services.chassis.postgres import Pool, Transaction, transaction
from services.enrollment.cohorts import places
from services.enrollment.imports.faults import Fault

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows of a piece; `waiting` are people who wait for a place from now on.

    `warnings` are of rows that went in, and are worth a look.
    """

    done: int
    unchanged: int
    rejected: tuple[Fault, ...]
    waiting: int = 0
    warnings: tuple[Fault, ...] = ()


async def carry_out(
    pool: Pool,
    rows: Sequence[Row],
    piece: Callable[[Transaction, Sequence[Row]], Awaitable[Outcome]],
    *,
    at_once: int = 1,
    rows_max: int = KEYS_PER_TRANSACTION_MAX,
) -> list[Outcome]:
    """Commit `rows_max` rows at a time, so many pieces at once; what was committed before a failure stays."""
    pieces = (rows[start : start + rows_max] for start in range(0, len(rows), rows_max))
    outcomes: list[Outcome] = []
    tasks = [asyncio.create_task(_work(pool, pieces, piece, outcomes)) for _ in range(at_once)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return outcomes


async def _work(
    pool: Pool,
    pieces: Iterator[Sequence[Row]],
    piece: Callable[[Transaction, Sequence[Row]], Awaitable[Outcome]],
    outcomes: list[Outcome],
) -> None:
    for rows in pieces:
        await ledger.give_way(pool)
        outcomes.append(await commit(pool, lambda tx, rows=rows: piece(tx, rows)))  # type: ignore[misc]


async def commit(pool: Pool, piece: Callable[[Transaction], Awaitable[Outcome]]) -> Outcome:
    """Commit a piece; it begins anew when others took its places meanwhile."""

    async def attempt() -> Outcome:
        async with transaction(pool) as tx:
            return await piece(tx)

    return await places.as_they_stand(attempt)

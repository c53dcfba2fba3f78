"""Carries out the pieces of a list two abreast: while Postgres writes one, the next is read and decided.

    piece 1   rows, locks -> decides, saves -> its turn: places, progress -> commit
    piece 2                  rows, locks -> decides, saves ... waits ... -> its turn: places, progress -> commit

A piece begins when the one before has locked its people, so that one never waits for this one. What all pieces share,
the places of the cohort and the progress of the list, a piece touches in its turn: when the one before has committed.
So they commit in the order of the rows, whatever happens; and one that is undone undoes the one behind it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from services.enrollment.cohorts import places


class Stopped(Exception):
    """The piece before ended the work; this one is to be undone."""


class Turn:
    """The turn of one piece: its rows begin after `through`, and `done` rows were taken before it."""

    def __init__(self, through: int, done: int = 0, before: "Turn | None" = None) -> None:
        self.through, self.done = through, done
        self.last, self.rows = through, 0
        self.before = before
        self.begun = asyncio.Event()
        """Its people are locked, or there are none."""
        self.told = asyncio.Event()
        """Somebody behind it need not wait for this try of it."""
        self.over = asyncio.Event()
        self.goes_on = False

    def have_locked(self, last: int, rows: int) -> None:
        """Tell that the people of so many rows, up to the last, are locked: the next piece may begin."""
        self.last, self.rows = last, rows
        self.begun.set()

    async def comes(self) -> None:
        """Wait for the piece before to commit; if it was undone, or ended the work, this one is undone as well."""
        if self.before is None:
            return
        await self.before.told.wait()
        if not self.before.over.is_set():
            raise places.PlacesMoved
        if not self.before.goes_on:
            raise Stopped
        self.before = None

    async def alone(self) -> None:
        """Begin again only when nobody is before this piece."""
        if self.told.is_set() and self.before is not None:
            await self.before.over.wait()


Piece = Callable[[Turn], Awaitable[bool]]
"""Carries out the next rows in a transaction of its own; false when the work is to end with them."""


async def two_abreast(piece: Piece, *, after: int) -> bool:
    """Carry out pieces until there are no more rows; false when one of them ended the work before."""
    turn = Turn(after)
    running: list[asyncio.Task[bool]] = []
    try:
        while True:
            running.append(asyncio.create_task(_carry_out(piece, turn)))
            await turn.begun.wait()
            if turn.over.is_set() and not turn.rows:
                return all([await task for task in running])
            if len(running) > 1 and not await running.pop(0):
                return False
            turn = Turn(turn.last, turn.done + turn.rows, turn)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _carry_out(piece: Piece, turn: Turn) -> bool:
    try:
        with suppress(Stopped):
            turn.goes_on = await places.as_they_stand(partial(_try, piece, turn))
    finally:
        turn.over.set()
        turn.told.set()
        turn.begun.set()
        turn.before = None
    return turn.goes_on


async def _try(piece: Piece, turn: Turn) -> bool:
    await turn.alone()
    try:
        return await piece(turn)
    except places.PlacesMoved:
        turn.told.set()
        raise

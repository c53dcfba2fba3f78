"""What a batch keeps of people: sealed under the batch's own key, which is destroyed when its time is over."""

import hashlib
import hmac
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault import Sealed, Vault
from services.chassis.vault.keys import Box
from services.enrollment.batches import store
from services.enrollment.imports.file import BEGINS_BYTES
from services.enrollment.imports.header import Header, of_titles
from services.enrollment.imports.people import Proposed, ReadRow, Remark

PIECE_BYTES = 1024**2
ANNOUNCED = 0
"""The number of the piece that says that others will come."""
KEPT_DAYS = 90
"""How long rows can be looked at and mended after a list came; then its key is destroyed."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a row says: its cells as they stand, the person if it names one, and what was told of it."""

    cells: tuple[str, ...]
    person: Proposed | None
    remarks: tuple[Remark, ...]

    def __repr__(self) -> str:
        return "Content()"


def of_row(read: ReadRow, remarks: tuple[Remark, ...]) -> Content:
    return Content(read.cells, read.person, remarks)


def seal(box: Box, row: int, content: Content) -> bytes:
    return box.seal(orjson.dumps(content), f"row {row}")


def unseal(box: Box, row: int, sealed: bytes) -> Content:
    said: dict[str, Any] = orjson.loads(box.open(sealed, f"row {row}"))
    person = said["person"]
    return Content(
        tuple(said["cells"]),
        Proposed(**person | {"birth_date": date.fromisoformat(person["birth_date"])}) if person else None,
        tuple(Remark(**remark) for remark in said["remarks"]),
    )


async def take(vault: Vault, batch_id: UUID, *, actor: str, purpose: str) -> Box:
    """Take the batch's key; the taking is on record. Sealed tells that it was destroyed."""
    boxes = await vault.keys.take([batch_id], actor=actor, purpose=purpose)
    if batch_id not in boxes:
        msg = f"what the list {batch_id} said has been destroyed; only counts and reasons are left of it"
        raise Sealed(msg)
    return boxes[batch_id]


@asynccontextmanager
async def arriving(pool: Pool, vault: Vault, batch_id: UUID) -> AsyncIterator["Incoming"]:
    """Take a file in; unless a batch keeps it, nothing is left at the end, neither pieces nor key.

    A piece without content stands before the key does: by it the key is found, and destroyed, if this process dies.
    """
    async with transaction(pool) as tx:
        await store.add_piece(tx, batch_id, ANNOUNCED, b"")
    try:
        box = (await vault.keys.make([batch_id]))[batch_id]
        yield Incoming(pool, batch_id, box, vault.pepper)
    finally:
        async with transaction(pool) as tx:
            if await store.find(tx, batch_id) is None:
                await vault.keys.destroy([batch_id])
                await store.drop_pieces(tx, batch_id)


class Incoming:
    """A file that is arriving: sealed and stored piece by piece, hashed as it comes."""

    def __init__(self, pool: Pool, batch_id: UUID, box: Box, pepper: bytes) -> None:
        self.batch_id, self._pool, self._box = batch_id, pool, box
        self._hash = hmac.new(pepper, digestmod=hashlib.sha256)
        self._held = bytearray()
        self._number = ANNOUNCED
        self.bytes = 0
        self.begins = b""

    async def take_in(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.bytes += len(chunk)
        self._held += chunk
        while len(self._held) >= PIECE_BYTES:
            await self._store(PIECE_BYTES)

    async def end(self) -> bytes:
        """Store what is left, and give the hash of the whole."""
        if self._held:
            await self._store(len(self._held))
        return self._hash.digest()

    async def _store(self, size: int) -> None:
        piece, self._held = bytes(self._held[:size]), self._held[size:]
        if self._number == ANNOUNCED:
            self.begins = piece[:BEGINS_BYTES]
        self._number += 1
        async with transaction(self._pool) as tx:
            await store.add_piece(tx, self.batch_id, self._number, self._box.seal(piece, f"piece {self._number}"))


async def whole_file(tx: Transaction, batch_id: UUID, box: Box) -> io.BytesIO:
    """Give the file in memory, which its limit bounds: nothing of it comes to a disk in clear."""
    file = io.BytesIO()
    for number, sealed in await store.pieces(tx, batch_id, after=ANNOUNCED):
        file.write(box.open(sealed, f"piece {number}"))
    file.seek(0)
    return file


def seal_titles(box: Box, header: Header) -> bytes:
    return box.seal(orjson.dumps(header.titles), "titles")


async def find_header(tx: Transaction, batch_id: UUID, box: Box) -> Header | None:
    """Give the header of a list that has been read that far."""
    found = await store.titles(tx, batch_id)
    if found is None:
        return None
    row, titles = found
    return of_titles(row, orjson.loads(box.open(titles, "titles")))

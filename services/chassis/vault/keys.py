"""The keys of people, in a database of their own: made, taken against a row in the log of reads, destroyed.

Each is wrapped by a key that stands in no database. While that one is changed, older ones still unwrap; what new keys
are wrapped by is said in the database, so that no process goes on with a key that is about to be thrown away.
"""

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis.postgres import Pool

KEY_BYTES = 32
NONCE_BYTES = 12
FINGERPRINT_BYTES = 8
TRIES_MAX = 3
READS_KEPT = timedelta(days=5 * 366)
"""How long the log of reads is kept: as long as a work accident can be claimed (PP 82/2019 Pasal 26)."""


class Sealed(Exception):
    """The person's data cannot be opened: erased, or moved from another row."""


class BadSecret(Exception):
    """A secret file is missing, holds no keys of 32 bytes in hexadecimal, or not the key that is in use."""


def read_secrets(folder: Path, name: str) -> tuple[bytes, ...]:
    """Read a secret file: one key of 32 bytes in hexadecimal, and while it is changed further ones, a line each."""
    file = folder / name
    try:
        secrets = tuple(bytes.fromhex(line) for line in file.read_text(encoding="ascii").split())
    except (OSError, ValueError) as error:
        msg = f"{file} is missing or not hexadecimal; write 32 random bytes to it: openssl rand -hex 32"
        raise BadSecret(msg) from error
    if not secrets or any(len(secret) != KEY_BYTES for secret in secrets):
        sizes = " and ".join(str(len(secret)) for secret in secrets) or "no"
        msg = f"{file} holds {sizes} bytes instead of {KEY_BYTES}; write 32 random bytes: openssl rand -hex 32"
        raise BadSecret(msg)
    return secrets


def fingerprint(key: bytes) -> bytes:
    """Name a key without telling it."""
    return hmac.digest(key, b"fingerprint", "sha256")[:FINGERPRINT_BYTES]


@dataclass(frozen=True, slots=True)
class Box:
    """Seals and opens what belongs to one owner, a person or an upload; `place` tells its parts apart.

    Owner and place are authenticated with the content: moved to another row it does not open.
    """

    owner: UUID
    ciphers: tuple[AESGCM, ...]
    """The first seals; all open: a second one stands here only while the owner's key is changed."""

    def seal(self, plain: bytes, place: str = "") -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.ciphers[0].encrypt(nonce, plain, self.owner.bytes + place.encode())

    def open(self, sealed: bytes, place: str = "") -> bytes:
        for cipher in self.ciphers:
            try:
                return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self.owner.bytes + place.encode())
            except (InvalidTag, ValueError):  # ValueError: cut off within the nonce
                continue
        msg = f"the key of {self.owner} does not open what is kept under it: moved from another row, or damaged"
        raise Sealed(msg)


@dataclass(frozen=True, slots=True)
class KeyRead:
    """One entry in the log of reads."""

    number: int
    read_at: datetime
    person_id: UUID
    actor: str
    purpose: str


class PersonKeys:
    """The key database of one service, and the wrapping keys of this process: the first wraps, all unwrap."""

    def __init__(self, pool: Pool, wrapping: Sequence[bytes]) -> None:
        self.pool = pool
        self._ring = {fingerprint(key): AESGCM(key) for key in wrapping}
        self.newest = fingerprint(wrapping[0])
        self._wraps = self.newest

    async def make(self, owners: Sequence[UUID]) -> dict[UUID, Box]:
        """Make a key for each owner, who must have none, and commit it; one that is never used is harmless."""
        made = {owner: os.urandom(KEY_BYTES) for owner in owners}
        for _ in range(TRIES_MAX):
            wrapped = [self.wrap(owner, key, self._wraps) for owner, key in made.items()]
            inserted = await self.pool.execute(
                """
                with wrapping as (select current from wrapping for share)
                insert into person_key (person_id, wrapped, wrapped_by)
                select person_id, wrapped, $3 from unnest($1::uuid[], $2::bytea[]) as n(person_id, wrapped), wrapping w
                 where coalesce(w.current, $3) = $3
                """,
                list(made),
                wrapped,
                self._wraps,
            )
            if inserted == f"INSERT 0 {len(made)}":
                return {owner: Box(owner, (AESGCM(key),)) for owner, key in made.items()}
            self._wraps = await self.pool.fetchval("select current from wrapping")
            if self._wraps not in self._ring:
                break
        msg = "new keys are wrapped by a wrapping key that this process does not have: put it in the file and restart"
        raise BadSecret(msg)

    async def take(self, owners: Iterable[UUID], *, actor: str, purpose: str) -> dict[UUID, Box]:
        """Take the keys of these owners; who takes them for what is on record before any of them is given out.

        An owner without a key is left out: erased, or never there.
        """
        rows = await self.pool.fetch(
            "select person_id, wrapped, wrapped_by, next_wrapped from take_keys($1::uuid[], $2, $3)",
            list(owners),
            actor,
            purpose,
        )
        boxes = {}
        for owner, wrapped, wrapped_by, next_wrapped in rows:
            keys = [self.unwrap(owner, wrapped, wrapped_by)]
            if next_wrapped is not None:
                keys.insert(0, self.unwrap(owner, next_wrapped, None))
            boxes[owner] = Box(owner, tuple(map(AESGCM, keys)))
        return boxes

    async def destroy(self, owners: Iterable[UUID]) -> int:
        """Delete the keys of these owners for good; tell how many there were."""
        deleted = await self.pool.execute("delete from person_key where person_id = any($1::uuid[])", list(owners))
        return int(deleted.removeprefix("DELETE "))

    async def held(self, owners: Iterable[UUID]) -> set[UUID]:
        """Tell who of these owners has a key."""
        rows = await self.pool.fetch("select person_id from person_key where person_id = any($1)", list(owners))
        return {row["person_id"] for row in rows}

    async def reads(
        self,
        *,
        person_id: UUID | None = None,
        actor: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[KeyRead]:
        """List the log of reads, the latest first."""
        rows = await self.pool.fetch(
            """
            select number, read_at, person_id, actor, purpose from key_read
             where ($1::bigint is null or number < $1) and ($2::uuid is null or person_id = $2)
               and ($3::text is null or actor = $3)
               and ($4::timestamptz is null or read_at >= $4) and ($5::timestamptz is null or read_at < $5)
             order by number desc limit $6
            """,
            before,
            person_id,
            actor,
            since,
            until,
            limit,
        )
        return [KeyRead(**dict(row)) for row in rows]

    def wrap(self, owner: UUID, key: bytes, by: bytes | None = None) -> bytes:
        """Wrap a person's key, by the newest wrapping key unless another is named."""
        return Box(owner, (self._ring[by or self.newest],)).seal(key)

    def rewrapped(self, owner: UUID, wrapped: bytes, by: bytes | None) -> bytes:
        """Give a wrapped key as the newest wrapping key wraps it."""
        return self.wrap(owner, self.unwrap(owner, wrapped, by))

    def unwrap(self, owner: UUID, wrapped: bytes, by: bytes | None) -> bytes:
        """Unwrap a person's key; where it is not on record which key wrapped it, each is tried."""
        ring = [self._ring[by]] if by in self._ring else [] if by else list(self._ring.values())
        try:
            return Box(owner, tuple(ring)).open(wrapped)
        except Sealed:
            msg = f"no wrapping key of this process opens the key of {owner}; put the one it was wrapped by in the file"
            raise BadSecret(msg) from None


async def forget_reads(pool: Pool) -> None:
    """Remove entries of the log of reads whose time is over."""
    await pool.execute("delete from key_read where read_at < clock_timestamp() - $1::interval", READS_KEPT)

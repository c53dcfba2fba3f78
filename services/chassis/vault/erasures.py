"""Keeps what was erased erased: a list outside every database, and what is still to be destroyed because of it.

    decided       in the service's database: documents go, the fact is told, a row in `erasure` says whose keys must go
    listed        a line on the list: after a restore of whatever database it is applied before the service opens
    destroyed     in the key database: the keys are deleted, and with them every old copy of the documents is noise
    settled       the row in `erasure` says so

Each step is committed before the next and may be done again, so a process killed anywhere is followed by one that goes
on. The list is lines of JSON, each with a hash over itself and the line before: no line can be changed, left out or put
in between without breaking all that follow, and the last hash proves them all.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import orjson
import structlog
from pydantic import TypeAdapter, ValidationError

from services.chassis.postgres import Pool, Transaction, transaction
from services.chassis.vault.keys import PersonKeys

FILE = "erasures.log"
BEGINNING = "0" * 64
SETTLED_AT_ONCE_MAX = 100
LOCK_S_MAX = 10.0
LOCK_POLL_S = 0.02

log = structlog.get_logger(__name__)


class Broken(Exception):
    """The list does not hold together: a line was changed, left out or put in."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A person was erased: when, by whom, why, and whose keys had to go."""

    person_id: UUID
    erased_at: datetime
    actor: str
    reason: str
    key_owners: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list, with its place in the chain."""

    number: int
    erased: Erased
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a service's database knows of an erasure; number and hash are those of its entry on the list."""

    person_id: UUID
    erased_at: datetime
    actor: str
    reason: str
    forced: bool
    destroyed: dict[str, int]
    key_owners: tuple[UUID, ...]
    number: int | None
    hash: str | None
    settled_at: datetime | None


def read(folder: Path) -> list[Entry]:
    """Read the list and check its chain. A line that was cut off while it was written is none yet."""
    file = folder / FILE
    if not file.exists():
        return []
    entries: list[Entry] = []
    last = BEGINNING
    for number, line in enumerate(file.read_bytes().split(b"\n")[:-1], start=1):
        try:
            told = _LINE.validate_json(line)
        except ValidationError:
            told = None
        if told is None or told != _entry(number, told.erased, last):
            msg = f"{file} is broken at line {number}: put back a copy of it that holds together, then start again"
            raise Broken(msg)
        entries.append(told)
        last = told.hash
    return entries


def add(folder: Path, erased: Sequence[Erased]) -> dict[UUID, Entry]:
    """Put those who are not on the list on it, and on the disk; gives everybody's latest entry.

    Whoever is erased again, because something of theirs came back, gets a further line.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / FILE).open("ab") as file:
        _lock(file)  # given back when the file is closed, or the process ends
        entries = read(folder)
        known = {entry.erased for entry in entries}
        file.truncate((folder / FILE).read_bytes().rfind(b"\n") + 1)  # the rest was being written when its writer died
        for one in erased:
            if one not in known:
                entries.append(_entry(len(entries) + 1, one, entries[-1].hash if entries else BEGINNING))
                file.write(orjson.dumps(entries[-1], default=str) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _sync(folder)
    return {entry.erased.person_id: entry for entry in entries}


async def record(
    tx: Transaction, erased: Erased, *, forced: bool, destroyed: dict[str, int], told: bool, ready: bool = True
) -> None:
    """Keep that a person was erased, once; not `ready` while something still needs the keys."""
    await tx.execute(
        """
        insert into erasure (person_id, erased_at, actor, reason, forced, destroyed, key_owners, told)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (person_id) do nothing
        """,
        erased.person_id,
        erased.erased_at,
        erased.actor,
        erased.reason,
        forced,
        orjson.dumps(destroyed).decode(),
        list(erased.key_owners) if ready else None,
        told,
    )


async def find(tx: Transaction, person_id: UUID) -> Recorded | None:
    """Give what is recorded of a person's erasure."""
    row = await tx.fetchrow(
        """
        select person_id, erased_at, actor, reason, forced, destroyed, coalesce(key_owners, '{}') as key_owners,
               number, hash, settled_at
          from erasure where person_id = $1
        """,
        person_id,
    )
    if row is None:
        return None
    return Recorded(**dict(row) | {"destroyed": orjson.loads(row["destroyed"]), "key_owners": tuple(row["key_owners"])})


async def settle(pool: Pool, keys: PersonKeys, folder: Path) -> int:
    """Write on the list, then destroy the keys, of all who were erased and are not settled; tell how many."""
    rows = await pool.fetch(
        """
        select person_id, erased_at, actor, reason, key_owners from erasure
         where settled_at is null and key_owners is not null order by erased_at limit $1
        """,
        SETTLED_AT_ONCE_MAX,
    )
    if not rows:
        return 0
    wanted = [Erased(row[0], row[1], row[2], row[3], tuple(sorted(row[4]))) for row in rows]
    listed = await asyncio.to_thread(add, folder, wanted)
    gone = await keys.destroy({owner for one in wanted for owner in one.key_owners})
    await pool.execute(
        """
        update erasure e set settled_at = clock_timestamp(), number = s.number, hash = s.hash
          from unnest($1::uuid[], $2::int[], $3::text[]) as s(person_id, number, hash)
         where e.person_id = s.person_id
        """,
        [one.person_id for one in wanted],
        [listed[one.person_id].number for one in wanted],
        [listed[one.person_id].hash for one in wanted],
    )
    log.info("erasures_settled", people=len(wanted), keys=gone)
    return len(wanted)


async def apply(
    pool: Pool, keys: PersonKeys, folder: Path, again: Callable[[Transaction, Entry], Awaitable[None]]
) -> None:
    """Erase again whoever came back with a restored database; before the service opens, each time.

    `again` destroys in the service's database what is left of a person whom it does not know to be erased, and records
    it. Erasures that the database knows and the list lacks are put on the list anew.
    """
    await asyncio.to_thread(add, folder, [])  # a list that cannot be written is noticed now, and not at an erasure
    entries = read(folder)
    latest = {entry.erased.person_id: entry for entry in entries}
    if back := await keys.destroy({owner for entry in entries for owner in entry.erased.key_owners}):
        log.warning("keys_erased_again", keys=back)
    known = {row["person_id"]: row["hash"] for row in await pool.fetch("select person_id, hash from erasure")}
    for person_id in sorted(latest.keys() - known.keys()):
        async with transaction(pool) as tx:
            await again(tx, latest[person_id])
        log.warning("person_erased_again", person_id=str(person_id))
    hashes = {entry.hash for entry in entries}
    if lost := [person_id for person_id, hash_ in known.items() if hash_ is not None and hash_ not in hashes]:
        log.warning("erasures_listed_again", people=len(lost))
        await pool.execute("update erasure set settled_at = null where person_id = any($1)", lost)
    while await settle(pool, keys, folder):
        pass


_LINE = TypeAdapter(Entry)


def _entry(number: int, erased: Erased, previous: str) -> Entry:
    chained = orjson.dumps({"number": number, "erased": erased, "previous": previous}, default=str)  # asyncpg's UUIDs
    return Entry(number, erased, previous, hashlib.sha256(chained).hexdigest())


def _lock(file: IO[bytes]) -> None:
    for _ in range(int(LOCK_S_MAX / LOCK_POLL_S)):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(LOCK_POLL_S)
    msg = f"another process holds {FILE} for more than {LOCK_S_MAX:.0f} s"
    raise TimeoutError(msg)


def _sync(folder: Path) -> None:
    """Bring the name of a new file to the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

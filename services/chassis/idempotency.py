"""Carry out a command once: the same key with the same payload gives the stored answer again."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from services.chassis.postgres import Pool, Transaction, transaction


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers; it is kept, so it holds no personal data."""

    status: int
    body: dict[str, Any]


class KeyReused(Exception):
    """The idempotency key was used before with another payload or by another actor."""


class UnderWay(Exception):
    """A command with this idempotency key is being carried out right now."""


async def once(
    pool: Pool,
    *,
    key: str,
    actor: str,
    payload: bytes,
    action: Callable[[Transaction], Awaitable[Answer]],
    pepper: bytes = b"",
) -> Answer:
    """Run the action in one transaction with its answer, unless the key has been answered before.

    Of key and payload hashes are kept, keyed with the pepper: a NIK or an account in them could be guessed from plain
    ones, and some client will send a NIK as its key.
    """
    key, digest = hmac.digest(pepper, key.encode(), "sha256").hex(), hmac.digest(pepper, payload, "sha256")
    async with transaction(pool) as tx:
        if not await tx.fetchval("select pg_try_advisory_xact_lock(hashtextextended($1, 1))", key):
            raise UnderWay(key)
        stored = await tx.fetchrow("select actor, payload, status, answer from idempotency where key = $1", key)
        if stored is not None:
            if stored["payload"] != digest or stored["actor"] != actor:
                raise KeyReused(key)
            return Answer(stored["status"], orjson.loads(stored["answer"]))
        answer = await action(tx)
        await tx.execute(
            "insert into idempotency (key, actor, payload, status, answer) values ($1, $2, $3, $4, $5)",
            key,
            actor,
            digest,
            answer.status,
            orjson.dumps(answer.body).decode(),
        )
        return answer

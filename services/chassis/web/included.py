"""Answers that include what a consistency token names: wait, within a bound, until its facts are in this database."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from services.chassis.postgres import Pool, Transaction
from services.chassis.watermark import watermarks
from services.chassis.web.problems import Problem

Snapshot = Callable[[Pool], AbstractAsyncContextManager[Transaction]]
"""Opens the one state of the database that an answer sees."""

INCLUDE_WAIT_S_MAX = 5.0
INCLUDE_POLL_S = 0.02
TOKEN_LENGTH_MAX = 60

Token = Annotated[
    str | None,
    Query(
        max_length=TOKEN_LENGTH_MAX,
        description="Consistency token of a command (`consistency` in its answer): wait, at most"
        f" {INCLUDE_WAIT_S_MAX:.0f} s, until its facts are in; 409 if they are not in by then",
    ),
]
TokenHeader = Annotated[
    str | None, Header(alias="Payung-Consistency", max_length=TOKEN_LENGTH_MAX, description="The same as `after`")
]


async def include(
    pool: Pool, token: str, *, own: str, reads: Collection[str], snapshot: Snapshot, seconds_max: float
) -> None:
    """Wait until the facts of the transaction that the token names are in; refuses after a bounded wait.

    What the service committed itself (`own`) is in already; of the sources that it `reads` the ticks tell, under the
    reader of the service's name.
    """
    source, _, txid = token.partition(":")
    if source not in (own, *reads) or not (txid.isascii() and txid.isdigit() and int(txid) < 2**63):
        raise _no_token(sorted({own, *reads}))
    last = monotonic() + seconds_max
    while source != own and not await _included(snapshot(pool), own, source, txid):
        if monotonic() > last:
            raise _not_yet(source, seconds_max)
        await asyncio.sleep(INCLUDE_POLL_S)


async def _included(seen: AbstractAsyncContextManager[Transaction], reader: str, source: str, txid: str) -> bool:
    async with seen as tx:
        for mark in await watermarks(tx, reader):
            if mark.source == source:
                return bool(
                    await tx.fetchval(
                        "select pg_visible_in_snapshot($1::text::xid8, $2::text::pg_snapshot)", txid, mark.snapshot
                    )
                )
    return False


def _not_yet(source: str, seconds: float) -> Problem:
    english = f"The facts of this command of {source} have not arrived within {seconds:.1f} s; ask again shortly."
    indonesian = f"Catatan dari perintah {source} ini belum tiba dalam {seconds:.1f} detik; coba lagi sebentar."
    return Problem(409, "Not yet", english, code="not_yet", indonesian=indonesian, english=english)


def _no_token(sources: list[str]) -> Problem:
    english = f"This is no consistency token: one is written SOURCE:NUMBER, with {' or '.join(sources)} as the source."
    indonesian = f"Ini bukan token konsistensi: bentuknya SUMBER:ANGKA, dengan sumber {' atau '.join(sources)}."
    return Problem(
        422,
        "No consistency token",
        english,
        code="token_unknown",
        indonesian=indonesian,
        english=english,
        errors=[{"pointer": "/query/after", "code": "token_unknown", "reason": english}],
    )


async def _asked(request: Request, after: Token = None, payung_consistency: TokenHeader = None) -> None:
    state = request.app.state
    for token in {after, payung_consistency} - {None}:
        await include(
            state.pool,
            str(token),
            own=state.source,
            reads=state.reads,
            snapshot=state.snapshot,
            seconds_max=state.include_s_max,
        )


Included = Depends(_asked)
"""Among the dependencies of an operation: it answers, or acts, on what the token of the question includes."""

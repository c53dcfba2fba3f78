"""A command that is sent twice is carried out once, and answers the same."""

import asyncio

import pytest

from services.chassis.idempotency import Answer, KeyReused, UnderWay, once
from services.chassis.postgres import Pool, Transaction
from tests.integration.chassis.conftest import until

ANSWER = Answer(201, {"cohort_id": "17", "rows": 3, "rejected": [{"row": 2, "code": "nik_malformed"}], "none": None})


class Action:
    """Counts, in the database, how often it was carried out."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def __call__(self, tx: Transaction) -> Answer:
        await tx.execute("insert into done default values")
        return ANSWER

    async def times(self) -> int:
        count: int = await self.pool.fetchval("select count(*) from done")
        return count


@pytest.fixture
async def action(writer: Pool) -> Action:
    await writer.execute("create table done (at timestamptz default now())")
    return Action(writer)


async def test_the_same_key_and_payload_give_the_stored_answer(writer: Pool, action: Action) -> None:
    for _ in range(3):
        assert await once(writer, key="k", actor="ann", payload=b"{}", action=action) == ANSWER
    assert await action.times() == 1
    assert await once(writer, key="another", actor="ann", payload=b"{}", action=action) == ANSWER
    assert await action.times() == 2


@pytest.mark.parametrize(("actor", "payload"), [("ann", b"[]"), ("ben", b"{}")])
async def test_a_key_belongs_to_one_payload_of_one_actor(
    writer: Pool, action: Action, actor: str, payload: bytes
) -> None:
    await once(writer, key="k", actor="ann", payload=b"{}", action=action)
    with pytest.raises(KeyReused):
        await once(writer, key="k", actor=actor, payload=payload, action=action)
    assert await action.times() == 1


async def test_of_many_at_once_one_is_carried_out(writer: Pool, action: Action) -> None:
    may_end = asyncio.Event()

    async def slow(tx: Transaction) -> Answer:
        await may_end.wait()
        return await action(tx)

    first = asyncio.create_task(once(writer, key="k", actor="ann", payload=b"{}", action=slow))

    async def begun() -> bool:
        return bool(
            await writer.fetchval("select exists (select from pg_locks where locktype = 'advisory' and granted)")
        )

    await until(begun, "the first is under way")
    others = [once(writer, key="k", actor="ann", payload=b"{}", action=action) for _ in range(8)]
    told = await asyncio.gather(*others, return_exceptions=True)
    assert [type(each) for each in told] == [UnderWay] * 8
    may_end.set()
    assert await first == ANSWER
    assert await once(writer, key="k", actor="ann", payload=b"{}", action=action) == ANSWER
    assert await action.times() == 1


async def test_an_action_that_fails_leaves_nothing_and_may_come_again(writer: Pool, action: Action) -> None:
    async def failing(tx: Transaction) -> Answer:
        await action(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await once(writer, key="k", actor="ann", payload=b"{}", action=failing)
    assert await action.times() == 0
    assert await writer.fetchval("select count(*) from idempotency") == 0
    assert await once(writer, key="k", actor="ann", payload=b"[]", action=action) == ANSWER
    assert await action.times() == 1


async def test_the_payload_itself_is_not_kept(writer: Pool, action: Action) -> None:
    await once(writer, key="k", actor="ann", payload=b"5104014101900001", action=action)
    assert b"5104014101900001" not in await writer.fetchval("select payload from idempotency")

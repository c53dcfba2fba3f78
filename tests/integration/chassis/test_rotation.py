"""Keys are changed while people are read and come; whoever is interrupted goes on, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.chassis import migrations
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import BadSecret, Sealed, Vault
from services.chassis.vault.rotation import remaining, renew_key, rewrap
from tests.integration.chassis.conftest import until, waits_for_lock
from tests.integration.conftest import Migrated

OLD, NEW, INDEX = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
PEOPLE = [UUID(int=number) for number in range(1, 26)]


@pytest_asyncio.fixture
async def keys(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((migrations.VAULT_KEYS,)), name="keys", size_max=8) as pool:
        yield pool


@pytest_asyncio.fixture
async def old(writer: Pool, keys: Pool) -> Vault:
    """A process from before the change, which has sealed some people."""
    vault = Vault(keys, [OLD], INDEX)
    await seal(vault, writer, *PEOPLE)
    return vault


async def seal(vault: Vault, pool: Pool, *people: UUID) -> None:
    async with transaction(pool) as tx:
        await vault.seal(tx, [(person, {"name": f"Orang {person.int}"}) for person in people])


async def all_open(vault: Vault, pool: Pool, *people: UUID) -> bool:
    async with transaction(pool) as tx:
        opened = await vault.open_all(tx, people, actor="test", purpose="test")
    return opened == {person: {"name": f"Orang {person.int}"} for person in people}


async def test_the_wrapping_key_is_changed_in_pieces_while_both_are_valid(writer: Pool, keys: Pool, old: Vault) -> None:
    both = Vault(keys, [NEW, OLD], INDEX)
    async with aclosing(rewrap(both.keys, piece_max=10)) as rest:
        assert [await anext(rest) for _ in range(2)] == [25, 15]  # and then whoever does it is killed
    assert await all_open(both, writer, *PEOPLE)
    with pytest.raises(BadSecret, match="no wrapping key of this process"):
        await all_open(old, writer, *PEOPLE)
    came = uuid4()
    await seal(both, writer, came)
    with pytest.raises(BadSecret, match="restart"):  # not a moment longer with a key that is about to go
        await seal(old, writer, uuid4())

    assert [left async for left in rewrap(both.keys, piece_max=10)][-1] == 0
    assert await remaining(both.keys) == 0
    only_new = Vault(keys, [NEW], INDEX)
    assert await all_open(only_new, writer, *PEOPLE)
    await seal(only_new, writer, uuid4())


@pytest.mark.usefixtures("old")
async def test_a_process_with_both_keys_wraps_by_the_one_in_use(writer: Pool, keys: Pool) -> None:
    early = Vault(keys, [OLD, NEW], INDEX)  # restarted with the new key behind the old one
    assert [left async for left in rewrap(Vault(keys, [NEW, OLD], INDEX).keys)][-1] == 0
    came = uuid4()
    async with transaction(writer) as tx:
        await early.seal(tx, [(came, {"name": f"Orang {came.int}"})])
    assert await remaining(Vault(keys, [NEW], INDEX).keys) == 0
    assert await all_open(Vault(keys, [NEW], INDEX), writer, came, *PEOPLE)


@pytest.mark.usefixtures("old")
async def test_nobody_who_comes_during_the_change_is_missed(writer: Pool, keys: Pool) -> None:
    both = Vault(keys, [NEW, OLD], INDEX)
    arriving = Vault(keys, [OLD, NEW], INDEX)
    came = [uuid4() for _ in range(60)]

    async def arrive(person: UUID) -> None:
        await seal(arriving, writer, person)

    async def change() -> None:
        async for _ in rewrap(both.keys, piece_max=3):
            await asyncio.sleep(0)

    await asyncio.gather(change(), *map(arrive, came))
    assert await remaining(both.keys) == 0
    assert await all_open(Vault(keys, [NEW], INDEX), writer, *came, *PEOPLE)


async def test_a_persons_own_key_is_changed(writer: Pool, keys: Pool, old: Vault) -> None:
    person, other = PEOPLE[:2]
    before = await _kept(writer, keys, person)
    await renew_key(writer, old.keys, person, actor="officer")
    after = await _kept(writer, keys, person)
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert await all_open(old, writer, person, other)
    (read, *_) = await old.keys.reads(person_id=person, actor="officer", limit=1)
    assert read.purpose == "new key for this person"
    # the old key opens nothing any more
    await keys.execute("update person_key set wrapped = $2 where person_id = $1", person, before[1])
    with pytest.raises(Sealed):
        await all_open(old, writer, person)
    with pytest.raises(Sealed):
        await renew_key(writer, old.keys, uuid4(), actor="officer")


async def test_who_is_read_while_their_key_is_changed_opens(writer: Pool, keys: Pool, old: Vault) -> None:
    async with transaction(keys) as gate:
        # Whoever takes keys next waits for this number in the log of reads; whoever comes after has a later one.
        number = await gate.fetchval(
            """
            insert into key_read (number, person_id, actor, purpose) overriding system value
            select last_value + is_called::int, gen_random_uuid(), 'gate', 'gate' from key_read_number_seq
            returning number
            """
        )
        reading = asyncio.create_task(all_open(old, writer, *PEOPLE[:2]))

        async def has_read_the_documents() -> bool:
            return await waits_for_lock(keys, "%take_keys%")

        await until(has_read_the_documents, "the reader has the documents, and waits for the keys")
        await renew_key(writer, old.keys, PEOPLE[0], actor="officer")
        await gate.execute("delete from key_read where number = $1", number)
    assert await reading


@pytest.mark.parametrize("committed", [False, True], ids=["before the document", "after the document"])
async def test_a_persons_key_whose_change_was_cut_off(writer: Pool, keys: Pool, old: Vault, committed: bool) -> None:
    person = PEOPLE[0]
    await keys.execute(
        "update person_key set next_wrapped = $2 where person_id = $1",
        person,
        old.keys.wrap(person, bytes(range(7, 39))),
    )
    if committed:
        async with transaction(writer) as tx:
            await old.change(tx, person, {}, actor="test", purpose="sealed with the next key")
    assert await all_open(old, writer, person)
    async with transaction(writer) as tx:  # a change of the document meanwhile is not lost
        await old.change(tx, person, {"name": f"Orang {person.int}"}, actor="test", purpose="a change")
    await renew_key(writer, old.keys, person, actor="officer")
    assert await keys.fetchval("select count(*) from person_key where next_wrapped is not null") == 0
    assert await all_open(old, writer, *PEOPLE)


async def test_changes_of_the_document_and_of_its_key_at_once(writer: Pool, old: Vault) -> None:
    person = PEOPLE[0]

    async def note(number: int) -> None:
        async with transaction(writer) as tx:
            await old.change(tx, person, {f"note {number}": number}, actor="test", purpose="a note")

    async def renew() -> None:
        for _ in range(5):
            await renew_key(writer, old.keys, person, actor="officer")

    await asyncio.gather(renew(), *map(note, range(20)))
    async with transaction(writer) as tx:
        document: dict[str, Any] = await old.open(tx, person, actor="test", purpose="test")
    assert document == {"name": f"Orang {person.int}"} | {f"note {number}": number for number in range(20)}


async def _kept(writer: Pool, keys: Pool, person: UUID) -> tuple[bytes, bytes]:
    document = await writer.fetchval("select document from vault where person_id = $1", person)
    return document, await keys.fetchval("select wrapped from person_key where person_id = $1", person)

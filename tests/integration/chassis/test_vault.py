"""People's data can be opened with their own key only, and stands nowhere in the clear."""

import ast
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.chassis import migrations
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.vault import BadSecret, Sealed, Vault, read_secrets
from tests.integration.conftest import Migrated

NIK = "5104014101909001"
DOCUMENT = {"nik": NIK, "name": "Ni Wayan Contoh", "birth_date": "1990-01-01"}
WRAPPING, INDEX = bytes(range(32)), bytes(range(32, 64))


@pytest_asyncio.fixture
async def keys(migrated: Migrated) -> AsyncIterator[Pool]:
    async with open_pool(await migrated((migrations.VAULT_KEYS,)), name="keys", size_max=2) as pool:
        yield pool


@pytest_asyncio.fixture
async def vault(keys: Pool) -> Vault:
    return Vault(keys, [WRAPPING], INDEX)


async def seal(vault: Vault, pool: Pool, *people: UUID) -> None:
    async with transaction(pool) as tx:
        await vault.seal(tx, [(person, DOCUMENT) for person in people])


async def open_one(vault: Vault, pool: Pool, person: UUID) -> dict[str, object]:
    async with transaction(pool) as tx:
        return await vault.open(tx, person, actor="ann", purpose="the test")


async def test_round_trip_and_every_read_is_logged(writer: Pool, vault: Vault, keys: Pool) -> None:
    person, other = uuid4(), uuid4()
    await seal(vault, writer, person, other)
    assert await open_one(vault, writer, person) == DOCUMENT
    reads = await keys.fetch("select person_id, actor, purpose from key_read")
    assert [tuple(row) for row in reads] == [(person, "ann", "the test")]
    documents = await writer.fetch("select document from vault")
    assert len({row["document"] for row in documents}) == 2  # the same content looks different


async def test_a_read_is_on_record_whatever_becomes_of_its_transaction(writer: Pool, vault: Vault, keys: Pool) -> None:
    person = uuid4()
    await seal(vault, writer, person)

    async def look_and_fail() -> None:
        async with transaction(writer) as tx:
            await vault.open(tx, person, actor="ann", purpose="a look, and no commit")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await look_and_fail()
    with pytest.raises(BadSecret):  # the attempt counts too
        await open_one(Vault(keys, [bytes(32)], INDEX), writer, person)
    async with transaction(writer) as tx:
        await vault.open_all(tx, [person, uuid4()], actor="bob", purpose="a list")
        await vault.change(tx, person, {"name": "Ni Made Contoh"}, actor="cid", purpose="a correction")
    reads = await vault.keys.reads(person_id=person, limit=10)
    assert [(read.actor, read.purpose) for read in reads] == [
        ("cid", "a correction"), ("bob", "a list"), ("ann", "the test"), ("ann", "a look, and no commit"),
    ]  # fmt: skip
    assert (await vault.keys.reads(actor="ann", before=reads[2].number, limit=10)) == [reads[3]]
    assert await open_one(vault, writer, person) == DOCUMENT | {"name": "Ni Made Contoh"}


def test_keys_leave_their_table_in_two_places_only() -> None:
    """One is the function that logs; the other wraps them anew, and opens nothing."""
    reading = {
        path.name
        for path in Path("services").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and re.search(r"select\b.*\bwrapped\b.*from person_key", str(node.value), re.DOTALL)
    }
    assert reading == {"rotation.py"}


async def test_a_ciphertext_that_was_moved_is_refused(writer: Pool, vault: Vault, keys: Pool) -> None:
    person, other = uuid4(), uuid4()
    await seal(vault, writer, person, other)
    document = await writer.fetchval("select document from vault where person_id = $1", other)
    await writer.execute("update vault set document = $2 where person_id = $1", person, document)
    with pytest.raises(Sealed):
        await open_one(vault, writer, person)
    # also with the key moved along: both say whose they are
    wrapped = await keys.fetchval("select wrapped from person_key where person_id = $1", other)
    await keys.execute("update person_key set wrapped = $2 where person_id = $1", person, wrapped)
    with pytest.raises(BadSecret):
        await open_one(vault, writer, person)
    assert await open_one(vault, writer, other) == DOCUMENT


async def test_without_the_persons_key_nothing_opens(writer: Pool, vault: Vault, keys: Pool) -> None:
    person = uuid4()
    await seal(vault, writer, person)
    await keys.execute("delete from person_key where person_id = $1", person)
    with pytest.raises(Sealed, match="erased"):
        await open_one(vault, writer, person)
    with pytest.raises(Sealed):
        await open_one(vault, writer, uuid4())


async def test_another_wrapping_key_opens_nothing(writer: Pool, vault: Vault, keys: Pool) -> None:
    person = uuid4()
    await seal(vault, writer, person)
    with pytest.raises(BadSecret):
        await open_one(Vault(keys, [bytes(32)], INDEX), writer, person)


def test_the_blind_hash_finds_equal_and_only_equal(vault: Vault, keys: Pool) -> None:
    assert vault.blind(NIK) == vault.blind(NIK)
    assert vault.blind(NIK) != vault.blind(NIK[:-1] + "2")
    assert vault.blind(NIK) != Vault(keys, [WRAPPING], bytes(32)).blind(NIK)
    assert Vault(keys, [bytes(32)], INDEX).blind(NIK) == vault.blind(NIK)
    assert len(vault.blind(NIK)) == 16


async def test_nothing_stands_in_the_clear(writer: Pool, vault: Vault, keys: Pool) -> None:
    person = uuid4()
    await seal(vault, writer, person)
    await open_one(vault, writer, person)
    for pool in (writer, keys):
        tables = await pool.fetch("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in tables:
            text = "".join(map(str, await pool.fetch(f'select t::text from "{table}" t')))  # noqa: S608 - names of our own
            for secret in (NIK, "Wayan", "1990-01-01", NIK.encode().hex(), WRAPPING.hex(), INDEX.hex()):
                assert secret not in text, table
    with pytest.raises(BadSecret) as told:
        await open_one(Vault(keys, [bytes(32)], INDEX), writer, person)
    assert not re.search(r"\d{16}", str(told.value))


def test_a_secret_is_32_bytes_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "good").write_text(WRAPPING.hex() + "\n")
    assert read_secrets(tmp_path, "good") == (WRAPPING,)
    (tmp_path / "changing").write_text(f"{INDEX.hex()}\n{WRAPPING.hex()}\n")
    assert read_secrets(tmp_path, "changing") == (INDEX, WRAPPING)
    for name, content in {"short": "00" * 31, "long": "00" * 33, "rubbish": "no hexadecimal"}.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(BadSecret, match="openssl rand -hex 32") as told:
            read_secrets(tmp_path, name)
        assert content not in str(told.value)
    with pytest.raises(BadSecret):
        read_secrets(tmp_path, "missing")

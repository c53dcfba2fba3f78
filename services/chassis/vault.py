"""People's data, encrypted with a key per person; the keys live in a database of their own, wrapped.

AES-256-GCM throughout; the person's id is authenticated with both, so a ciphertext moved to another row is refused.
The keyed hash finds a person by NIK without decrypting. A NIK has little entropy: whoever holds the index key can
enumerate it, so that key is a file and stands in no database.
"""

import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis.postgres import Pool, Transaction

KEY_BYTES = 32
NONCE_BYTES = 12
BLIND_BYTES = 16


class Sealed(Exception):
    """The person's data cannot be opened: erased, or the wrong wrapping key."""


class BadSecret(Exception):
    """A secret file is missing or is not 32 bytes in hexadecimal."""


def read_secret(folder: Path, name: str) -> bytes:
    """Read a secret file of 32 bytes in hexadecimal."""
    file = folder / name
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        msg = f"{file} is missing or not hexadecimal; write 32 random bytes to it: openssl rand -hex 32"
        raise BadSecret(msg) from error
    if len(secret) != KEY_BYTES:
        msg = f"{file} holds {len(secret)} bytes instead of {KEY_BYTES}; write 32 random bytes: openssl rand -hex 32"
        raise BadSecret(msg)
    return secret


class Vault:
    """The vault of one service; `keys` is the pool of the database that holds the person keys."""

    def __init__(self, keys: Pool, wrapping_key: bytes, index_key: bytes) -> None:
        self._keys = keys
        self._wrapping = AESGCM(wrapping_key)
        self._index_key = index_key
        self.pepper = hmac.digest(index_key, b"pepper", "sha256")
        """A secret for other keyed hashes, which no database holds."""

    def blind(self, identifier: str) -> bytes:
        """Hash an identifier with the index key, for matching."""
        return hmac.digest(self._index_key, identifier.encode(), "sha256")[:BLIND_BYTES]

    async def seal(self, tx: Transaction, people: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
        """Encrypt and store a document for each person, who must be new.

        The keys are committed first, in their own database; a key whose document never came is harmless.
        """
        ids = [person for person, _ in people]
        wrapped, sealed = [], []
        for person, document in people:
            key = os.urandom(KEY_BYTES)
            wrapped.append(_encrypt(self._wrapping, key, person))
            sealed.append(_encrypt(AESGCM(key), orjson.dumps(document), person))
        await self._keys.execute(
            "insert into person_key (person_id, wrapped) select * from unnest($1::uuid[], $2::bytea[])", ids, wrapped
        )
        await tx.execute(
            "insert into vault (person_id, document) select * from unnest($1::uuid[], $2::bytea[])", ids, sealed
        )

    async def open(self, tx: Transaction, person_id: UUID, *, actor: str, purpose: str) -> dict[str, Any]:
        """Decrypt a person's document, and log who read it for what."""
        opened = await self.open_all(tx, [person_id], actor=actor, purpose=purpose)
        if person_id not in opened:
            msg = f"nothing can be opened for {person_id}: not in the vault, or erased"
            raise Sealed(msg)
        return opened[person_id]

    async def open_all(
        self, tx: Transaction, person_ids: Iterable[UUID], *, actor: str, purpose: str
    ) -> dict[UUID, dict[str, Any]]:
        """Decrypt the documents of people, without those who were erased, and log who read them for what."""
        wanted = sorted(set(person_ids))
        await tx.execute(
            "insert into vault_read (person_id, actor, purpose) select unnest($1::uuid[]), $2, $3",
            wanted,
            actor,
            purpose,
        )
        sealed = await tx.fetch("select person_id, document from vault where person_id = any($1::uuid[])", wanted)
        keys = await self._person_keys(wanted)
        return {
            row["person_id"]: orjson.loads(_open(keys[row["person_id"]], row["document"], row["person_id"]))
            for row in sealed
            if row["person_id"] in keys
        }

    async def amend(self, tx: Transaction, documents: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Put other documents in the place of people's; whoever was erased meanwhile stays so.

        What a document was must have been read while the person's stream head was locked.
        """
        keys = await self._person_keys(sorted(documents))
        await tx.execute(
            """
            update vault v set document = d.document
              from unnest($1::uuid[], $2::bytea[]) as d(person_id, document) where v.person_id = d.person_id
            """,
            list(keys),
            [_encrypt(AESGCM(key), orjson.dumps(documents[person]), person) for person, key in keys.items()],
        )

    async def _person_keys(self, person_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        rows = await self._keys.fetch(
            "select person_id, wrapped from person_key where person_id = any($1::uuid[])", person_ids
        )
        return {row["person_id"]: self._unwrapped(row["wrapped"], row["person_id"]) for row in rows}

    def _unwrapped(self, wrapped: bytes, person_id: UUID) -> bytes:
        try:
            return _decrypt(self._wrapping, wrapped, person_id)
        except InvalidTag as error:
            msg = f"the wrapping key does not open {person_id}"
            raise Sealed(msg) from error


def _open(key: bytes, document: bytes, person_id: UUID) -> bytes:
    try:
        return _decrypt(AESGCM(key), document, person_id)
    except InvalidTag as error:
        msg = f"the person's key does not open {person_id}"
        raise Sealed(msg) from error


def _encrypt(cipher: AESGCM, plain: bytes, person: UUID) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, person.bytes)


def _decrypt(cipher: AESGCM, sealed: bytes, person: UUID) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person.bytes)

"""People's data, encrypted with a key per person; the keys live in a database of their own, wrapped.

AES-256-GCM throughout; the person's id is authenticated with both, so a ciphertext moved to another row is refused.
The keyed hash finds a person by NIK without decrypting. A NIK has little entropy: whoever holds the index key can
enumerate it, so that key is a file and stands in no database.
"""

import hmac
import os
from collections.abc import Mapping, Sequence
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
        await tx.execute(
            "insert into vault_read (person_id, actor, purpose) values ($1, $2, $3)", person_id, actor, purpose
        )
        document = await tx.fetchval("select document from vault where person_id = $1", person_id)
        wrapped = await self._keys.fetchval("select wrapped from person_key where person_id = $1", person_id)
        if document is None or wrapped is None:
            msg = f"nothing can be opened for {person_id}: not in the vault, or erased"
            raise Sealed(msg)
        try:
            opened = _decrypt(AESGCM(_decrypt(self._wrapping, wrapped, person_id)), document, person_id)
        except InvalidTag as error:
            msg = f"the wrapping key does not open {person_id}"
            raise Sealed(msg) from error
        found: dict[str, Any] = orjson.loads(opened)
        return found


def _encrypt(cipher: AESGCM, plain: bytes, person: UUID) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, person.bytes)


def _decrypt(cipher: AESGCM, sealed: bytes, person: UUID) -> bytes:
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person.bytes)

"""People's data, encrypted with a key per person; the keys live in a database of their own, wrapped.

AES-256-GCM throughout; the person's id is authenticated with both, so a ciphertext moved to another row is refused.
The keyed hash finds a person by NIK without decrypting. A NIK has little entropy: whoever holds the index key can
enumerate it, so that key is a file and stands in no database.

What holds many people, such as an upload, is sealed in a box with a key of its own and may stand in any table: make it
with `vault.keys.make([upload_id])`, take it again with `vault.keys.take`, destroy it with `vault.keys.destroy`.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from services.chassis.postgres import Pool, Transaction
from services.chassis.vault.keys import BadSecret, Box, PersonKeys, Sealed, read_secrets

__all__ = ["BadSecret", "Box", "Sealed", "Vault", "read_secrets"]

BLIND_BYTES = 16


class Vault:
    """The vault of one service; `keys` is the pool of the database that holds the person keys.

    While the wrapping key is changed there are several: the first wraps, all unwrap.
    """

    def __init__(self, keys: Pool, wrapping_keys: Sequence[bytes], index_key: bytes) -> None:
        self.keys = PersonKeys(keys, wrapping_keys)
        self.index_key = index_key
        self._index = HMAC(index_key, SHA256())
        self.pepper = hmac.digest(index_key, b"pepper", "sha256")
        """A secret for other keyed hashes, which no database holds."""

    @classmethod
    def from_files(cls, keys: Pool, folder: Path, *, index_file: str = "index.key") -> "Vault":
        """Open the vault with the keys in `wrapping.key` and `index.key`."""
        wrapping, (index, *_) = read_secrets(folder, "wrapping.key"), read_secrets(folder, index_file)
        return cls(keys, wrapping, index)

    def blind(self, identifier: str) -> bytes:
        """Hash an identifier with the index key, for matching."""
        keyed = self._index.copy()  # a third of the time that it takes to begin with the key
        keyed.update(identifier.encode())
        return keyed.finalize()[:BLIND_BYTES]

    async def seal(self, tx: Transaction, people: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
        """Encrypt and store a document for each person, who must be new.

        The keys are committed first, in their own database; a key whose document never came is harmless.
        """
        boxes = await self.keys.make([person for person, _ in people])
        await tx.execute(
            "insert into vault (person_id, document) select * from unnest($1::uuid[], $2::bytea[])",
            [person for person, _ in people],
            [boxes[person].seal(orjson.dumps(document)) for person, document in people],
        )

    async def open(self, tx: Transaction, person_id: UUID, *, actor: str, purpose: str) -> dict[str, Any]:
        """Decrypt a person's document; who read it for what is on record whatever becomes of the transaction."""
        found = await self.open_all(tx, [person_id], actor=actor, purpose=purpose)
        if person_id not in found:
            msg = f"nothing can be opened for {person_id}: not in the vault, or erased"
            raise Sealed(msg)
        return found[person_id]

    async def open_all(
        self, tx: Transaction, people: Iterable[UUID], *, actor: str, purpose: str
    ) -> dict[UUID, dict[str, Any]]:
        """Decrypt the documents of these people, with an entry in the log for each; who was erased is left out."""
        opened, damaged = await self.open_sound(tx, people, actor=actor, purpose=purpose)
        if damaged:
            msg = f"the keys of {', '.join(map(str, sorted(damaged)))} do not open their documents: moved, or damaged"
            raise Sealed(msg)
        return opened

    async def open_sound(
        self, tx: Transaction, people: Iterable[UUID], *, actor: str, purpose: str
    ) -> tuple[dict[UUID, dict[str, Any]], set[UUID]]:
        """Decrypt what can be decrypted, as `open_all` does, and name those whose own key does not open it."""
        wanted = list(people)
        documents = await tx.fetch("select person_id, document from vault where person_id = any($1::uuid[])", wanted)
        opened, unfit = _open(documents, await self.keys.take(wanted, actor=actor, purpose=purpose))
        if unfit:
            # A key was changed between the two looks, or there is damage. Whoever changes a key locks the row, so what
            # is read under a lock, before the keys are taken, fits them.
            documents = await tx.fetch(
                "select person_id, document from vault where person_id = any($1::uuid[]) order by person_id for share",
                sorted(unfit),
            )
            again, unfit = _open(documents, await self.keys.take(sorted(unfit), actor=actor, purpose=purpose))
            opened |= again
        return opened, unfit

    async def change(
        self, tx: Transaction, person_id: UUID, more: Mapping[str, Any], *, actor: str, purpose: str
    ) -> dict[str, Any]:
        """Put further fields into a person's document, or others in the place of those there; gives it whole."""
        changed = await self.change_all(tx, {person_id: more}, actor=actor, purpose=purpose)
        if person_id not in changed:
            msg = f"nothing can be changed for {person_id}: not in the vault, or erased"
            raise Sealed(msg)
        return changed[person_id]

    async def change_all(
        self, tx: Transaction, more: Mapping[UUID, Mapping[str, Any]], *, actor: str, purpose: str
    ) -> dict[UUID, dict[str, Any]]:
        """Change the documents of these people, each by its own fields; one that is None is taken out.

        Gives them whole; who was erased is left out.
        """
        wanted = sorted(more)
        documents = await tx.fetch(
            "select person_id, document from vault where person_id = any($1::uuid[]) order by person_id for update",
            wanted,
        )
        # The keys are taken after the rows are locked: whoever changes a key holds that lock as well.
        boxes = await self.keys.take(wanted, actor=actor, purpose=purpose)
        changed: dict[UUID, dict[str, Any]] = {}
        for person, document in documents:
            if person in boxes:
                fields = orjson.loads(boxes[person].open(document)) | more[person]
                changed[person] = {name: value for name, value in fields.items() if value is not None}
        await tx.execute(
            """
            update vault v set document = d.document
              from unnest($1::uuid[], $2::bytea[]) as d(person_id, document) where v.person_id = d.person_id
            """,
            list(changed),
            [boxes[person].seal(orjson.dumps(document)) for person, document in changed.items()],
        )
        return changed


def _open(documents: Iterable[Any], boxes: Mapping[UUID, Box]) -> tuple[dict[UUID, dict[str, Any]], set[UUID]]:
    """Open what a box opens, and name those whose box does not; who has none was erased."""
    opened: dict[UUID, dict[str, Any]] = {}
    unfit: set[UUID] = set()
    for person, document in documents:
        if person in boxes:
            try:
                opened[person] = orjson.loads(boxes[person].open(document))
            except Sealed:
                unfit.add(person)
    return opened, unfit

"""Whoever is named in a claim: payees and witnesses, whose names and accounts go to the vault and nowhere else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.chassis.ledger import Act
from services.chassis.postgres import Transaction
from services.chassis.vault import Vault
from services.claims.claim import Claim, Payee, Rejected, Relation


@dataclass(frozen=True, slots=True)
class PayeeIn:
    """Somebody to be paid; `sealed` is for the vault: name, bank, account.

    `payee_id` names a payee of the claim who stays, while something about them changes. Without it, whoever has the
    same relation, day of birth and account as a payee of the claim is taken for that one.
    """

    relation: Relation
    share: tuple[int, int]
    guardian: bool
    born_on: date | None
    sealed: dict[str, str] = field(repr=False)
    payee_id: UUID | None = None
    representative: bool = False


async def seal_account(tx: Transaction, account_id: UUID | None, account: dict[str, Any] | None, vault: Vault) -> None:
    if account_id and account:
        await vault.seal(tx, [(account_id, account)])


def named_payees(claim: Claim, told: Sequence[PayeeIn], vault: Vault) -> tuple[Payee, ...]:
    """Give each payee an id, and the one that they have already where they are known."""
    known = {payee.payee_id: payee for payee in claim.payees}
    by_id = {one.payee_id for one in told}
    named = []
    for one in told:
        if one.payee_id is not None and one.payee_id not in known:
            raise Rejected(
                "PAYEE_UNKNOWN",
                indonesian=f"Penerima {one.payee_id} tidak ada dalam klaim ini, atau disebutkan dua kali.",
                english=f"This claim has no payee {one.payee_id}, or they are named twice.",
            )
        account, name = _account_index(one, vault), _name_index(one, vault)
        same = known.get(one.payee_id) if one.payee_id else _same_payee(one, account, known.values(), by_id)
        if same:
            del known[same.payee_id]
        payee_id = same.payee_id if same else uuid4()
        payee = Payee(payee_id, one.relation, one.share, one.guardian, one.born_on, representative=one.representative)
        left = same or payee  # what is left out stays as it was
        account, name = account or left.account_index, name or left.name_index
        named.append(replace(payee, account_index=account, name_index=name))
    return tuple(named)


def _same_payee(one: PayeeIn, account: str, known: Iterable[Payee], taken: Collection[UUID | None]) -> Payee | None:
    wanted = (one.relation, one.born_on, account)
    free = (payee for payee in known if payee.payee_id not in taken)
    return next((payee for payee in free if (payee.relation, payee.born_on, payee.account_index) == wanted), None)


def _account_index(one: PayeeIn, vault: Vault) -> str:
    """Hash bank and account, however they are written, so that the same account is known again."""
    bank, account = (
        "".join(sign for sign in one.sealed.get(part, "").upper() if sign.isalnum()) for part in ("bank", "account")
    )
    return vault.blind(f"account:{bank}/{account}").hex() if account else ""


def _name_index(one: PayeeIn, vault: Vault) -> str:
    """Hash the name, so that another one is seen."""
    name = " ".join(one.sealed.get("name", "").casefold().split())
    return vault.blind(f"name:{name}").hex() if name else ""


async def seal_payees(
    tx: Transaction, before: Claim, named: Sequence[Payee], told: Sequence[PayeeIn], vault: Vault, act: Act
) -> None:
    """Seal what is told of the payees: of new ones, and instead of what was known of those who stay."""
    known = {payee.payee_id for payee in before.payees}
    sealed = {payee.payee_id: one.sealed for payee, one in zip(named, told, strict=True) if one.sealed}
    stay = {payee_id: document for payee_id, document in sealed.items() if payee_id in known}
    new = [(payee_id, document) for payee_id, document in sealed.items() if payee_id not in known]
    if new:
        await vault.seal(tx, new)
    if stay:
        changed = await vault.change_all(tx, stay, actor=act.actor, purpose=f"payees of claim {before.claim_id}")
        if stay.keys() - changed.keys():
            raise _erased()


async def refuse_erased(payees: Collection[UUID], vault: Vault) -> None:
    """Refuse to pay somebody whose name and account nobody can read any more."""
    if payees and set(payees) - await vault.keys.held(payees):
        raise _erased()


def _erased() -> Rejected:
    return Rejected(
        "PAYEE_ERASED",
        indonesian="Data seorang penerima sudah dihapus untuk selamanya, jadi ia tidak dapat dibayar dengan data itu."
        " Ganti penerima itu dengan yang baru, tanpa payee_id; yang pernah dibayar tetap tercantum dengan bagian 0.",
        english="What was known of a payee has been erased for good, so they cannot be paid by it. Name them anew,"
        " without the payee_id; whoever was paid before stays in the list with a share of 0.",
    )

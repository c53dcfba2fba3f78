"""Let another edition come into force: one person proposes, a second one approves or refuses."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from services.chassis.postgres import Transaction
from services.claims.rules import store
from services.claims.rules.book import Content
from services.claims.rules.packaged import base_book
from services.claims.rules.proposal import Fault, Proposal, faults, next_edition


class Refused(Exception):
    """A rule says no to what was asked about a proposal; `faults` are places of it, where places are at fault."""

    def __init__(self, code: str, *, indonesian: str, english: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(english)
        self.code, self.indonesian, self.english, self.faults = code, indonesian, english, tuple(faults)


async def propose(tx: Transaction, changes: Content, *, reason: str, by: str) -> Proposal:
    """Put changes forward on top of the newest edition; nothing applies before a second person approves it."""
    await store.append(tx, base_book())
    base = await store.current_book(tx)
    if found := faults(base, changes):
        raise Refused(
            "PROPOSAL_INVALID",
            indonesian=" ".join(fault.indonesian for fault in found),
            english=" ".join(fault.english for fault in found),
            faults=found,
        )
    proposal_id = uuid4()
    await store.propose(tx, proposal_id=proposal_id, base=base.edition, changes=changes, reason=reason, by=by)
    return await find(tx, proposal_id)


async def approve(tx: Transaction, proposal_id: UUID, *, by: str) -> Proposal:
    """Make the proposal the next edition; whoever proposed it cannot."""
    proposal = await _lock_then_look(tx, proposal_id, by)
    base = await store.current_book(tx)
    if base.edition != proposal.base:
        raise _outdated(proposal, base.edition)
    book = next_edition(base, proposal.changes)
    await store.append(tx, book)
    await store.settle(tx, proposal_id, state="approved", by=by, remark=None, edition=book.edition)
    return await find(tx, proposal_id)


async def refuse(tx: Transaction, proposal_id: UUID, *, remark: str, by: str) -> Proposal:
    """Turn the proposal down, with the reason; whoever proposed it cannot."""
    await _lock_then_look(tx, proposal_id, by)
    await store.settle(tx, proposal_id, state="refused", by=by, remark=remark, edition=None)
    return await find(tx, proposal_id)


async def find(tx: Transaction, proposal_id: UUID) -> Proposal:
    """Give a proposal as it stands."""
    proposal = await store.find_proposal(tx, proposal_id)
    if proposal is None:
        raise Refused(
            "PROPOSAL_UNKNOWN",
            indonesian="Usulan ini tidak ada; periksa nomornya.",
            english="There is no such proposal; check its id.",
        )
    return proposal


async def _lock_then_look(tx: Transaction, proposal_id: UUID, by: str) -> Proposal:
    await store.lock(tx)
    proposal = await find(tx, proposal_id)
    if proposal.state != "proposed":
        raise _settled(proposal)
    if proposal.proposed_by == by:
        raise Refused(
            "SAME_PERSON",
            indonesian="Anda sendiri yang mengusulkan perubahan ini; orang lain yang harus menyetujui atau menolaknya.",
            english="You proposed this change yourself; somebody else has to approve or refuse it.",
        )
    return proposal


def _settled(proposal: Proposal) -> Refused:
    if proposal.state == "approved":
        return Refused(
            "PROPOSAL_SETTLED",
            indonesian=f"Usulan ini sudah disetujui dan menjadi edisi {proposal.edition}.",
            english=f"This proposal was approved already and became edition {proposal.edition}.",
        )
    return Refused(
        "PROPOSAL_SETTLED",
        indonesian="Usulan ini sudah ditolak; alasannya ada di usulan itu. Buat usulan baru.",
        english="This proposal was refused already; it says why. Make a new one.",
    )


def _outdated(proposal: Proposal, newest: int) -> Refused:
    return Refused(
        "PROPOSAL_OUTDATED",
        indonesian=(
            f"Usulan ini dibuat atas edisi {proposal.base}, sedangkan edisi terbaru kini {newest}. Tolak usulan ini dan"
            f" usulkan kembali atas edisi {newest}."
        ),
        english=(
            f"This proposal was made on top of edition {proposal.base}, and edition {newest} is the newest by now."
            f" Refuse it, and propose the change anew on top of edition {newest}."
        ),
    )

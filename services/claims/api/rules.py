"""The rules over HTTP: what is in force on a day, editions, and proposals that a second person settles."""

import asyncio
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Commanded, Database, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.pages import PageOf, page, place
from services.chassis.web.problems import TITLES, refusal
from services.claims import what_if
from services.claims.api.bodies import Day
from services.claims.api.rules_bodies import (
    ChangedProposal,
    DifferenceAnswer,
    EditionsPage,
    HolidaysAnswer,
    ProposalAnswer,
    ProposalBody,
    ProposalsPage,
    RefusalBody,
    RulesAnswer,
    TallyAnswer,
    WhatIfAnswer,
    edition_answer,
    entries_of,
    proposal_answer,
    proposal_row,
)
from services.claims.rules import RuleBook, approval, book_of, current_book
from services.claims.rules import store as rules_store
from services.claims.rules.approval import Refused
from services.claims.rules.proposal import Proposal, State, amounts_change_from, next_edition
from services.claims.rules.store import UnknownEdition
from services.claims.what_if import Difference, Tally
from services.claims.what_if import store as decided_claims

EDITION_MAX = 1_000_000
NUMBER = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])
NEWER_THAN_ALL = 2**63 - 1
CLAIM_ID = TypeAdapter(UUID)
STATUS = {"PROPOSAL_UNKNOWN": 404, "EDITION_UNKNOWN": 404, "SAME_PERSON": 403, "PROPOSAL_INVALID": 422}
"""How refusals are told; all others are 409: the proposal is not in the state for it."""

AUTHOR, APPROVER = acting_as("rules_author"), acting_as("rules_approver")
EITHER = acting_as("rules_author", "rules_approver")
OfEdition = Annotated[
    int | None,
    Field(ge=1, le=EDITION_MAX, description="Of this edition; the newest if left out", examples=[1]),
]

NO_EDITION: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such edition"}}

router = APIRouter(prefix="/v1/rules", tags=["rules"])


class RulesAsked(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    on: Day | None = Field(None, description="The day of an incident; today in Asia/Makassar if left out")
    edition: OfEdition = None


class HolidaysAsked(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    year: int | None = Field(None, ge=2000, le=2100, description="This year if left out", examples=[2026])
    edition: OfEdition = None


class ProposalsAsked(PageOf):
    state: State | None = Field(None, description="Only those that stand so")


@router.get(
    "",
    summary="The rules in force on a day: parameters, documents, disabilities, each with its law",
    responses=NO_EDITION,
)
async def in_force(asked: Annotated[RulesAsked, Query()], pool: Database) -> RulesAnswer:
    """Give what a claim for an incident on the day is decided by; decisions keep their edition for ever."""
    async with transaction(pool) as tx:
        book = await _book(tx, asked.edition)
        day = asked.on or await clock.business_date(tx)
    if day < book.first_day:
        raise before_rules(book)
    entries = entries_of(book.entries_on(day))
    return RulesAnswer(
        edition=book.edition,
        version=book.on(day).version,
        on=day,
        first_day=book.first_day,
        **{name: entries[name] for name in ("rules", "documents", "disabilities")},
    )


@router.get(
    "/holidays",
    summary="The holidays of a year, which are no working days, and whether its list is complete",
    responses=NO_EDITION,
)
async def holidays(asked: Annotated[HolidaysAsked, Query()], pool: Database) -> HolidaysAnswer:
    """Give the days that the service standard leaves out beside Saturdays and Sundays, in their order."""
    async with transaction(pool) as tx:
        book = await _book(tx, asked.edition)
        year = asked.year or (await clock.business_date(tx)).year
    first, last = date(year, 1, 1), date(year, 12, 31)
    return HolidaysAnswer(
        edition=book.edition,
        year=year,
        known=book.holidays_known(first, last),
        known_until=book.holidays_known_until,
        days=sorted(entries_of(book.entries_on(last))["holidays"], key=lambda one: (one["day"], one["kind"])),
    )


@router.get("/editions", summary="Editions of the rules, the newest first, and who made each")
async def editions(asked: Annotated[PageOf, Query()], pool: Database) -> EditionsPage:
    """List what decisions name as their edition. The first came with the service, each later one by a proposal."""
    async with transaction(pool) as tx:
        before = place(asked.cursor, NUMBER, first=EDITION_MAX + 1)
        found = await rules_store.editions(tx, before=min(before, EDITION_MAX + 1), limit=asked.limit + 1)
    rows, following = page(found, asked.limit, NUMBER, lambda row: row.edition)
    return EditionsPage(rows=[edition_answer(row) for row in rows], next=following)


@router.get("/proposals", summary="Proposals for another edition, the newest first")
async def proposals(asked: Annotated[ProposalsAsked, Query()], pool: Database) -> ProposalsPage:
    """List what was proposed, why, by whom, and what became of it."""
    before = place(asked.cursor, NUMBER, first=NEWER_THAN_ALL)
    async with transaction(pool) as tx:
        found = await rules_store.proposals(tx, state=asked.state, before=before, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, NUMBER, lambda row: row.number)
    return ProposalsPage(rows=[proposal_row(row) for row in rows], next=following)


@router.post(
    "/proposals",
    status_code=201,
    summary="Propose changes on top of the newest edition",
    description="Nothing applies before a second person approves it. Each change holds from its day on, also for"
    " incidents that are past; decisions that were made stand. 422 PROPOSAL_INVALID names each place that is at fault.",
    response_model=ChangedProposal,
    dependencies=[AUTHOR],
)
async def propose(body: ProposalBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return _shown(await approval.propose(tx, body.content(), reason=body.reason, by=act.actor), 201)

    return await command.once(action)


@router.get("/proposals/{proposal_id}", summary="A proposal with its changes")
async def show_proposal(proposal_id: UUID, pool: Database) -> ProposalAnswer:
    """Give what would change, why, who proposed it, and what became of it."""
    async with transaction(pool) as tx:
        return proposal_answer(await approval.find(tx, proposal_id))


@router.post(
    "/proposals/{proposal_id}/approval",
    summary="Approve a proposal: it is the next edition at once; not its author",
    description="409 PROPOSAL_OUTDATED if another edition came since it was made: propose it anew on top of that one.",
    response_model=ChangedProposal,
    dependencies=[APPROVER],
)
async def approve(proposal_id: UUID, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return _shown(await approval.approve(tx, proposal_id, by=act.actor))

    return await command.once(action)


@router.post(
    "/proposals/{proposal_id}/refusal",
    summary="Refuse a proposal, with the reason; not its author",
    description="It stays to be read. Whoever proposed it may propose something else.",
    response_model=ChangedProposal,
    dependencies=[APPROVER],
)
async def refuse(proposal_id: UUID, body: RefusalBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        return _shown(await approval.refuse(tx, proposal_id, remark=body.remark, by=act.actor))

    return await command.once(action)


@router.get(
    "/proposals/{proposal_id}/what-if",
    summary="What the proposal would make of claims that are decided, page by page; nothing is changed",
    description="Weighs each claim's decision that stands again, on what it rested on, by the edition that the proposal"
    " stands on and by the one that it would be. The sums of all pages together are the difference in cases and money.",
    dependencies=[EITHER],
)
async def try_out(proposal_id: UUID, asked: Annotated[PageOf, Query()], pool: Database) -> WhatIfAnswer:
    after = place(asked.cursor, CLAIM_ID, first=UUID(int=0))
    async with transaction(pool) as tx:
        proposal = await approval.find(tx, proposal_id)
        base = await book_of(tx, proposal.base)
        since = amounts_change_from(proposal.changes)
        first = asked.cursor is None
        count = (await decided_claims.count(tx, since=since) if since else 0) if first else None
        found = await decided_claims.decided(tx, since=since, after=after, limit=asked.limit + 1) if since else []
    rows, following = page(found, asked.limit, CLAIM_ID, lambda row: row.claim_id)
    would_be = next_edition(base, proposal.changes)
    compared = await asyncio.to_thread(what_if.compare, rows, base, would_be)
    return WhatIfAnswer(
        proposal_id=proposal_id,
        base=base.edition,
        would_be=would_be.edition,
        amounts_change_from=since,
        claims=count,
        looked_at=len(rows),
        sums=[_tally(one) for one in what_if.tally(compared)],
        differ=[_difference(one) for one in what_if.biggest(compared)],
        next=following,
    )


def told(refused: Any) -> Problem:
    """Tell a `Refused` of a proposal, in both languages, with the places that are at fault."""
    errors = [asdict(fault) | {"reason": fault.english} for fault in refused.faults]
    more = {"errors": errors} if errors else {}
    status = STATUS.get(refused.code, 409)
    return refusal(status, TITLES[status], refused, **more)


def _shown(proposal: Proposal, status: int = 200) -> Answer:
    return Answer(status, proposal_answer(proposal).model_dump(mode="json"))


def _tally(tally: Tally) -> TallyAnswer:
    return TallyAnswer(**asdict(tally), difference_idr=tally.would_be_idr - tally.amount_idr)


def _difference(one: Difference) -> DifferenceAnswer:
    values = {name: value for name, value in asdict(one).items() if name != "changed"}
    return DifferenceAnswer(**values, difference_idr=one.difference_idr)


async def _book(tx: Transaction, edition: int | None) -> RuleBook:
    try:
        return await (current_book(tx) if edition is None else book_of(tx, edition))
    except UnknownEdition:
        raise told(
            Refused(
                "EDITION_UNKNOWN",
                indonesian=f"Edisi {edition} tidak ada; GET /v1/rules/editions memuat semuanya.",
                english=f"There is no edition {edition}; GET /v1/rules/editions lists all.",
            )
        ) from None


def before_rules(book: RuleBook) -> Problem:
    """Say that a day lies before all rules."""
    english = f"`on` lies before {book.first_day}, the first day whose rules are known."
    indonesian = f"`on` mendahului {book.first_day}, hari pertama yang aturannya dikenal."
    errors = [{"pointer": "/query/on", "code": "before_rules", "reason": english}]
    said = {"code": "before_rules", "indonesian": indonesian, "english": english}
    return Problem(422, "No rules for this day", english, **said, errors=errors)

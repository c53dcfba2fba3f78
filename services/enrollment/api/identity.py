"""Who is who, over HTTP: moves, look-alikes, merges, and cards with their numbers.

No answer names a person but the one that shows two look-alikes side by side, which is logged with the reader and kept
nowhere.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.chassis import clock
from services.chassis.idempotency import Answer
from services.chassis.ledger import Act
from services.chassis.postgres import Transaction, transaction
from services.chassis.web import Acting, Body, Commanded, Database, People, Problem
from services.chassis.web.acting import acting_as
from services.chassis.web.included import Included
from services.chassis.web.pages import PageOf, page, place
from services.enrollment import cards, domain, handlers, messages
from services.enrollment.api import answers
from services.enrollment.api.answers import ChangedWorker, Consistency, VillageCode, WorkerAnswer
from services.enrollment.api.workers import REFUSALS, Day
from services.enrollment.domain import NotKnown, Rejected
from services.enrollment.identity import candidates, kpj, merges
from services.enrollment.identity import store as identity_store
from services.enrollment.identity.store import Candidate, Decision, Merge, State

CLERK, APPROVER = acting_as("clerk"), acting_as("approver")
OPERATOR = acting_as("operator")
NOWHERE = UUID(int=0)
LIKEST = 101
COVERAGES_MAX = 100
CANDIDATE_KEY: TypeAdapter[tuple[int, UUID]] = TypeAdapter(tuple[int, UUID])
MERGE_KEY = TypeAdapter(UUID)

workers = APIRouter(prefix="/v1", tags=["workers"])
coverages = APIRouter(prefix="/v1", tags=["coverages"])
identity = APIRouter(prefix="/v1", tags=["identity"])
ROUTERS = (workers, coverages, identity)


class RelocationBody(Body):
    village_code: VillageCode
    moved_on: Day = Field(description="First day in the new village; today or earlier", examples=["2026-03-01"])


class CardBody(Body):
    issued_on: Day = Field(description="Day on which the agency issued the card", examples=["2026-02-10"])
    kpj: str = Field(max_length=50, description="The number on the card, 11 digits", examples=["24000123456"])


class KpjBody(Body):
    kpj: str = Field(max_length=50, description="11 digits", examples=["24000123456"])


class MergeBody(Body):
    survivor_id: UUID = Field(description="The entry that goes on, and whose data is shown")
    merged_id: UUID = Field(description="The entry that is found to be the same person")


class MergeDecisionBody(Body):
    approved: bool = Field(True, description="False refuses the proposal: these are two people")


class ReversalBody(Body):
    coverage_ids: tuple[UUID, ...] = Field(
        (), max_length=COVERAGES_MAX, description="Memberships begun since that are the merged person's, to go back too"
    )


class CandidateDecisionBody(Body):
    decision: Decision
    survivor_id: UUID | None = Field(
        None, description="With `same_person`: the entry that goes on; the merge is proposed, and another approves it"
    )


class CandidateAnswer(BaseModel):
    """Two entries that may be one person."""

    candidate_id: UUID
    one_id: UUID
    other_id: UUID
    score: int = Field(description="How alike they are, of 100", examples=[93])
    agree: list[str] = Field(description="What agrees", examples=[["name", "birth_date"]])
    decision: Decision | None = Field(description="What a person decided; null: nobody has yet")


class CandidatePage(BaseModel):
    """Likest first."""

    rows: list[CandidateAnswer]
    next: str | None = Field(description="Cursor of the next page; null on the last")


class EnteredAnswer(BaseModel):
    """What is known of one of the two; it names a person."""

    worker_id: UUID
    nik: str = Field(examples=["5104012703859001"])
    name: str = Field(examples=["I Wayan Contoh"])
    birth_date: date
    village_code: VillageCode


class CandidateView(BaseModel):
    """The two side by side."""

    one: EnteredAnswer
    other: EnteredAnswer


class MergeAnswer(BaseModel):
    """Two entries that are one person, as far as that has come."""

    merge_id: UUID
    survivor_id: UUID
    merged_id: UUID
    state: State
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reversed_by: str | None
    reversed_at: datetime | None


class ChangedMerge(MergeAnswer):
    """The merge as a command left it."""

    consistency: Consistency


class DecidedCandidate(CandidateAnswer):
    """The pair as it was decided; with the merge that follows, if any."""

    merge: MergeAnswer | None
    consistency: Consistency


class MergePage(BaseModel):
    rows: list[MergeAnswer]
    next: str | None = Field(description="Cursor of the next page; null on the last")


class AskedMerges(PageOf):
    """Which merges are meant."""

    state: State | None = Field(None, description="Those that stand so")


class ComparedAnswer(BaseModel):
    """How many look-alikes were found."""

    candidates: int


@workers.post(
    "/workers/{worker_id}/relocations",
    summary="Record that a worker lives in another village from a day on",
    description="Cover counts in the new village from that day, earlier days stay. A move recorded with a wrong village"
    " is recorded again with the same day.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def relocate(worker_id: UUID, body: RelocationBody, command: Commanded) -> Response:
    if not messages.knows_village(body.village_code):
        raise _invalid("village_code", VILLAGE_UNKNOWN)

    async def action(tx: Transaction, act: Act) -> Answer:
        today = await clock.business_date(tx)
        wanted = domain.Relocate(worker_id, body.village_code, body.moved_on, today)
        return Answer(200, answers.worker(await handlers.carry_out(tx, wanted, act)).model_dump(mode="json"))

    return await command.once(action)


@coverages.post(
    "/coverages/{coverage_id}/cards",
    summary="Record that the agency issued the card of a membership, with its number",
    description="The number goes to the vault and is nobody else's. Another number for the same day takes the place of"
    " one that was wrong; one for a later day is a further card. Lists go to `/v1/issued-cards`.",
    response_model=ChangedWorker,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def issue_card(coverage_id: UUID, body: CardBody, vault: People, command: Commanded) -> Response:
    number = _kpj(body.kpj)

    async def action(tx: Transaction, act: Act) -> Answer:
        today = await clock.business_date(tx)
        worker = await cards.issue_card(tx, vault, coverage_id, body.issued_on, number, today, act)
        return Answer(200, answers.worker(worker).model_dump(mode="json"))

    return await command.once(action)


@workers.post(
    "/workers/find-by-kpj",
    summary="Find a worker by the number of a card; logged with the reader",
    description="The number stands in the body, so that it comes into no URL and no log.",
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def find_by_kpj(body: KpjBody, pool: Database, vault: People, who: Acting) -> WorkerAnswer:
    number = _kpj(body.kpj)
    async with transaction(pool) as tx:
        return answers.worker(await cards.find(tx, vault, number, actor=who.id))


@identity.get(
    "/candidates",
    summary="Entries that may be one person, for a person to decide; likest first",
    dependencies=[Included, CLERK],
)
async def list_candidates(asked: Annotated[PageOf, Query()], pool: Database) -> CandidatePage:
    after = place(asked.cursor, CANDIDATE_KEY, first=(LIKEST, NOWHERE))
    async with transaction(pool) as tx:
        found = await identity_store.undecided(tx, after=after, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, CANDIDATE_KEY, lambda one: (one.score, one.candidate_id))
    return CandidatePage(rows=[_candidate(one) for one in rows], next=following)


@identity.post(
    "/candidates/searches",
    summary="Compare now whoever came to the register since; the service also does so by itself",
    dependencies=[OPERATOR],
)
async def search_candidates(pool: Database, vault: People) -> ComparedAnswer:
    return ComparedAnswer(candidates=await candidates.compare_all(pool, vault))


@identity.post(
    "/candidates/{candidate_id}/views",
    summary="Show the two side by side; logged with the reader for both",
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def view_candidate(
    candidate_id: UUID, pool: Database, vault: People, who: Acting, response: Response
) -> CandidateView:
    response.headers["Cache-Control"] = "no-store"
    async with transaction(pool) as tx:
        candidate = await _known_candidate(tx, candidate_id)
        both = await candidates.view(tx, vault, candidate, actor=who.id)
    if both is None:
        raise Rejected(
            "person_erased",
            "Data salah satu orang ini sudah dihapus, jadi tidak dapat ditampilkan.",
            "The data of one of these people was erased, so it cannot be shown.",
        )
    one, other = (
        EnteredAnswer(
            worker_id=worker_id,
            nik=entered.nik,
            name=entered.name,
            birth_date=entered.birth_date,
            village_code=entered.village_code,
        )
        for worker_id, entered in zip((candidate.one_id, candidate.other_id), both, strict=True)
    )
    return CandidateView(one=one, other=other)


@identity.post(
    "/candidates/{candidate_id}/decisions",
    summary="Decide whether two entries are one person",
    description="`different_people` puts them before nobody again. `same_person` proposes to merge them, which another"
    " person approves.",
    response_model=DecidedCandidate,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def decide_candidate(candidate_id: UUID, body: CandidateDecisionBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        candidate = await _known_candidate(tx, candidate_id)
        pair = (candidate.one_id, candidate.other_id)
        if (body.decision == "same_person") != (body.survivor_id in pair):
            raise _invalid("survivor_id", SURVIVOR_OF_PAIR)
        merge = None
        if body.survivor_id is not None:
            merged_id = next(one for one in pair if one != body.survivor_id)
            merge = await merges.propose(tx, body.survivor_id, merged_id, act)
        if not await identity_store.decide_candidate(tx, candidate_id, body.decision, by=act.actor):
            raise Rejected(
                "candidate_decided",
                "Pasangan ini sudah diputuskan. Lihat daftar penggabungan untuk kelanjutannya.",
                "This pair has been decided. See the list of merges for what follows.",
            )
        decided = _candidate(await _known_candidate(tx, candidate_id)).model_dump(mode="json")
        return Answer(200, decided | {"merge": merge and _merge(merge).model_dump(mode="json")})

    return await command.once(action)


@identity.get("/merges", summary="Entries found to be one person", dependencies=[Included, CLERK])
async def list_merges(asked: Annotated[AskedMerges, Query()], pool: Database) -> MergePage:
    after = place(asked.cursor, MERGE_KEY, first=NOWHERE)
    async with transaction(pool) as tx:
        found = await identity_store.merges(tx, asked.state, after=after, limit=asked.limit + 1)
    rows, following = page(found, asked.limit, MERGE_KEY, lambda merge: merge.merge_id)
    return MergePage(rows=[_merge(merge) for merge in rows], next=following)


@identity.get("/merges/{merge_id}", summary="A merge, and who decided it", dependencies=[Included], responses=REFUSALS)
async def show_merge(merge_id: UUID, pool: Database) -> MergeAnswer:
    """Tell who was found to be whom, who proposed and decided it, and whether it was taken back."""
    async with transaction(pool) as tx:
        return _merge(await merges.find(tx, merge_id))


@identity.post(
    "/merges",
    status_code=201,
    summary="Propose that two entries are one person",
    description="Nothing changes before another person approves it.",
    response_model=ChangedMerge,
    dependencies=[CLERK],
    responses=REFUSALS,
)
async def propose_merge(body: MergeBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        merge = await merges.propose(tx, body.survivor_id, body.merged_id, act)
        return Answer(201, _merge(merge).model_dump(mode="json"))

    return await command.once(action)


@identity.post(
    "/merges/{merge_id}/decisions",
    summary="Approve a proposed merge, or refuse it; by another person than proposed it",
    description="Approved, all memberships of the merged entry are the survivor's, with their places, cards and"
    " reminders; whatever is asked for under the merged id or its NIK, is the survivor's.",
    response_model=ChangedMerge,
    dependencies=[APPROVER],
    responses=REFUSALS,
)
async def decide_merge(merge_id: UUID, body: MergeDecisionBody, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        merge = await merges.decide(tx, merge_id, approved=body.approved, act=act)
        return Answer(200, _merge(merge).model_dump(mode="json"))

    return await command.once(action)


@identity.post(
    "/merges/{merge_id}/reversals",
    summary="Take a merge back: these are two people after all",
    description="The memberships that came with the merge go back as they stand now. What was begun since stays with"
    " the survivor, unless it is named.",
    response_model=ChangedMerge,
    dependencies=[APPROVER],
    responses=REFUSALS,
)
async def reverse_merge(merge_id: UUID, body: ReversalBody, vault: People, command: Commanded) -> Response:
    async def action(tx: Transaction, act: Act) -> Answer:
        merge = await merges.reverse(tx, vault, merge_id, body.coverage_ids, act)
        return Answer(200, _merge(merge).model_dump(mode="json"))

    return await command.once(action)


async def _known_candidate(tx: Transaction, candidate_id: UUID) -> Candidate:
    found = await identity_store.candidate(tx, candidate_id)
    if found is None:
        raise NotKnown(
            "candidate_not_known",
            "Pasangan ini tidak dikenal. Periksa nomornya.",
            "This pair is not known. Check its id.",
        )
    return found


def _candidate(one: Candidate) -> CandidateAnswer:
    return CandidateAnswer(**one._asdict())


def _merge(merge: Merge) -> MergeAnswer:
    return MergeAnswer(**{name: value for name, value in asdict(merge).items() if name != "brought_death"})


def _kpj(text: str) -> str:
    number = text.strip()
    if (said := kpj.fault(number)) is not None:
        raise _invalid("kpj", said)
    return number


def _invalid(field: str, said: tuple[str, str, str]) -> Problem:
    code, indonesian, english = said
    errors = [{"pointer": f"/body/{field}", "code": code, "reason": english}]
    return Problem(
        422, "The request is not valid", english, code=code, indonesian=indonesian, english=english, errors=errors
    )


VILLAGE_UNKNOWN = (
    "village_unknown",
    "Kode desa/kelurahan tidak dikenal. Pakai kode Kemendagri dengan titik, misalnya 51.04.01.2001.",
    "The village code is not known. Use the Kemendagri code with dots, for example 51.04.01.2001.",
)
SURVIVOR_OF_PAIR = (
    "survivor_not_of_pair",
    "Dengan `same_person`, isi `survivor_id` dengan salah satu dari kedua nomor; selain itu kosongkan.",
    "With `same_person`, give one of the two ids as `survivor_id`; otherwise leave it out.",
)

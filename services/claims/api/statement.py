"""What is told of a decision: the statement that a family is handed, and the explanation that an auditor replays."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.postgres import transaction
from services.chassis.web import Acting, Database, People
from services.chassis.web.acting import role_missing
from services.chassis.web.problems import TITLES, refusal
from services.claims import answers
from services.claims.answers import DecisionAnswer
from services.claims.api.claims import OFFICE, found
from services.claims.claim import Claim, Decision, Rejected
from services.claims.explain import AppliedRule, Explained, explain
from services.claims.explain.replay import Difference
from services.claims.statement.content import content
from services.claims.statement.page import POLICY, page
from services.claims.statement.words import LANGUAGES, Language

NAMES = ("proposer", "payer")
"""Who may have payees named: who took their names in, and who pays them."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

router = APIRouter(prefix="/v1", tags=["claims"])


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    language: Language | None = Field(None, description="Only in this language; Indonesian and then English otherwise")
    names: bool = Field(
        False,
        description="With the payees' names and the end of their accounts, for which the reading is logged; needs the"
        " role proposer or payer",
    )


class ExplainedAnswer(DecisionAnswer):
    """A decision with its proof, and what came of weighing it again."""

    reported_on: date
    rules: list[AppliedRule] = Field(description="Rules of the programme in force on the day of the incident")
    same: bool = Field(description="Whether it is the same weighed again, and in the fact that announced it")
    differences: list[Difference] = Field(
        examples=[[{"part": "amount_idr", "decided": "42000000", "found": "10000000", "found_in": "replay"}]]
    )


class ExplanationAnswer(BaseModel):
    """Every decision of a claim, weighed again from the stored question and edition of the rules."""

    claim_id: UUID
    same: bool = Field(description="Whether all decisions are the same weighed again, to the rupiah")
    decisions: list[ExplainedAnswer]


@router.get(
    "/claims/{claim_id}/statement",
    summary="The benefit statement, to read and to print",
    description="A page for an A4 sheet in Indonesian, and another in English: what was decided and why, each component"
    " with its calculation and law, what was paid to whom, what is still due, and how to object.",
    response_class=HTMLResponse,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        409: {"description": "No decision stands"},
    },
    dependencies=[OFFICE],
)
async def statement(
    claim_id: UUID, asked: Annotated[Asked, Query()], pool: Database, vault: People, who: Acting
) -> Response:
    if asked.names and not who.roles.intersection(NAMES):
        raise role_missing(NAMES)
    async with transaction(pool) as tx:
        claim = await found(tx, claim_id)
        decision = _standing(claim)
        today = await clock.business_date(tx)
        people = None
        if asked.names:
            payees = [payee.payee_id for payee in claim.payees]
            people = await vault.open_all(tx, payees, actor=who.id, purpose=f"statement of claim {claim_id}")
    languages = (asked.language,) if asked.language else LANGUAGES
    sheets = [content(claim, decision, language, today=today, people=people) for language in languages]
    return HTMLResponse(page(sheets), headers=HEADERS)


@router.get(
    "/claims/{claim_id}/explanation",
    summary="Every decision of the claim, weighed again",
    description="Weighs what each decision rests on once more, by the same edition of the rules, and compares the"
    " answer with what was stored and with what was announced. `same` is false if anything differs by a rupiah.",
    responses={409: {"description": "No decision stands"}},
    dependencies=[OFFICE],
)
async def explanation(claim_id: UUID, pool: Database) -> ExplanationAnswer:
    async with transaction(pool) as tx:
        claim = await found(tx, claim_id)
        if claim.decision is None:
            raise refusal(409, TITLES[409], _NOT_DECIDED)
        explained = await explain(tx, claim)
    decisions = [_explained(one) for one in explained]
    return ExplanationAnswer(claim_id=claim_id, same=all(decision.same for decision in decisions), decisions=decisions)


def _standing(claim: Claim) -> Decision:
    if claim.decision is None or claim.state == "void":
        raise refusal(409, TITLES[409], _NOT_DECIDED)
    return claim.decision


def _explained(one: Explained) -> ExplainedAnswer:
    return ExplainedAnswer(
        **answers.decision(one.decision).model_dump(),
        reported_on=one.decision.question.reported_on,
        rules=list(one.rules),
        same=not one.differences,
        differences=list(one.differences),
    )


_NOT_DECIDED = Rejected(
    "NOT_DECIDED",
    indonesian="Belum ada keputusan yang berlaku atas klaim ini. Putuskan klaim ini dahulu, lalu ulangi.",
    english="No decision stands for this claim. Let it be decided, then ask again.",
)

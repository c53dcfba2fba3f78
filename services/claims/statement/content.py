"""What a statement says of a claim, in one language: pure, and in the order in which it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from services.claims import money, reasons
from services.claims.benefits.arithmetic import read
from services.claims.benefits.rupiah import in_english, written
from services.claims.claim import Claim, Component, Decision, Obligation, Payee
from services.claims.coverage import Membership
from services.claims.statement import words
from services.claims.statement.words import LANGUAGES, TEXT, Language, Text

DIGITS_SHOWN = 4
Person = Mapping[str, str]
"""What the vault holds of a payee: name, bank, account. Empty: it was erased."""


@dataclass(frozen=True, slots=True)
class MembershipLine:
    name: str
    payer: str
    since: str
    last_day: str


@dataclass(frozen=True, slots=True)
class ComponentLine:
    name: str
    arithmetic: str
    law: str
    amount: str


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """`told` are name and account, if they were asked for."""

    relation: str
    told: tuple[str, ...]
    share: str
    entitled: str
    paid: str
    paid_on: tuple[str, ...]
    open: str


@dataclass(frozen=True, slots=True)
class SchoolLine:
    child: str
    level: str
    years: str
    total: str


@dataclass(frozen=True, slots=True)
class Content:
    """A statement in one language; what does not apply is empty."""

    language: Language
    text: dict[str, str]
    """Headings and fixed sentences."""
    facts: tuple[tuple[str, str], ...]
    outcome: str
    amount: str
    granted: bool
    notes: tuple[str, ...]
    why: str
    reasons: tuple[str, ...]
    memberships: tuple[MembershipLine, ...]
    components: tuple[ComponentLine, ...]
    payees: tuple[PayeeLine, ...]
    money: tuple[str, ...]
    school_how: str
    school: tuple[SchoolLine, ...]
    proof: str


def content(
    claim: Claim, decision: Decision, language: Language, *, today: date, people: Mapping[UUID, Person] | None = None
) -> Content:
    """Say it; `people` are the payees as the vault knows them, or None where they were not asked for."""
    verdict, place = decision.verdict, LANGUAGES.index(language)
    text = {key: both[place] for key, both in TEXT.items()}
    say = _Speaker(place, text)
    named = {one.code: one for one in verdict.reasons}
    return Content(
        language=language,
        text=text,
        facts=_facts(claim, decision, say, today),
        outcome=words.OUTCOMES[verdict.outcome][place],
        amount=say.amount(verdict.amount_idr),
        granted=decision.granted,
        notes=_notes(claim, decision, say),
        why=text["why" if decision.granted else "why_denied"] if named else "",
        reasons=tuple(say.numbers((one.indonesian, one.english)[place]) for one in verdict.reasons),
        memberships=_memberships(verdict.memberships, say),
        components=tuple(
            ComponentLine(
                say.of(words.COMPONENTS, one.code),
                _calculation(one, say),
                one.legal_reference,
                say.amount(one.amount_idr),
            )
            for one in verdict.components
        ),
        payees=tuple(_payee(claim, payee, say, people) for payee in claim.payees) if decision.granted else (),
        money=_money(claim, say),
        school_how=_school_how(verdict.obligations, say, today),
        school=_school(verdict.obligations, say),
        proof=text["proof"].format(rules=verdict.rule_version, sequence=decision.question.coverage_sequence),
    )


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Says things in one language."""

    place: int
    text: dict[str, str]

    def of(self, table: Mapping[str, Text], code: str) -> str:
        return table[code][self.place]

    def day(self, on: date) -> str:
        return (reasons.tanggal, reasons.day)[self.place](on)

    def amount(self, idr: int) -> str:
        return self.numbers(written(idr))

    def numbers(self, text: str) -> str:
        """Write the amounts and shares of a text in the language; they are kept as Indonesian writes them."""
        return (text, in_english(text))[self.place]


def _facts(claim: Claim, decision: Decision, say: _Speaker, today: date) -> tuple[tuple[str, str], ...]:
    question, text = decision.question, say.text
    incident = "died" if question.programme == "JKM" else "accident"
    died_on = question.findings.died_on if question.programme == "JKK" else None
    return (
        (text["claim"], str(claim.claim_id)),
        (text["programme"], say.of(words.PROGRAMMES, question.programme)),
        (text[incident], say.day(question.incident_on)),
        *(((text["died"], say.day(died_on)),) if died_on else ()),
        (text["reported"], say.day(claim.reported_on)),
        (text["decided"], say.day(decision.decided_on)),
        (text["printed"], say.day(today)),
    )


def _notes(claim: Claim, decision: Decision, say: _Speaker) -> tuple[str, ...]:
    again = (say.text["round"].format(n=decision.round),) if decision.round > 1 else ()
    reopened = (say.text["reopened"],) if claim.reopened_for else ()
    held = [(reason.indonesian, reason.english)[say.place] for reason in claim.pended_for]
    return (*again, *reopened, *(say.text["held"].format(why=why) for why in held))


def _memberships(held: tuple[Membership, ...], say: _Speaker) -> tuple[MembershipLine, ...]:
    """Number them where there are several: their components do so too."""
    lines = []
    for number, one in enumerate(held, 1):
        segment, until = say.of(words.SEGMENTS, one.segment), one.covered_until
        lines.append(
            MembershipLine(
                f"{number}. {segment}" if len(held) > 1 else segment,
                say.text["paid_by"].format(payer=say.of(words.FUNDINGS, one.funding)),
                say.day(one.member_since),
                say.day(until - timedelta(days=1)) if until else say.text["open"],
            )
        )
    return tuple(lines)


def _calculation(component: Component, say: _Speaker) -> str:
    """Put the arithmetic so that it can be read aloud: whom it is for, and limits in words."""
    told = read(component.arithmetic)
    arithmetic = told.calculation
    if told.limited:
        key = "at_most" if told.limited == "min" else "at_least"
        arithmetic = say.text[key].format(amount=arithmetic, limit=told.limit)
    if told.of is not None:
        whom = "child" if component.code.startswith("BEASISWA") else "of_membership"
        arithmetic = f"{say.text[whom].format(n=told.of)}: {arithmetic}"
    return say.numbers(arithmetic.replace(" x ", " × "))


def _payee(claim: Claim, payee: Payee, say: _Speaker, people: Mapping[UUID, Person] | None) -> PayeeLine:
    entitled = money.entitlements(claim).get(payee.payee_id, 0)
    arrived = [one for one in claim.payments if one.payee_id == payee.payee_id and one.state == "paid"]
    benefits = [one for one in arrived if one.kind == "benefit"]
    paid = sum(one.paid_idr for one in benefits)
    relation = say.of(words.RELATIONS, payee.relation)
    days = sorted({one.settled_on for one in benefits if one.settled_on is not None})
    through = say.text["guardian"] if payee.guardian else say.text["representative"] if payee.representative else ""
    return PayeeLine(
        relation=f"{relation} ({through})" if through else relation,
        told=() if people is None else _told(people.get(payee.payee_id, {}), say),
        share="/".join(map(str, payee.share)) if payee.share != (1, 1) else "1",
        entitled=say.amount(entitled),
        paid=say.amount(paid),
        paid_on=tuple(say.text["on"].format(day=say.day(on)) for on in days),
        open=say.amount(max(0, entitled - paid)),
    )


def _told(person: Person, say: _Speaker) -> tuple[str, ...]:
    """Name a payee; of the account only the end."""
    if not person:
        return (say.text["erased"],)
    account = person["account"]
    shown = min(DIGITS_SHOWN, len(account) // 2)
    return person["name"], say.text["account"].format(bank=person["bank"], digits=account[len(account) - shown :])


def _money(claim: Claim, say: _Speaker) -> tuple[str, ...]:
    """Say what is still to be paid and by when, and what lateness added."""
    account, text = money.account(claim), say.text
    said = []
    wanting = account.due_idr + account.ordered_idr
    if wanting:
        for due_on, idr in money.still_to_pay(claim):
            due = text["due"] if due_on else text["due_undated"]
            said.append(due.format(amount=say.amount(idr), day=say.day(due_on) if due_on else ""))
        if account.ordered_idr == wanting:
            said.append(text["all_on_its_way"])
        elif account.ordered_idr:
            said.append(text["on_its_way"].format(amount=say.amount(account.ordered_idr)))
        said.append(text["late"])
    elif account.decided_idr:
        said.append(text["settled"])
    late_open = account.late_owed_idr + account.late_ordered_idr
    if late_open or account.late_paid_idr:
        said.append(text["late_paid"].format(paid=say.amount(account.late_paid_idr), owed=say.amount(late_open)))
    if account.overpaid_idr:
        said.append(text["overpaid"].format(amount=say.amount(account.overpaid_idr)))
    return tuple(said)


def _school_how(obligations: tuple[Obligation, ...], say: _Speaker, today: date) -> str:
    if not obligations:
        return ""
    due = [one.due_on for one in obligations]
    return say.text["obligations_how"].format(day=say.day(min((on for on in due if on >= today), default=max(due))))


def _school(obligations: tuple[Obligation, ...], say: _Speaker) -> tuple[SchoolLine, ...]:
    """Put the years of a child at a level on one line."""
    ordered = sorted(obligations, key=lambda one: (one.child, one.due_on))
    lines = []
    for (child, level), years in groupby(ordered, key=lambda one: (one.child, one.level)):
        run = list(years)
        first, last = run[0].due_on.year, run[-1].due_on.year
        lines.append(
            SchoolLine(
                child=say.text["child"].format(n=child),
                level=say.of(words.LEVELS, level),
                years=f"{first}/{first + 1}" if first == last else f"{first}/{first + 1} – {last}/{last + 1}",
                total=f"{len(run)} × {say.amount(run[0].amount_idr)}",
            )
        )
    return tuple(lines)

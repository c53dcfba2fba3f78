"""What a claim comes to: cover on the day of the incident, the rules of that day, and what was found out.

The same question to the same edition of the rules always has the same answer, so every decision can be weighed again.
"""

from services.claims import coverage, reasons
from services.claims.benefits import jkk, jkm, scholarship
from services.claims.benefits.benefit import Benefit, together
from services.claims.benefits.months import add_months
from services.claims.benefits.wage import monthly_wage
from services.claims.claim import Outcome, Question, Verdict
from services.claims.coverage import Membership
from services.claims.reasons import Reason
from services.claims.rules import RuleBook, Rules


def weigh(question: Question, book: RuleBook) -> Verdict:
    """Answer the question by the rules of the day of the incident; ValueError if the book is of another edition."""
    if book.edition != question.edition:
        msg = f"the question is for edition {question.edition} of the rules, the book is edition {book.edition}"
        raise ValueError(msg)
    rules = book.on(question.incident_on)
    memberships = tuple(
        membership
        for membership in coverage.memberships_on(question.cover, question.incident_on)
        if question.programme in membership.programmes
    )
    benefit = _benefit(question, memberships, rules)
    outcome: Outcome = "partially_approved" if benefit.reasons else "approved"
    return Verdict(
        outcome=outcome if benefit.components else "denied",
        components=benefit.components,
        reasons=benefit.reasons,
        rule_version=rules.version,
        memberships=memberships,
        obligations=benefit.obligations,
    )


def _benefit(question: Question, memberships: tuple[Membership, ...], rules: Rules) -> Benefit:
    denials = _denials(question, memberships, rules)
    if denials:
        return Benefit(reasons=denials)
    if question.programme == "JKM":
        return together(
            jkm.death(memberships, question.incident_on, rules), scholarship.after_contributions(question, rules)
        )
    benefit = jkk.accident(question, monthly_wage(memberships, question.findings, rules), rules)
    return benefit if benefit.components or benefit.reasons else Benefit(reasons=(reasons.NOTHING_GRANTED,))


def _denials(question: Question, memberships: tuple[Membership, ...], rules: Rules) -> tuple[Reason, ...]:
    """Give every reason to deny, so that nobody mends one only to learn of the next; a duplicate is one by itself."""
    if question.granted_claim is not None:
        return (reasons.duplicate(question.granted_claim),)
    denials = []
    if question.programme == "JKK" and not question.findings.work_related:
        denials.append(reasons.NOT_WORK_RELATED)
    if not memberships:
        denials.append(_uncovered(question))
    lapse = rules.find(f"{question.programme.lower()}.lapse_years")
    if lapse is not None and question.reported_on > add_months(question.incident_on, 12 * lapse.value):
        denials.append(reasons.time_barred(question.programme, lapse.value, lapse.law))
    return tuple(denials)


def _uncovered(question: Question) -> Reason:
    """Say why no membership covered the day: suspended, in arrears that settling would have mended, or none at all."""
    state, on, programme = question.cover, question.incident_on, question.programme
    if any(programme in held.programmes for held in coverage.memberships_on(state, on, "suspended")):
        return reasons.suspended(programme, on)
    until = coverage.payable_until(state, on, programme)
    if until is not None:
        # What whoever died owed by then may be settled later too: there is no term for it.
        return reasons.arrears_unsettled(programme, on, until if coverage.died_on(state) is None else None)
    return reasons.not_covered(programme, on, coverage.last_day_before(state, on, programme))

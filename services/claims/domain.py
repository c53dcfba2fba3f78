"""A claim from first report to payment, and the rules by which it moves on.

    waiting --> reported --> submitted --> decided --> ordered --> paid
      |  ^ worker known        (proposer)  (decider)   (payer)     (payer)
      v  |                                    |
     pended                                   +--> void (the death was retracted, before any payment was ordered)

`decide` says which events follow from a command, `evolve` what an event makes of the claim. Both are pure: time, ids,
cover and other claims come in with the command. No event means that nothing is new.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import assert_never

from services.claims import benefits, coverage, reasons
from services.claims.benefits import Benefit
from services.claims.claim import (
    Claim,
    Command,
    DeathConfirmed,
    DeathRetracted,
    Decide,
    Decided,
    Decision,
    Event,
    OrderPayment,
    Outcome,
    Paid,
    Pay,
    PaymentOrdered,
    Pended,
    Recheck,
    Rejected,
    Report,
    Reported,
    RetractDeath,
    Submit,
    Submitted,
    WorkerBecameKnown,
)
from services.claims.coverage import Membership
from services.claims.reasons import Reason

UNKNOWN_WORKER_WAITS_MAX = timedelta(minutes=10)
"""After this time a claim of a worker who is still unknown is pended, so that a person looks at it."""


def report(command: Report) -> Reported:
    """Begin a claim.

    The same event of the same worker told twice is refused here and not denied later: whoever stands at the counter
    learns at once which claim is under way, and the family gets one letter. A claim that was denied or is void does
    not stand in the way of a new one, because facts may have been corrected since.
    """
    _date_in_order(command.incident_on, command.reported_on, "incident_on", "reported_on")
    _date_in_order(command.reported_on, command.today, "reported_on", "today")
    if command.incident_on < command.rules_from:
        raise Rejected(
            "INCIDENT_BEFORE_RULES",
            indonesian=f"Tanggal kejadian mendahului aturan pertama yang dikenal ({command.rules_from}).",
            english=f"The incident lies before the first rules that are known ({command.rules_from}).",
        )
    for other in command.others:
        same = (other.programme, other.incident_on) == (command.programme, command.incident_on)
        if same and not _came_to_nothing(other):
            raise Rejected(
                "DUPLICATE_CLAIM",
                indonesian=f"Kejadian ini sudah dilaporkan dalam klaim {other.claim_id}; lanjutkan klaim itu.",
                english=f"This incident was already reported in claim {other.claim_id}; go on with that claim.",
            )
    return Reported(
        command.claim_id,
        command.worker_id,
        command.programme,
        command.incident_on,
        command.reported_on,
        command.at,
        command.worker_known,
    )


def decide(claim: Claim, command: Command) -> list[Event]:
    """Say which events follow from the command; none means that nothing is new."""
    match command:
        case Recheck():
            return _recheck(claim, command)
        case Submit():
            return _submit(claim, command)
        case Decide():
            return _decide(claim, command)
        case OrderPayment():
            return _order_payment(claim, command)
        case Pay():
            return _pay(claim, command)
        case RetractDeath():
            return _retract_death(claim)
        case _:
            assert_never(command)


def _recheck(claim: Claim, command: Recheck) -> list[Event]:
    if claim.state not in {"waiting", "pended"}:
        return []
    if command.worker_known:
        return [WorkerBecameKnown()]
    if claim.state == "waiting" and command.at - claim.reported_at >= UNKNOWN_WORKER_WAITS_MAX:
        return [Pended((reasons.WORKER_UNKNOWN,))]
    return []


def _submit(claim: Claim, command: Submit) -> list[Event]:
    if claim.state in {"waiting", "pended"}:
        raise _worker_unknown()
    if claim.state != "reported":
        raise _wrong_state(claim, "submitted", "diajukan")
    _date_in_order(claim.reported_on, command.submitted_on, "reported_on", "submitted_on")
    _date_in_order(command.submitted_on, command.today, "submitted_on", "today")
    return [Submitted(command.actor, command.payee_id, command.submitted_on)]


def _decide(claim: Claim, command: Decide) -> list[Event]:
    if claim.state in {"waiting", "pended"}:
        raise _worker_unknown()
    if claim.state != "submitted":
        raise _wrong_state(claim, "decided", "diputuskan")
    _another_person(command.actor, claim.proposer)
    if command.cover.parked:
        raise Rejected(
            "WORKER_PARKED",
            indonesian="Data kepesertaan pekerja ini tertahan karena ada fakta yang tidak dapat dibaca. Minta petugas"
            " sistem menyelesaikannya, lalu putuskan lagi.",
            english="This worker's cover is withheld because one of its facts could not be read. Ask the operators to"
            " settle the parked key, then decide again.",
        )
    if command.cover.merging:
        raise merging()
    if command.cover.state is None:
        raise _worker_unknown()
    died_on = coverage.died_on(command.cover.state)
    approved = next(
        (other for other in command.others if other.claim_id != claim.claim_id and _is_granted(other)), None
    )
    if approved is None and died_on is not None and died_on < claim.incident_on:
        raise Rejected(
            "DEATH_DATE_DIFFERS",
            indonesian="Menurut data kepesertaan, pekerja meninggal sebelum tanggal kejadian klaim ini. Perbaiki salah"
            " satunya, lalu putuskan lagi.",
            english="The register holds a day of death before the incident of this claim. Correct one of the two, then"
            " decide again.",
        )
    _refuse_while_payable(claim, command)
    decision = _weigh(claim, command, approved)
    confirmed = [] if decision.outcome == "denied" else [DeathConfirmed(claim.incident_on)]
    return [Decided(command.actor, decision), *confirmed]


def _refuse_while_payable(claim: Claim, command: Decide) -> None:
    """Wait with a claim that only settled arrears would cover, as long as they can be settled."""
    in_force = coverage.memberships_on(command.cover.state, claim.incident_on)
    until = coverage.payable_until(command.cover.state, claim.incident_on, claim.programme)
    covered = any(claim.programme in membership.programmes for membership in in_force)
    if until is not None and not covered and command.today < until:
        raise Rejected(
            "ARREARS_UNSETTLED",
            indonesian=f"Pada tanggal kejadian iuran menunggak dalam masa tenggang. Klaim dapat diputuskan setelah"
            f" tunggakan dilunasi, atau mulai {until} bila tidak dilunasi.",
            english=f"On the day of the incident contributions were in arrears, within their grace. The claim can be"
            f" decided once they are settled, or from {until} on if they are not.",
        )


def _weigh(claim: Claim, command: Decide, approved: Claim | None) -> Decision:
    """Apply the rules of the day of the incident; `approved` is another claim that pays for this death."""
    memberships = tuple(
        membership
        for membership in coverage.memberships_on(command.cover.state, claim.incident_on)
        if claim.programme in membership.programmes
    )
    denial = _denial(claim, command, approved, memberships)
    outcome: Outcome = "denied"
    if denial is not None:
        benefit = Benefit((), (denial,))
    elif claim.programme == "JKM":
        benefit = benefits.jkm(memberships, claim.incident_on, command.rules)
        outcome = "partially_approved" if benefit.reasons else "approved"
    else:
        benefit = benefits.jkk_death(command.rules)
        outcome = "approved"
    return Decision(
        outcome=outcome,
        decided_on=command.today,
        components=benefit.components,
        reasons=benefit.reasons,
        rule_version=command.rules.version,
        coverage_sequence=command.cover.sequence,
        memberships=memberships,
    )


def _denial(
    claim: Claim, command: Decide, approved: Claim | None, memberships: tuple[Membership, ...]
) -> Reason | None:
    if approved is not None:
        return reasons.duplicate(approved.claim_id)
    if not memberships:
        before = coverage.last_day_before(command.cover.state, claim.incident_on, claim.programme)
        return reasons.not_covered(claim.programme, claim.incident_on, before)
    if claim.programme == "JKK":
        lapse = command.rules.of("jkk.lapse_years")
        if claim.reported_on > benefits.add_months(claim.incident_on, 12 * lapse.value):
            return reasons.time_barred(claim.programme, lapse.value, lapse.law)
    return None


def _order_payment(claim: Claim, command: OrderPayment) -> list[Event]:
    if claim.decision is None or not _is_granted(claim):
        raise _wrong_state(claim, "paid", "dibayar")
    _another_person(command.actor, claim.proposer, claim.decider)
    if claim.state != "decided":
        return []
    paid = next((other for other in command.others if other.state in {"ordered", "paid"}), None)
    if paid is not None:
        duplicate = reasons.duplicate(paid.claim_id)
        raise Rejected(duplicate.code, indonesian=duplicate.indonesian, english=duplicate.english)
    return [PaymentOrdered(command.actor, command.order_id, command.today, claim.decision.amount_idr)]


def _pay(claim: Claim, command: Pay) -> list[Event]:
    if claim.state not in {"ordered", "paid"} or claim.ordered_on is None:
        raise _wrong_state(claim, "paid", "dibayar")
    _another_person(command.actor, claim.proposer, claim.decider)
    if claim.state == "paid":
        if command.paid_on == claim.paid_on:
            return []
        raise Rejected(
            "ALREADY_PAID",
            indonesian=f"Klaim ini sudah dibayar pada {claim.paid_on}; tidak ada yang dibayar lagi.",
            english=f"This claim was paid on {claim.paid_on}; nothing is paid again.",
        )
    _date_in_order(claim.ordered_on, command.paid_on, "the order", "paid_on")
    _date_in_order(command.paid_on, command.today, "paid_on", "today")
    return [Paid(command.paid_on)]


def _retract_death(claim: Claim) -> list[Event]:
    if claim.state == "void":
        return []
    if claim.state == "ordered":
        raise Rejected(
            "PAYMENT_ORDERED",
            indonesian=f"Pembayaran klaim ini diperintahkan pada {claim.ordered_on} dan mungkin sudah dijalankan bank."
            " Selesaikan dahulu perintah itu; selama belum selesai, kematian tidak dapat dibatalkan, supaya kematian"
            " yang sama tidak dibayar dua kali.",
            english=f"The payment of this claim was ordered on {claim.ordered_on}, and the bank may have carried it"
            " out. The order must first be settled; until then the death cannot be retracted, so that the same death is"
            " not paid twice.",
        )
    if claim.state == "paid":
        raise Rejected(
            "ALREADY_PAID",
            indonesian=f"Klaim ini sudah dibayar pada {claim.paid_on}, jadi kematiannya tidak dapat dibatalkan.",
            english=f"This claim was paid on {claim.paid_on}, so its death cannot be retracted.",
        )
    if not _is_granted(claim):
        raise _wrong_state(claim, "retracted", "dibatalkan")
    return [DeathRetracted()]


def _is_granted(claim: Claim) -> bool:
    """Tell whether the claim pays, or paid, for the death."""
    decided = claim.state in {"decided", "ordered", "paid"}
    return decided and claim.decision is not None and claim.decision.outcome != "denied"


def _came_to_nothing(claim: Claim) -> bool:
    return claim.state == "void" or (claim.state == "decided" and not _is_granted(claim))


def _another_person(actor: str, *earlier: str | None) -> None:
    if actor in earlier:
        raise Rejected(
            "SAME_PERSON",
            indonesian="Pengusul, pemutus, dan pembayar klaim harus tiga orang yang berbeda; Anda sudah bertindak dalam"
            " klaim ini.",
            english="Proposer, decider and payer of a claim are three different people; you have acted on this claim"
            " before.",
        )


def _date_in_order(earlier: date, later: date, earlier_name: str, later_name: str) -> None:
    if later < earlier:
        raise Rejected(
            "DATES_OUT_OF_ORDER",
            indonesian=f"Tanggal tidak urut: {later_name} ({later}) mendahului {earlier_name} ({earlier}).",
            english=f"Dates out of order: {later_name} ({later}) is before {earlier_name} ({earlier}).",
        )


def merging() -> Rejected:
    """Say that only a part of a merge is known yet."""
    return Rejected(
        "WORKER_MERGING",
        indonesian="Data pekerja ini sedang digabungkan dengan data lain; sebagian faktanya belum tiba. Coba lagi"
        " sebentar lagi.",
        english="This worker is being merged with another entry, and some of the facts have not arrived. Try again"
        " shortly.",
    )


def _worker_unknown() -> Rejected:
    unknown = reasons.WORKER_UNKNOWN
    return Rejected(unknown.code, indonesian=unknown.indonesian, english=unknown.english)


def _wrong_state(claim: Claim, wanted: str, wanted_indonesian: str) -> Rejected:
    outcome = f" ({claim.decision.outcome})" if claim.decision else ""
    return Rejected(
        "WRONG_STATE",
        indonesian=f"Klaim berstatus {claim.state}{outcome}, jadi tidak dapat {wanted_indonesian}.",
        english=f"The claim is {claim.state}{outcome}, so it cannot be {wanted}.",
    )


def begin(event: Reported) -> Claim:
    """Make the claim that a report begins."""
    return Claim(
        claim_id=event.claim_id,
        worker_id=event.worker_id,
        programme=event.programme,
        incident_on=event.incident_on,
        reported_on=event.reported_on,
        reported_at=event.at,
        state="reported" if event.worker_known else "waiting",
    )


def evolve(claim: Claim, event: Event) -> Claim:  # noqa: PLR0911 - one way out for each event
    """Say what the event makes of the claim."""
    match event:
        case Reported():
            return begin(event)
        case WorkerBecameKnown():
            return replace(claim, state="reported", pended_for=())
        case Pended():
            return replace(claim, state="pended", pended_for=event.reasons)
        case Submitted():
            return replace(
                claim,
                state="submitted",
                proposer=event.actor,
                payee_id=event.payee_id,
                submitted_on=event.submitted_on,
            )
        case Decided():
            return replace(claim, state="decided", decider=event.actor, decision=event.decision)
        case DeathConfirmed():
            return claim
        case PaymentOrdered():
            return replace(
                claim, state="ordered", payer=event.actor, order_id=event.order_id, ordered_on=event.ordered_on
            )
        case Paid():
            return replace(claim, state="paid", paid_on=event.paid_on)
        case DeathRetracted():
            return replace(claim, state="void")
        case _:
            assert_never(event)

"""A claim is decided anew, or leaves the books."""

from dataclasses import replace

from services.claims import money
from services.claims.claim import Claim, Rejected
from services.claims.commands import Reopen, RetractDeath, Void
from services.claims.domain.deciding import ROUNDS_MAX, confirmed_death
from services.claims.domain.refusals import (
    another_person,
    at_most,
    other_of_the_event,
    payment_under_way,
    reported_elsewhere,
    wrong_state,
)
from services.claims.events import DeathRetracted, Event, Reopened, ReviewSettled, Voided


def reopen(claim: Claim, command: Reopen) -> list[Event]:
    """Let the claim be decided anew; until then its decision and payments stand.

    What an appeal does not dispute is paid meanwhile: nobody has to choose between the two.

    An appeal may be raised while the decision is looked at for another cause, and nothing takes its place.
    """
    if claim.reopened_for == command.cause and claim.state == "reported":
        return []
    if claim.reopened_for is not None and claim.state == "reported" and command.cause == "appeal":
        return [Reopened(command.actor, command.cause, command.today)]
    if payment := money.under_way(claim):
        raise payment_under_way(payment.ordered_on)
    if claim.state not in {"decided", "paid", "returned"}:
        raise wrong_state(claim, "reopened", "dibuka kembali")
    at_most(len(claim.decisions) + 1, ROUNDS_MAX, "decisions", "keputusan")
    other = other_of_the_event(claim.claim_id, command.others, claim.incident_on, claim.programme)
    if other and claim.came_to_nothing:  # else both may stand, and whoever is one too many is decided anew
        raise reported_elsewhere(other.claim_id)
    settled: list[Event] = [ReviewSettled("reopened", command.today)] if claim.review else []
    return [*settled, Reopened(command.actor, command.cause, command.today)]


def void(claim: Claim, command: Void) -> list[Event]:
    """Take the claim out of the books, before any money left and any death was told."""
    if claim.state == "void" and claim.voided_for == command.cause:
        return []
    if claim.state == "void" or command.cause == "death_retracted":
        raise wrong_state(claim, "voided", "dibatalkan")
    if claim.payments:
        raise Rejected(
            "PAYMENT_ORDERED",
            indonesian="Pembayaran klaim ini pernah diperintahkan, jadi klaim tidak dapat dibatalkan. Buka kembali"
            " klaimnya; bila pekerja ternyata hidup, tarik kembali kematiannya.",
            english="A payment of this claim was ordered, so it cannot be voided. Reopen it; if the worker turns out to"
            " be alive, retract the death.",
        )
    if confirmed_death(claim) is not None:
        raise Rejected(
            "DEATH_CONFIRMED",
            indonesian="Klaim ini menetapkan kematian pekerja. Bila kematian itu keliru, tarik kembali kematiannya;"
            " bila benar, buka kembali klaimnya.",
            english="This claim established the worker's death. If that is wrong, retract the death; if it is right,"
            " reopen the claim.",
        )
    _another_than_before(claim, command)
    return [*_review_withdrawn(claim, command), Voided(command.cause, command.today, 0)]


def retract_death(claim: Claim, command: RetractDeath) -> list[Event]:
    """Take back the death that the claim confirmed; what was paid is owed back."""
    if claim.state == "void" and claim.voided_for == "death_retracted":
        return []
    if payment := money.under_way(claim):
        raise payment_under_way(payment.ordered_on)
    if confirmed_death(claim) is None:
        raise wrong_state(claim, "retracted", "ditarik kembali kematiannya")
    _another_than_before(claim, command)
    voided = Voided("death_retracted", command.today, money.paid_in_all(claim))
    return [DeathRetracted(), *_review_withdrawn(claim, command), voided]


def _another_than_before(claim: Claim, command: Void | RetractDeath) -> None:
    """Let nobody take their own work out of the books: a denial, an application, or a death that they found proven."""
    another_person(command.actor, *claim.prepared_by, *(decision.decider for decision in claim.decisions))


def _review_withdrawn(claim: Claim, command: Void | RetractDeath) -> list[Event]:
    return [ReviewSettled("withdrawn", command.today)] if claim.review else []


def reopened(claim: Claim, event: Reopened) -> Claim:
    """Keep the file; the application is made again, and the clock begins with it.

    What was granted stays due by its day, so that an appeal costs a family nothing; money that came back waits for the
    account that is named now.
    """
    claim = money.with_another_clock(claim, event.reopened_on, all_unsent=True)
    meanwhile = event.cause == "appeal" and claim.reopened_for is None and claim.granted
    return replace(
        claim,
        state="reported",
        reopened_for=event.cause,
        pays_meanwhile=meanwhile,
        submitted_on=None,
        completed_on=None,
        due_on=None,
    )


def voided(claim: Claim, event: Voided) -> Claim:
    return replace(claim, state="void", voided_for=event.cause, pended_for=(), pended_in=None, pays_meanwhile=False)

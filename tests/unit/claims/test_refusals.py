"""A refusal says in each language, in that language's words alone, how the claim stands and what it waits for."""

from typing import get_args

import pytest

from services.claims import domain
from services.claims.claim import Outcome, Rejected, State
from services.claims.commands import Pend
from services.claims.domain.refusals import OUTCOMES, STATES
from tests.unit.claims.cases import COVERED, DISPUTE, NYOMAN, TODAY, asked, claim_in, decide_on


def test_a_claim_that_is_held_says_for_what() -> None:
    held = asked(claim_in("submitted"), Pend(NYOMAN, (DISPUTE,), TODAY))
    with pytest.raises(Rejected) as refused:
        domain.decide(held, decide_on(COVERED))
    assert refused.value.indonesian == f"Klaim ini tertunda, jadi tidak dapat diputuskan. {DISPUTE.indonesian}"
    assert refused.value.english == f"The claim is pended, so it cannot be decided. {DISPUTE.english}"


def test_every_state_and_outcome_has_its_word() -> None:
    assert (set(STATES), set(OUTCOMES)) == (set(get_args(State)), set(get_args(Outcome)))

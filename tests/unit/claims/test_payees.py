"""Who may be paid, and how an amount is split so that nothing is lost and nothing is made."""

from dataclasses import replace
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.claims import payees
from services.claims.claim import Component, Payee, Rejected
from tests.unit.claims.cases import DEATH, WIDOW, WORKER, day

THIRD = (1, 3)


def heir(relation: Any, share: tuple[int, int] = (1, 1), *, number: int = 1, born: str = "1980-01-01") -> Payee:
    return Payee(UUID(int=number), relation, share, born_on=day(born))


def family(*relations: Any) -> tuple[Payee, ...]:
    share = (1, len(relations))
    return tuple(heir(relation, share, number=number) for number, relation in enumerate(relations))


@pytest.mark.parametrize(
    "named",
    [
        (WIDOW,),
        family("spouse", "child", "child"),
        family("parent", "grandchild", "grandparent"),
        family("sibling", "sibling"),
        family("parent_in_law"),
        family("named_in_will", "named_in_will"),
        family("burial_arranger", "social_security_fund"),
        (heir("spouse", (1, 2)), heir("child", (1, 4), number=2), heir("child", (25, 100), number=3)),
        (replace(heir("child", born="2007-10-04"), guardian=True),),
        (heir("child", born="2007-10-03"),),
    ],
    ids=[
        "widow",
        "rank 1",
        "rank 2",
        "rank 3",
        "rank 4",
        "rank 5",
        "nobody",
        "unequal shares",
        "minor with guardian",
        "18 on the day",
    ],
)
def test_accepts(named: tuple[Payee, ...]) -> None:
    payees.check(named, died_on=DEATH, incident_on=DEATH)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ((), "PAYEES_NUMBER"),
        (family(*["child"] * 21), "PAYEES_NUMBER"),
        ((WIDOW, WIDOW), "PAYEE_WAS_PAID"),
        (family("spouse", "parent"), "PAYEE_RANKS_MIXED"),
        (family("burial_arranger"), "PAYEE_RANKS_MIXED"),
        (family("worker"), "PAYEE_NOT_ENTITLED"),
        (family("spouse", "worker"), "PAYEE_NOT_ENTITLED"),
        ((heir("spouse", (1, 2)), heir("child", THIRD, number=2)), "PAYEE_SHARES"),
        ((heir("spouse", (1, 1)), heir("child", (0, 1), number=2)), "PAYEE_SHARES"),
        ((heir("spouse", (2, 1)), heir("child", (-1, 1), number=2)), "PAYEE_SHARES"),
        ((heir("spouse", (1, 0)),), "PAYEE_SHARES"),
        ((heir("child", born="2007-10-04"),), "PAYEE_NEEDS_GUARDIAN"),
        ((replace(heir("sibling"), born_on=None),), "PAYEE_BIRTH_UNKNOWN"),
        ((replace(heir("child", born="2007-10-04"), representative=True),), "PAYEE_NEEDS_GUARDIAN"),
        ((replace(heir("child", born="2007-10-04"), representative=True, guardian=True),), "PAYEE_REPRESENTED_TWICE"),
    ],
)
def test_refuses(named: tuple[Payee, ...], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        payees.check(named, died_on=DEATH, incident_on=DEATH)
    assert refused.value.code == code


def test_a_worker_who_lives_is_paid_alone() -> None:
    payees.check((WORKER,), died_on=None, incident_on=DEATH)
    with pytest.raises(Rejected) as refused:
        payees.check((WIDOW,), died_on=None, incident_on=DEATH)
    assert refused.value.code == "PAYEE_NOT_ENTITLED"


def test_who_was_paid_stays_with_a_share_or_without() -> None:
    found_later = heir("parent", number=2)
    with pytest.raises(Rejected) as refused:
        payees.check((found_later,), died_on=DEATH, incident_on=DEATH, paid={WIDOW.payee_id})
    assert refused.value.code == "PAYEE_WAS_PAID"
    without = (found_later, replace(WIDOW, share=(0, 1)))
    payees.check(without, died_on=DEATH, incident_on=DEATH, paid={WIDOW.payee_id})


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (42_000_000, [(1, 3)] * 3, [14_000_000] * 3),
        (100, [(1, 3)] * 3, [34, 33, 33]),
        (100, [(1, 7), (6, 7)], [14, 86]),
        (10, [(1, 2), (1, 4), (1, 4)], [5, 3, 2]),
        (1, [(1, 20)] * 20, [1, *[0] * 19]),
        (0, [(1, 2), (1, 2)], [0, 0]),
    ],
)
def test_splits_by_the_largest_remainder(amount: int, shares: list[tuple[int, int]], parts: list[int]) -> None:
    assert payees.split(amount, [Fraction(*share) for share in shares]) == parts


@given(some.integers(0, 10**12), some.lists(some.fractions(0, 5, max_denominator=97), min_size=1, max_size=20))
def test_parts_add_up_and_are_off_by_less_than_a_rupiah(amount: int, weights: list[Fraction]) -> None:
    parts = payees.split(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        assert abs(part - amount * weight / (sum(weights) or 1)) < 1 or not sum(weights)


def test_without_heirs_the_funeral_goes_to_whoever_arranged_it() -> None:
    arranger, fund = family("burial_arranger", "social_security_fund")
    components = (Component("SANTUNAN_KEMATIAN", 20, "law"), Component("BIAYA_PEMAKAMAN", 10, "law"))
    assert payees.entitlements(components, (arranger, fund)) == {arranger.payee_id: 10, fund.payee_id: 20}

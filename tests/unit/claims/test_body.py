"""A loss counts once: what is a part of another loss, or of the same one again, does not stand beside it."""

import pytest

from services.claims.benefits.body import MOST, PARTS, counted_twice
from tests.unit.claims.cases import BOOK, TODAY


@pytest.mark.parametrize(
    ("codes", "twice"),
    [
        ([], ()),
        (["ARM_RIGHT_SHOULDER"], ()),
        (["ARM_RIGHT_SHOULDER", "ARM_LEFT_ELBOW", "EYE_ONE"], ()),
        (["ARM_RIGHT_SHOULDER"] * 2, ("ARM_RIGHT_SHOULDER",)),
        (["HAND_RIGHT_WRIST", "ARM_RIGHT_ELBOW"], ("ARM_RIGHT_ELBOW", "HAND_RIGHT_WRIST")),
        (["FINGER_LEFT_FIRST_JOINT", "ARM_LEFT_SHOULDER"], ("ARM_LEFT_SHOULDER", "FINGER_LEFT_FIRST_JOINT")),
        (["ARM_RIGHT_SHOULDER", "THUMB_LEFT"], ()),
        (["EYE_ONE", "EYES_BOTH"], ("EYES_BOTH", "EYE_ONE")),
        (["EYE_ONE", "EYE_ONE"], ("EYE_ONE",)),
        (["FINGER_RIGHT"] * 3, ()),
        (["FINGER_RIGHT"] * 3 + ["FINGER_RIGHT_FIRST_JOINT"], ("FINGER_RIGHT", "FINGER_RIGHT_FIRST_JOINT")),
        (["BIG_TOE"] * 2 + ["TOE"] * 6, ()),
        (["LEG_ONE_HIP", "FOOT_ONE_ANKLE"], ()),
        (["LEG_ONE_HIP", "FEET_BOTH_ANKLE"], ("LEG_ONE_HIP", "FEET_BOTH_ANKLE")),
        (["LEGS_BOTH_HIP", "TOE"], ("LEGS_BOTH_HIP", "TOE")),
        (["SCALP_LEAST", "SCALP_MOST"], ("SCALP_LEAST", "SCALP_MOST")),
        (["NEW_CODE"], ()),
        (["NEW_CODE", "NEW_CODE"], ("NEW_CODE",)),
    ],
)
def test_what_counts_twice(codes: list[str], twice: tuple[str, ...]) -> None:
    assert counted_twice(codes) == twice


def test_every_loss_named_is_one_of_the_table() -> None:
    named = {*PARTS, *(part for parts in PARTS.values() for part in parts), *(c for _, group in MOST for c in group)}
    assert [code for code in sorted(named) if BOOK.on(TODAY).disability(code) is None] == []

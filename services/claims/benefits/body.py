"""Which losses of the table of disabilities are parts of others, so that none is counted twice.

A code that is not named here, such as one of a later edition of the table, is counted once at most.
"""

from collections import Counter
from collections.abc import Iterable

PARTS: dict[str, tuple[str, ...]] = {
    **{
        whole.replace("SIDE", side): tuple(part.replace("SIDE", side) for part in parts)
        for side in ("RIGHT", "LEFT")
        for whole, parts in {
            "ARM_SIDE_SHOULDER": ("ARM_SIDE_ELBOW",),
            "ARM_SIDE_ELBOW": ("HAND_SIDE_WRIST",),
            "HAND_SIDE_WRIST": ("THUMB_SIDE", "FOREFINGER_SIDE", "FINGER_SIDE", "FINGER_SIDE_FIRST_JOINT"),
            "FOREFINGER_SIDE": ("FOREFINGER_SIDE_FIRST_JOINT",),
        }.items()
    },
    "LEGS_BOTH_HIP": (
        *("LEG_ONE_HIP", "FEET_BOTH_ANKLE"),
        *("LEG_SHORTER_UNDER_5_CM", "LEG_SHORTER_5_TO_7_5_CM", "LEG_SHORTER_7_5_CM"),
    ),
    "FEET_BOTH_ANKLE": ("FOOT_ONE_ANKLE", "BIG_TOE", "SECOND_TOE", "TOE"),
    "EYES_BOTH": ("EYE_ONE", "SIGHT_10_PERCENT", "SIGHT_COLOUR", "SIGHT_FIELD_10_PERCENT"),
    "HEARING_BOTH": ("HEARING_ONE", "HEARING_BOTH_10_DB", "HEARING_ONE_10_DB"),
    "EARS_BOTH": ("EAR_ONE",),
}
"""By a loss what is lost with it; those parts have parts in turn."""

MOST: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("FINGER_RIGHT", "FINGER_RIGHT_FIRST_JOINT")),
    (3, ("FINGER_LEFT", "FINGER_LEFT_FIRST_JOINT")),
    (2, ("BIG_TOE",)),
    (2, ("SECOND_TOE",)),
    (6, ("TOE",)),
    (6, ("HEARING_BOTH_10_DB",)),  # steps, up to what the table gives for all of it
    (6, ("HEARING_ONE_10_DB",)),
    (10, ("SIGHT_10_PERCENT",)),
    (10, ("SIGHT_FIELD_10_PERCENT",)),
    (1, ("LEG_ONE_HIP", "FEET_BOTH_ANKLE")),  # beside a leg the other foot may be lost, not both
    (1, ("SCALP_LEAST", "SCALP_MOST")),
    (1, ("LEG_SHORTER_UNDER_5_CM", "LEG_SHORTER_5_TO_7_5_CM", "LEG_SHORTER_7_5_CM")),
    (1, ("WORK_CAPACITY_51_TO_70", "WORK_CAPACITY_26_TO_50", "WORK_CAPACITY_10_TO_25")),
)
"""How often these may be lost, all of them together."""


def counted_twice(codes: Iterable[str]) -> tuple[str, ...]:
    """Name the losses that cannot stand beside each other, or not so often; none of them is in order."""
    times = Counter(codes)
    grouped = {code for _, group in MOST for code in group}
    for most, group in (*MOST, *((1, (code,)) for code in times if code not in grouped)):
        if sum(times[code] for code in group) > most:
            return tuple(code for code in group if times[code])
    for whole in times:
        if within := sorted(_parts(whole) & times.keys()):
            return (whole, *within)
    return ()


def _parts(whole: str) -> set[str]:
    direct = PARTS.get(whole, ())
    return {*direct, *(deeper for part in direct for deeper in _parts(part))}

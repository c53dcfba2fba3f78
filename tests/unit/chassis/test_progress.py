"""Without a terminal progress is said in lines: at the end of a step, and every few seconds with the time left."""

from services.chassis.progress import lines


def test_a_line_every_few_seconds_with_what_is_known() -> None:
    said, seconds = list[str](), iter((0.0, 4.0, 6.0, 7.0, 20.0, 20.0, 22.0, 30.0))
    told = lines(said.append, lambda: next(seconds))
    told("Reading", 1_000, 10_000)  # at second 0: what was done before is no part of the rate
    told("Reading", 2_000, 10_000)
    told("Reading", 4_000, 10_000)
    told("Reading", 5_000, 10_000)  # a second after the last line
    told("Reading", 10_000, 10_000)
    told("Making indexes", 0, 3)
    told("Making indexes", 1, 3)
    told("Making indexes", 2, 3)
    assert said == [
        "Reading: 4,000 of 10,000, 500/s, about 12 s left.",
        "Reading: 10,000 of 10,000, 450/s.",
        "Making indexes: 2 of 3, about 5 s left.",
    ]

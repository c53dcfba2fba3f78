"""At what age a person is registered, and how a participant number is written."""

from datetime import date

import pytest

from services.enrollment.domain import Rejected, Segment
from services.enrollment.domain.ages import age, refuse_age
from services.enrollment.identity import kpj

TODAY = date(2025, 7, 1)


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2007, 7, 1), date(2025, 6, 30), 17),
        (date(2007, 7, 1), date(2025, 7, 1), 18),
        (date(2004, 2, 29), date(2022, 2, 28), 17),
        (date(2004, 2, 29), date(2022, 3, 1), 18),
    ],
)
def test_age_in_completed_years(born: date, day: date, years: int) -> None:
    assert age(born, day) == years


@pytest.mark.parametrize(
    ("segment", "born", "registered_on"),
    [
        ("BPU", date(2007, 7, 1), TODAY),
        ("BPU", date(1959, 7, 2), TODAY),
        ("JAKON", date(1950, 1, 1), TODAY),
        ("PU", date(2010, 1, 1), TODAY),
        ("BPU", date(1940, 1, 1), date(2021, 3, 31)),
    ],
    ids=["18 today", "66 tomorrow", "construction over 65", "wage earner", "before the rule"],
)
def test_registered(segment: Segment, born: date, registered_on: date) -> None:
    refuse_age(segment, born, registered_on)


@pytest.mark.parametrize(
    ("born", "registered_on"),
    [(date(2007, 7, 2), TODAY), (date(1959, 7, 1), TODAY), (date(1950, 1, 1), date(2021, 4, 1))],
    ids=["18 tomorrow", "66 today", "first day of the rule"],
)
def test_too_young_or_too_old(born: date, registered_on: date) -> None:
    with pytest.raises(Rejected) as told:
        refuse_age("BPU", born, registered_on)
    assert told.value.code == "age_outside_limit"
    assert "65" in told.value.english
    assert str(born.year) not in told.value.english + told.value.indonesian


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("24000123456", None),
        ("00000000001", None),
        ("", "kpj_missing"),
        ("2400012345", "kpj_length"),
        ("240001234567", "kpj_length"),
        ("2400O123456", "kpj_malformed"),
        ("24000 123456", "kpj_malformed"),
        ("٢٤٠٠٠١٢٣٤٥٦", "kpj_malformed"),
        ("2.4E+10", "kpj_malformed"),
        ("24000123456\n", "kpj_malformed"),
    ],
)
def test_kpj_has_eleven_digits(text: str, code: str | None) -> None:
    said = kpj.fault(text)
    assert (said[0] if said else None) == code
    assert said is None or not text or text not in said[1] + said[2]

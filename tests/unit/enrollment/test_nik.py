"""What the structure of a NIK gives away, and what it does not; numbers here end in 9000 or more and are nobody's."""

from datetime import date

import pytest

from services.enrollment.identity import nik
from services.enrollment.regions import edition


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5104012703859001", None),
        ("5104016703859001", None),
        ("5104012902009001", None),
        ("9999012902049001", None),
        ("5104012902019001", "nik_date"),
        ("5104013104859001", "nik_date"),
        ("5104013203859001", "nik_date"),
        ("5104017203859001", "nik_date"),
        ("5104014003859001", "nik_date"),
        ("5104010003859001", "nik_date"),
        ("5104012713859001", "nik_date"),
        ("5104012700859001", "nik_date"),
        ("0004012703859001", "nik_place"),
        ("5100012703859001", "nik_place"),
        ("5104002703859001", "nik_place"),
        ("5104012703850000", "nik_serial"),
        ("510401270385900", "nik_length"),
        ("51040127038590011", "nik_length"),
        ("", "nik_missing"),
        ("5.10401E+15", "nik_as_number"),
        ("5,10401E+15", "nik_as_number"),
        ("51O4012703859001", "nik_letter"),
        ("5104 0127 0385 9001", "nik_malformed"),
        ("'5104012703859001", "nik_malformed"),
        ("51.04.01.270385.9001", "nik_malformed"),
        ("٥١٠٤٠١٢٧٠٣٨٥٩٠٠١", "nik_malformed"),
    ],
)
def test_structure(text: str, code: str | None) -> None:
    said = nik.fault(text, scenario=True)
    assert (said[0] if said else None) == code
    if said:
        assert text == "" or all(text not in sentence for sentence in said)


@pytest.mark.parametrize(
    ("serial", "scenario", "code"),
    [("8999", False, None), ("9000", False, "nik_synthetic"), ("9999", False, "nik_synthetic"), ("9000", True, None)],
)
def test_synthetic_numbers_are_for_scenarios(serial: str, scenario: bool, code: str | None) -> None:
    said = nik.fault(f"510401270385{serial}", scenario=scenario)
    assert (said[0] if said else None) == code


@pytest.mark.parametrize(
    ("text", "birth_date", "differs"),
    [
        ("5104012703859001", date(1985, 3, 27), False),
        ("5104016703859001", date(1985, 3, 27), False),
        ("5104012703059001", date(2005, 3, 27), False),
        ("5104012703059001", date(1905, 3, 27), False),
        ("5104012703859001", date(1985, 3, 28), True),
        ("5104012703859001", date(1986, 3, 27), True),
    ],
)
def test_a_birthday_that_differs_is_noticed_whatever_the_century(text: str, birth_date: date, differs: bool) -> None:
    assert nik.birth_date_differs(text, birth_date) is differs


@pytest.mark.parametrize(
    ("text", "name", "codes"),
    [
        ("5104012703859001", "I Wayan Contoh", []),
        ("5104016703859001", "Ni Wayan Contoh", []),
        ("5104016703859001", "I Gusti Ayu Contoh", []),
        ("5104016703859001", "Siti Contoh", []),
        ("5104016703859001", "I Wayan Contoh", ["nik_sex_differs"]),
        ("5104012703859001", "Anak Agung Istri Contoh", ["nik_sex_differs"]),
        ("5404012703859001", "I Wayan Contoh", []),
        ("9804012703859001", "I Wayan Contoh", ["nik_province_unknown"]),
        ("9804016703869001", "I Wayan Contoh", ["nik_birth_date_differs", "nik_sex_differs", "nik_province_unknown"]),
    ],
)
def test_what_is_not_plausible_is_told_and_refused_to_nobody(text: str, name: str, codes: list[str]) -> None:
    said = list(nik.doubts(text, name=name, birth_date=date(1985, 3, 27)))
    assert [code for _, (code, _, _) in said] == codes
    assert nik.fault(text, scenario=True) is None


def test_provinces_are_those_of_the_edition_and_one_that_was() -> None:
    assert {code[:2] for code, _ in edition.regions()} | {"54"} == nik.PROVINCES

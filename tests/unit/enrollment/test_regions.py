"""The packed edition is whole, and a village is found by its names without a guess."""

from collections import Counter

import pytest
from payung_contracts.regions import villages as published

from services.enrollment.regions import edition
from services.enrollment.regions.names import Found, Gazetteer, Named, plain

REGIONS = edition.regions()
NAMES = dict(REGIONS)
GIANYAR = Gazetteer(
    [Named(code, name, NAMES[code[:8]]) for code, name in REGIONS if code.startswith("51.04.") and len(code) == 13],
    [*edition.aliases(), ("51.04.05", "Ubud Kota")],
)


def test_every_code_is_there_once_under_its_parent() -> None:
    codes = [code for code, _ in REGIONS]
    assert len(codes) == len(set(codes)) == 91_599
    assert Counter(map(len, codes)) == {2: 38, 5: 514, 8: 7_285, 13: 83_762}
    assert all(code.rpartition(".")[0] in NAMES for code in codes if "." in code)
    assert all(name and name == name.strip() for name in NAMES.values())


def test_the_villages_that_the_contracts_name_are_among_them_under_the_same_names() -> None:
    assert published().keys() <= edition.villages()
    assert {code: NAMES[code] for code in published()} == {code: one.village_name for code, one in published().items()}
    assert {one.district_code: one.district_name for one in published().values()}.items() <= NAMES.items()


@pytest.mark.parametrize(
    ("village", "district", "code"),
    [
        ("Batuan", "Sukawati", "51.04.01.2007"),
        ("BATUAN  KALER", "kec. sukawati", "51.04.01.2012"),
        ("Desa Batuan", None, "51.04.01.2007"),
        ("ds.Ketewel", "Kecamatan Sukawati", "51.04.01.2002"),
        ("Kelurahan Ubud", "Ubud", "51.04.05.1005"),
        ("Singekerta", "Ubud", "51.04.05.2003"),  # its name until 2018
        ("Singakerta", "Ubud Kota", "51.04.05.2003"),
    ],
)
def test_a_village_is_found_by_its_name(village: str, district: str | None, code: str) -> None:
    found = GIANYAR.find(village, district)
    assert (found.code, NAMES.get(code)) == (code, NAMES[code])


@pytest.mark.parametrize(
    ("village", "district", "candidates"),
    [
        ("Ketewwel", "Sukawati", {"51.04.01.2002"}),  # near, so it is shown and not taken
        ("Batuan", "Tegallalang", {"51.04.01.2007"}),  # not there: shown where it is
        ("Xyz", None, set()),
    ],
)
def test_what_is_not_sure_is_for_a_person(village: str, district: str | None, candidates: set[str]) -> None:
    found = GIANYAR.find(village, district)
    assert found.code is None
    assert candidates <= {one.code for one in found.candidates}
    assert bool(found.candidates) == bool(candidates)


def test_a_name_of_two_villages_is_no_name_of_one() -> None:
    twice = Gazetteer(
        [
            Named("11.01.01.2001", "Baru", "A"),
            Named("11.01.02.2001", "Desa Baru", "B"),
            Named("11.01.02.2002", "Baru", "B"),
        ]
    )
    assert twice.find("Baru").code is None
    assert {one.code for one in twice.find("Baru").candidates} == {"11.01.01.2001", "11.01.02.2002"}
    assert twice.find("Baru", "B") == Found("11.01.02.2002")
    assert twice.find("Desa Baru", "B") == Found("11.01.02.2001")


def test_names_are_compared_without_marks_and_capitals() -> None:
    assert plain("Tiro/Truseb") == plain("TIRO TRUSEB") == "tirotruseb"
    assert plain("Désa É") == "desae"
    assert "Tiro" in {name for _, name in edition.aliases()}

"""The table of villages is whole, hangs together, and carries the notice of its source."""

import re
from collections import Counter
from importlib.resources import files

from payung_contracts.regions import villages


def test_bali_has_716_villages() -> None:
    assert len(villages()) == 716
    assert Counter(village.kind for village in villages().values()) == {"desa": 636, "kelurahan": 80}


def test_gianyar_has_70_villages_in_7_districts() -> None:
    gianyar = [village for village in villages().values() if village.regency_code == "51.04"]
    assert Counter(village.district_name for village in gianyar) == {
        "Sukawati": 12,
        "Blahbatuh": 9,
        "Gianyar": 17,
        "Tampaksiring": 8,
        "Ubud": 8,
        "Tegallalang": 7,
        "Payangan": 9,
    }


def test_codes_contain_each_other() -> None:
    for code, village in villages().items():
        assert re.fullmatch(r"51\.\d\d\.\d\d\.\d{4}", code)
        assert code == village.village_code
        assert code.startswith(f"{village.district_code}.")
        assert village.district_code.startswith(f"{village.regency_code}.")
        assert village.regency_code.startswith(f"{village.province_code}.")
        assert all((village.village_name, village.district_name, village.regency_name, village.province_name))


def test_the_notice_of_the_source_travels_with_the_table() -> None:
    notice = files("payung_contracts").joinpath("reference/LICENSE-regions.txt").read_text(encoding="utf-8")
    assert "MIT License" in notice
    assert "Cahya DSN" in notice

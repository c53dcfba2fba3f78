"""The villages that facts name by code, with their districts and regencies.

Source: github.com/cahyadsn/wilayah, MIT (notice in reference/LICENSE-regions.txt); codes per Kepmendagri
300.2.2-2138/2025.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Village:
    """A desa or kelurahan, with the areas it lies in; codes are Kemendagri's, dotted."""

    village_code: str
    village_name: str
    kind: str
    district_code: str
    district_name: str
    regency_code: str
    regency_name: str
    province_code: str
    province_name: str


@cache
def villages() -> dict[str, Village]:
    """Every village known, by its code."""
    with files("payung_contracts").joinpath("reference/villages.csv").open(encoding="utf-8") as file:
        return {row["village_code"]: Village(**row) for row in csv.DictReader(file)}


@cache
def areas() -> dict[str, str]:
    """What every province, regency, district and village is called, by its code."""
    called: dict[str, str] = {}
    for village in villages().values():
        called[village.province_code], called[village.regency_code] = village.province_name, village.regency_name
        called[village.district_code], called[village.village_code] = village.district_name, village.village_name
    return called

"""The generated input is the same every time, holds no real person, and adds up to what was published."""

import csv
import json
from collections import Counter
from datetime import date
from io import StringIO

import pytest
from payung_contracts.regions import villages

from deploy.scenarios.gianyar.generate import CEREMONY, CHECKSUMS, INPUTS, KEPT_BYTES_MAX, checksums, files
from deploy.scenarios.gianyar.load import BENEFIT_IDR
from services.enrollment.identity import nik

KEPT_ALL_BYTES_MAX = 100_000
PEOPLE = 127_909 + 1_024 + 2_429
WRITTEN_BY_HAND = {"cohorts.json", "targets.csv", CHECKSUMS}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return files()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


def everybody(made: dict[str, bytes]) -> list[dict[str, str]]:
    return [row for name, content in made.items() if name.startswith("people/") for row in rows(content)]


def test_the_same_bytes_every_time(made: dict[str, bytes]) -> None:
    assert files() == made
    assert checksums(made) == (INPUTS / CHECKSUMS).read_text()


def test_small_files_are_kept_as_they_are_generated(made: dict[str, bytes]) -> None:
    kept = {path.name: path.read_bytes() for path in INPUTS.iterdir() if path.name not in WRITTEN_BY_HAND}
    assert kept == {name: content for name, content in made.items() if len(content) <= KEPT_BYTES_MAX}
    assert sum(path.stat().st_size for path in INPUTS.iterdir()) < KEPT_ALL_BYTES_MAX


def test_every_nik_is_well_formed_synthetic_and_used_once(made: dict[str, bytes]) -> None:
    people = everybody(made)
    assert len({row["nik"] for row in people}) == len(people) == PEOPLE
    # Counted, so that a failure prints no number.
    assert sum(nik.fault(row["nik"], scenario=True) is not None for row in people) == 0
    refused = Counter((nik.fault(row["nik"], scenario=False) or ("",))[0] for row in people)
    assert refused == {"nik_synthetic": PEOPLE}
    assert sum(nik.birth_date_differs(row["nik"], date.fromisoformat(row["birth_date"])) for row in people) == 0
    assert {f"{row['nik'][:2]}.{row['nik'][2:4]}.{row['nik'][4:6]}" == row["village_code"][:8] for row in people} == {
        True
    }


def test_people_live_in_all_seventy_villages_and_are_of_working_age(made: dict[str, bytes]) -> None:
    gianyar = {code for code, village in villages().items() if village.regency_code == "51.04"}
    assert {row["village_code"] for row in everybody(made)} == gianyar
    assert len(gianyar) == 70
    born = [date.fromisoformat(row["birth_date"]) for row in everybody(made)]
    assert min(born) >= date(1959, 12, 1)
    assert max(born) < date(2005, 1, 2)


def test_segments_add_up_to_the_published_total_and_fill_their_places(made: dict[str, bytes]) -> None:
    cohorts = json.loads((INPUTS / "cohorts.json").read_text())
    of_2023 = {name: cohort for name, cohort in cohorts.items() if cohort["year"] == 2023}
    segments: Counter[str] = Counter()
    for name, cohort in of_2023.items():
        count = len(rows(made[f"people/{name}.csv"]))
        assert count == cohort["places"]
        segments[cohort["segment"]] += count
    assert segments == {"PU": 80_009, "NON_ASN": 9_000, "JAKON": 14_500, "BPU": 24_400}
    assert segments.total() == 127_909


def test_vulnerable_workers_live_in_desa_only(made: dict[str, bytes]) -> None:
    desa = {code for code, v in villages().items() if v.regency_code == "51.04" and v.kind == "desa"}
    by_village = {
        phase: Counter(row["village_code"] for row in rows(made[f"people/{phase}.csv"]))
        for phase in ("vulnerable-2023", "vulnerable-2024-phase-1", "vulnerable-2024-phase-2")
    }
    assert by_village["vulnerable-2023"] == dict.fromkeys(desa, 100)
    assert by_village["vulnerable-2024-phase-1"] == dict.fromkeys(desa, 16)
    assert by_village["vulnerable-2024-phase-2"].total() == 2_429
    assert set(by_village["vulnerable-2024-phase-2"].values()) == {37, 38}
    assert len(by_village["vulnerable-2024-phase-2"]) == 64


def test_those_who_return_were_covered_before(made: dict[str, bytes]) -> None:
    returning = {row["nik"] for row in rows(made["renewals/vulnerable-2024-phase-1.csv"])}
    assert len(returning) == 64 * 80
    assert returning < {row["nik"] for row in rows(made["people/vulnerable-2023.csv"])}


def test_claimants_die_in_2024_while_covered_and_once(made: dict[str, bytes]) -> None:
    claims = rows(made["claims.csv"])
    assert Counter(claim["programme"] for claim in claims) == {"JKM": 30, "JKK": 4}
    assert len({claim["nik"] for claim in claims}) == len(claims)
    self_payers = {row["nik"] for row in rows(made["people/self-payers-2023.csv"])}
    vulnerable = {row["nik"] for row in rows(made["people/vulnerable-2024-phase-1.csv"])}
    for claim in claims:
        dates = [claim[name] for name in ("incident_on", "reported_on", "submitted_on", "paid_on")]
        assert dates == sorted(dates)
        assert dates[0] >= "2024-01-01"
        at_ceremony = claim["paid_on"] == CEREMONY.isoformat()
        assert claim["nik"] in (vulnerable if at_ceremony else self_payers)
        assert not at_ceremony or "2024-05-01" <= dates[0] <= "2024-10-31"
    assert sum(claim["paid_on"] == CEREMONY.isoformat() for claim in claims) == 4


def test_payments_and_decided_claims_make_the_published_sums(made: dict[str, bytes]) -> None:
    recorded = [row for half in ("h1", "h2") for row in rows(made[f"payments-2024-{half}.csv"])]
    decided = sum(BENEFIT_IDR[claim["programme"]] for claim in rows(made["claims.csv"]))
    assert sum(int(row["amount_idr"]) for row in recorded) + decided == 40_420_000_000
    assert sum(int(row["amount_idr"]) for row in recorded if row["segment"] == "BPU") + decided == 3_650_000_000
    assert {"2024-01-01" <= row["paid_on"] < CEREMONY.isoformat() for row in recorded} == {True}
    late = rows(made["payments-2024-12.csv"])
    assert {row["paid_on"] > CEREMONY.isoformat() for row in late} == {True}
    references = [row["reference"] for row in (*recorded, *late)]
    assert len(set(references)) == len(references)


def test_cards_reach_every_district(made: dict[str, bytes]) -> None:
    cards = rows(made["cards.csv"])
    assert len(cards) == len({card["nik"][:6] for card in cards}) == 7
    assert {card["nik"] for card in cards} <= {row["nik"] for row in rows(made["people/vulnerable-2024-phase-2.csv"])}


def test_cohorts_name_fourteen_legal_bases_and_mark_the_placeholders() -> None:
    cohorts = json.loads((INPUTS / "cohorts.json").read_text()).values()
    bases = {basis["title"]: basis.get("placeholder", False) for cohort in cohorts for basis in cohort["legal_bases"]}
    assert len(bases) == 14
    assert {title for title, placeholder in bases.items() if placeholder} == {
        t for t in bases if "belum diketahui" in t
    }
    assert all(cohort["legal_bases"] for cohort in cohorts)

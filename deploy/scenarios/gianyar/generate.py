"""Writes the scenario's input files for the public doors: the same bytes every time, and no real person in them.

`python -m deploy.scenarios.gianyar.generate build/gianyar` writes all of them to a folder to look at;
`--keep` refreshes the small ones and the checksums of the large ones, which stand in `inputs/`.
"""

import argparse
import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from payung_contracts.regions import Village, villages

INPUTS = Path(__file__).parent / "inputs"
CHECKSUMS = "checksums.sha256"
KEPT_BYTES_MAX = 20_000

SEED = 51_04
REGENCY = "51.04"
SERIAL_FIRST, SERIAL_LAST = 9_000, 9_999
BORN_FROM, BORN_UNTIL = date(1960, 1, 1), date(2005, 1, 1)

EVERYWHERE = {
    "wage-earners-2023": 80_009,
    "non-asn-2023": 9_000,
    "self-payers-2023": 18_000,
    "construction-2023": 6_500,
    "construction-2023-2024": 8_000,
}
VULNERABLE_PER_DESA_2023 = 100
RETURNING_PER_DESA = 80
NEW_PER_DESA = 16
PHASE_2 = 2_429

CEREMONY = date(2024, 11, 28)
# Where those lived whose heirs were paid at the ceremony: Ketewel, and a desa in each of three other districts.
CEREMONY_VILLAGES = ("51.04.01.2002", "51.04.02.2001", "51.04.04.2001", "51.04.07.2001")
# The days on which claims are taken up, with how many deaths by illness and by work accident among self-payers.
CLAIM_DAYS = {date(2024, 3, 28): (8, 1), date(2024, 5, 30): (9, 1), date(2024, 10, 2): (9, 2)}
CORRECTED_VILLAGE, CORRECTED = "51.04.07.2003", 12

JKM_IDR = 42_000_000
PAYMENT_DAY = 20
PAYMENT_FILES = {"2024-h1": range(1, 7), "2024-h2": range(7, 12), "2024-12": range(12, 13)}
MONTHS = 11
# Programme, segment, cases and rupiah of 1 January to 28 November 2024 that come as recorded payments.
RECORDED = (
    ("JHT", "PU", 1_687, 25_000_000_000),
    ("JHT", "NON_ASN", 99, 1_470_000_000),
    ("JKM", "PU", 77, 3_570_000_000),
    ("JKM", "NON_ASN", 15, 660_000_000),
    ("JKM", "JAKON", 11, 420_000_000),
    ("JKM", "BPU", 45, 45 * JKM_IDR),
    ("JKK", "PU", 212, 3_600_000_000),
    ("JKK", "NON_ASN", 22, 380_000_000),
    ("JKK", "JAKON", 35, 600_000_000),
    ("JKK", "BPU", 40, 220_000_000),
    ("JP", "PU", 176, 890_000_000),
    ("JKP", "PU", 33, 180_000_000),
)

MALE = ("I Wayan", "I Made", "I Nyoman", "I Ketut", "I Putu", "I Kadek", "I Komang", "I Gede")
FEMALE = ("Ni Wayan", "Ni Made", "Ni Nyoman", "Ni Ketut", "Ni Putu", "Ni Kadek", "Ni Komang", "Ni Luh")
GIVEN = (
    *("Adnyana", "Ardana", "Artini", "Astawa", "Budiasa", "Darma", "Erawati", "Gunawan", "Jaya", "Kariasih"),
    *("Kerta", "Lestari", "Mudita", "Mustika", "Nadi", "Parwata", "Puspa", "Rai", "Renti", "Sadia"),
    *("Sari", "Sudarma", "Sukerti", "Suparta", "Surya", "Sutama", "Tantri", "Utama", "Wardana", "Widia"),
)


@dataclass(slots=True)
class People:
    """Draws people one after another; no two share a NIK."""

    random: random.Random
    serials: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: SERIAL_FIRST))

    def draw(self, counts: Mapping[str, int]) -> list[str]:
        """Draw as many people for each village as asked, as lines of a file."""
        return [self._person(village) for village, count in counts.items() for _ in range(count)]

    def _person(self, village: str) -> str:
        chance = self.random.random
        woman, name = chance() < 0.5, GIVEN[int(chance() * len(GIVEN))]  # noqa: PLR2004 - a half
        iso, in_nik = _DAYS[int(chance() * len(_DAYS))][woman]
        prefix = f"{village[0:2]}{village[3:5]}{village[6:8]}{in_nik}"
        serial = self.serials[prefix]
        if serial > SERIAL_LAST:
            msg = f"more than {SERIAL_LAST - SERIAL_FIRST + 1} people share a district, a day of birth and a sex"
            raise ValueError(msg)
        self.serials[prefix] = serial + 1
        first = (FEMALE if woman else MALE)[int(chance() * len(MALE))]
        return f"{prefix}{serial},{first} {name},{iso},{village}"


def files() -> dict[str, bytes]:
    """Make every generated file, by its name."""
    gianyar = [village for village in villages().values() if village.regency_code == REGENCY]
    desa = [village for village in gianyar if village.kind == "desa"]
    people = People(random.Random(SEED))  # noqa: S311 - the same numbers every time is what is wanted
    weights = [0.5 + people.random.random() for _ in gianyar]

    made = {name: people.draw(_apportion(gianyar, weights, count)) for name, count in EVERYWHERE.items()}
    made["vulnerable-2023"] = people.draw({village.village_code: VULNERABLE_PER_DESA_2023 for village in desa})
    made["vulnerable-2024-phase-1"] = people.draw({village.village_code: NEW_PER_DESA for village in desa})
    made["vulnerable-2024-phase-2"] = people.draw(_apportion(desa, [1.0] * len(desa), PHASE_2))

    returning = _first_of_each(made["vulnerable-2023"], RETURNING_PER_DESA)
    corrected = [line for line in made["construction-2023"] if line.endswith(CORRECTED_VILLAGE)][:CORRECTED]
    one_of_each_district = {line[:6]: line for line in reversed(made["vulnerable-2024-phase-2"])}
    return {
        **{f"people/{name}.csv": _csv("nik,name,birth_date,village_code", lines) for name, lines in made.items()},
        "renewals/vulnerable-2024-phase-1.csv": _csv("nik", [_nik(line) for line in returning]),
        "cards.csv": _csv(
            "nik,handed_on,received_by",
            [f"{_nik(line)},{CEREMONY},representative" for _, line in sorted(one_of_each_district.items())],
        ),
        "claims.csv": _csv(
            "nik,programme,incident_on,reported_on,submitted_on,paid_on",
            _claims(made["self-payers-2023"], made["vulnerable-2024-phase-1"]),
        ),
        "corrections.csv": _csv(
            "nik,covered_from,covered_until", [f"{_nik(line)},2023-07-01,2023-12-16" for line in corrected]
        ),
        **_payments(),
    }


def main() -> None:
    """Write the files to a folder, or refresh what is kept in the repository."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, nargs="?", default=Path("build/gianyar"))
    arguments.add_argument("--keep", action="store_true", help="refresh the files kept in inputs/")
    chosen = arguments.parse_args()

    made = files()
    if chosen.keep:
        (INPUTS / CHECKSUMS).write_text(checksums(made))
        made = {name: content for name, content in made.items() if len(content) <= KEPT_BYTES_MAX}
    folder = INPUTS if chosen.keep else chosen.folder
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def checksums(made: Mapping[str, bytes]) -> str:
    """List the files with their SHA-256, as `sha256sum` does."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(made.items()))


def _claims(self_payers: Sequence[str], vulnerable: Sequence[str]) -> list[str]:
    """Deaths in 2024, all while covered: nobody leaves the figure of 31 December 2023."""
    spread = iter(self_payers[:: len(self_payers) // 40])
    lines = []
    for day, (illness, accident) in CLAIM_DAYS.items():
        for number, programme in enumerate(["JKM"] * illness + ["JKK"] * accident):
            lines.append(_claim(next(spread), programme, day - timedelta(days=20 + 2 * number), day))
    for number, code in enumerate(CEREMONY_VILLAGES):
        worker = next(line for line in vulnerable if line.endswith(code))
        lines.append(_claim(worker, "JKM", date(2024, 10, 14) + timedelta(days=4 * number), CEREMONY))
    return lines


def _claim(worker: str, programme: str, incident_on: date, day: date) -> str:
    reported_on, submitted_on = incident_on + timedelta(days=7), day - timedelta(days=2)
    return f"{_nik(worker)},{programme},{incident_on},{reported_on},{submitted_on},{day}"


def _payments() -> dict[str, bytes]:
    """Spread the recorded payments evenly over the months; December lies after the period that is asked for."""
    made = {}
    for name, months in PAYMENT_FILES.items():
        lines = []
        for programme, segment, all_cases, total in RECORDED:
            for month in months:
                cases, amount = _part(all_cases, month), _part(total, month)
                paid = cases * JKM_IDR if (programme, segment) == ("JKM", "BPU") else amount
                lines.append(
                    f"gianyar-2024-{month:02}-{programme}-{segment},{programme},{segment},"
                    f"2024-{month:02}-{PAYMENT_DAY},{cases},{paid},{REGENCY}"
                )
        made[f"payments-{name}.csv"] = _csv("reference,programme,segment,paid_on,cases,amount_idr,area_code", lines)
    return made


def _part(total: int, month: int) -> int:
    """Give a month's part; the last month of the period takes the remainder as well."""
    return total // MONTHS + (total % MONTHS if month == MONTHS else 0)


def _apportion(places: Sequence[Village], weights: Sequence[float], total: int) -> dict[str, int]:
    """Split `total` by weight; the largest remainders get one more, so that the parts add up."""
    exact = [total * weight / sum(weights) for weight in weights]
    order = sorted(range(len(exact)), key=lambda at: (int(exact[at]) - exact[at], at))
    more = set(islice(order, total - sum(map(int, exact))))
    return {place.village_code: int(exact[at]) + (at in more) for at, place in enumerate(places)}


def _first_of_each(lines: Sequence[str], count: int) -> list[str]:
    """Take the first people of every village."""
    seen: dict[str, int] = defaultdict(int)
    taken = []
    for line in lines:
        village = line[-13:]
        if seen[village] < count:
            taken.append(line)
        seen[village] += 1
    return taken


def _nik(line: str) -> str:
    return line[:16]


def _csv(header: str, lines: Sequence[str]) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def _days() -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Every day of birth as it is written, and as it stands in a man's and in a woman's NIK."""
    days = (BORN_FROM + timedelta(days=number) for number in range((BORN_UNTIL - BORN_FROM).days))
    return [((day.isoformat(), f"{day:%d%m%y}"), (day.isoformat(), f"{day.day + 40}{day:%m%y}")) for day in days]


_DAYS = _days()

if __name__ == "__main__":
    main()

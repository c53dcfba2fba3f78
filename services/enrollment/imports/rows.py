"""Turns the lines of a file into rows about people: good ones to act on, the others into faults, each NIK once."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Protocol, TypeVar, get_args

from services.enrollment.domain import Activity, Receiver
from services.enrollment.identity import kpj, nik
from services.enrollment.identity.nik import Said
from services.enrollment.imports import table
from services.enrollment.imports.faults import Fault
from services.enrollment.imports.table import Line

OLDEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
NAME_CHARACTERS_MAX = 200
ISO_LENGTH = 10
PAID_MONTHS_MAX = 24
WISHES = ("covered_from", "activity", "paid_on", "paid_months")
"""Columns of a cohort's file that may be missing, or empty in a row."""
ACTIVITIES: dict[str, Activity] = {name: name for name in get_args(Activity)}


@dataclass(frozen=True, slots=True, eq=False)
class PersonRow:
    """A person to enroll. What names them is not shown."""

    line: int
    nik: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    village_code: str
    covered_from: date | None
    activity: Activity | None = None
    paid_on: date | None = None
    paid_months: int | None = None

    def document(self) -> dict[str, Any]:
        """Give what the vault keeps of the person."""
        return {"nik": self.nik, "name": self.name, "birth_date": self.birth_date.isoformat()}


@dataclass(frozen=True, slots=True, eq=False)
class KnownRow:
    """A person who should be in the register already."""

    line: int
    nik: str = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class CardRow:
    """A person whose card was handed over."""

    line: int
    nik: str = field(repr=False)
    handed_on: date
    received_by: Receiver


@dataclass(frozen=True, slots=True, eq=False)
class IssuedRow:
    """A person whose card was issued, and its number, which names them as well."""

    line: int
    nik: str = field(repr=False)
    issued_on: date
    kpj: str = field(repr=False)


class _AboutPerson(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def nik(self) -> str: ...


Row = TypeVar("Row", bound=_AboutPerson)


@dataclass(frozen=True, slots=True)
class Read(Generic[Row]):
    """What a file holds: how many rows, the good ones, repetitions of those, what is wrong, and what needs a look."""

    lines: int
    rows: list[Row]
    repeated: int
    faults: list[Fault]
    warnings: list[Fault]


class _Faulty(Exception):
    """A value of a line is wrong: the column, and what to say."""

    def __init__(self, column: str, said: Said) -> None:
        super().__init__(column, said[0])
        self.column, self.said = column, said


def read_people(
    content: bytes, *, today: date, scenario: bool, knows_village: Callable[[str], bool]
) -> Read[PersonRow]:
    """Read the file of a cohort: `nik,name,birth_date,village_code` and, if wanted, more (WISHES)."""

    def row(line: Line) -> PersonRow:
        fields = line.fields
        return PersonRow(
            line.number,
            _nik(fields["nik"], scenario=scenario),
            _name(fields["name"]),
            _birth_date(fields["birth_date"], today),
            _village(fields["village_code"], knows_village),
            _date("covered_from", fields["covered_from"]) if fields.get("covered_from") else None,
            _activity(fields["activity"]) if fields.get("activity") else None,
            _date("paid_on", fields["paid_on"]) if fields.get("paid_on") else None,
            _months(fields["paid_months"]) if fields.get("paid_months") else None,
        )

    lines = table.read(content, required=("nik", "name", "birth_date", "village_code"), optional=WISHES)
    read = _read(
        lines,
        row,
        lambda p: (p.name, p.birth_date, p.village_code, p.covered_from, p.activity, p.paid_on, p.paid_months),
    )
    read.warnings.extend(
        Fault(one.line, column, *said)
        for one in read.rows
        for column, said in nik.doubts(one.nik, name=one.name, birth_date=one.birth_date)
    )
    return read


def read_known(content: bytes, *, scenario: bool) -> Read[KnownRow]:
    """Read a file of people who are in the register: `nik`."""

    def row(line: Line) -> KnownRow:
        return KnownRow(line.number, _nik(line.fields["nik"], scenario=scenario))

    return _read(table.read(content, required=("nik",)), row, lambda _: ())


def read_cards(content: bytes, *, scenario: bool) -> Read[CardRow]:
    """Read a file of cards that were handed over: `nik,handed_on,received_by`."""

    def row(line: Line) -> CardRow:
        fields = line.fields
        return CardRow(
            line.number,
            _nik(fields["nik"], scenario=scenario),
            _date("handed_on", fields["handed_on"]),
            _receiver(fields["received_by"]),
        )

    lines = table.read(content, required=("nik", "handed_on", "received_by"))
    return _read(lines, row, lambda card: (card.handed_on, card.received_by))


def read_issued(content: bytes, *, scenario: bool) -> Read[IssuedRow]:
    """Read a file of cards that the agency issued: `nik,issued_on,kpj`; a number stands in it once."""

    def row(line: Line) -> IssuedRow:
        fields = line.fields
        number = fields["kpj"]
        if (said := kpj.fault(number)) is not None:
            raise _Faulty("kpj", said)
        nik_ = _nik(fields["nik"], scenario=scenario)
        if bearers.setdefault(number, nik_) != nik_:
            raise _Faulty("kpj", _KPJ_REPEATED)
        return IssuedRow(line.number, nik_, _date("issued_on", fields["issued_on"]), number)

    bearers: dict[str, str] = {}
    lines = table.read(content, required=("nik", "issued_on", "kpj"))
    return _read(lines, row, lambda card: (card.issued_on, card.kpj))


def _read(lines: Sequence[Line], row: Callable[[Line], Row], details: Callable[[Row], Hashable]) -> Read[Row]:
    read: Read[Row] = Read(len(lines), [], 0, [], [])
    first: dict[str, Row] = {}
    repeated = 0
    for line in lines:
        try:
            found = row(line)
        except _Faulty as faulty:
            read.faults.append(Fault(line.number, faulty.column, *faulty.said))
            continue
        earlier = first.setdefault(found.nik, found)
        if earlier is found:
            read.rows.append(found)
        elif details(earlier) == details(found):
            repeated += 1
        else:
            read.faults.append(Fault(line.number, "nik", *_repeated(earlier.line)))
    return Read(read.lines, read.rows, repeated, read.faults, read.warnings)


def _nik(text: str, *, scenario: bool) -> str:
    said = nik.fault(text, scenario=scenario)
    if said is not None:
        raise _Faulty("nik", said)
    return text


def _name(text: str) -> str:
    if not any(character.isalpha() for character in text) or not text.isprintable():
        raise _Faulty(
            "name",
            (
                "name_missing",
                "Nama kosong atau tanpa huruf. Isi nama seperti pada KTP.",
                "The name is empty or has no letters. Enter it as on the identity card.",
            ),
        )
    if len(text) > NAME_CHARACTERS_MAX:
        raise _Faulty(
            "name",
            (
                "name_too_long",
                f"Nama lebih panjang dari {NAME_CHARACTERS_MAX} huruf. Isi nama saja.",
                f"The name has more than {NAME_CHARACTERS_MAX} characters. Enter the name only.",
            ),
        )
    return text


def _date(column: str, text: str) -> date:
    """Read YYYY-MM-DD and nothing else: Python would also take weeks and dates without hyphens."""
    try:
        if (
            len(text) == ISO_LENGTH
            and text[4] == text[7] == "-"
            and OLDEST <= (day := date.fromisoformat(text)) <= LATEST
        ):
            return day
    except ValueError:
        pass
    raise _Faulty(
        column,
        (
            "date_malformed",
            f"Tanggal harus nyata, sejak {OLDEST.year}, dan ditulis TTTT-BB-HH, misalnya 1985-03-27.",
            f"The date must be a real one, from {OLDEST.year} on, written YYYY-MM-DD, for example 1985-03-27.",
        ),
    )


def _birth_date(text: str, today: date) -> date:
    day = _date("birth_date", text)
    if day > today:
        raise _Faulty(
            "birth_date",
            (
                "birth_date_in_future",
                "Tanggal lahir berada di masa depan. Periksa tahunnya.",
                "The date of birth lies in the future. Check the year.",
            ),
        )
    return day


def _village(text: str, knows_village: Callable[[str], bool]) -> str:
    if not knows_village(text):
        raise _Faulty(
            "village_code",
            (
                "village_unknown",
                "Kode desa/kelurahan tidak dikenal. Pakai kode Kemendagri dengan titik, misalnya 51.04.01.2001.",
                "The village code is not known. Use the Kemendagri code with dots, for example 51.04.01.2001.",
            ),
        )
    return text


def _activity(text: str) -> Activity:
    if text not in ACTIVITIES:
        names = ", ".join(ACTIVITIES)
        raise _Faulty(
            "activity",
            (
                "activity_unknown",
                f"Pekerjaan tidak dikenal. Isi salah satu: {names}.",
                f"The activity is not known. Enter one of: {names}.",
            ),
        )
    return ACTIVITIES[text]


def _months(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(PAID_MONTHS_MAX))) or not (
        1 <= int(text) <= PAID_MONTHS_MAX
    ):
        raise _Faulty(
            "paid_months",
            (
                "months_malformed",
                f"Jumlah bulan harus bilangan bulat dari 1 sampai {PAID_MONTHS_MAX}.",
                f"The number of months must be a whole number from 1 to {PAID_MONTHS_MAX}.",
            ),
        )
    return int(text)


def _receiver(text: str) -> Receiver:
    match text:
        case "worker" | "representative":
            return text
        case _:
            raise _Faulty(
                "received_by",
                (
                    "receiver_unknown",
                    "Penerima kartu harus 'worker' (pekerja sendiri) atau 'representative' (wakil).",
                    "The receiver must be 'worker' or 'representative'.",
                ),
            )


_KPJ_REPEATED: Said = (
    "kpj_repeated",
    "Nomor KPJ ini sudah ada pada baris lain untuk orang lain. Periksa kedua kartunya.",
    "This KPJ stands on another line for another person. Check both cards.",
)


def _repeated(line: int) -> Said:
    return (
        "nik_repeated",
        f"NIK yang sama sudah ada pada baris {line} dengan data lain. Hapus baris yang keliru.",
        f"The same NIK stands on line {line} with other data. Delete the row that is wrong.",
    )

"""How lists are read: headers, Indonesian numbers and dates, digits that were lost; CSV and XLSX say the same."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.enrollment.imports import header, values
from services.enrollment.imports.cells import Cell, Formula, Number, Unreadable
from services.enrollment.imports.file import open_file
from services.enrollment.imports.people import ReadRow, Rules, read_row
from services.enrollment.imports.values import Faulty
from services.enrollment.imports.workbook import day_of_serial
from services.enrollment.regions.names import Gazetteer, Named
from tests.sheets import TITLES, as_csv, as_xlsx

TODAY = date(2027, 1, 1)
WAYAN = "5104012703859001"
VILLAGES = {"51.04.01.2001": "Batubulan", "51.04.01.2002": "Ketewel", "51.04.05.2001": "Ubud"}
RULES = Rules(
    TODAY,
    scenario=True,
    knows_village=VILLAGES.__contains__,
    find_village=Gazetteer([Named(code, name, "Sukawati") for code, name in VILLAGES.items()]).find,
)


def read(content: bytes) -> list[ReadRow]:
    opened = open_file(io.BytesIO(content))
    return [read_row(opened.header, row, RULES) for row in opened.rows]


def codes(rows: Sequence[ReadRow]) -> list[list[str]]:
    return [[fault.code for fault in row.faults] for row in rows]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (WAYAN, WAYAN),
        (f"'{WAYAN}", WAYAN),
        (" 5104 0127 0385 9001 ", WAYAN),
        ("51.04.01.270385.9001", WAYAN),
        ("510401-270385-9001", WAYAN),
        ("510401\u00a0270385\u200b9001", WAYAN),
        (Number(WAYAN), WAYAN),
        (Number("5.104012703859001E15"), WAYAN),
        (Number("5.1040127038590000E15"), "nik_digit_lost"),
        (Number("5104012703859000"), "nik_digit_lost"),
        (Number("9104012703859001"), "nik_digit_lost"),
        (Number("510401270385900"), "nik_15_digits"),
        (Number("5.5"), "nik_digit_lost"),
        ("510401270385900", "nik_15_digits"),
        ("5.10401E+15", "nik_digit_lost"),
        ("5,10401E+15", "nik_digit_lost"),
        ("51O4012703859001", "nik_letter"),
        ("5104o1270385900l", "nik_letter"),
        ("51040127038590011", "nik_length"),
        ("5104013203859001", "nik_date"),
        ("I Wayan", "nik_malformed"),
        (None, "nik_missing"),
        (Formula(WAYAN), "formula"),
        (f"={WAYAN}", "formula"),
    ],
)
def test_a_national_number(cell: Cell, said: str) -> None:
    try:
        found = values.nik(cell, scenario=True).value
    except Faulty as faulty:
        found = faulty.said[0]
    assert found == said


BORN = date(1985, 12, 31)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (BORN, BORN),
        *((text, BORN) for text in ("31/12/1985", "31-12-1985", "31.12.1985", "31 12 1985", "1985-12-31")),
        *((text, BORN) for text in ("1985/12/31", "1985-12-31 00:00:00", "31/12/1985 0:00")),
        *(
            (text, BORN)
            for text in ("31 Desember 1985", "31 DES 1985", "31-Des-1985", "31 December, 1985", "31 dec 1985")
        ),
        ("Selasa, 31 Desember 1985", BORN),
        (Number("31412"), BORN),
        (Number("31412.0"), BORN),
        ("31412", BORN),
        ("1 Pebruari 1970", date(1970, 2, 1)),
        ("3/4/1970", date(1970, 4, 3)),
        ("12/31/1985", "date_month_first"),
        ("31/12/85", "date_short_year"),
        ("31 Des 85", "date_short_year"),
        ("31/02/1985", "date_malformed"),
        ("30 Februari 1985", "date_malformed"),
        ("1985", "date_malformed"),
        ("31121985", "date_malformed"),
        ("sekitar 1985", "date_malformed"),
        ("1/1/1850", "date_malformed"),
        ("2/1/2027", "birth_date_in_future"),
        (None, "date_missing"),
        (Formula("31412"), "formula"),
    ],
)
def test_a_birthday(cell: Cell, said: date | str) -> None:
    try:
        found: date | str = values.birth_date(cell, TODAY)
    except Faulty as faulty:
        found = faulty.said[0]
    assert found == said


def test_a_day_as_excel_counts_it() -> None:
    days = {"1": date(1900, 1, 1), "59": date(1900, 2, 28), "61": date(1900, 3, 1), "60": None, "0": None, "-1": None}
    assert {text: day_of_serial(text) for text in days} == days
    assert day_of_serial("29950", from_1904=True) == BORN


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("51.04.01.2001", "51.04.01.2001"),
        ("5104012001", "51.04.01.2001"),
        (Number("5104012001"), "51.04.01.2001"),
        (Number("5104012001.0"), "51.04.01.2001"),
        ("5.104.012.001", "51.04.01.2001"),
        ("5.104.012.001,00", "51.04.01.2001"),
        ("51.04.01.2001 Batubulan", "51.04.01.2001"),
        ("51.04.01.9999", "village_unknown"),
        ("Batubulan", "village_unknown"),
        (None, "village_unknown"),
    ],
)
def test_a_village_code(cell: Cell, code: str) -> None:
    try:
        found = values.village_code(cell, VILLAGES.__contains__)
    except Faulty as faulty:
        found = faulty.said[0]
    assert found == code


@pytest.mark.parametrize(
    "titles",
    [
        TITLES,
        ("No.", "N I K".replace(" ", ""), "NAMA LENGKAP", "Tgl. Lahir", "Kode Desa/Kelurahan"),
        ("nik (16 digit)", "nama peserta", "TANGGAL  LAHIR", "kode desa"),
        ("national number", "name", "date of birth", "village code"),
        ("Nomor KTP", "Nama", "dob", "Kode Wilayah"),
    ],
)
def test_the_header_by_the_names_that_offices_use(titles: Sequence[str]) -> None:
    found = header.find([(1, ["DAFTAR"]), (3, [None, *titles])])
    assert found.row == 3
    assert found.places.keys() == {"nik", "name", "birth_date", "village_code"}


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ([(1, ["Daftar"]), (2, ["x", "y"])], "header_not_found"),
        ([(21, list(TITLES))], "file_empty"),
        ([(1, ["NIK", "Nama", "Tanggal Lahir"])], "header_incomplete"),
        ([(1, [*TITLES, "Nama Lengkap"])], "header_twice"),
    ],
)
def test_a_header_that_is_none(first: Any, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        header.find(first)
    assert refused.value.code == code


def test_a_village_by_its_name() -> None:
    titles = (*TITLES[:3], "Desa", "Kecamatan")
    rows = [[WAYAN, "Wayan", "27/03/1985", village, "Sukawati"] for village in ("Desa Ketewel", "Ketwel", "Bandung")]
    found = read(as_csv(rows, titles=titles))
    assert found[0].person is not None
    assert found[0].person.village_code == "51.04.01.2002"
    assert codes(found) == [[], ["village_name_doubtful"], ["village_name_unknown"]]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    (row,) = read(as_csv([["12", "123", "1/1/70", "51"]]))
    assert codes([row]) == [["nik_length", "name_missing", "date_short_year", "village_unknown"]]
    assert [fault.column for fault in row.faults] == ["A (NIK)", "B (Nama)", "C (Tanggal Lahir)", "D (Kode Desa)"]


def test_a_row_longer_than_the_header_is_not_guessed() -> None:
    (row,) = read(f"NIK,Nama,Tanggal Lahir,Kode Desa\n{WAYAN},Wayan, S.Pd,27/03/1985,51.04.01.2001\n".encode())
    assert "number_of_fields" in codes([row])[0]


def test_work_is_one_of_the_known() -> None:
    titles = (*TITLES, "Pekerjaan")
    rows = [[WAYAN, "Wayan", "27/03/1985", "51.04.01.2001", work] for work in ("Petani/Peternak", "", "astronaut")]
    found = read(as_xlsx(rows, titles=titles))
    assert [row.person.activity if row.person else None for row in found] == ["farming", None, None]
    assert codes(found)[2] == ["activity_unknown"]


# A random table says the same by every way of writing it down, and what a plain model says.

NIKS = st.sampled_from(["", "x", "123", WAYAN, "5104014101909002", "5104012703859000", f"'{WAYAN}", "51O4012703859001"])
NAMES = st.sampled_from(["I Wayan", "Ni Luh; Sari", 'Ketut "Dol"', "12", "", " Ayu  Rai ", "Baris\nDua"])
DAYS = st.one_of(st.dates(date(1950, 1, 1), date(2026, 12, 31)), st.sampled_from(["", "1/2/80", "31/02/1980"]))
CODES = st.sampled_from(["51.04.01.2001", "51.04.01.2002", "51.04.99.2001", ""])
TABLES = st.lists(st.tuples(NIKS, NAMES, DAYS, CODES), min_size=1, max_size=12)


def plainly(nik: str, name: str, day: date | str, code: str) -> set[str]:
    """Say which parts of a row are wrong, as a clerk would."""
    digits = nik.removeprefix("'")
    good = digits.isascii() and digits.isdigit() and len(digits) == 16 and digits[12:] != "0000"
    wrong = set() if good else {"nik"}
    wrong |= set() if any(letter.isalpha() for letter in name) else {"name"}
    wrong |= set() if isinstance(day, date) else {"birth_date"}
    return wrong | (set() if code in VILLAGES else {"village_code"})


def as_openpyxl(rows: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in [TITLES, *rows]:
        book.worksheets[0].append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_every_way_of_writing_a_table_says_the_same(
    table: list[tuple[str, str, date | str, str]], separator: str, encoding: str
) -> None:
    written = [[nik, name, f"{day:%d/%m/%Y}" if isinstance(day, date) else day, code] for nik, name, day, code in table]
    kept = [at for at, row in enumerate(table) if any(str(cell).strip() for cell in row)]
    if not kept:
        return
    expected = [plainly(*table[at]) for at in kept]
    people = []
    for content in (
        as_csv(written, separator=separator).decode().encode(encoding),
        as_xlsx(table),
        as_xlsx(written),
        as_openpyxl(table),
    ):
        found = read(content)
        assert [{fault.about for fault in row.faults} for row in found] == expected
        assert [row.row for row in found] == [at + 2 for at in kept]
        people.append([row.person for row in found])
    assert people[0] == people[1] == people[2] == people[3]


def test_a_thousand_dates_read_as_they_were_meant() -> None:
    days = [date(1930, 1, 1) + timedelta(days=31 * at) for at in range(1000)]
    rows = [[WAYAN, "Wayan", day, "51.04.01.2001"] for day in days]
    for content in (as_xlsx(rows), as_openpyxl(rows)):
        assert [row.person.birth_date if row.person else None for row in read(content)] == days


def test_csv_in_windows_1252_is_read_and_said() -> None:
    opened = open_file(io.BytesIO(as_csv([[WAYAN, "Renée", "27/03/1985", "51.04.01.2001"]]).decode().encode("cp1252")))
    assert opened.encoding == "cp1252"
    assert next(opened.rows)[1][1] == "Renée"


def test_sheet_rows_are_counted_as_a_spreadsheet_does() -> None:
    file = io.StringIO()
    lines = [["Judul"], [], list(TITLES), [], [WAYAN, "Dua\nBaris", "x", "y"], [WAYAN, "Wayan", "x", "y"]]
    csv.writer(file).writerows(lines)
    assert [row.row for row in read(file.getvalue().encode())] == [5, 6]

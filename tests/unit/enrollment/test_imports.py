"""What is made of a clerk's file: good rows, faults that name line and remedy but no person, or a refusal."""

from dataclasses import asdict
from datetime import date

import pytest

from services.enrollment.imports import rows
from services.enrollment.imports.cells import Unreadable
from services.enrollment.imports.rows import PersonRow, Read
from services.enrollment.imports.table import ROWS_MAX

HEADER = "nik,name,birth_date,village_code"
WAYAN = "5104012703859001,I Wayan Contoh,1985-03-27,51.04.01.2001"
MADE = "5104016803869002,Ni Made Contoh,1986-03-28,51.04.01.2002"
VILLAGES = {"51.04.01.2001", "51.04.01.2002"}
TODAY = date(2025, 5, 1)


def read(*lines: str, header: str = HEADER, scenario: bool = True) -> Read[PersonRow]:
    content = "\n".join([header, *lines]).encode()
    return rows.read_people(content, today=TODAY, scenario=scenario, knows_village=VILLAGES.__contains__)


def test_good_rows() -> None:
    found = read(WAYAN, MADE)
    assert found.lines == 2
    assert [
        (row.line, row.nik, row.name, row.birth_date, row.village_code, row.covered_from) for row in found.rows
    ] == [
        (2, "5104012703859001", "I Wayan Contoh", date(1985, 3, 27), "51.04.01.2001", None),
        (3, "5104016803869002", "Ni Made Contoh", date(1986, 3, 28), "51.04.01.2002", None),
    ]
    assert (found.repeated, found.faults, found.warnings) == (0, [], [])


def test_columns_may_stand_in_any_order_with_a_first_day() -> None:
    found = read(
        " 51.04.01.2001 ,1985-03-27,5104012703859001,2025-03-01,I Wayan Contoh",
        header="village_code,birth_date,NIK,covered_from,name",
    )
    assert found.rows[0].covered_from == date(2025, 3, 1)


WISHES = f"{HEADER},activity,paid_on,paid_months"


def test_what_a_row_may_say_of_work_and_payment() -> None:
    found = read(f"{WAYAN},fishing,2025-04-30,3", f"{MADE},,,", header=WISHES)
    assert [(row.activity, row.paid_on, row.paid_months) for row in found.rows] == [
        ("fishing", date(2025, 4, 30), 3),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("wishes", "column", "code"),
    [
        ("sailing,,", "activity", "activity_unknown"),
        (",30-04-2025,", "paid_on", "date_malformed"),
        (",,0", "paid_months", "months_malformed"),
        (",,25", "paid_months", "months_malformed"),
        (",,1.5", "paid_months", "months_malformed"),
        (",,\u00b2", "paid_months", "months_malformed"),
    ],
)
def test_what_a_row_may_not_say_of_work_and_payment(wishes: str, column: str, code: str) -> None:
    (fault,) = read(f"{WAYAN},{wishes}", header=WISHES).faults
    assert (fault.column, fault.code) == (column, code)


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("510401270385900,I Wayan,1985-03-27,51.04.01.2001", "nik", "nik_length"),
        (",I Wayan,1985-03-27,51.04.01.2001", "nik", "nik_missing"),
        ("5104012703859001,,1985-03-27,51.04.01.2001", "name", "name_missing"),
        ("5104012703859001,1234,1985-03-27,51.04.01.2001", "name", "name_missing"),
        ('5104012703859001,"I\nWayan",1985-03-27,51.04.01.2001', "name", "name_missing"),
        (f"5104012703859001,{'x' * 201},1985-03-27,51.04.01.2001", "name", "name_too_long"),
        ("5104012703859001,I Wayan,27-03-1985,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,1985-02-30,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,19850327,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,1985-W13-3,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,2025-05-02,51.04.01.2001", "birth_date", "birth_date_in_future"),
        ("5104012703859001,I Wayan,1899-12-31,51.04.01.2001", "birth_date", "date_malformed"),
        ("5104012703859001,I Wayan,1985-03-27,51.04.01.2099", "village_code", "village_unknown"),
        ("5104012703859001,I Wayan,1985-03-27,5104012001", "village_code", "village_unknown"),
    ],
)
def test_a_bad_row_is_told_and_the_others_go_on(line: str, column: str, code: str) -> None:
    found = read(MADE, line)
    assert [row.line for row in found.rows] == [2]
    fault = found.faults[0]
    assert (fault.row, fault.column, fault.code) == (3, column, code)
    assert fault.indonesian
    assert fault.english


def test_no_fault_repeats_what_names_a_person() -> None:
    found = read(
        "5104012703859001,Rahasia,1985-13-27,51.04.01.2001",
        "51040127038590,Rahasia,1985-03-27,51.04.01.2001",
        MADE,
        MADE.replace("Ni Made Contoh", "Rahasia"),
        scenario=True,
    )
    told = " ".join(str(value) for fault in found.faults for value in asdict(fault).values())
    assert len(found.faults) == 3
    for secret in ("Rahasia", "5104", "1985-13"):
        assert secret not in told.replace("51.04.01.2001", "")
    assert "Contoh" not in repr(found.rows)
    assert "5104016803869002" not in repr(found.rows)


def test_synthetic_people_are_refused_where_real_ones_are() -> None:
    assert [fault.code for fault in read(WAYAN, scenario=False).faults] == ["nik_synthetic"]


def test_the_same_row_twice_counts_once() -> None:
    found = read(WAYAN, MADE, WAYAN)
    assert (len(found.rows), found.repeated, found.faults) == (2, 1, [])


def test_the_same_nik_with_other_data_is_a_question_to_the_clerk() -> None:
    found = read(WAYAN, MADE, WAYAN.replace("51.04.01.2001", "51.04.01.2002"))
    assert [(fault.row, fault.code) for fault in found.faults] == [(4, "nik_repeated")]
    assert "line 2" in found.faults[0].english


def test_a_row_counts_when_an_earlier_one_of_the_same_nik_was_bad() -> None:
    found = read(WAYAN.replace("1985-03-27", "unknown"), WAYAN)
    assert [row.line for row in found.rows] == [3]


def test_a_birthday_unlike_the_nik_is_taken_in_with_a_warning() -> None:
    found = read(WAYAN.replace("1985-03-27", "1985-03-28"))
    assert [row.line for row in found.rows] == [2]
    assert [(fault.row, fault.column, fault.code) for fault in found.warnings] == [
        (2, "birth_date", "nik_birth_date_differs")
    ]


def test_lines_are_those_of_the_file() -> None:
    name = '"I Wayan, ""Contoh"""'
    found = read("", WAYAN.replace("I Wayan Contoh", name), "", ",,,", MADE, "")
    assert [row.line for row in found.rows] == [3, 6]
    assert found.rows[0].name == 'I Wayan, "Contoh"'
    assert found.lines == 2


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"", "header", "line 1"),
        (b"nik;name;birth_date;village_code\n", "separator", "first line"),
        (b"nik,name,birth_date\n", "header", "village_code"),
        (b"nik,name,birth_date,village_code,phone\n", "header", "line 1"),
        (b"nik,nik,name,birth_date,village_code\n", "header", "line 1"),
        (f"{HEADER}\n{WAYAN}\n{WAYAN},x\n".encode(), "number_of_fields", "Line 3"),
        (f"{HEADER}\n{WAYAN}\nonly,three,fields\n".encode(), "number_of_fields", "Line 3"),
        (f'{HEADER}\n{WAYAN}\n"5104,a,b,c\n'.encode(), "quotes", "Line 3"),
        (f'{HEADER}\n"5104"x,a,b,c\n'.encode(), "quotes", "Line 2"),
        (f"{HEADER}\n{WAYAN}\n".encode() + b"5104,Ni K\xe9tut,1,2\n", "not_utf_8", "line 3"),
        (HEADER.encode("utf-16"), "not_utf_8", "line 1"),
    ],
)
def test_a_file_in_doubt_is_refused_whole(content: bytes, code: str, place: str) -> None:
    with pytest.raises(Unreadable) as refused:
        rows.read_people(content, today=TODAY, scenario=True, knows_village=VILLAGES.__contains__)
    assert refused.value.code == code
    assert place in refused.value.english
    assert refused.value.indonesian


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    content = f"\ufeff{HEADER}\r\n{WAYAN}\r\n{MADE}\r\n".encode()
    found = rows.read_people(content, today=TODAY, scenario=True, knows_village=VILLAGES.__contains__)
    assert [row.line for row in found.rows] == [2, 3]


def test_too_many_rows_are_refused() -> None:
    content = ("nik\n" + "1\n" * (ROWS_MAX + 1)).encode()
    with pytest.raises(Unreadable) as refused:
        rows.read_known(content, scenario=True)
    assert refused.value.code == "too_many_rows"


def test_cards() -> None:
    content = (
        b"nik,handed_on,received_by\n"
        b"5104012703859001,2025-02-01,worker\n"
        b"5104016803869002,2025-02-01,neighbour\n"
        b"5104016803869003,01/02/2025,worker\n"
    )
    found = rows.read_cards(content, scenario=True)
    assert [(row.handed_on, row.received_by) for row in found.rows] == [(date(2025, 2, 1), "worker")]
    assert [(fault.row, fault.column, fault.code) for fault in found.faults] == [
        (3, "received_by", "receiver_unknown"),
        (4, "handed_on", "date_malformed"),
    ]

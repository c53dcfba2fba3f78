"""Rows of recorded payments: good ones are read, bad ones say why."""

from typing import get_args

import pytest
from payung_contracts.fact import Programme, Segment

from services.claims import messages
from services.claims.coverage import PRIORITY
from services.claims.payments import COLUMNS, PROGRAMMES, RecordedPayment, changed, read
from services.claims.rules.book import SEGMENTS
from services.claims.separated import ROWS_MAX, FileRefused
from tests.unit.claims.cases import TODAY, day

HEADER = ",".join(COLUMNS)
GOOD = "JHT-2024-11/PU,JHT,PU,2024-11-20,1687,25000000000,51.04"


def read_rows(*rows: str, header: str = HEADER) -> tuple[list[tuple[int, RecordedPayment]], list[tuple[int, str, str]]]:
    content = "\n".join((header, *rows)).encode()
    good, bad = read(content, today=TODAY, area_codes=messages.area_codes())
    return good, [(refused.row, refused.column, refused.code) for refused in bad]


def test_programmes_and_segments_are_those_of_the_contracts() -> None:
    assert get_args(Programme) == PROGRAMMES
    assert get_args(Segment) == SEGMENTS == tuple(PRIORITY)


def test_a_good_row_is_read() -> None:
    good, bad = read_rows(GOOD)
    payment = RecordedPayment("JHT-2024-11/PU", "JHT", "PU", day("2024-11-20"), 1687, 25_000_000_000, "51.04")
    assert (good, bad) == ([(2, payment)], [])


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",JHT,PU,2024-11-20,1,1,51.04", "reference", "reference_malformed"),
        ("a;b,JHT,PU,2024-11-20,1,1,51.04", "reference", "reference_malformed"),
        ("5104014101700001,JHT,PU,2024-11-20,1,1,51.04", "reference", "reference_holds_nik"),
        ("BPD 0012345,JHT,PU,2024-11-20,1,1,51.04", "reference", "reference_holds_number"),
        ("r,XXX,PU,2024-11-20,1,1,51.04", "programme", "programme_unknown"),
        ("r,JHT,PBI,2024-11-20,1,1,51.04", "segment", "segment_unknown"),
        ("r,JHT,PU,20-11-2024,1,1,51.04", "paid_on", "paid_on_malformed"),
        ("r,JHT,PU,2024-02-30,1,1,51.04", "paid_on", "paid_on_malformed"),
        ("r,JHT,PU,2025-10-21,1,1,51.04", "paid_on", "paid_on_in_future"),
        ("r,JHT,PU,2024-11-20,0,1,51.04", "cases", "cases_malformed"),
        ("r,JHT,PU,2024-11-20,1.5,1,51.04", "cases", "cases_malformed"),
        ("r,JHT,PU,2024-11-20,1,42.000.000,51.04", "amount_idr", "amount_malformed"),
        ("r,JHT,PU,2024-11-20,1,-1,51.04", "amount_idr", "amount_malformed"),
        ("r,JHT,PU,2024-11-20,1,1,99.99", "area_code", "area_unknown"),
        ("r,JHT,PU,2024-11-20,1,1", "reference", "columns_missing_or_extra"),
    ],
)
def test_a_bad_row_says_why_and_the_good_ones_go_in(row: str, column: str, code: str) -> None:
    good, bad = read_rows(GOOD, row, "", GOOD)
    assert [at for at, _ in good] == [2, 5]
    assert bad == [(3, column, code)]


def test_reasons_never_repeat_what_the_row_said() -> None:
    _, bad = read(f"{HEADER}\nsecret word,JHT,secret word\n".encode(), today=TODAY, area_codes=())
    assert "secret" not in f"{bad[0].indonesian} {bad[0].english}"
    assert changed(7).row == 7


@pytest.mark.parametrize(
    "content",
    [b"", b"reference,programme\n", HEADER.encode("utf-16"), HEADER.encode() + b"\n\xff", HEADER.encode() + b'\n"a'],
    ids=["empty", "other columns", "utf-16", "not utf-8", "quotation mark not closed"],
)
def test_a_file_that_is_no_such_file_is_refused_whole(content: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read(content, today=TODAY, area_codes=())
    assert refused.value.indonesian


def test_a_file_has_a_bounded_number_of_rows() -> None:
    with pytest.raises(FileRefused, match="5001"):
        read_rows(*[GOOD] * (ROWS_MAX + 1))


def test_the_mark_that_spreadsheets_put_first_is_no_part_of_the_header() -> None:
    assert len(read_rows(GOOD, header="\ufeff" + HEADER)[0]) == 1

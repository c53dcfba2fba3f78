"""Files that are broken, or made to break us: refused with a reason in bounded memory, or read as they are."""

import io
import random
import resource
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date

import pytest

from services.enrollment.imports import archive, cells
from services.enrollment.imports.cells import Unreadable
from services.enrollment.imports.file import open_file
from tests.sheets import TITLES, as_csv, as_xlsx

ROW = ["5104012703859001", "I Wayan Contoh", "27/03/1985", "51.04.01.2001"]
SHEET, STRINGS, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
READ_BYTES_MAX = 1024**2
"""Python's memory while a list is read, whatever its length."""
LONG_ROWS = 20_000
"""Kept all at once, the rows of such a list would take three times as much."""


def refusal(content: bytes) -> str | None:
    """Read a file to its end, and give the code of its refusal."""
    try:
        for _ in open_file(io.BytesIO(content)).rows:
            pass
    except Unreadable as refused:
        return refused.code if refused.indonesian and refused.english else "without a sentence"
    return None


def rezipped(change: Callable[[dict[str, bytes]], None], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack a good workbook anew, with its parts changed."""
    with zipfile.ZipFile(io.BytesIO(as_xlsx([ROW]))) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    change(parts)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return content.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)

    return rezipped(change)


def added(name: str, content: bytes) -> bytes:
    return rezipped(lambda parts: parts.update({name: content}))


def without(name: str) -> bytes:
    return rezipped(lambda parts: parts.__delitem__(name) if name in parts else None)


GOOD = as_xlsx([ROW])
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>&c;</t></is></c>'
    b"</row></sheetData></worksheet>"
)
NESTED = added("xl/media/image1.zip", GOOD)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (GOOD, None),
        (b"", "file_empty"),
        (b"\n\n\n", "file_empty"),
        (as_csv([]), "no_rows"),
        (as_xlsx([]), "no_rows"),
        (as_csv([ROW]), None),
        (b"\xef\xbb\xbf" + as_csv([ROW]), None),
        (as_csv([ROW]).decode().encode("utf-16"), None),
        (as_csv([ROW]).decode().encode("utf-16-le"), "not_text"),
        (b"\xff\xfe" + as_csv([ROW]), "header_not_found"),
        (b"%PDF-1.7\n\x00\x81\x8d", "not_text"),
        (as_csv([ROW]).replace(b"I Wayan", b"I \x81Wayan"), "not_text"),
        (as_csv([ROW]) + b'"' + b"x" * 20, "quotes"),
        (as_csv([[*ROW[:1], "x" * 20_000, *ROW[2:]]]), "cell_too_long"),
        (as_xlsx([[*ROW[:1], "x" * 20_000, *ROW[2:]]]), "cell_too_long"),
        (as_csv([["x"] * 10_000]), "too_many_columns"),
        (as_xlsx([["x"] * 10_000]), "too_many_columns"),
        (as_csv([ROW], titles=[*TITLES, *[""] * 10_000]), None),
        (GOOD[: len(GOOD) // 2], "workbook_damaged"),
        (GOOD[:-30], "workbook_damaged"),
        (archive.OLE_BEGINS + b"x" * 512, "workbook_locked"),
        (archive.ZIP_BEGINS + random.Random(1).randbytes(2_000), "workbook_damaged"),
        (b"PK\x05\x06" + b"\0" * 18, "workbook_damaged"),
        (NESTED, "workbook_embeds"),
        (added("xl/vbaProject.bin", b"macro"), "workbook_embeds"),
        (added("xl/externalLinks/externalLink1.xml", b"<x/>"), "workbook_embeds"),
        (added(SHEET, LAUGHS), "workbook_entities"),
        (added(STRINGS, LAUGHS), "workbook_entities"),
        (added("xl/styles.xml", LAUGHS), "workbook_entities"),
        (replaced(WORKBOOK, b"<workbook ", b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><workbook '), "workbook_entities"),
        (replaced(SHEET, b"</sheetData>", b""), "workbook_damaged"),
        (replaced(SHEET, b'r="A1"', b'r="1A"'), "workbook_damaged"),
        (replaced(SHEET, b'<row r="2"', b'<row r="0"'), "workbook_damaged"),
        (replaced(SHEET, b'<row r="2"', b'<row r="99999999"'), "workbook_damaged"),
        (replaced(SHEET, b"<v>0</v>", b"<v>999</v>"), "workbook_damaged"),
        (replaced(WORKBOOK, b'name="Sheet1"', b'name="Sheet1" state="hidden"'), "workbook_damaged"),
        (without(SHEET), "workbook_damaged"),
        (without(WORKBOOK), "workbook_damaged"),
        (rezipped(lambda _: None, zipfile.ZIP_LZMA), "workbook_damaged"),
        (
            rezipped(lambda parts: parts.update({f"x/{n}": b"" for n in range(archive.ENTRIES_MAX)})),
            "workbook_too_large_unpacked",
        ),
    ],
)
def test_a_file_is_read_or_refused_with_a_reason(content: bytes, code: str | None) -> None:
    assert refusal(content) == code


def test_a_bomb_is_not_unpacked() -> None:
    bomb = added("xl/media/zeros", bytes(archive.RATIO_COUNTS_FROM_BYTES * 2))
    assert len(bomb) < 100_000
    assert refusal(bomb) == "workbook_too_large_unpacked"


def test_a_bomb_whose_directory_lies_ends_where_the_directory_says() -> None:
    """The sheet is 64 MB and says that it is a thousandth of that: no more is unpacked, and the checksum tells."""
    sheet = b"<worksheet><sheetData>" + b" " * 64 * 1024**2
    lies = bytearray(added(SHEET, sheet))
    told = struct.pack("<L", len(sheet))
    assert lies.count(told) >= 1
    lies = bytearray(bytes(lies).replace(told, struct.pack("<L", len(sheet) // 1000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(bytes(lies)) == "workbook_damaged"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < len(sheet) // 4


def test_more_rows_than_the_limit() -> None:
    assert cells.ROWS_MAX >= 100_000
    row = (";".join(ROW) + "\n").encode()
    assert refusal(as_csv([]) + row * (cells.ROWS_MAX + 1)) == "too_many_rows"


def test_a_long_list_takes_no_more_memory_than_a_short_one() -> None:
    born = date(1985, 3, 27)
    for write in (as_csv, as_xlsx):
        content = io.BytesIO(write([[ROW[0], ROW[1], born if write is as_xlsx else ROW[2], ROW[3]]] * LONG_ROWS))
        tracemalloc.start()
        opened = open_file(content)
        assert sum(1 for _ in opened.rows) == LONG_ROWS
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        kept = list(open_file(content).rows)
        assert tracemalloc.get_traced_memory()[1] > 3 * READ_BYTES_MAX, len(kept)
        tracemalloc.stop()
        assert peak < READ_BYTES_MAX


def test_noise_never_gets_past_the_refusals() -> None:
    """A good workbook, and a good CSV, with bytes changed at random: read or refused, never anything else."""
    chance = random.Random(7)
    for content in (GOOD, as_csv([ROW] * 3)):
        for _ in range(300):
            noisy = bytearray(content)
            for _ in range(chance.randrange(1, 12)):
                noisy[chance.randrange(len(noisy))] = chance.randrange(256)
            refusal(bytes(noisy[: chance.randrange(len(noisy) // 2, len(noisy) + 1)]))

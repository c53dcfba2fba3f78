"""The evidence file for the Paritrana Award: the year's figures with what they are worth, as workbook and document."""

import asyncio
import base64
import io
import re
import shlex
import zlib
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import openpyxl
import orjson
import pytest
from payung_contracts.claims import PaymentRecorded
from payung_contracts.enrollment import CohortApproved, CoverageStarted, CoverageTerminated, LegalBasis
from payung_contracts.topics import CLAIM, COHORT, COVERAGE
from typer.testing import CliRunner

from services.chassis.postgres import Pool
from services.reporting.cli import cli, published
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_api import TARGETS
from tests.integration.reporting.test_cli import address
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL

__all__ = ["address"]
FARMERS = UUID(int=77)
"""Ten places for September to December 2026; two people hold them from the first, one leaves after October."""


async def a_year(pool: Pool) -> Log:
    log = Log()
    log.publish(
        COHORT,
        FARMERS,
        CohortApproved(
            name="Petani <2026> & nelayan",
            year=2026,
            segment="BPU",
            funding="APBD_P",
            programmes=("JKK", "JKM"),
            legal_bases=(LegalBasis(title="Perbup Gianyar 33/2024"), LegalBasis(title="SK Bupati", placeholder=True)),
            covered_from=date(2026, 9, 1),
            covered_until=date(2027, 1, 1),
            months=4,
            places=10,
            person_months=40,
            budget_idr=1_290_240_000,
        ),
    )
    for number, village in ((1, BATUBULAN), (2, KETEWEL)):
        held: dict[str, Any] = {"segment": "BPU", "funding": "APBD_P", "programmes": ("JKK", "JKM")}
        period = {"covered_from": date(2026, 9, 1), "covered_until": date(2027, 1, 1)}
        log.publish(
            COVERAGE,
            UUID(int=number),
            CoverageStarted(coverage_id=UUID(int=number), cohort_id=FARMERS, village_code=village, **held, **period),
        )
    log.publish(
        COVERAGE,
        UUID(int=2),
        CoverageTerminated(coverage_id=UUID(int=2), covered_until=date(2026, 11, 1), reason="moved"),
    )
    paid = {"programme": "JKM", "segment": "BPU", "paid_on": date(2026, 2, 3), "cases": 2, "amount_idr": 84_000_000}
    log.publish(CLAIM, uuid4(), PaymentRecorded(reference="R-1", area_code="51.04", **paid))
    log.complete()
    await read(pool, log)
    return log


def _words(document: bytes) -> str:
    """Give what is written on the pages of the document."""
    pages = re.findall(rb"stream\r?\n(.*?~>)endstream", document, re.DOTALL)
    drawn = b"".join(zlib.decompress(base64.a85decode(b"<~" + page, adobe=True)) for page in pages)
    return b" ".join(re.findall(rb"\(((?:\\.|[^()\\])*)\) Tj", drawn)).decode("latin-1")


def _rows(book: openpyxl.Workbook, sheet: str) -> list[tuple[Any, ...]]:
    return [row for row in book[sheet].iter_rows(min_row=6, values_only=True) if row[0] is not None]


async def test_a_year_is_shown_whole_and_a_final_file_is_the_same_for_ever(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = await a_year(pool)
    assert (await http.put("/v1/targets", content=TARGETS.read_bytes())).status_code == 200
    snapshot = f"1@{log.now:%Y-%m-%dT%H:%M:%S.%f}Z"
    asked = {"snapshot": snapshot, "denominator": "gianyar-workers-2025-09@1"}
    answer = await http.get("/v1/evidence/2026.xlsx", params=asked)
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert _rows(book, "Regulasi")[:2] == [
        ("Perbup Gianyar 33/2024", None, 1),
        ("SK Bupati", "nomor belum diketahui / number not known yet", 1),
    ]
    # one stays for four months' ends, the other for September and October
    budget = ("Petani <2026> & nelayan", "APBD Perubahan", 10, 2, 40, 6, 15, 1_290_240_000)
    assert _rows(book, "Anggaran")[:2] == [budget, ("Jumlah / Total", None, 10, 2, 40, 6, 15, 1_290_240_000)]
    assert _rows(book, "Segmen")[:2] == [("Pekerja informal", 1, 100), ("Jumlah / Total", 1, 100)]
    assert _rows(book, "Desa")[0] == ("Sukawati", "Batubulan", BATUBULAN, 1, 100)
    assert _rows(book, "Klaim per program")[0] == ("JKM (kematian)", 0, 2, 0, 84_000_000, 0)
    denominator = _rows(book, "Penyebut")[0]
    assert denominator[:6] == (
        "Pekerja di Kabupaten Gianyar / Workers of the regency of Gianyar",
        198_628,
        "pekerja / workers",
        1,
        0,
        "30 September 2025",
    )
    assert "as the regency estimates them. Kabupaten Gianyar (51.04) / Regency of Gianyar" in denominator[6]
    told = {str(row[0]).partition(" / ")[0]: str(row[1]) for row in book["Ringkasan"].iter_rows(values_only=True)}
    assert (told["Per"], told["Status"], told["Snapshot"]) == ("31 Desember 2026", "tetap", snapshot)
    assert told["Perkiraan"].startswith("Pada waktu itu tahun ini belum berakhir")

    document = await http.get("/v1/evidence/2026.pdf", params=asked)
    words = _words(document.content)
    for each in (
        "2026",
        "Petani < 2026 > & nelayan APBD Perubahan 10 2 40 6",
        "Batubulan",
        "198.628",
        "84.000.000",
        snapshot,
        "1 dari / of 4",
    ):
        assert each in words, each
    assert "4 dari / of 4" in words
    assert words.count("1.290.240.000") == 2, "no number breaks, not even in bold"
    log.publish(
        COVERAGE,
        UUID(int=2),
        CoverageTerminated(coverage_id=UUID(int=2), covered_until=date(2026, 9, 1), reason="moved"),
    )
    log.complete()
    await read(pool, log)
    again = await http.get("/v1/evidence/2026.xlsx", params=asked)
    assert again.content == answer.content
    assert (await http.get("/v1/evidence/2026.pdf", params=asked)).content == document.content
    two = ["gianyar-workers-2025-09@1", "branch-bali-denpasar-2024@1"]
    either_way = [
        (await http.get("/v1/evidence/2026.pdf", params=asked | {"denominator": order})).content
        for order in (two, two[::-1])
    ]
    assert either_way[0] == either_way[1]
    unpinned = await http.get("/v1/evidence/2026.pdf", params={"snapshot": snapshot})
    assert (unpinned.status_code, unpinned.json()["code"]) == (409, "snapshot_not_final")
    for odd in ({"denominator": "nobody@1"}, {"denominator": "gianyar-workers-2025-09"}, {"year": "2025"}):
        assert (await http.get("/v1/evidence/2026.pdf", params=odd)).status_code == 422


async def test_an_area_has_a_file_of_its_own_figures(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await a_year(pool)
    await http.put("/v1/targets", content=TARGETS.read_bytes())
    denominators = ["gianyar-workers-2025-09@1", "branch-bali-denpasar-2024@1"]
    asked = {"known_at": log.now.isoformat(), "denominator": denominators}
    books = {}
    for area in ("51.04", BATUBULAN, "51.03"):
        answer = await http.get("/v1/evidence/2026.xlsx", params=asked | {"area": area})
        assert f"paritrana-2026-{area}.xlsx" in answer.headers["content-disposition"]
        books[area] = openpyxl.load_workbook(io.BytesIO(answer.content))
    regency, village, elsewhere = books.values()
    assert regency["Ringkasan"]["A1"].value == "Bukti untuk Paritrana Award 2026, Kabupaten Gianyar"
    assert [row[0].partition(" / ")[0] for row in _rows(regency, "Penyebut")[:1]] == ["Pekerja di Kabupaten Gianyar"]
    assert _rows(regency, "Anggaran")[0][2:] == (10, 2, 40, 6, 15, 1_290_240_000)
    assert _rows(regency, "Klaim per program")[0][4] == 84_000_000
    # of a cohort that is shared with another village, only those who were enrolled here
    assert [row[2:] for row in _rows(village, "Anggaran")[:2]] == [(None, 1, *[None] * 4), (0, 1, *[None] * 4)]
    assert [_rows(village, sheet)[0][1] for sheet in ("Segmen", "Desa")] == [1, "Batubulan"]
    assert len(_rows(village, "Regulasi")[:2]) == 2
    for sheet in ("Segmen", "Desa", "Regulasi", "Anggaran", "Penyebut", "Klaim per program"):
        assert elsewhere[sheet]["A6"].value is None, sheet
    told = {row[0]: str(row[1]) for row in village["Ringkasan"].iter_rows(values_only=True) if row[0]}
    again = await http.get(told["Berkas yang sama untuk selamanya / The same file for ever"])
    assert openpyxl.load_workbook(io.BytesIO(again.content))["Segmen"]["B6"].value == 1
    overview = (await http.get("/", params={"area": "51.04", "as_of": "2026-12-31"})).text
    assert re.search(r"/v1/evidence/2026\.pdf\?[^\"]*area=51\.04&", overview)
    assert (await http.get("/v1/evidence/2026.pdf", params={"area": "51.99"})).json()["code"] == "area_unknown"


@pytest.mark.usefixtures("address")
async def test_from_the_terminal_to_a_file_that_is_kept(pool: Pool, http: httpx2.AsyncClient, tmp_path: Path) -> None:
    log = await a_year(pool)
    await http.put("/v1/targets", content=TARGETS.read_bytes())
    for form, begin in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        path = tmp_path / f"bukti.{form}"
        asked = ["evidence", "2026", "--out", str(path), "--known-at", log.now.isoformat()]
        shown = await asyncio.to_thread(CliRunner().invoke, cli, asked)
        assert shown.exit_code == 0, shown.output
        assert path.read_bytes().startswith(begin)
        line = shlex.split(shown.output.partition("publish: ")[2])
        assert line[:3] == ["payung", "publish", f"evidence/2026.{form}"]
        kept = await asyncio.to_thread(CliRunner().invoke, published.cli, [*line[2:], "--json"])
        assert kept.exit_code == 0, kept.output
        assert orjson.loads(kept.output)[0]["answer"]["sha256"] == sha256(path.read_bytes()).hexdigest()
    refused = await asyncio.to_thread(CliRunner().invoke, cli, ["evidence", "2026", "--out", str(tmp_path / "x.doc")])
    assert refused.exit_code == 1
    assert ".xlsx" in refused.output

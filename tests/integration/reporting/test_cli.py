"""The questions of `payung report`, asked at a running service."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner, Result

from services.chassis.postgres import Pool
from services.reporting.app import make_app
from services.reporting.cli import cli
from tests import servers
from tests.integration.reporting.test_api import TARGETS, two_people
from tests.unit.reporting.calendar_model import BATUBULAN
from tests.world import until

PERIOD = ["--from", "2026-01-01", "--until", "2027-01-01"]
STEWARD = {"Payung-Actor": "steward-1", "Payung-Roles": "steward"}


@pytest_asyncio.fixture
async def address(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    port = servers.free_port()
    server = uvicorn.Server(uvicorn.Config(make_app(pool), port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, "reporting answers")
    monkeypatch.setenv("REPORTING_URL", f"http://127.0.0.1:{port}")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def ask(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli, list(arguments))


@pytest.mark.usefixtures("address")
async def test_a_figure_stands_above_what_it_counts_and_how_complete_it_is(pool: Pool) -> None:
    log = await two_people(pool)
    asked = ("protected", "--as-of", "2026-03-31", "--by", "village", "--known-at", log.now.isoformat())
    shown = await ask(*asked)
    assert shown.exit_code == 0, shown.output
    for words in (
        "Batubulan",
        "Ketewel",
        "satuan / unit: orang / people",
        "2026-03-31",
        "Final:",
        "Tetap:",
        "enrollment: lengkap",
        "0 orang atau kelompok yang catatannya ditahan",
        "projection version: 1",
        f"snapshot: 1@{log.now:%Y-%m-%dT%H:%M:%S.%f}Z",
    ):
        assert words in shown.output
    told = json.loads((await ask(*asked, "--json")).output)
    assert (told["total"], told["final"]) == (2, True)
    only = json.loads((await ask(*asked, "--segment", "PU", "--json")).output)
    assert only["total"] == 1
    included = await ask("--after", "enrollment:7", *asked)
    assert included.exit_code == 0, included.output
    waited = await ask("--after", "billing:1", *asked)
    assert (waited.exit_code, "token konsistensi" in waited.output) == (1, True)


async def test_every_question_can_be_asked(pool: Pool, address: str) -> None:
    await two_people(pool)
    async with httpx2.AsyncClient(base_url=address) as client:
        assert (await client.put("/v1/targets", content=TARGETS.read_bytes(), headers=STEWARD)).status_code == 200
    for asked in (
        ["coverage", "--as-of", "2026-03-31"],
        ["protected", "--segment", "BPU", "--segment", "PU", "--funding", "APBD"],
        ["protected-over-time", *PERIOD],
        ["churn", *PERIOD],
        ["gaps"],
        ["memberships", "--as-of", "2026-03-31"],
        ["expiries", *PERIOD, "--area", BATUBULAN],
        ["commitments", "--by", "year"],
        ["claims-paid", *PERIOD, "--by", "village"],
        ["claims-paid-changes", *PERIOD, "--since", "2026-01-01T00:00:00Z"],
        ["protected-changes", "--since", "2026-01-01T00:00:00Z"],
        ["claims-decided", *PERIOD],
        ["claims-voided", *PERIOD],
        ["time-to-payment", *PERIOD],
        ["claims"],
        ["claims", "--overdue"],
        ["obligations", "--area", BATUBULAN],
        ["reviews"],
        ["died-without-claim"],
        ["died-without-claim", "--workers"],
        ["paid-after-death"],
        ["coverage-ratio", "gianyar-workers-2025-09"],
        ["cards", *PERIOD],
        ["cards-issued", *PERIOD],
        ["memberships", "--as-of", "2026-03-31", "--state", "grace"],
        ["funnel", "--as-of", "2026-03-31", "--by", "village"],
        ["cohorts"],
        ["places-reallocated"],
        ["double-funding", "--area", BATUBULAN],
        ["legal-bases"],
        ["targets"],
        ["watermark"],
    ):
        shown = await ask(*asked)
        assert shown.exit_code == 0, shown.output
        assert "Belum tetap" in shown.output
        headings = [line for line in shown.output.splitlines() if line.startswith(("┃", "jumlah / total"))]
        assert not re.search(r"[a-z]_[a-z]", " ".join(headings)), headings


async def test_a_target_without_area_stands_apart_from_the_ratios(pool: Pool, address: str) -> None:
    await two_people(pool)
    async with httpx2.AsyncClient(base_url=address) as client:
        assert (await client.put("/v1/targets", content=TARGETS.read_bytes(), headers=STEWARD)).status_code == 200
    shown = " ".join((await ask("coverage", "--as-of", "2026-03-31")).output.split())
    assert shown.count(" % dari / of ") == 1
    assert "0.00 % dari / of 198 628 workers: Pekerja di Kabupaten Gianyar / Workers of the regency of Gianyar" in shown
    assert "target dari / target of BPJS Ketenagakerjaan Cabang Bali Denpasar 2024" in shown
    assert "433 000 workers (pekerja penerima upah" in shown
    for question in (["targets"], ["coverage-ratio", "gianyar-workers-2025-09"]):
        told = " ".join((await ask(*question)).output.split())
        assert "gianyar-workers-2025-09: semua pekerja di kabupaten itu" in told
        assert "all workers of the regency who should be protected" in told
    refused = await ask("coverage-ratio", "branch-bali-denpasar-2024")
    assert refused.exit_code == 1
    assert "bukan wilayah" in refused.output
    assert "no area" in refused.output


@pytest.mark.usefixtures("address")
async def test_a_refused_question_ends_with_a_sentence_and_a_code() -> None:
    refused = await ask("protected", "--by", "colour")
    assert refused.exit_code == 1
    assert refused.output.count("/query/by/0: harus salah satu dari 'segment', 'funding',") == 1
    of_a_day = json.loads((await ask("protected", "--known-at", "2026-01-01", "--json")).output)
    assert datetime.fromisoformat(of_a_day["known_at"]) == datetime(2026, 1, 1, 15, 59, 59, 999_999, UTC), "its end"


async def test_a_service_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_URL", f"http://127.0.0.1:{servers.free_port()}")
    refused = await ask("watermark")
    assert refused.exit_code == 1
    assert "Nobody answers at" in refused.output

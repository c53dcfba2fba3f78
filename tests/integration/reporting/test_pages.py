"""The pages in a real browser: whole without scripts, drawn with them, for the eye, the ear, the hand and paper."""

import asyncio
import csv
import hashlib
import html
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import duckdb
import httpx2
import openpyxl
import pytest_asyncio
import uvicorn
from payung_contracts.claims import PaymentRecorded
from payung_contracts.enrollment import WorkerProposed, WorkerRefused
from payung_contracts.topics import CLAIM, COVERAGE
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from services.chassis.postgres import Pool
from services.reporting.app import make_app
from services.reporting.pages import routes, words
from services.reporting.pages.panels import OVERVIEW, PANELS
from services.reporting.releases import release_next
from tests import servers
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_api import started
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL
from tests.world import until

DAY = "2026-03-31"
VENDOR = Path(__file__).parents[2] / "vendor"
AXE = (VENDOR / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1280, 820, 390)
DRAWN_MS = 20_000


@pytest_asyncio.fixture
async def address(pool: Pool) -> AsyncIterator[str]:
    """Reporting with a few people, refusals and payments, as a browser reaches it."""
    log, cohort = Log(), uuid4()
    for number in range(1, 8):
        log.publish(COVERAGE, UUID(int=number), started(BATUBULAN if number < 5 else KETEWEL, "BPU", UUID(int=number)))
    told = {"cohort_id": cohort, "village_code": BATUBULAN}
    log.publish(COVERAGE, UUID(int=20), WorkerProposed(**told, proposed_on=date(2026, 1, 5)))
    log.publish(
        COVERAGE,
        UUID(int=20),
        WorkerRefused(**told, refused_on=date(2026, 1, 9), failed="eligible", reason="age_over_limit"),
    )
    paid = {"programme": "JKM", "segment": "BPU", "paid_on": date(2026, 2, 3), "cases": 2, "amount_idr": 84_000_000}
    log.publish(CLAIM, UUID(int=30), PaymentRecorded(reference="R-1", area_code="51.04", **paid))
    log.now = datetime(2027, 4, 1, tzinfo=UTC)
    log.complete()
    await read(pool, log)
    async with served(pool) as found:
        yield found


@asynccontextmanager
async def served(pool: Pool) -> AsyncIterator[str]:
    """Let a browser reach reporting; gives the address."""
    port = servers.free_port()
    server = uvicorn.Server(uvicorn.Config(make_app(pool), port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def answers() -> bool:
        return server.started

    await until(answers, "reporting answers")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started_ = await playwright.chromium.launch(executable_path=servers.browser(), args=["--no-sandbox"])
        yield started_
        await started_.close()


class Watched:
    """What a page said and asked for while it was looked at."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._requested)

    def _heard(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _requested(self, request: Request) -> None:
        self.asked.append(request.url)


async def _drawn(page: Page, url: str) -> None:
    await page.goto(url)
    await page.wait_for_selector("html[data-drawn=yes]", timeout=DRAWN_MS)


async def _look(browser: Browser, urls: Sequence[str], width: int) -> None:
    """Look at pages of this width: nothing to complain of, nobody else asked, no reader left out, nothing cut off."""
    page = await browser.new_page(viewport={"width": width, "height": 900})
    watched = Watched(page)
    for url in urls:
        await _drawn(page, url)
        await page.evaluate(AXE)
        found = await page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], (url, width)
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (url, width)
    assert watched.said == []
    assert [asked for asked in watched.asked if not asked.startswith(urls[0].partition("?")[0])] == []
    await page.close()


async def test_the_overview_is_clean_at_every_width_in_both_languages(address: str, browser: Browser) -> None:
    whole = f"{address}/?as_of={DAY}"
    for width in WIDTHS:
        await _look(browser, [whole, f"{whole}&lang=en"], width)


async def test_what_a_figure_counts_stands_beside_it_in_both_languages(address: str) -> None:
    places = {place for panel in PANELS.values() for place in re.findall(r"/v1/[a-z/-]+|bi\.[a-z_]+", panel.source)}
    async with httpx2.AsyncClient(base_url=address) as http:
        for lang in ("id", "en"):
            overview = html.unescape((await http.get("/", params={"as_of": DAY, "lang": lang})).text)
            for panel in PANELS.values():
                definition = words.say(panel.definition.text, lang)
                alone = html.unescape((await http.get(f"/pages/{panel.id}", params={"as_of": DAY, "lang": lang})).text)
                assert definition in alone, panel.id
                assert re.findall(r"\w+_\w+", definition) in ([], ["bi_reader"]), "words, not names of fields"
                assert panel not in OVERVIEW or definition in overview, panel.id
        described = (await http.get("/openapi.json")).json()
        dictionary = (await http.get("/pages/dictionary/rows.csv")).content.decode("utf-8-sig")
        objects = {f"bi.{row['object'].partition('(')[0]}" for row in csv.DictReader(io.StringIO(dictionary))}
        assert places - objects - described["paths"].keys() == set()
        for path, said in described["paths"].items():
            answer = (
                said.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
            )
            model = described["components"]["schemas"].get(
                answer.get("schema", {}).get("$ref", "").rpartition("/")[2], {}
            )
            if "figures" in model.get("properties", {}):
                assert {"definition", "unit"} <= set(model["required"]), path


async def test_why_a_figure_changed_adds_up_on_its_page(address: str) -> None:
    asked = {"as_of": DAY, "since": "2026-01-01T12:00:03", "known_at": "2026-01-02T00:00:00"}
    async with httpx2.AsyncClient(base_url=address) as http:
        found = (await http.get("/pages/why-protected-changed/rows.csv", params=asked)).text
        rows = [(row["what"], int(row["people"])) for row in csv.DictReader(io.StringIO(found.lstrip("\ufeff")))]
        assert (rows[0], rows[-1]) == (("before", 3), ("after", 7))
        assert [what for what, _ in rows[1:-1]] == ["learned"] * 4  # each of another cohort
        assert sum(people for _, people in rows[:-1]) == 7
        page = (await http.get("/pages/why-protected-changed", params=asked)).text
        assert re.search(r'>Semula</th><td class="time">1 Januari 2026, 12.00.03 WITA</td>', page)
        assert re.search(r'>Kini</th><td class="time">2 Januari 2026, 00.00 WITA</td>', page)
        assert "awal bulan" not in page
        assert "awal bulan" in (await http.get("/pages/why-protected-changed")).text
        assert 'name="since" value="2026-01-01T12:00:03" step="1"' in page
        assert "1@2026-01-01T16:00:00.000000Z" in page
        late = await http.get("/pages/why-protected-changed", params=asked | {"since": "2026-01-03T00:00:00"})
        assert (late.status_code, "lebih awal" in late.text) == (422, True)


async def test_the_page_for_everybody_hides_small_counts_and_says_why(
    address: str, browser: Browser, pool: Pool
) -> None:
    while await release_next(pool):
        pass
    page = await browser.new_page(viewport={"width": WIDTHS[2], "height": 900})
    watched = Watched(page)
    for url in (f"{address}/public?lang=en", f"{address}/public?area=51.04.01&month=2026-03"):
        await page.goto(url)
        await page.evaluate(AXE)
        found = await page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], url
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), url
    assert watched.said == []
    rows = await page.locator("#protected tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["Sukawati (seluruhnya)", "7", "0", "0", "0", "7"],  # its villages have 3 and 4, and are not named
    ]
    assert "1 sampai 4" in await page.inner_text(".honest")
    paid = await page.locator("#claims-paid").inner_text()
    assert "berkas badan" in paid
    await page.close()


async def test_without_scripts_and_on_paper_a_page_is_whole(address: str, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{address}/pages/by-village?as_of={DAY}")
    rows = await page.locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["Sukawati", "Batubulan", BATUBULAN, "4"],
        ["Sukawati", "Ketewel", KETEWEL, "3"],
    ]
    await page.select_option("select[name=area]", "51.04")
    await page.click("button[type=submit]")
    assert "area=51.04" in page.url
    assert await page.get_by_text("semua wilayah").count() == 0
    await page.goto(f"{address}/pages/expiries?as_of={DAY}&area={KETEWEL}")
    assert await page.get_by_text("semua wilayah").count() == 0
    await page.goto(f"{address}/pages/commitments?as_of={DAY}&area=51.04")
    assert await page.get_by_text("semua wilayah").count() == 1
    await page.goto(f"{address}/pages/by-village?as_of={DAY}&area=51.04")
    assert await page.locator("tbody tr").count() == 2
    await page.goto(f"{address}/?as_of={DAY}")
    assert await page.get_by_text("Batubulan").is_visible()  # though its table is not open
    await context.close()
    page = await browser.new_page()
    await _drawn(page, f"{address}/?as_of={DAY}&area=51.04")
    await page.emulate_media(media="print")
    for hidden in (".filters", ".downloads", ".languages"):
        assert not await page.locator(hidden).first.is_visible()
    assert await page.locator(".tiles strong").first.is_visible()
    assert "31 Maret 2026, Kabupaten Gianyar" in await page.inner_text(".honest")
    assert (await page.pdf(format="A4", print_background=True)).startswith(b"%PDF")
    await page.close()


async def test_by_keyboard_from_the_filters_to_other_figures(address: str, browser: Browser) -> None:
    page = await browser.new_page()
    await _drawn(page, f"{address}/?as_of={DAY}")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "figures"
    assert await page.locator(".tiles strong").first.inner_text() == "7"
    evidence = await page.locator(".evidence a").first.get_attribute("href")
    assert str(evidence).startswith("/v1/evidence/2025.pdf?known_at=2027-")
    await page.focus("#by-village .chart svg")
    await page.keyboard.press("ArrowRight")
    assert await page.inner_text("#by-village .told") == "Batubulan: 4 orang"
    await page.focus("select[name=area]")
    await page.keyboard.type("Kota")
    await expect(page.locator(".tiles strong").first).to_have_text("0", timeout=DRAWN_MS)
    await expect(page).to_have_url(re.compile("area=51.71"), timeout=DRAWN_MS)
    assert await page.evaluate("document.activeElement.id") == "area"
    for part in ("#home", "#languages a", "#questions a"):
        assert "area=51.71" in str(await page.locator(part).first.get_attribute("href"))
    assert await page.locator("#area option[value^='51.71.']").count() > 0
    await page.go_back()
    await expect(page.locator(".tiles strong").first).to_have_text("7", timeout=DRAWN_MS)
    await _drawn(page, f"{address}/pages/by-village?as_of={DAY}&area=51.04.01")
    told = await page.locator("#by-village svg title").all_text_contents()
    assert {"Batubulan: 4 orang", "Guwang: 0 orang", "Saba: di luar wilayah yang dipilih"} <= set(told)
    await page.close()


async def test_what_goes_wrong_is_told_where_the_figures_stood(address: str, browser: Browser) -> None:
    page = await browser.new_page()
    await _drawn(page, f"{address}/pages/why-paid-changed?as_of={DAY}&known_at=2026-03-01T00:00")
    await page.fill("input[name=since]", "2026-04-01T00:00")
    await expect(page.locator("#figures")).to_contain_text("lebih awal", timeout=DRAWN_MS)
    await page.fill("input[name=since]", "2026-01-01T00:00")
    await expect(page.locator("#figures h1")).to_contain_text("Mengapa", timeout=DRAWN_MS)
    await page.route("**/pages/**", lambda route: route.abort())
    await page.fill("input[name=since]", "2026-01-02T00:00")
    await expect(page.locator(".lost")).to_be_visible(timeout=DRAWN_MS)
    await page.close()


async def test_files_hold_exactly_the_rows_of_the_page(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as http:
        files = {}
        for wanted in ("csv", "xlsx", "parquet"):
            answer = await http.get(f"/pages/by-village/rows.{wanted}", params={"as_of": DAY})
            assert answer.status_code == 200
            assert f"payung-by-village-{DAY}-not-final.{wanted}" in answer.headers["content-disposition"]
            files[wanted] = answer.content
    rows = [("Sukawati", "Batubulan", BATUBULAN, 4), ("Sukawati", "Ketewel", KETEWEL, 3)]
    columns = ("district_name", "village_name", "village", "people")
    text = files["csv"].decode("utf-8-sig").splitlines()
    assert text == [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]), read_only=True)
    assert list(book["Data"].iter_rows(values_only=True)) == [("Kecamatan", "Desa", "Kode", "Orang"), *rows]
    about = {str(what): text for what, text in book["Keterangan"].iter_rows(values_only=True)}
    assert (about["Per tanggal"], about["Satuan"], about["Tetap"]) == ("31 Maret 2026", "orang", "tidak")
    assert await asyncio.to_thread(_from_parquet, files["parquet"]) == (columns, rows)


def _from_parquet(content: bytes) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    with TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "rows.parquet"
        path.write_bytes(content)
        found = memory.execute("select * from read_parquet(?)", [str(path)])
        return tuple(column[0] for column in found.description or ()), found.fetchall()


async def test_an_address_stands_for_its_figures_and_an_odd_one_is_told(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as http:
        before = (await http.get("/pages/by-village", params={"as_of": DAY, "known_at": "2026-01-01T12:00"})).text
        assert 'class="honest final"' in before
        assert BATUBULAN not in before
        now = (await http.get("/", params={"as_of": DAY, "area": "51.04"})).text
        assert 'class="honest live"' in now
        lasting = re.search(r'href="([^"]*)" aria-label="Tautan tetap: Siapa dilindungi di mana"', now)
        assert lasting is not None
        kept = (await http.get(html.unescape(lasting[1]))).text
        assert 'class="honest final"' in kept
        assert all(village in kept for village in (BATUBULAN, KETEWEL))
        for odd, status in (
            ("/?as_of=2026-02-30", 422),
            ("/?area=51.99", 422),
            ("/?areas=51.04", 422),
            ("/?as_of=2026-03-31&as_of=2026-03-30", 422),
            ("/?lang=fr", 422),
            ("/?as_of=9999-12-31", 422),
            ("/?known_at=9999-12-31T23:59:59-12:00", 422),
            ("/?known_at=0001-01-01T00:00", 422),
            ("/?since=0001-01-01T00:00:00%2B14:00", 422),
            ("/?snapshot=1@9999-12-31T23:59:59.999999Z", 422),
            ("/pages/none", 404),
            ("/pages/funnel/rows.pdf", 404),
            ("/static/none.js", 404),
        ):
            answer = await http.get(odd)
            assert (odd, answer.status_code) == (odd, status)
            assert "tidak dapat dijawab" in answer.text
        for empty in ("/?area=&as_of=&known_at=&since=", "/public?month=&year="):  # as a form without choices sends it
            assert (await http.get(empty)).status_code == 200
        people = await http.get("/nowhere", headers={"accept": "text/html"})
        program = await http.get("/v1/nowhere", headers={"accept": "text/html"})
        assert (people.status_code, "tidak dapat dijawab" in people.text) == (404, True)
        assert (program.status_code, program.json()["code"]) == (404, "no_operation")
        for path in ("/", "/pages/funnel", "/static/app.js", "/?lang=fr"):
            policy = (await http.get(path)).headers["content-security-policy"]
            assert policy == routes.POLICY
            assert "unsafe" not in policy


def test_the_files_are_those_that_came() -> None:
    vendored = Path(routes.__file__).parent / "static" / "vendor"
    for folder in (vendored, VENDOR):
        for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines():
            digest, name = line.split()
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest

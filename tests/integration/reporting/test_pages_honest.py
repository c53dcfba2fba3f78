"""Pages and their files are as honest as the API: a snapshot names one of each for ever, whatever is learned later."""

import asyncio
import html
import io
import re
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import httpx2
import openpyxl

from services.chassis.postgres import Pool
from services.reporting.app import make_app
from services.reporting.pages.panels import PANELS
from services.reporting.targets import COLUMNS
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.test_honesty import a_beginning, what_is_learned_later

DAY, KNOWN = "2026-04-10", "2026-01-01T12:10:00"
TARGETS = f"{','.join(COLUMNS)}\na,A,%s,workers,here,51.04,all,2026-01-01,BPS,2026-01-01\n"
PEOPLE = {"accept": "text/html"}
OF_THE_DATABASE = {panel.id for panel in PANELS.values() if panel.changing and not panel.against_targets}


def figures_of(page: str) -> str:
    """What a page shows, but for how complete the data are by now."""
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    assert main is not None
    return re.sub(
        r"<details>\s*<summary>(Kelengkapan|Completeness).*?</details>", "", main[0], count=1, flags=re.DOTALL
    )


async def lasting(http: httpx2.AsyncClient, path: str, asked: dict[str, str]) -> str | None:
    page = (await http.get(path, params=asked)).text
    found = re.search(r'<a class="lasting" href="([^"]*)"', page)
    return found and html.unescape(found[1])


async def test_a_snapshot_has_one_page_and_one_file_for_ever(pool: Pool, http: httpx2.AsyncClient) -> None:
    await http.put("/v1/targets", content=TARGETS % 10)
    log = Log()
    a_beginning(log)
    log.now += timedelta(hours=1)
    log.complete()
    await read(pool, log)
    links = {path: await lasting(http, path, {"as_of": DAY}) for path in ("/", *(f"/pages/{id_}" for id_ in PANELS))}
    assert {path for path, link in links.items() if link is None} == {f"/pages/{id_}" for id_ in OF_THE_DATABASE}
    before: dict[str, tuple[str, str, str]] = {}
    for path, link in links.items():
        if link is not None:
            assert "snapshot=1%402026-01-01T05" in link, path
            page = (await http.get(link)).text
            assert 'class="honest final"' in page, path
            tag = "" if path == "/" else (await http.get(link.replace("?", "/rows.csv?"))).headers["etag"]
            before[path] = (link, figures_of(page), tag)
    await http.put("/v1/targets", content=TARGETS % 20)
    what_is_learned_later(log)
    log.now += timedelta(hours=1)
    log.complete()
    await read(pool, log)
    for path, (link, page, tag) in before.items():
        assert figures_of((await http.get(link)).text) == page, path
        if tag:
            same = await http.get(link.replace("?", "/rows.csv?"), headers={"if-none-match": tag})
            assert (same.status_code, same.content) == (304, b""), path
    for path in ("/", "/pages/targets", "/pages/by-village", "/pages/claims-paid", "/pages/cohorts"):
        now = await lasting(http, path, {"as_of": DAY})
        assert now is not None
        assert figures_of((await http.get(now)).text) != before[path][1].replace(before[path][0], now), path


async def test_what_is_not_final_says_so_and_is_refused_as_a_snapshot(pool: Pool, http: httpx2.AsyncClient) -> None:
    await http.put("/v1/targets", content=TARGETS % 10)
    log = Log()
    a_beginning(log)
    log.now += timedelta(hours=1)
    log.complete()
    await read(pool, log)
    asked = {"as_of": DAY, "known_at": KNOWN}
    for path in ("/", "/pages/targets", *(f"/pages/{id_}" for id_ in OF_THE_DATABASE)):
        page = (await http.get(path, params=asked)).text
        assert 'class="honest live"' in page, path
        assert "Belum tetap" in page, path
    overview = html.unescape((await http.get("/", params=asked)).text)
    banner, _, panels = overview.partition("</section>")
    assert ("Tetap, kecuali cakupan" in banner, "Belum tetap" in banner) == (True, False)
    assert panels.count("Belum tetap: ") == 1, "by the panel of the ratio alone"
    assert "versi 1 (terbaru)" in panels
    book = openpyxl.load_workbook(io.BytesIO((await http.get("/pages/targets/rows.xlsx", params=asked)).content))
    about = {str(what): text for what, text in book["Keterangan"].iter_rows(values_only=True)}
    assert (about["Tetap"], about["Snapshot"]) == ("tidak", "–")
    assert 'class="honest final"' in (await http.get("/pages/by-village", params=asked)).text
    later = await http.get("/pages/by-village", params={"known_at": "2026-01-01T14:00"})
    assert "Tautan tetap" not in later.text, "what is not final has no permalink"
    snapshot = "1@2026-01-01T04:10:00.000000Z"
    for path, more, status, said in (
        ("/", {"snapshot": snapshot.replace("T04", "T06")}, 409, "belum ada jawaban tetap"),
        ("/pages/targets", {"snapshot": snapshot}, 409, "penyebut dipakai dalam versi terbaru"),
        ("/pages/targets", {"snapshot": snapshot, "denominator": "a@1"}, 200, "Tetap: "),
        ("/pages/targets", {"snapshot": snapshot, "denominator": "a@2"}, 422, "denominator"),
        ("/pages/by-village", {"snapshot": snapshot}, 200, "Tetap: "),
        ("/pages/by-village", {"snapshot": snapshot.replace("1@", "2@")}, 422, "versi proyeksi 2"),
        ("/pages/by-village", {"snapshot": "1@2026-01-01T06:00:00.000000Z"}, 409, "belum ada jawaban tetap"),
        ("/pages/by-village", {"snapshot": "1@2026-13-01T06:00:00.000000Z"}, 422, "snapshot"),
        ("/pages/by-village", {"snapshot": snapshot, "known_at": KNOWN}, 422, "snapshot"),
        ("/pages/by-village", {"denominator": "a"}, 422, "denominator"),
    ):
        answer = await http.get(path, params=more, headers=PEOPLE, follow_redirects=True)
        assert (path, more, answer.status_code) == (path, more, status)
        assert said in answer.text, (path, more)
    alone = await http.get("/", params={"as_of": DAY, "snapshot": snapshot, "lang": "en"})
    named = f"/?as_of={DAY}&denominator=a%401&lang=en&snapshot={snapshot}".replace("@", "%40").replace(":", "%3A")
    assert (alone.status_code, sorted(alone.headers["location"][2:].split("&"))) == (303, named[2:].split("&"))
    assert 'class="honest final"' in (await http.get(alone.headers["location"])).text
    exact = (await http.get("/pages/by-village", params={"known_at": "2026-01-01T12:10:59.999999"})).text
    assert 'type="text" name="known_at" value="2026-01-01T12:10:59.999999"' in exact
    assert "snapshot=1%402026-01-01T04%3A10%3A59.999999Z" in exact
    past = (await http.get("/", params={"as_of": "2025-01-31", "known_at": KNOWN})).text
    assert "bila tidak ada perpanjangan" not in past, "days that were over when this was known are no forecast"
    day_of_knowing = (await http.get("/pages/by-village", params={"known_at": KNOWN})).text
    assert "Per 1 Januari 2026" in day_of_knowing


async def test_a_page_includes_what_its_token_names_or_says_not_yet(pool: Pool) -> None:
    log = Log()
    a_beginning(log)
    log.complete()
    await read(pool, log)
    transport = httpx2.ASGITransport(app=make_app(pool, include_s_max=0.05))
    async with httpx2.AsyncClient(transport=transport, base_url="http://reporting", headers=PEOPLE) as http:
        included = await http.get("/", params={"after": "enrollment:9"})
        assert (included.status_code, "enrollment%3A9" in included.text) == (200, False)
        missing = await http.get("/pages/by-village/rows.csv", params={"after": "enrollment:10"})
        assert (missing.status_code, "belum tiba" in missing.text) == (409, True)


async def test_files_say_what_they_are_worth_and_of_which_area(pool: Pool, http: httpx2.AsyncClient) -> None:
    await http.put("/v1/targets", content=TARGETS % 8)
    log = Log()
    a_beginning(log)
    log.now += timedelta(hours=1)
    log.complete()
    await read(pool, log)
    asked = {"as_of": "2026-03-05", "known_at": KNOWN, "area": "51.04.01"}
    rows = await http.get("/pages/by-segment/rows.csv", params=asked | {"sep": ";"})
    assert rows.text.lstrip("\ufeff").splitlines()[0] == "segment;people"
    name = "payung-by-segment-51.04.01-2026-03-05-known-20260101T041000Z-final-v1.csv"
    assert f'"{name}"' in rows.headers["content-disposition"]
    assert rows.headers["payung-snapshot"] == "1@2026-01-01T04:10:00.000000Z"
    link = re.fullmatch(r'<(.*)>; rel="describedby"; type="application/csvm\+json"', rows.headers["link"])
    assert link is not None
    beside = (await http.get(link[1])).json()
    assert (beside["dc:identifier"], beside["dialect"]["delimiter"]) == (rows.headers["payung-snapshot"], ";")
    assert link[1].replace("-metadata.json", "") == beside["url"]
    assert [column["name"] for column in beside["tableSchema"]["columns"]] == ["segment", "people"]
    assert beside["notes"][0]["complete_until_claims"].startswith("2026-01-01T")
    parquet = (await http.get("/pages/by-segment/rows.parquet", params=asked)).content
    said = await asyncio.to_thread(_said, parquet)
    assert (said["snapshot"], said["final"]) == (rows.headers["payung-snapshot"], "yes")
    assert said["age_seconds"].isdecimal()
    percent = await http.get("/pages/targets/rows.csv", params=asked | {"sep": ";"})
    assert ";37,5;" in percent.text, "three of eight, with the comma that spreadsheets of Indonesia read"
    tiles = html.unescape((await http.get("/", params=asked)).text).partition('<div class="grid">')[0]
    assert re.search(r"Cakupan: Kabupaten Gianyar</\w+>\s*<strong>37,50\u00a0%", tiles)
    assert "versi 1" in tiles
    elsewhere = (await http.get("/", params=asked | {"area": "51.03"})).text.partition('<div class="grid">')[0]
    assert "Cakupan" not in elsewhere, "no denominator holds for that area"


def _said(parquet: bytes) -> dict[str, Any]:
    with TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "rows.parquet"
        path.write_bytes(parquet)
        found = memory.execute("select decode(key), decode(value) from parquet_kv_metadata(?)", [str(path)])
        return dict(found.fetchall())

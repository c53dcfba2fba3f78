"""Charts in a real browser: what is drawn is what the rows say, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, async_playwright

from services.reporting.pages import routes
from tests import servers

STATIC = Path(routes.__file__).parent / "static"
SITE = "http://charts.invalid"
WIDTH = 640
Row = Mapping[str, Any]
pytestmark = pytest.mark.asyncio(loop_scope="module")

PAINTED = """
(asked) => {
  const svg = document.querySelector(".chart > svg"), paths = [...svg.querySelectorAll("path")];
  const { width, height } = svg.viewBox.baseVal, left = 56, right = width - 12;
  const top = (x) => {
    for (let y = 0; y < height; y += 0.5) {
      const point = svg.createSVGPoint();
      Object.assign(point, { x, y });
      if (paths.some((path) => path.isPointInFill(point))) return height - 30 - y;
    }
    return 0;
  };
  const [first, until] = [asked.first, asked.until].map((day) => Date.parse(day));
  return asked.days.map((day) => [0.04, 0.96].map((part) => {
    const at = Date.parse(day) + part * 86400000;
    return top(left + (at - first) / (until - first) * (right - left));
  }));
}
"""
"""How high, in pixels, what is painted stands at the beginning and the end of each day."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=servers.browser(), args=["--no-sandbox"])
        opened = await browser.new_page(viewport={"width": WIDTH, "height": 900})
        yield opened
        await browser.close()


async def _draw(page: Page, chart: Row, rows: Sequence[Row], *, width: int = WIDTH) -> None:
    """Draw the rows as a page does."""
    data = orjson.dumps({"unit": "orang", "title": "Judul", "kinds": {}, "labels": LABELS, **chart, "rows": rows})
    document = f"""<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/static/app.css">
      <script src="/static/d3.min.js" defer></script><script src="/static/plot.umd.min.js" defer></script>
      <script src="/static/app.js" defer></script><section class="panel {chart["kind"]}">
      <div class="chart" data-chart="data" data-lang="id"></div><details class="rows"></details>
      <script type="application/json" id="data">{data.decode()}</script></section>"""

    async def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if not name:
            await route.fulfill(body=document, content_type="text/html", headers=routes.HEADERS)
        else:
            path = STATIC / name if (STATIC / name).exists() else STATIC / "vendor" / name
            await route.fulfill(path=path, content_type=routes.STATIC[name])

    await page.unroute_all()
    await page.route("**/*", answer)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{SITE}/")
    await page.wait_for_selector("html[data-drawn=yes]", timeout=20_000)


LABELS = {
    "people": "Orang",
    "memberships": "Kepesertaan yang berakhir",
    "enrolled": "Terdaftar",
    "places": "Tempat",
    "approved": "Dikabulkan",
    "denied": "Ditolak",
    "claims": "Klaim",
}
LINE = {"kind": "area", "x": "day", "y": "people", "series": "segment", "labels": LABELS | {"forecast": "Perkiraan"}}


def _line(*told: tuple[str, int]) -> list[Row]:
    return [{"day": day, "segment": "BPU", "people": people} for day, people in told]


async def test_each_day_is_as_high_as_its_figure_and_a_gap_is_a_gap(page: Page) -> None:
    told = _line(
        ("2026-01-01", 100),
        ("2026-04-01", 0),
        ("2026-08-01", 50),
        ("2026-11-01", 0),
        ("2026-12-30", 100),
        ("2026-12-31", 100),
    )
    await _draw(page, {**LINE, "day": "2026-06-01", "known_on": "2026-12-31"}, told)
    days = {
        "2026-01-01": 100,
        "2026-03-31": 100,
        "2026-04-01": 0,
        "2026-07-31": 0,
        "2026-08-01": 50,
        "2026-10-31": 50,
        "2026-11-01": 0,
        "2026-12-29": 0,
        "2026-12-31": 100,
    }
    asked = {"first": "2026-01-01", "until": "2027-01-01", "days": [*days]}
    painted = await page.evaluate(PAINTED, asked)
    tallest = painted[0][0]
    assert tallest > 100
    assert {
        day: [round(100 * height / tallest, -1) for height in heights]
        for day, heights in zip(days, painted, strict=True)
    } == {day: [people, people] for day, people in days.items()}
    assert await page.locator(".chart > svg rect").count() == 0, "what was known is no forecast"


async def test_what_is_ahead_of_the_day_of_knowing_is_a_forecast_and_no_word_is_cut_off(page: Page) -> None:
    told = _line(("2026-01-01", 100), ("2026-12-31", 100))
    inside = "([...document.querySelectorAll('.chart > svg text')].map((each) => each.getBoundingClientRect()))"
    for width in (390, WIDTH):
        for day in ("2026-01-01", "2026-06-15", "2026-12-31"):
            await _draw(page, {**LINE, "day": day, "known_on": "2026-09-30"}, told, width=width)
            shade = await page.locator(".chart > svg rect").first.evaluate(
                "(it) => [it.x.baseVal.value, it.width.baseVal.value]"
            )
            drawn = await page.locator(".chart > svg").evaluate("(it) => it.viewBox.baseVal.width - 68")
            assert abs(shade[0] - (56 + drawn * 273 / 365)) < 1, "from 1 October"
            assert abs(shade[0] + shade[1] - (56 + drawn)) < 1
            assert await page.evaluate(f"{inside}.every(({{ left, right }}) => left >= 0 && right <= {width})"), (
                width,
                day,
            )
    await _draw(page, {**LINE, "day": "2026-06-15", "known_on": "2025-01-01"}, told)
    shade = await page.locator(".chart > svg rect").first.evaluate("(it) => it.x.baseVal.value")
    assert shade == 56, "all of it, where all of it was ahead"


async def test_what_ends_is_drawn_though_as_many_begin(page: Page) -> None:
    chart = {"kind": "cliff", "x": "day", "y": "memberships", "net": "people", "day": "2026-01-01"}
    rows = [
        {"day": "2026-06-30", "memberships": 6_400, "people": 0},
        {"day": "2026-09-30", "memberships": 800, "people": 400},
    ]
    await _draw(page, chart, rows)
    assert await page.locator(".chart > svg line title").all_text_contents() == [
        "30 Juni 2026: Kepesertaan yang berakhir 6.400; Orang 0",
        "30 September 2026: Kepesertaan yang berakhir 800; Orang 400",
        "30 September 2026: Kepesertaan yang berakhir 800; Orang 400",
    ]
    heights = await page.locator(".chart > svg line:has(title)").evaluate_all(
        "(all) => all.map((it) => it.getBBox().height)"
    )
    assert [round(each / heights[0], 3) for each in heights] == [1, 0.125, 0.062]
    assert await page.locator(".key li").all_inner_texts() == ["Kepesertaan yang berakhir", "Orang"]


async def test_bars_are_as_long_as_what_they_stand_for(page: Page) -> None:
    of = "(all) => all.map((it) => it.width.baseVal.value)"
    pairs = {"kind": "pairs", "y": ["year", "funding"], "x": "enrolled", "against": "places"}
    rows: list[Row] = [
        {"year": "2025", "funding": "APBD", "enrolled": 50, "places": 100},
        {"year": "2026", "funding": None, "enrolled": 80, "places": 60},
        {"year": "2026", "funding": None, "enrolled": 70, "places": 40},
        {"year": "2026", "funding": "SELF", "enrolled": 30, "places": None},
    ]
    await _draw(page, pairs, rows)
    lengths = await page.locator(".chart > svg rect").evaluate_all(of)
    assert [round(200 * each / max(lengths)) for each in lengths] == [133, 133, 67, 200, 40]
    texts = await page.locator(".chart > svg text").all_text_contents()
    assert {"2025, APBD", "2026", "50 / 100", "150 / 100", "30 / –"} <= set(texts)
    parts = {"kind": "bars", "y": "programme", "x": "claims", "parts": ["approved", "denied"]}
    rows = [
        {"programme": "JKM", "claims": 4, "approved": 3, "denied": 1},
        {"programme": "JKK", "claims": 2, "approved": 2, "denied": 0},
    ]
    await _draw(page, parts, rows)
    lengths = await page.locator(".chart > svg rect").evaluate_all(of)
    assert sorted(round(3 * each / max(lengths), 1) for each in lengths) == [0, 1, 2, 3]
    assert await page.locator(".key li").all_inner_texts() == ["Dikabulkan", "Ditolak"]


async def test_nothing_is_no_bar_and_a_month_has_one_bar_of_each_name(page: Page) -> None:
    many: list[Row] = [{"reason": f"R{number}", "claims": 1} for number in range(41)]
    await _draw(page, {"kind": "bars", "y": "reason", "x": "claims"}, many)
    assert await page.locator("details.rows").evaluate("(it) => it.open"), "too many to tell apart"
    rows = [{"month": "2026-01-01", "amount_idr": 0, "programme": "JKM"}]
    chart = {"kind": "columns", "x": "month", "y": "amount_idr", "series": "programme", "day": "2026-03-31"}
    await _draw(page, chart, [{**row, "amount_idr": amount} for row in rows for amount in (2, 5)])
    assert await page.locator(".chart > svg rect title").all_text_contents() == ["Jan 2026, JKM: 7"]
    await _draw(page, chart, rows)
    assert await page.locator(".chart svg").count() == 0
    assert await page.locator("details.rows").evaluate("(it) => it.open"), "its table stands for it"


async def test_a_map_adds_villages_up_to_districts(page: Page) -> None:
    names = {"51.04.01": "Sukawati", "51.04.02": "Blahbatuh", "51.04.01.2001": "Batubulan"}
    said = {
        "hint": "Tunjuk",
        "outside": "di luar",
        "elsewhere": "tidak ada di peta",
        "village": "Desa",
        "district": "Kecamatan",
    }
    rows: list[Row] = [
        {"village": "51.04.01.2001", "people": 4},
        {"village": "51.04.01.2002", "people": 3},
        {"village": None, "people": 9},
    ]
    chart = {"kind": "map", "x": "village", "y": "people", "names": names, "said": said, "area": None}
    await _draw(page, chart, rows)
    await page.focus(".chart > svg")
    await page.keyboard.press("ArrowRight")
    assert await page.inner_text(".told") == "Batubulan: 4 orang"
    await page.focus(".levels button:last-child")
    await page.keyboard.press("Enter")
    await page.wait_for_function("document.activeElement.ariaPressed === 'true' && document.activeElement.isConnected")
    assert await page.evaluate("document.activeElement.textContent") == "Kecamatan"
    assert {"Sukawati: 7 orang", "Blahbatuh: 0 orang"} <= set(
        await page.locator(".chart > svg title").all_text_contents()
    )
    assert await page.locator(".chart > svg text tspan").filter(has_text="7").count() == 1
    await page.focus(".chart > svg")
    await page.keyboard.press("ArrowDown")
    assert await page.inner_text(".told") == "Sukawati: 7 orang"
    await _draw(page, chart | {"area": "51.04.01.2001"}, rows)
    assert await page.locator(".levels").count() == 0, "within a district there is one of them"
    assert (await page.locator(".key li").all_inner_texts())[-2:] == ["di luar", "tidak ada di peta: 9"]

"""Every question has a page that is full, in words that people of either language understand, on a desk and a phone."""

import asyncio
import csv
import io
import re
from typing import Any
from uuid import UUID

import httpx2
from payung_contracts.enrollment import WorkerProposed, WorkerRefused
from payung_contracts.topics import COVERAGE
from playwright.async_api import Browser, async_playwright

from services.chassis.postgres import Pool
from services.reporting.followed import CHURN, COHORTS
from services.reporting.pages.asked import Language
from services.reporting.pages.dictionary import in_indonesian
from services.reporting.pages.panels import PANELS
from tests import servers
from tests.integration.reporting.conftest import Log, read
from tests.integration.reporting.full_world import DAY, tell_all
from tests.integration.reporting.test_cohorts import FARMERS
from tests.integration.reporting.test_pages import AXE, DRAWN_MS, Watched, served
from tests.unit.reporting.calendar_model import BATUBULAN

WIDTHS = (1280, 390)
LISTENED = {("id", 1280), ("en", 390)}
"""Where axe looks at it too: each language and each width once."""
FOREIGN = re.compile(
    r"\b(the|of|and|for|with|people|claims?|payments?|cohorts?|workers?|cover|covered|denied|approved|refused|joined"
    r"|returned|lapsed|died|paid|open|closed|proposed|months?|years?|days?|view|function|null)\b"
)
"""Words that stand on no Indonesian page, but for what is marked as English."""
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[A-Z]+_[A-Z_]{3,}\b")
NAMES = {"dictionary"}
"""Pages that list names of a database, which are no words."""
AXE_RUN = "part => axe.run(part, {resultTypes: ['violations']})"
SHOWN = """id => {
    const panel = document.getElementById(id).cloneNode(true);
    panel.querySelectorAll('script, code, [lang=en]').forEach(each => each.remove());
    return panel.textContent;
}"""


async def _look(browser: Browser, address: str, since: str, lang: Language, width: int) -> list[str]:
    """Look at each panel; gives what there is to complain of."""
    wrong: list[str] = []
    page = await browser.new_page(viewport={"width": width, "height": 900})
    watched = Watched(page)
    for place, panel in enumerate(PANELS.values()):
        asked = f"as_of={DAY}&lang={lang}" + (f"&since={since}".replace("+", "%2B") if panel.compares else "")
        await page.goto(f"{address}/pages/{panel.id}?{asked}")
        await page.wait_for_selector("html[data-drawn=yes]", timeout=DRAWN_MS)
        violations: list[Any] = []
        if (lang, width) in LISTENED:
            await page.evaluate(AXE)
            part = f"#{panel.id}" if place else "html"  # what stands around the panel is the same on each page
            violations = (await page.evaluate(AXE_RUN, part))["violations"]
        text = await page.evaluate(SHOWN, panel.id)
        seen = {
            "rows": await page.locator(f"#{panel.id} tbody tr").count() > 0,
            "drawn": panel.chart is None or await page.locator(f"#{panel.id} .chart svg").count() > 0,
            "fits": await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"),
            "open to all": violations == [],
            "in words": panel.id in NAMES or not CODE.findall(text),
            "in its language": lang == "en" or panel.id in NAMES or not FOREIGN.findall(text),
        }
        bad = [what for what, well in seen.items() if not well]
        odd = [*CODE.findall(text), *(FOREIGN.findall(text) if lang == "id" else ())] if panel.id not in NAMES else []
        wrong += [f"{panel.id} ({lang}, {width}): not {', '.join(bad)} {odd} {violations}"] if bad else []
    return [*wrong, *watched.said]


async def test_each_question_has_a_full_page_in_both_languages_on_a_desk_and_a_phone(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    http.headers["Payung-Roles"] = "steward, clerk"
    since = await tell_all(pool, http)
    async with served(pool) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=servers.browser(), args=["--no-sandbox"])
        languages: tuple[Language, ...] = ("id", "en")
        looks = [_look(browser, address, since, lang, width) for lang in languages for width in WIDTHS]
        assert [each for found in await asyncio.gather(*looks) for each in found] == []
        await browser.close()


async def test_nothing_is_cut_off_and_what_is_not_known_is_not_nothing(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    told: dict[str, Any] = {"cohort_id": FARMERS, "village_code": BATUBULAN}
    for number in range(1, 46):
        reason = f"reason_{chr(96 + number // 26)}_{chr(97 + number % 26)}".replace("`", "z")
        refused = WorkerRefused(**told, refused_on=DAY, failed="eligible", reason=reason)
        log.publish(COVERAGE, UUID(int=number), WorkerProposed(**told, proposed_on=DAY), refused)
    known_at = log.complete().isoformat()
    await read(pool, log)
    assert len((await http.get("/pages/refusals/rows.csv")).text.splitlines()) == 1 + 45
    assert (await http.get("/pages/refusals")).text.count('<th scope="row"') == 45

    told_once = {"known_at": known_at}
    assert "snapshot=" in (await http.get("/pages/churn", params=told_once)).text
    await pool.execute("insert into churn_missing default values")
    await pool.execute("insert into people_cohort_missing default values")
    overview = (await http.get("/")).text
    for question, (_, indonesian, english) in (
        ("churn", CHURN),
        ("gaps", CHURN),
        ("by-cohort", COHORTS),
        ("why-protected-changed", COHORTS),
    ):
        for lang, said in (("id", indonesian), ("en", english)):
            page = await http.get(f"/pages/{question}", params={"lang": lang})
            assert (page.status_code, said in page.text) == (200, True)
        file = await http.get(f"/pages/{question}/rows.csv")
        assert (file.status_code, indonesian in file.text) == (409, True)
    assert CHURN[1] in overview
    assert "snapshot=" not in (await http.get("/pages/churn", params=told_once)).text, "a rebuild answers it"


async def test_whatever_the_database_says_of_itself_is_said_in_indonesian_too(http: httpx2.AsyncClient) -> None:
    listed = {}
    for lang in ("id", "en"):
        file = (await http.get("/pages/dictionary/rows.csv", params={"lang": lang})).text.lstrip("\ufeff")
        listed[lang] = [row["meaning"] for row in csv.DictReader(io.StringIO(file))]
    said = in_indonesian()
    assert sorted({meaning for meaning in listed["en"] if meaning not in said}) == [], "missing in dictionary.toml"
    assert sorted(said.keys() - set(listed["en"])) == [], "left over in dictionary.toml"
    assert listed["id"] == [said[meaning] for meaning in listed["en"]]

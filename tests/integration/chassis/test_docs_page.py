"""The page of a service's operations, in a real browser: drawn from the service alone, under a strict policy."""

import asyncio
import hashlib
import json
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio
import uvicorn

from services.chassis.vault import Vault
from services.chassis.web.docs_page import FILES, TYPES
from services.claims.app import make_app as claims
from services.enrollment.app import make_app as enrollment
from services.reporting.app import make_app as reporting
from tests import servers
from tests.world import until

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
BROWSER_S_MAX = 120
DRAWN_WITHIN_MS = 20_000
"""Of the browser's own time, which passes as fast as the page is done."""


@pytest_asyncio.fixture(params=["enrollment", "claims", "reporting"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Any]]:
    """A service that answers HTTP; the page needs no database, so none is there."""
    pool = asyncpg.create_pool(NOWHERE)
    vault = Vault(pool, [bytes(32)], bytes(32))
    app = {
        "enrollment": lambda: enrollment(pool, vault, scenario=False),
        "claims": lambda: claims(pool, vault, scenario=False),
        "reporting": lambda: reporting(pool),
    }[request.param]()
    port = servers.free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, f"{request.param} answers")
    yield f"http://127.0.0.1:{port}", app.openapi()
    server.should_exit = True
    await serving


def browse(url: str, folder: Path) -> tuple[str, str, list[str]]:
    """Give what the browser made of the page, what it complained of, and the addresses that the page asked."""
    net = folder / "net.json"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]
    options += ["--disable-background-networking", "--no-first-run", "--disable-sync", "--enable-logging=stderr"]
    options += [f"--log-net-log={net}", f"--virtual-time-budget={DRAWN_WITHIN_MS}", "--dump-dom"]
    done = subprocess.run(
        [servers.browser(), *options, url], capture_output=True, text=True, timeout=BROWSER_S_MAX, check=True
    )
    events = json.loads(net.read_text(encoding="utf-8"))["events"]
    asked = [each["params"] for each in events if "url" in each.get("params", {})]
    # what the browser asks on its own behalf has no page as its initiator
    return done.stdout, done.stderr, [one["url"] for one in asked if str(one.get("initiator", "")).startswith("http")]


async def test_the_page_shows_every_operation_and_asks_nobody_else(service: tuple[str, Any], tmp_path: Path) -> None:
    address, document = service
    drawn, complaints, asked = await asyncio.to_thread(browse, f"{address}/docs", tmp_path)
    assert 'data-shown="yes"' in drawn
    shown = re.findall(r'opblock-summary-path" data-path="([^"]+)"', drawn)
    assert sorted(shown) == sorted(path for path, methods in document["paths"].items() for _ in methods)
    assert "Content Security Policy" not in complaints
    assert {url for url in asked if not url.startswith(address)} == set()
    assert {f"{address}/docs/{name}" for name in ("page.js", "swagger-ui.css", "swagger-ui-bundle.js")} <= set(asked)
    assert f"{address}/openapi.json" in asked


async def test_the_page_and_its_parts_keep_to_a_strict_policy(service: tuple[str, Any]) -> None:
    address, _ = service
    async with httpx2.AsyncClient(base_url=address) as http:
        for path in ("/docs", *(f"/docs/{name}" for name in TYPES)):
            answer = await http.get(path)
            policy = answer.headers["content-security-policy"]
            assert answer.status_code == 200
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
            assert "unsafe" not in policy
            assert "http" not in policy
        assert (await http.get("/docs/SHA256SUMS")).status_code == 404


def test_the_files_are_those_that_came() -> None:
    sums = dict(line.split()[::-1] for line in (FILES / "SHA256SUMS").read_text(encoding="ascii").splitlines())
    found = {name: hashlib.sha256((FILES / name).read_bytes()).hexdigest() for name in sums}
    assert found == sums
    assert {"LICENSE", "swagger-ui-bundle.js", "swagger-ui.css"} <= sums.keys()

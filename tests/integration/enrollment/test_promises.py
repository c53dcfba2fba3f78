"""Enrollment keeps what its OpenAPI promises, whatever it is asked."""

from pathlib import Path

from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.regions import store as regions
from tests import promises
from tests.integration.enrollment.conftest import approve, enroll, find
from tests.integration.enrollment.lists import cells, send, work
from tests.sheets import as_csv


async def test_no_request_meets_a_fault_or_an_answer_that_is_not_described(
    pool: Pool, vault: Vault, tmp_path: Path
) -> None:
    async with transaction(pool) as tx:
        await regions.load(tx)
    cohort = await approve(pool)
    await enroll(pool, vault, cohort, range(3))
    workers = [await find(pool, vault, number) for number in range(3)]
    known = {
        "cohort_id": [str(cohort.cohort_id)],
        "worker_id": [str(worker.worker_id) for worker in workers],
        "coverage_id": [str(worker.memberships[0].coverage_id) for worker in workers],
        "code": ["51.04.01.2002"],
    }
    app = make_app(pool, vault, scenario=True)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://enrollment") as http:
        sent = await send(http, cohort.cohort_id, as_csv([cells(4), cells(5, nik="1")]))
    await work(pool, vault)
    known["batch_id"] = [sent["batch_id"]]
    app.state.erasures = tmp_path / "erasures"
    assert await promises.hold(app, known) > promises.ALLOWED

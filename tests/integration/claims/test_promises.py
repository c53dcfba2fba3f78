"""Claims keeps what its OpenAPI promises, whatever it is asked."""

from pathlib import Path

from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims.app import make_app
from tests import promises
from tests.integration.claims.conftest import hear_of_cover
from tests.integration.claims.office import FATAL, Office
from tests.unit.claims.cases import WAYAN


async def test_no_request_meets_a_fault_or_an_answer_that_is_not_described(
    pool: Pool, vault: Vault, tmp_path: Path
) -> None:
    await hear_of_cover(pool)
    app = make_app(pool, vault, scenario=True)
    app.state.erasures = tmp_path / "erasures"
    async with AsyncClient(transport=ASGITransport(app), base_url="http://claims") as http:
        office = Office(http)
        ordered = await office.ordered(await office.report(**FATAL))
        begun = await office.report(programme="JKK", incident_on="2025-06-01")
    known = {
        "claim_id": [begun["claim_id"], ordered["claim_id"]],
        "payment_id": [ordered["payments"][0]["payment_id"]],
        "worker_id": [str(WAYAN)],
    }
    assert await promises.hold(app, known) > promises.ALLOWED

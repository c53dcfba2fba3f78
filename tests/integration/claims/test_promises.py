"""Claims keeps what its OpenAPI promises, whatever it is asked."""

from datetime import date
from pathlib import Path

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.claims import handlers
from services.claims.app import make_app
from tests import promises
from tests.integration.claims.conftest import by, hear_of_cover
from tests.unit.claims.cases import WAYAN


async def test_no_request_meets_a_fault_or_an_answer_that_is_not_described(
    pool: Pool, vault: Vault, tmp_path: Path
) -> None:
    await hear_of_cover(pool)
    async with transaction(pool) as tx:
        claim = await handlers.report(
            tx,
            worker_id=WAYAN,
            programme="JKM",
            incident_on=date(2025, 6, 1),
            reported_on=None,
            act=by("somebody else"),
        )
    known = {"claim_id": [str(claim.claim_id)], "worker_id": [str(WAYAN)]}
    app = make_app(pool, vault, scenario=True)
    app.state.erasures = tmp_path / "erasures"
    assert await promises.hold(app, known) > promises.ALLOWED

"""Reporting keeps what its OpenAPI promises, whatever it is asked."""

from services.chassis.postgres import Pool
from services.reporting.app import make_app
from tests import promises
from tests.integration.reporting.test_api import two_people


async def test_no_request_meets_a_fault_or_an_answer_that_is_not_described(pool: Pool) -> None:
    await two_people(pool)
    assert await promises.hold(make_app(pool, include_s_max=0.1), {}) > promises.ALLOWED

"""The scenario's client tries again what passes, tells a refusal in a sentence, and sends each step under its name."""

from collections.abc import Awaitable, Callable

import pytest

from deploy.scenarios.gianyar import doors
from deploy.scenarios.gianyar.doors import ScenarioError, open_doors
from tests.unit.scenario.answering import answering

BUSY = (503, b'{"title":"Not available now","detail":"try again"}')
REFUSED = (422, b'{"title":"No","detail":"the reason"}')
DONE = (200, b'{"done":true}')


async def test_tries_again_while_a_service_is_away() -> None:
    async with answering(BUSY, BUSY, DONE) as (opened, heads):
        assert await opened.ask("enrollment", "/v1/clock") == {"done": True}
    assert len(heads) == 3


async def test_gives_up_after_a_bounded_number_of_tries() -> None:
    async with answering(*[BUSY] * doors.TRIES_MAX) as (opened, heads):
        with pytest.raises(ScenarioError, match="enrollment did not carry out GET /v1/clock: 503 Not available now"):
            await opened.ask("enrollment", "/v1/clock")
    assert len(heads) == doors.TRIES_MAX


async def test_tells_a_refusal_at_once() -> None:
    async with answering(REFUSED) as (opened, heads):
        with pytest.raises(ScenarioError, match="422 No the reason"):
            await opened.act("enrollment", "/v1/cohorts", "cohorts/one", json={})
    assert len(heads) == 1


async def test_a_refusal_that_is_to_be_told_is_an_answer() -> None:
    async with answering((409, b"{}")) as (opened, _):
        answer = await opened.send("enrollment", "POST", "/v1/clock", told=frozenset({409}))
        assert answer.status_code == 409


async def test_a_step_is_sent_under_the_same_key_each_time_and_its_token_kept() -> None:
    async with answering(BUSY, DONE) as (opened, heads):
        await opened.act("enrollment", "/v1/cards", "cards/0", role="payer", csv="nik\n")
        assert opened.tokens == {"enrollment": "enrollment:7"}
    assert len(heads) == 2
    for head in heads:
        assert "idempotency-key: gianyar/cards/0\r\n" in head
        assert "payung-roles: payer\r\n" in head
        assert "content-type: text/csv\r\n" in head


async def test_nobody_listens() -> None:
    async with open_doors({"claims": "http://127.0.0.1:1"}, pause_s_max=0.001) as opened:
        with pytest.raises(ScenarioError, match="claims did not carry out GET /v1/clock: ConnectError at"):
            await opened.ask("claims", "/v1/clock")


async def _holds_at(count: int) -> Callable[[], Awaitable[bool]]:
    asked = 0

    async def holds() -> bool:
        nonlocal asked
        asked += 1
        return asked == count

    return holds


async def test_waits_within_a_bound() -> None:
    await doors.until("that", await _holds_at(3))
    with pytest.raises(ScenarioError, match="that did not come about within 0 s"):
        await doors.until("that", await _holds_at(1_000), within_s=0.0)

"""From a village's list to a proven figure: enroll, ask, claim, decide, pay, ask again, reconcile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.end_to_end.conftest import HEIR, TODAY, Doors, birthday, nik
from tests.world import World, until


async def test_a_list_becomes_a_figure_and_a_death_is_paid_and_ends_the_cover(doors: Doors, world: World) -> None:
    cohort_id = await doors.approve()
    people = [nik(number) for number in range(20)]
    answer = await doors.enroll(cohort_id, people)
    assert (answer["rows"], answer["enrolled"], answer["rejected"]) == (20, 20, [])

    figure = await doors.ask("/v1/protected", as_of=TODAY, by="segment", after=answer["consistency"])
    assert figure["total"] == 20

    before = datetime.now(UTC)
    worker = await doors.find(people[0])
    claim = await _report(doors, worker["worker_id"], answer["consistency"])
    decided = await _decide(doors, claim)
    assert (decided["outcome"], decided["amount_idr"]) == ("approved", 42_000_000)
    register = f"{world.url('enrollment')}/v1/workers/{worker['worker_id']}"
    followed = await doors.client.get(register, params={"after": decided["consistency"]})
    assert followed.json()["died_on"] == str(TODAY - timedelta(days=1)), (
        "enrollment has the death that claims confirmed"
    )
    await _pay(doors, claim)

    async def one_less() -> bool:
        return bool((await doors.ask("/v1/protected", as_of=TODAY, by="segment"))["total"] == 19)

    await until(one_less, "the death has ended the cover")
    yesterday = await doors.ask("/v1/protected", as_of=TODAY - timedelta(days=1), by="segment")
    assert yesterday["total"] == 20, "the day of death is covered"

    async def is_final() -> bool:
        return bool((await doors.ask("/v1/protected", as_of=TODAY, known_at=before.isoformat()))["final"])

    await until(is_final, "what was known before is final")
    known = await doors.ask("/v1/protected", as_of=TODAY, known_at=before.isoformat())
    assert known["total"] == 20, "what was known before stays as it was"

    async def paid() -> bool:
        sums = await doors.ask("/v1/claims-paid", **{"from": TODAY, "until": TODAY + timedelta(days=1)}, by="programme")
        return any("42000000" in str(row) for row in sums["figures"])

    await until(paid, "the payment is in the read model")
    reconciled = world.payung("reconcile", "--json")
    assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr
    assert json.loads(reconciled.stdout)["differences"] == []


async def test_bad_rows_are_named_and_good_rows_go_in(doors: Doors) -> None:
    cohort_id = await doors.approve(name="Bad rows")
    good = nik(5_000)
    answer = await doors.upload(
        "enrollment",
        f"/v1/cohorts/{cohort_id}/workers",
        "nik,name,birth_date,village_code\n"
        f"{good},Good,{birthday(good)},51.04.01.2002\n"
        f"123,Short,1970-01-01,51.04.01.2002\n"
        f"{nik(5_001)},No village,{birthday(nik(5_001))},51.04.01.2999\n"
        f"{nik(5_002)},No day,1970-02-30,51.04.01.2002\n",
    )
    assert answer["enrolled"] == 1
    assert [(row["row"], row["column"]) for row in answer["rejected"]] == [
        (3, "nik"),
        (4, "village_code"),
        (5, "birth_date"),
    ]
    for row in answer["rejected"]:
        assert row["indonesian"]
        assert row["english"]
    assert nik(5_001) not in json.dumps(answer)
    again = await doors.enroll(cohort_id, [good])
    assert (again["enrolled"], again["unchanged"]) == (0, 1)


async def test_a_claim_for_an_unknown_worker_is_accepted_and_waits(doors: Doors) -> None:
    answer = await doors.try_post(
        "claims",
        "/v1/claims",
        actor="reporter",
        role="proposer",
        worker_id="00000000-0000-4000-8000-00000000dead",
        programme="JKM",
        incident_on=str(TODAY),
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")


async def _report(doors: Doors, worker_id: str, after: str) -> str:
    """Report and submit a claim on what enrollment just committed: claims waits for it, and knows the worker."""
    answer = await doors.try_post(
        "claims",
        f"/v1/claims?after={after}",
        actor="proposer-1",
        role="proposer",
        worker_id=worker_id,
        programme="JKM",
        incident_on=str(TODAY - timedelta(days=1)),
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "reported")
    path, who = f"/v1/claims/{answer.json()['claim_id']}", {"actor": "proposer-1", "role": "proposer"}
    pended = await doors.post("claims", f"{path}/submission", **who, payees=[HEIR])
    assert [why["code"] for why in pended["pended_for"]] == ["DOCUMENT_INCOMPLETE"]
    brought = [{"code": one["code"]} for one in pended["missing"]]
    submitted = await doors.post("claims", f"{path}/documents", **who, documents=brought)
    assert submitted["state"] == "submitted"
    return str(answer.json()["claim_id"])


async def _decide(doors: Doors, claim_id: str) -> Any:
    return await doors.post("claims", f"/v1/claims/{claim_id}/decision", actor="decider-1", role="decider")


async def _pay(doors: Doors, claim_id: str) -> None:
    """Order the payment, and take in the bank's file that says it arrived."""
    ordered = await doors.post("claims", f"/v1/claims/{claim_id}/payment-order", actor="payer-1", role="payer")
    (payment,) = ordered["payments"]
    told = await doors.upload(
        "claims",
        "/v1/payments/reconciliation",
        "payment_id,status,settled_on,amount_idr,bank_reference,code\n"
        f"{payment['payment_id']},paid,{TODAY},{payment['ordered_idr']},BPD-1,\n",
        role="payer",
    )
    assert (told["paid"], told["rejected"]) == (1, [])

"""What is told of a decision over HTTP: the printed statement, and the explanation that an auditor replays."""

from typing import Any

import pytest
import typer
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.claims import explain_cli
from services.claims.app import make_app
from tests.integration.claims.conftest import hear_of_cover
from tests.integration.claims.office import DECIDER, MOTHER, PAYER, PROPOSER, SECRETS, Office
from tests.unit.claims.cases import KETUT


async def test_a_statement_is_handed_out_and_names_nobody_unless_asked(pool: Pool, vault: Vault) -> None:
    await hear_of_cover(pool)
    async with AsyncClient(transport=ASGITransport(make_app(pool, vault, scenario=True)), base_url="http://c") as http:
        office = Office(http)
        claim = await office.report()
        address = f"/v1/claims/{claim['claim_id']}"
        early = await http.get(f"{address}/statement", headers=PAYER)
        assert (early.status_code, early.json()["code"]) == (409, "NOT_DECIDED")
        await office.ordered(claim, MOTHER | {"name": "<b>Rahasia</b>"})

        page = await http.get(f"{address}/statement", headers=DECIDER)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert page.text.index("Surat Keterangan Manfaat") < page.text.index("Benefit Statement")
        assert page.text.count("Rp42.000.000") >= 4
        assert not any(secret in page.text for secret in SECRETS)
        assert await _readings(vault) == 0

        asked = {"names": "true", "language": "id"}
        refused = await http.get(f"{address}/statement", params=asked, headers=DECIDER)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
        assert (await http.get(f"{address}/statement", params=asked)).status_code == 403
        named = await http.get(f"{address}/statement", params=asked, headers=PAYER)
        assert "&lt;b&gt;Rahasia&lt;/b&gt;" in named.text
        assert "berakhiran -RHS" in named.text
        assert MOTHER["account"] not in named.text
        assert "Benefit Statement" not in named.text
        assert await _readings(vault) == 1

        unknown = await http.get(f"{address}/statement", params={"language": "fr"}, headers=PAYER)
        assert unknown.status_code == 422


async def test_an_explanation_weighs_again_and_says_what_differs(
    pool: Pool, vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    await hear_of_cover(pool)
    async with AsyncClient(transport=ASGITransport(make_app(pool, vault, scenario=True)), base_url="http://c") as http:
        office = Office(http)
        claim = await office.report()
        address = f"/v1/claims/{claim['claim_id']}/explanation"
        await office.submitted(claim)
        await office.step(claim, "decision", DECIDER)
        await office.step(claim, "reopening", DECIDER, cause="appeal")
        await office.step(claim, "submission", PROPOSER)
        await office.step(claim, "decision", {"Payung-Actor": "nyoman", "Payung-Roles": "decider"})

        told = (await http.get(address, headers=DECIDER)).json()
        assert [(one["round"], one["same"], one["amount_idr"]) for one in told["decisions"]] == [
            (1, True, 42_000_000),
            (2, True, 42_000_000),
        ]
        explain_cli.show(told, as_json=False)
        said = capsys.readouterr().out
        for line in ("JKM for 2025-10-03", "Rp20.000.000  (PP 82/2019 Pasal 34)", "jkm.funerals_paid", "to the rupiah"):
            assert line in said

        # Somebody writes into the claim: the replay gives what was decided, and so does the ledger.
        await pool.execute(
            "update claim set body = jsonb_set(body, '{decisions,1,verdict,components,0,amount_idr}', '20000001')"
        )
        told = (await http.get(address, headers=DECIDER)).json()
        assert [one["same"] for one in told["decisions"]] == [True, False]
        differing = {(one["part"], one["found_in"]) for one in told["decisions"][1]["differences"]}
        assert differing == {(part, place) for part in ("amount_idr", "components") for place in ("replay", "ledger")}
        with pytest.raises(typer.Exit) as ended:
            explain_cli.show(told, as_json=True)
        assert ended.value.exit_code == 1

        # Or into the cover that it rests on, or the edition; or the fact is gone.
        await pool.execute("update claim set body = jsonb_set(body, '{decisions,1,question,cover,memberships}', '{}')")
        await pool.execute("update claim set body = jsonb_set(body, '{decisions,0,question,edition}', '7')")
        await pool.execute(
            "delete from ledger where type = 'claims.claim_decided.v1' and data::jsonb ->> 'round' = '2'"
        )
        told = (await http.get(address, headers=DECIDER)).json()
        first, second = told["decisions"]
        assert [(one["part"], one["decided"]) for one in first["differences"]] == [("edition", "7")]
        assert {one["part"] for one in second["differences"]} >= {"outcome", "memberships", "fact"}


async def _readings(vault: Vault) -> Any:
    return await vault.keys.pool.fetchval("select count(*) from key_read where actor = $1", KETUT)

"""The region table holds what the release packs, and keeps what an edition before it said."""

from datetime import date, timedelta

import pytest
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool, transaction
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from services.enrollment.regions import edition, store

SINGAKERTA = "51.04.05.2003"


@pytest.fixture
async def loaded(pool: Pool) -> Pool:
    async with transaction(pool) as tx:
        assert await store.load(tx)
    return pool


async def test_the_edition_is_loaded_whole_and_once(loaded: Pool) -> None:
    levels = await loaded.fetch("select level, count(*) from region group by level order by 2")
    assert [tuple(row) for row in levels] == [
        ("province", 38), ("regency", 514), ("district", 7_285), ("village", 83_762),
    ]  # fmt: skip
    orphans = "select count(*) from region r where parent is not null and not exists (select from region p where p.code = r.parent)"  # noqa: E501
    assert await loaded.fetchval(orphans) == 0
    async with transaction(loaded) as tx:
        assert not await store.load(tx)
    assert await loaded.fetchval("select count(*) from region") == 91_599


async def test_a_later_edition_closes_what_it_renames_and_retires(loaded: Pool) -> None:
    # As if an edition before this one had held another name, and a code that is gone.
    await loaded.execute("update region set name = 'Singekerta', plain = 'singekerta' where code = $1", SINGAKERTA)
    await loaded.execute("update region set code = '51.04.05.2999' where code = '51.04.05.2004'")
    await loaded.execute("delete from region_alias where code = $1", SINGAKERTA)
    await loaded.execute("update region_edition set fingerprint = 'of another file'")
    async with transaction(loaded) as tx:
        assert await store.load(tx)
    rows = await loaded.fetch(
        "select code, name, valid_from > '-infinity' as later, valid_until is null as stands from region"
        " where code = any($1) order by code, valid_from",
        [SINGAKERTA, "51.04.05.2004", "51.04.05.2999"],
    )
    assert [tuple(row) for row in rows] == [
        (SINGAKERTA, "Singekerta", False, False),
        (SINGAKERTA, "Singakerta", True, True),
        ("51.04.05.2004", rows[2]["name"], True, True),
        ("51.04.05.2999", rows[2]["name"], False, False),
    ]
    async with transaction(loaded) as tx:
        yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011
        then = await store.page(tx, on=yesterday, parent="51.04.05", level=None, name=None, after="", limit=100)
        today = await store.page(
            tx, on=yesterday + timedelta(days=2), parent="51.04.05", level=None, name=None, after="", limit=100
        )
        names = await store.gazetteer(tx, "51.04")
    assert len(then) == len(today) == 8
    assert {one.code for one in then} ^ {one.code for one in today} == {"51.04.05.2004", "51.04.05.2999"}
    assert names.find("Singekerta", "Ubud").code == SINGAKERTA
    assert set(await loaded.fetchval("select array_agg(code) from region where valid_until is null")) == {
        code for code, _ in edition.regions()
    }


async def test_areas_are_found_over_http(loaded: Pool, vault: Vault) -> None:
    headers = {"Payung-Actor": "ann", "Payung-Roles": "operator"}
    transport = ASGITransport(make_app(loaded, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=headers) as http:
        first = (await http.get("/v1/regions", params={"parent": "51.04.01", "limit": 7})).json()
        second = (await http.get("/v1/regions", params={"parent": "51.04.01", "cursor": first["next"]})).json()
        assert [len(first["rows"]), len(second["rows"]), second["next"]] == [7, 5, None]
        assert [row["code"] for row in first["rows"] + second["rows"]] == sorted(
            code for code, _ in edition.regions() if code.startswith("51.04.01.")
        )

        path = f"/v1/regions/{SINGAKERTA}/aliases"
        added = await http.post(path, json={"name": "Br. Singa Kerta"})
        assert (added.status_code, added.json()["added"]) == (201, True)
        assert not (await http.post(path, json={"name": "br singakerta"})).json()["added"]
        named = (await http.get("/v1/regions", params={"name": "br.singa", "level": "village"})).json()["rows"]
        assert [(row["code"], row["aliases"]) for row in named] == [(SINGAKERTA, ["Br. Singa Kerta", "Singekerta"])]

        assert (await http.get("/v1/regions", params={"parents": "51"})).status_code == 422
        assert (await http.post("/v1/regions/51.04.05.2999/aliases", json={"name": "Nowhere"})).status_code == 404
        assert (await http.post(path, json={"name": "5104014101909001"})).json()["code"] == "alias_malformed"
        mine = {"Payung-Roles": "clerk"}
        assert (await http.post(path, json={"name": "Singa"}, headers=mine)).status_code == 403

"""A migration changes the schema that is answered from; one beside it of another shape is used no more, and says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest
from typer.testing import CliRunner

from services.chassis.postgres import Pool, transaction
from services.reporting import rebuild_cli, schemas, views
from services.reporting.app import bring_up_to_date
from services.reporting.projections import PROJECTION_VERSION
from services.reporting.rebuild import plan, shape, switch
from services.reporting.rebuild.refusals import Refused
from tests.integration.reporting.test_published import QUOTED, by_other_rules, two_protected

WHO = "ketut"


async def stand_beside(pool: Pool, name: str, state: str, *, version: int = PROJECTION_VERSION) -> None:
    """Make a schema like the active one, without a fact."""
    async with transaction(pool) as tx:
        await shape.make_tables(tx, "p1", name)
        if state != "building":
            await shape.make_indexes(tx, "p1", name, lambda _done, _whole: None)
        await tx.execute(
            "insert into public.projection (schema, version, state, who) values ($1, $2, $3, $4)",
            name,
            version,
            state,
            WHO,
        )


async def states(pool: Pool) -> dict[str, str]:
    return {one.name: one.state for one in await schemas.known(pool)}


async def refused(work: Awaitable[Any]) -> tuple[str, str]:
    with pytest.raises(Refused) as error:
        await work
    return error.value.code, error.value.detail


async def test_what_a_migration_left_behind_is_stale_and_is_only_dropped(dsn: str, pool: Pool) -> None:
    for name, state in (("p2", "ready"), ("p3", "building"), ("p4", "ready")):
        await stand_beside(pool, name, state)
    await pool.execute("alter table p4.letter alter reason drop not null")
    await bring_up_to_date(dsn)
    assert await states(pool) == {"p1": "active", "p2": "ready", "p3": "building", "p4": "stale"}
    await pool.execute("create index on p1.people_delta (funding)")  # one that is being built makes it at its end
    await bring_up_to_date(dsn)
    assert await states(pool) == {"p1": "active", "p2": "stale", "p3": "building", "p4": "stale"}
    await pool.execute("alter function p1.levels_of volatile")
    await bring_up_to_date(dsn)
    assert await states(pool) == {"p1": "active", "p2": "stale", "p3": "stale", "p4": "stale"}
    assert await refused(plan(pool)) == ("other_shape", "p2")
    assert await refused(switch.switch(dsn, who=WHO)) == ("other_shape", "p4")
    await pool.execute("update public.projection set state = case schema when 'p3' then 'active' else 'stale' end")
    assert await refused(switch.back(dsn, who=WHO)) == ("other_shape", "p2")
    await pool.execute("update public.projection set state = case schema when 'p1' then 'active' else 'stale' end")
    assert [await switch.drop(dsn, who=WHO) for _ in range(3)] == ["p2", "p3", "p4"]
    assert await states(pool) == {"p1": "active"}


async def test_nothing_is_switched_while_a_migration_runs(dsn: str, pool: Pool) -> None:
    await stand_beside(pool, "p2", "ready")
    migrating = await asyncpg.connect(dsn)
    assert await schemas.hold(migrating)
    acts: list[Callable[..., Awaitable[Any]]] = [switch.switch, switch.back, switch.drop]
    assert {await refused(act(dsn, who=WHO)) for act in acts} == {("migration_under_way", "")}
    await migrating.close()
    assert await switch.drop(dsn, who=WHO) == "p2"


async def test_bi_keeps_all_it_shows_when_a_view_changes_after_a_switch(dsn: str, pool: Pool) -> None:
    """What one view of `bi` asks of another is asked of `bi`: the copies in the schema come and go."""
    await stand_beside(pool, "p2", "ready")

    async def shown(schema: str) -> set[tuple[str, str | None]]:
        async with pool.acquire() as tx:
            return {one[:2] for one in await views.defined(tx, schema)}

    before = await shown("bi")
    assert (await switch.switch(dsn, who=WHO)).schema == "p2"
    await pool.execute("drop function p2.payments cascade")
    await bring_up_to_date(dsn)
    assert await shown("bi") == before
    assert await shown("p2") >= before
    assert await states(pool) == {"p1": "ready", "p2": "active"}


async def test_a_switch_first_names_the_published_figures_that_it_would_change(
    dsn: str, pool: Pool, http: httpx2.AsyncClient
) -> None:
    await two_protected(pool)
    assert (await http.post("/v1/published", json=QUOTED)).status_code == 201
    await by_other_rules(pool)
    async with transaction(pool) as tx:
        await shape.make_indexes(tx, "p1", "p2", lambda _done, _whole: None)
    addresses = {"REPORTING_POSTGRES_DSN": dsn, "REPORTING_KAFKA": "127.0.0.1:1"}

    async def payung(*command: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, rebuild_cli.cli, list(command), env=addresses)
        return done.exit_code, done.output

    code, said = await payung("switch")
    assert (code, said.splitlines()[0]) == (1, "2026-04-01 Siaran pers 12/2026: protected 2, then 3")
    assert "1 angka yang sudah diterbitkan akan dijawab lain." in said
    assert "1 published figures would be answered otherwise." in said
    assert await states(pool) == {"p1": "active", "p2": "ready"}
    code, said = await payung("switch", "--yes", "--json")
    told = orjson.loads(said)
    assert (code, told["schema"], [one["question"] for one in told["published_otherwise"]]) == (0, "p2", ["protected"])
    code, said = await payung("--dry-run")
    assert (code, "is still kept" in said, said.endswith("(p1)\n")) == (1, True, True), said
    code, said = await payung("back")
    assert (code, said.startswith("Answers come from p1 now")) == (0, True)
    code, said = await payung("--dry-run")
    assert (code, said.startswith("Satu skema sudah siap"), "One schema stands ready" in said) == (1, True, True)

"""The process of enrollment, killed in the middle of a sweep: the next one announces the rest, and nothing twice."""

from datetime import date

from services.chassis.postgres import open_pool
from services.chassis.vault import Vault
from tests.integration.enrollment.conftest import NEW_YEAR, approve, enroll, move_to
from tests.integration.enrollment.test_process import READY_S_MAX, dsns, environment, running
from tests.world import until

__all__ = ["dsns", "environment"]

PEOPLE = 10_400
"""More than one piece in each half of the workers."""
FEBRUARY, MAY = date(2027, 2, 1), date(2027, 5, 1)

GATE = """
create function wait_at_the_gate() returns trigger language plpgsql as $$
begin
    if exists (select from ledger where type = 'enrollment.coverage_expired.v1') then
        perform pg_advisory_xact_lock_shared(4712);
    end if;
    return null;
end $$;
create trigger gate before insert on ledger execute function wait_at_the_gate();
"""
"""Lets a sweep commit its first pieces, and holds the next ones before their facts while the gate is shut."""

STANDS_AT_THE_GATE = """
select exists (select from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory')
"""

ANNOUNCED = """
select count(*) as keys, coalesce(min(expired), 0) as expired_min, coalesce(max(expired), 0) as expired_max,
       coalesce(min(inactivated), 0) as inactivated_min, coalesce(max(inactivated), 0) as inactivated_max
  from (select key, count(*) filter (where type = 'enrollment.coverage_expired.v1') as expired,
               count(*) filter (where type = 'enrollment.coverage_inactivated.v1') as inactivated
          from ledger where type ~ 'expired|inactivated' group by key)
"""


async def test_killed_in_the_middle_of_a_sweep_it_announces_the_rest_once(
    dsns: tuple[str, str], environment: dict[str, str], vault: Vault
) -> None:
    async with open_pool(dsns[0], name="test", size_max=6) as pool:
        await move_to(pool, NEW_YEAR)
        cohort = await approve(pool, NEW_YEAR, FEBRUARY, funding="SELF", places=PEOPLE)
        await enroll(pool, vault, cohort, range(PEOPLE), at_once=2)
        await move_to(pool, MAY)
        await pool.execute(GATE)
        async with pool.acquire() as gate:
            await gate.execute("select pg_advisory_lock(4712)")
            async with running(environment) as (process, _):
                await until(lambda: pool.fetchval(STANDS_AT_THE_GATE), "a piece stands at the gate", READY_S_MAX)
                process.kill()
                await process.wait()
            await gate.execute("select pg_advisory_unlock(4712)")
        (announced,) = await pool.fetch(ANNOUNCED)
        assert 0 < announced["keys"] < PEOPLE
        async with running(environment):
            await until(lambda: pool.fetchval("select not exists (select from due)"), "all is swept", READY_S_MAX)
        (announced,) = await pool.fetch(ANNOUNCED)
        assert tuple(announced) == (PEOPLE, 1, 1, 1, 1)

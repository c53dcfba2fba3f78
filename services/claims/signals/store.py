"""Reads what claims have in common: accounts, and how many early deaths there were by who verified or registered."""

from services.chassis.postgres import Pool, Transaction, transaction
from services.claims import store
from services.claims.claim import Claim
from services.claims.coverage import State
from services.claims.signals.patterns import Deaths, Known

FAMILIES_SHOWN_MAX = 100


async def known_about(tx: Transaction, claim: Claim, cover_state: State | None) -> Known:
    """Read what other claims say that matters to this one and its cover; deaths as `count_deaths` left them."""
    cover = cover_state or {}
    ((elsewhere, *counts),) = await tx.fetch(
        """
        with elsewhere as materialized (  -- by the index of accounts: a limit in here makes Postgres walk all claims
            select worker_id from claim
             where accounts <> '[]' and accounts ?| $2::text[] and worker_id <> $1 and state <> 'void'
        )
        select array(select distinct worker_id from elsewhere limit $3),
               coalesce(v.decided, 0), coalesce(v.early, 0), coalesce(a.decided, 0), coalesce(a.early, 0),
               coalesce(e.decided, 0), coalesce(e.early, 0)
          from (select) as always
          left join death_count v on v.role = 'verified_by' and v.actor = $4
          left join death_count a on a.role = 'registered_by' and a.actor = $5
          left join death_count e on e.role = 'everybody' and e.actor = ''
        """,
        claim.worker_id,
        sorted({payee.account_index for payee in claim.payees if payee.account_index}),
        FAMILIES_SHOWN_MAX,
        cover.get("verified_by"),
        cover.get("registered_by"),
    )
    if elsewhere:
        elsewhere = set(elsewhere) - set(await store.same_person(tx, claim.worker_id))
    return Known(len(elsewhere), Deaths(*counts[:2]), Deaths(*counts[2:4]), Deaths(*counts[4:]))


async def count_deaths(pool: Pool) -> None:
    """Count the deaths of decided claims anew, by who verified and who registered the worker, and all of them."""
    async with transaction(pool) as tx:
        await tx.execute("lock table death_count in share row exclusive mode")  # one process at a time
        await tx.execute("delete from death_count")
        await tx.execute(
            """
            with death as (
                select body #> '{decisions,-1,question,cover}' as cover,
                       (body -> 'signals' @> '[{"code": "DEATH_SOON_AFTER_START"}]')::int as early
                  from claim
                 where death and outcome is not null and state <> 'void'
            )
            insert into death_count (role, actor, decided, early)
            select role, actor, count(*), sum(early)
              from death, lateral (values ('everybody', ''), ('verified_by', cover ->> 'verified_by'),
                                          ('registered_by', cover ->> 'registered_by')) as told(role, actor)
             where actor is not null
             group by role, actor
            """
        )

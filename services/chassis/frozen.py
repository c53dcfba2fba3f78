"""Ends sessions that stand still in the middle of a COPY and hold what others wait for.

While PostgreSQL 18 waits for the data of a COPY it looks at no timeout: neither `transaction_timeout` nor
`statement_timeout` nor `idle_in_transaction_session_timeout` ends it, `client_connection_check_interval` and the
keepalives find a frozen process well, since its kernel answers, and even a cancel waits. Only `pg_terminate_backend`
is heard. So whoever runs beside it does that.
"""

import structlog

from services.chassis.postgres import Pool

log = structlog.get_logger(__name__)


async def end_frozen(pool: Pool, *, longer_than_s: float) -> int:
    """End the sessions of this role that others wait for, and that wait for their client's data within a transaction.

    Each has to be older than any transaction that copies may be. Gives how many were ended; their work is undone.
    """
    ended = await pool.fetch(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = current_user
           and state = 'active' and wait_event = 'ClientRead' and query ilike 'copy %'
           and xact_start < clock_timestamp() - make_interval(secs => $1)
           and pid in (select unnest(pg_blocking_pids(w.pid)) from pg_stat_activity w
                        where w.datname = current_database() and w.wait_event_type = 'Lock')
        """,
        longer_than_s,
    )
    if ended:
        log.warning("frozen_ended", sessions=len(ended))
    return len(ended)

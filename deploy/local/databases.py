"""Makes one database and one role for each service, with passwords of their own."""

import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

OWNERS = ("enrollment", "enrollment_keys", "claims", "claims_keys", "reporting")
READERS = ("bi_reader", "bi_public_reader")
"""Who reads reporting in SQL: analysts, and whoever serves the public."""
CONNECT_S_MAX = 10.0
STATEMENT_S_MAX = 60.0
PASSWORD_BYTES = 24

LIMITS = """
GRANT CONNECT ON DATABASE reporting TO bi_reader, bi_public_reader;
ALTER ROLE bi_reader CONNECTION LIMIT 10;
ALTER ROLE bi_reader SET temp_file_limit = '2GB';
ALTER ROLE bi_reader SET default_transaction_read_only = on;
ALTER ROLE bi_reader SET statement_timeout = '30s';
ALTER ROLE bi_reader SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE bi_reader SET idle_session_timeout = '8h';
ALTER ROLE bi_public_reader CONNECTION LIMIT 5;
ALTER ROLE bi_public_reader SET temp_file_limit = '256MB';
ALTER ROLE bi_public_reader SET default_transaction_read_only = on;
ALTER ROLE bi_public_reader SET statement_timeout = '10s';
ALTER ROLE bi_public_reader SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE bi_public_reader SET idle_session_timeout = '10min';
"""
"""What a role may set for itself, as a timeout, is where it begins; connections and temporary files are bounds."""

IN_REPORTING = """
do $$
declare
    one regprocedure;
begin
    for one in
        select oid from pg_proc
         where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^(pg_(try_)?advisory_|lo_|loread|lowrite)'
    loop
        execute format('revoke execute on function %s from public', one);
        if one::text like 'pg_%' then
            execute format('grant execute on function %s to reporting', one);
        end if;
    end loop;
end $$;
"""
"""Nobody who reads holds a lock that migrations and rebuilds wait for, or keeps large objects: neither is a table, so
no grant bars it, and a session may lift its read-only default."""


async def create_databases(admin: str, secrets_folder: Path) -> dict[str, str]:
    """Make what is missing and give each role's DSN by its name; harmless when repeated."""
    connection = await asyncpg.connect(admin, timeout=CONNECT_S_MAX, command_timeout=STATEMENT_S_MAX)
    try:
        for role in (*OWNERS, *READERS):
            await _make_role(connection, role, password(secrets_folder, role))
        for database in OWNERS:
            await _make_database(connection, database)
        await connection.execute(LIMITS)
    finally:
        await connection.close()
    connection = await asyncpg.connect(
        admin, database="reporting", timeout=CONNECT_S_MAX, command_timeout=STATEMENT_S_MAX
    )
    try:
        await connection.execute(IN_REPORTING)
    finally:
        await connection.close()
    return dsns(admin, secrets_folder)


def dsns(admin: str, secrets_folder: Path) -> dict[str, str]:
    """Give each role's DSN by its name; a reader's leads to reporting, the others' to their own."""
    return {
        role: _dsn(
            admin,
            role,
            password(secrets_folder, role),
            "reporting" if role in READERS else role,
        )
        for role in (*OWNERS, *READERS)
    }


def password(folder: Path, name: str) -> str:
    """Read a secret, made on first use and kept in a file that only its owner reads."""
    return keep_secret(folder / f"{name}.password", secrets.token_urlsafe(PASSWORD_BYTES))


def keep_secret(file: Path, made: str) -> str:
    """Read a secret from its file, or put the one just made there."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        partial = file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(made)
        partial.replace(file)
    return file.read_text().strip()


async def _make_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f'CREATE ROLE "{role}" LOGIN')
    # Set each time: the files are the truth, also when they were made anew. DDL takes no parameters.
    await connection.execute(f"ALTER ROLE \"{role}\" LOGIN PASSWORD '{password}'")
    await connection.execute(f'GRANT "{role}" TO CURRENT_USER')


async def _make_database(connection: asyncpg.Connection, name: str) -> None:
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
    await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')


def _dsn(admin: str, role: str, password: str, database: str) -> str:
    parts = urlsplit(admin)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{host}", path=f"/{database}"))

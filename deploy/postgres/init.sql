-- One database and one role for each service, made when the volume of PostgreSQL is made. The passwords are secrets.
\set enrollment `cat /run/secrets/enrollment.password`
\set enrollment_keys `cat /run/secrets/enrollment_keys.password`
\set claims `cat /run/secrets/claims.password`
\set claims_keys `cat /run/secrets/claims_keys.password`
\set reporting `cat /run/secrets/reporting.password`
\set bi_reader `cat /run/secrets/bi_reader.password`
\set bi_public_reader `cat /run/secrets/bi_public_reader.password`

create role enrollment login password :'enrollment';
create role enrollment_keys login password :'enrollment_keys';
create role claims login password :'claims';
create role claims_keys login password :'claims_keys';
create role reporting login password :'reporting';
create role bi_reader login password :'bi_reader';
create role bi_public_reader login password :'bi_public_reader';

create database enrollment owner enrollment;
create database enrollment_keys owner enrollment_keys;
create database claims owner claims;
create database claims_keys owner claims_keys;
create database reporting owner reporting;
revoke all on database enrollment, enrollment_keys, claims, claims_keys, reporting from public;

-- Analysts, and whoever serves the public, read what reporting grants them, with limits of their own. What a role may
-- set for itself, as a timeout, is where it begins; connections and temporary files are bounds.
grant connect on database reporting to bi_reader, bi_public_reader;
alter role bi_reader connection limit 10;
alter role bi_reader set temp_file_limit = '2GB';
alter role bi_reader set default_transaction_read_only = on;
alter role bi_reader set statement_timeout = '30s';
alter role bi_reader set idle_in_transaction_session_timeout = '5min';
alter role bi_reader set idle_session_timeout = '8h';
alter role bi_public_reader connection limit 5;
alter role bi_public_reader set temp_file_limit = '256MB';
alter role bi_public_reader set default_transaction_read_only = on;
alter role bi_public_reader set statement_timeout = '10s';
alter role bi_public_reader set idle_in_transaction_session_timeout = '10s';
alter role bi_public_reader set idle_session_timeout = '10min';

-- Nobody who reads holds a lock that migrations and rebuilds wait for, or keeps large objects: neither is a table, so no
-- grant bars it, and a session may lift its read-only default.
\connect reporting
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

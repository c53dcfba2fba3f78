-- A page of who lapses when reads from an index what it shows, and asks for the prices of that alone.

create index on due (covered_until, coverage_id);
create index on coverage (village_code);

drop function lapsing(date, date, int, text, uuid);

-- Memberships that end after one day and not after another, the first so many of them (null: all) after a place in the
-- order of their ends; and what it costs to keep them for some months: what the cohort pays for a month; of self-payers
-- the contribution of each month, with its reductions; of others the package. Null is a price that nobody tells here:
-- other segments pay a share of wages or of a contract.
create function lapsing(asked_today date, asked_until date, asked_months int, asked_village text, asked_cohort uuid,
                        after_until date, after_id uuid, rows_max int)
returns table (covered_until date, worker_id uuid, coverage_id uuid, village_code text, cohort_id uuid,
               cohort_name text, segment text, funding text, programmes text[], monthly_idr bigint, cost_idr bigint)
language sql stable as $$
    with ending as materialized (
        select d.covered_until, d.worker_id, d.coverage_id, d.cohort_id, h.name as cohort_name, c.segment, h.funding,
               h.programmes, h.contribution_idr, v.village_code,
               case when h.funding = 'SELF' then (select p.activity from period p where p.coverage_id = d.coverage_id
                                                     and upper(p.period) = d.covered_until) end as activity
          from due d
          join coverage c on c.coverage_id = d.coverage_id and c.version = d.version
          join cohort h on h.cohort_id = d.cohort_id
         cross join lateral (
               select coalesce((select r.village_code from relocation r
                                 where r.worker_id = d.worker_id and r.moved_on <= d.covered_until
                                 order by r.moved_on desc limit 1), c.village_code) as village_code
               ) v
         where d.covered_until > asked_today and d.covered_until <= asked_until
           and (d.covered_until, d.coverage_id) > (after_until, after_id)
           and (asked_cohort::uuid is null or d.cohort_id = asked_cohort)
           and (asked_village::text is null
                or d.coverage_id = any(array(select coverage_id from coverage where village_code = asked_village
                                             union
                                             select coverage_id from relocation r join coverage using (worker_id)
                                              where r.village_code = asked_village))
               and v.village_code = asked_village)
         order by d.covered_until, d.coverage_id limit rows_max
    ), price as materialized (                            -- once for each kind of membership and each end
        select k.covered_until, k.segment, k.funding, k.programmes, k.contribution_idr, k.activity,
               (min(m.idr) filter (where m.n = 0))::bigint as monthly_idr,
               case when count(m.idr) = asked_months then sum(m.idr) end::bigint as cost_idr
          from (select distinct covered_until, segment, funding, programmes, contribution_idr, activity
                  from ending) k
         cross join lateral (
               select n, case
                      when k.contribution_idr is not null then k.contribution_idr
                      when k.segment <> 'BPU' then null
                      when k.funding = 'SELF' and k.programmes <@ '{JKK,JKM}' then (
                           select c.monthly_idr from contribution c
                            where c.valid @> day and c.activity in (coalesce(k.activity, 'any'), 'any')
                            order by c.activity = 'any' limit 1)
                      else (select case when count(*) = cardinality(k.programmes) then sum(p.monthly_idr) end
                              from package_price p
                             where p.programme = any(k.programmes) and p.valid @> day)
                      end as idr
                 from generate_series(0, asked_months - 1) as n
                cross join lateral (select (k.covered_until + n * interval '1 month')::date as day) as d
               ) m
         group by k.covered_until, k.segment, k.funding, k.programmes, k.contribution_idr, k.activity
    )
    select e.covered_until, e.worker_id, e.coverage_id, e.village_code, e.cohort_id, e.cohort_name, e.segment,
           e.funding, e.programmes, p.monthly_idr, p.cost_idr
      from ending e join price p
        on (p.covered_until, p.segment, p.funding, p.programmes) =
           (e.covered_until, e.segment, e.funding, e.programmes)
       and p.contribution_idr is not distinct from e.contribution_idr
       and p.activity is not distinct from e.activity;
$$;

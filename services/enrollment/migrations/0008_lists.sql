-- What lists of people look for, and what a month of cover costs somebody for whom others pay.

create index on worker (village_code, worker_id);
create index on relocation (village_code);
create index on period (cohort_id);

-- The lowest contribution of the informal, by programme. Whoever pays for others pays it in full: the reductions of
-- `contribution` do not hold where a public budget pays, and for villages and donors that is not settled.
create table package_price (
    programme   text not null,
    valid       daterange not null check (not isempty(valid) and not lower_inf(valid)),
    monthly_idr bigint not null check (monthly_idr >= 0),
    legal_basis text not null,
    primary key (programme, valid without overlaps)
);
insert into package_price (programme, valid, monthly_idr, legal_basis) values
    ('JKK', '[2015-07-01,)', 10000, 'PP 44/2015'),
    ('JKM', '[2015-07-01,)',  6800, 'PP 44/2015'),
    ('JHT', '[2015-07-01,)', 20000, 'PP 46/2015');

-- Memberships that end after one day and not after another, and what it costs to keep them for some months: what the
-- cohort pays for a month; of self-payers the contribution of each month, with its reductions; of others the package.
-- Null is a price that nobody tells here: other segments pay a share of wages or of a contract. A row of `due` lies on a
-- day that is never later than the end it announces.
create function lapsing(asked_today date, asked_until date, asked_months int, asked_village text, asked_cohort uuid)
returns table (covered_until date, worker_id uuid, coverage_id uuid, village_code text, cohort_id uuid,
               cohort_name text, segment text, funding text, programmes text[], monthly_idr bigint, cost_idr bigint)
language sql stable as $$
    with ending as materialized (
        select d.covered_until, d.worker_id, d.coverage_id, d.cohort_id, h.name as cohort_name, c.segment, h.funding,
               h.programmes, h.contribution_idr,
               case when h.funding = 'SELF' then (select p.activity from period p where p.coverage_id = d.coverage_id
                                                     and upper(p.period) = d.covered_until) end as activity,
               coalesce((select r.village_code from relocation r
                          where r.worker_id = d.worker_id and r.moved_on <= d.covered_until
                          order by r.moved_on desc limit 1), c.village_code) as village_code
          from due d
          join coverage c on c.coverage_id = d.coverage_id and c.version = d.version
          join cohort h on h.cohort_id = d.cohort_id
         where d.due_on <= asked_until and d.covered_until > asked_today and d.covered_until <= asked_until
           and (asked_cohort::uuid is null or d.cohort_id = asked_cohort)
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
       and p.activity is not distinct from e.activity
     where asked_village::text is null or e.village_code = asked_village;
$$;

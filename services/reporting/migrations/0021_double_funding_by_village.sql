-- Where a finding of double funding counts, as enrollment tells it; what was told before says no village.

alter table double_funding add column village_code text;

drop function bi.double_funding(timestamptz);
create function bi.double_funding(known_at timestamptz default null)
returns table (finding_id uuid, state text, worker_id uuid, cohort_id uuid, other_cohort_id uuid, coverage_id uuid,
               other_coverage_id uuid, activity text, overlaps_from date, overlaps_until date, person_months bigint,
               village_code text)
language sql stable parallel safe security definer begin atomic
    with found as (
        select distinct on (finding_id) *
          from double_funding where $1 is null or recorded_at <= $1
         order by finding_id, recorded_at desc
    ), decided as (
        select distinct on (finding_id) finding_id, outcome
          from double_funding_decision where $1 is null or recorded_at <= $1
         order by finding_id, recorded_at desc
    )
    select f.finding_id, coalesce(d.outcome, 'open'), f.worker_id, f.cohort_ids[1], f.cohort_ids[2],
           f.coverage_ids[1], f.coverage_ids[2], f.activity, f.overlaps_from, f.overlaps_until, f.person_months,
           f.village_code
      from found f left join decided d using (finding_id)
     order by f.overlaps_from, f.finding_id;
end;
comment on function bi.double_funding(timestamptz) is
    E'Two cohorts that pay for the same activity of one worker on the same days, as known at a time: open until a person'
    ' decides, then justified or duplicate. overlaps_until is the first day without overlap; person_months are paid'
    ' twice, begun ones whole; both null where the overlap has no agreed end. Unit: findings.'
    '\nknown_at: as known then: only facts recorded at or before; null: with all facts known now'
    '\nfinding_id: the finding; random'
    '\nstate: open (not decided), justified (two activities) or duplicate'
    '\nworker_id: the worker; random, says nothing about the person'
    '\ncohort_id: the cohort (a group of workers that one purse pays for); random'
    '\nother_cohort_id: the other cohort that pays for the same'
    '\ncoverage_id: the membership; random'
    '\nother_coverage_id: the other membership on the same days'
    '\nactivity: kind of work that both cohorts pay for; null: not told'
    '\noverlaps_from: first day that is paid twice'
    '\noverlaps_until: first day that is not paid twice any more; null: without end'
    '\nperson_months: months of one person that are paid, begun ones whole; null: without end'
    '\nvillage_code: code of the village in which the first day that is paid twice counts; null: not told';

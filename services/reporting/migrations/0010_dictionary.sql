-- Every column of schema bi says what it is. A column of a view has a comment; Postgres keeps none for what a function
-- takes and gives, so these stand in the function's own comment, a line each: `name: what it is`. bi.dictionary lists all.

do $$
declare
    said constant jsonb := '{
        "activity": "kind of work that both cohorts pay for; null: not told",
        "amount_idr": "whole rupiah",
        "approved": "true: as approved; false: as proposed, while nothing is approved",
        "area_code": "code of the area, from province (51) to village (51.04.01.2001)",
        "as_of": "the day in the world, in Asia/Makassar",
        "begun_after": "true: the whole period is later than the death; false: it was paid ahead",
        "budget_idr": "budget approved, whole rupiah; null: none was told",
        "cases": "cases that the row stands for: 1 for a payment of a claim decided here, more for a line of a file",
        "channel": "how the claim was reported",
        "child": "which child of the worker: a number within the claim, no name",
        "claim_id": "the claim; random, says nothing about a person; null: decided elsewhere",
        "clock": "the clock of the source when it stated this",
        "code": "stable code of a component or reason",
        "cohort_id": "the cohort (a group of workers that one purse pays for); random",
        "cohort_name": "name of the cohort as known then",
        "complete_until": "no fact of the source recorded at or before this time can come later; null: none stated yet",
        "completed_on": "day from which the service clock ran: papers complete",
        "coverage_id": "the membership; random",
        "covered_from": "first day of cover",
        "covered_until": "first day without cover; null: without agreed end",
        "day": "the day in the world from which the change counts",
        "decided_elsewhere": "true: a line of a file of the agency, without persons",
        "decided_on": "day of the newest decision; null: none yet",
        "decision_id": "the newest decision, by the id of its fact",
        "decree_number": "number of the decree that approved the cohort; null: not known",
        "decree_signed_on": "day on which the decree was signed",
        "definition": "what the number counts, as its source states it",
        "died_on": "day of death, which is still covered",
        "district_code": "code of the district (kecamatan)",
        "district_name": "name of the district (kecamatan)",
        "due_on": "last day in time",
        "enrolled": "memberships that the cohort ever took in, whatever became of them",
        "epoch": "which life of the source stated it; raised when a source is rebuilt",
        "event_id": "id of the fact",
        "failed": "the check that a refused worker failed; null at other steps",
        "finding_id": "the finding; random",
        "first_withheld": "when the earliest fact that is withheld was recorded; null: none, or not known",
        "from_village": "village that the places left; null: the common pool",
        "funding": "whose money pays: APBD, APBD_P, APBDES, PROVINCE, CSR, EMPLOYER, PROJECT, SELF",
        "granted_idr": "what the newest decision grants, whole rupiah",
        "id": "stable id",
        "incident_on": "day of the accident or death",
        "issued_on": "day on which the card was issued",
        "kind": "what is counted or paid, or whose the village is",
        "known_at": "as known then: only facts recorded at or before; null: with all facts known now",
        "late_idr": "paid on top because money came late, whole rupiah; no part of the benefit",
        "level": "level of school: TK, SD, SMP, SMA, UNIVERSITY",
        "memberships": "memberships; of a ledger: how many more, or fewer if negative",
        "months": "months that the cohort pays for each place; null: without end",
        "name": "name",
        "ordered_idr": "what was ordered, whole rupiah",
        "other_cohort_id": "the other cohort that pays for the same",
        "other_coverage_id": "the other membership on the same days",
        "outcome": "approved, partially_approved or denied",
        "outstanding_idr": "granted and not arrived, whole rupiah",
        "overdue": "true: the clock runs, and due_on is past",
        "overlaps_from": "first day that is paid twice",
        "overlaps_until": "first day that is not paid twice any more; null: without end",
        "owner_office": "office that answers for the cohort",
        "paid_from": "first day of the period that is paid",
        "paid_idr": "benefits that arrived, whole rupiah",
        "paid_on": "day on which the money arrived",
        "paid_until": "first day that is not paid; null: without agreed end",
        "payment_id": "the payment; null: decided elsewhere",
        "pended_since": "day since which the claim waits and its clock stands; null: it does not wait",
        "people": "people, each counted once; of a ledger: how many more, or fewer if negative",
        "periods": "periods of cover that are paid",
        "person_months": "months of one person that are paid, begun ones whole",
        "phase": "phase of the budget year",
        "places": "places, each for one membership",
        "programme": "JKK (accident), JKM (death), JHT, JP or JKP",
        "province_code": "code of the province",
        "province_name": "name of the province",
        "reason": "why a worker was refused: a stable code; null at other steps",
        "recorded_at": "when the fact was recorded: the second of the two times",
        "regency_code": "code of the regency or city (kabupaten, kota)",
        "regency_name": "name of the regency or city",
        "reported_on": "day on which the claim was reported",
        "required_on": "day on which the review became due",
        "round": "1 for the first decision, 2 for the next one after a reopening, and so on",
        "scope": "whom or which area the number is about",
        "segment": "PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); the first that applies",
        "source": "who stated it",
        "source_date": "day of the source",
        "stage": "how far the claim is: reported, pended, submitted, decided, ordered, returned, paid, denied",
        "state": "how it stands",
        "step": "step of the way from proposal to cover",
        "taken_in_at": "when this version was taken in",
        "tick": "number of the statement",
        "to_recover_idr": "what was paid and is owed back, whole rupiah",
        "to_village": "village that the places went to; null: the common pool",
        "underpaid_idr": "by how much payments that arrived were less than ordered, whole rupiah",
        "unit": "what the number is a number of",
        "valid_on": "day that the number is true of",
        "value": "the number",
        "version": "1, 2, 3 ...: the newest counts, earlier ones stay",
        "village_code": "code of the village (desa, kelurahan) of the Ministry of Home Affairs",
        "village_name": "name of the village; null: its code is not in the reference",
        "voided": "true: the claim was taken back later, and the payment does not count",
        "voided_for": "why the claim was taken back: a stable code",
        "voided_on": "day on which the claim was taken back",
        "withheld_keys": "workers and cohorts whose facts wait for a person to look at, all sources together",
        "worker_id": "the worker; random, says nothing about the person; null: a file that names nobody",
        "workers": "workers, or memberships where the step is paid or active",
        "would_be_amount_idr": "what would be granted by what is known now, whole rupiah",
        "would_be_outcome": "what would be decided by what is known now",
        "year": "budget year"
    }';
    own constant jsonb := '{
        "claim_obligations.due_on": "day from which the year of school can be claimed",
        "claim_obligations.amount_idr": "what the year is worth if it is proven, whole rupiah",
        "claims_paid.kind": "benefit; or late: added because the money came late",
        "payments.kind": "benefit; or late: added because the money came late",
        "membership_ledger.kind": "in_force, suspended, grace, or enrolled (taken in, whatever became of it)",
        "villages.kind": "desa or kelurahan",
        "cohorts.state": "proposed, approved, open or closed",
        "double_funding.state": "open (not decided), justified (two activities) or duplicate",
        "reviews.amount_idr": "what the decision grants, whole rupiah",
        "targets.name": "name of the target or denominator",
        "watermark.source": "service that stated it: enrollment or claims"
    }';
    each record;
begin
    for each in
        select c.relname, a.attname,
               coalesce(own ->> (c.relname || '.' || a.attname), said ->> a.attname) as meaning
          from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'bi'::regnamespace and c.relkind = 'v' and a.attnum > 0 and not a.attisdropped
    loop
        if each.meaning is not null then
            execute format('comment on column bi.%I.%I is %L', each.relname, each.attname, each.meaning);
        end if;
    end loop;
    for each in
        select p.oid::regprocedure as name, obj_description(p.oid, 'pg_proc') as whole,
               (select string_agg(format(E'\n%s: %s', n.name,
                                         coalesce(own ->> (p.proname || '.' || n.name), said ->> n.name)), '' order by place)
                  from unnest(p.proargnames) with ordinality as n(name, place)
                 where coalesce(own ->> (p.proname || '.' || n.name), said ->> n.name) is not null) as lines
          from pg_proc p where p.pronamespace = 'bi'::regnamespace
    loop
        execute format('comment on function %s is %L', each.name, each.whole || E'\n' || each.lines);
    end loop;
end $$;

create view bi.dictionary as
    with thing as (
        select c.oid, c.relname::text as name, 'view' as kind, obj_description(c.oid, 'pg_class') as said
          from pg_class c where c.relnamespace = 'bi'::regnamespace and c.relkind = 'v'
         union all
        select p.oid, p.proname, 'function', obj_description(p.oid, 'pg_proc')
          from pg_proc p where p.pronamespace = 'bi'::regnamespace
    ), part as (
        select a.attrelid as oid, a.attnum::int as place, a.attname::text as name, 'column' as kind,
               format_type(a.atttypid, a.atttypmod) as type, col_description(a.attrelid, a.attnum) as said
          from thing t join pg_attribute a on a.attrelid = t.oid
         where t.kind = 'view' and a.attnum > 0 and not a.attisdropped
         union all
        select t.oid, n.place::int, n.name,
               case n.mode when 't' then 'column' else 'parameter' end, format_type(n.type, null),
               substring(t.said from '\n' || n.name || ': ([^\n]*)')
          from thing t join pg_proc p using (oid),
               unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as n(name, type, mode, place)
         where t.kind = 'function'
    )
    select t.name as object, t.kind as object_kind, 0 as place, null as name, null as kind, null as type,
           split_part(t.said, E'\n', 1) as meaning
      from thing t
     union all
    select t.name, t.kind, p.place, p.name, p.kind, p.type, p.said
      from part p join thing t using (oid)
     order by 1, 3;
comment on view bi.dictionary is
    'What everything in this schema is: each view and function, and each of its columns and parameters, in their order.'
    ' Unit: rows.';
comment on column bi.dictionary.object is 'name of the view or function, without the schema';
comment on column bi.dictionary.object_kind is 'view or function';
comment on column bi.dictionary.place is 'place of the column or parameter, from 1 on; 0: the view or function itself';
comment on column bi.dictionary.name is 'name of the column or parameter; null: the view or function itself';
comment on column bi.dictionary.kind is 'column, or parameter of a function; null: the view or function itself';
comment on column bi.dictionary.type is 'its type in SQL; null: the view or function itself';
comment on column bi.dictionary.meaning is 'what it is, with its unit';

-- What was told to the world stays as it was told, whatever is learned or counted otherwise later: so none of it stands
-- in a projection's schema. Figures that officials quoted, and the tables that everybody may see.

create table public.published (
    id           bigint generated always as identity primary key,
    question     text not null,               -- its path below /v1, as protected
    asked        jsonb not null,              -- its parameters
    snapshot     text not null,
    version      int not null,                -- of the projection that answered
    answer       jsonb not null,              -- figures, total, unit, and which days they are about
    published_on date not null,
    published_in text not null,
    kept_by      text not null,
    kept_at      timestamptz not null default clock_timestamp(),
    unique (question, asked, snapshot, published_on, published_in)
);
comment on table public.published is 'Figures that were quoted to the world, with the snapshot that they stand for.';

create table public.release (
    question    text not null check (question in ('protected', 'claims-paid')),
    as_of       date not null,                -- the last day that it is about
    known_at    timestamptz not null,
    version     int not null,
    released_at timestamptz not null default clock_timestamp(),
    primary key (question, as_of)
);
comment on table public.release is 'Tables for everybody: each is made once and never changes.';

create table public.release_row (
    question   text not null,
    as_of      date not null,
    area_code  text not null,                 -- ending with .- where no smaller area is known
    part       text,                          -- segment or programme; null: the total
    number     bigint,                        -- people or cases; null: hidden
    amount_idr bigint,
    unique nulls not distinct (question, as_of, area_code, part),
    foreign key (question, as_of) references public.release
);
comment on table public.release_row is
    'Counts that may be shown. What is hidden is not here either: null, without a trace of what it was.';

create view public.area as
    select village_code as area_code, village_name as area_name, 'village' as level from public.village
     union all
    select district_code, max(district_name), 'district' from public.village group by 1
     union all
    select regency_code, max(regency_name), 'regency' from public.village group by 1
     union all
    select province_code, max(province_name), 'province' from public.village group by 1;

create schema bi_public;
comment on schema bi_public is
    'Payung, figures for everybody: protected workers at the end of a month, claims paid in a year. Each was released'
    ' once and never changes. Counts from 1 to 4 are hidden (null), and so is what they could be worked out from.';

create view bi_public.protected as
    select w.as_of, r.known_at, to_char(r.known_at at time zone 'UTC', 'FM' || r.version || '@YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
           as snapshot, w.area_code, a.area_name, coalesce(a.level, 'unknown') as level, w.part as segment,
           w.number as people
      from public.release_row w join public.release r using (question, as_of)
      left join public.area a using (area_code)
     where question = 'protected';
comment on view bi_public.protected is
    'People under cover on the last day of each month, as known when the next month began, by area and segment. Each'
    ' person counts once, in one segment (PU, NON_ASN, JAKON, BPU: the first that applies) and one village. Unit:'
    ' people. Null is no zero: it hides a count from 1 to 4, or one from which such a count could be worked out.';
comment on column bi_public.protected.as_of is 'the day: the last of a month, in Asia/Makassar';
comment on column bi_public.protected.known_at is 'as known then: only facts recorded at or before';
comment on column bi_public.protected.snapshot is 'names the figures for ever: projection version and known-at time';
comment on column bi_public.protected.area_code is 'code of the area, from province (51) to village (51.04.01.2001)';
comment on column bi_public.protected.area_name is 'name of the area; null: the code is in no reference';
comment on column bi_public.protected.level is 'province, regency, district or village; unknown: in no reference';
comment on column bi_public.protected.segment is
    'PU (wage earners), NON_ASN, JAKON (construction) or BPU (informal); null: all of them together';
comment on column bi_public.protected.people is 'people under cover; null: hidden';

create view bi_public.claims_paid as
    select extract(year from w.as_of)::int as year, r.known_at,
           to_char(r.known_at at time zone 'UTC', 'FM' || r.version || '@YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as snapshot,
           w.area_code, a.area_name, coalesce(a.level, 'unknown') as level, w.part as programme, w.number as cases,
           w.amount_idr
      from public.release_row w join public.release r using (question, as_of)
      left join public.area a using (area_code)
     where question = 'claims-paid';
comment on view bi_public.claims_paid is
    'Benefits paid in each calendar year, as known when the April after it began, by area and programme. A case is a'
    ' claim, or one that was decided elsewhere as files of the agency tell. Units: cases, whole rupiah. Null is no zero:'
    ' it hides a count from 1 to 4, or one from which such a count could be worked out, and the rupiah beside it.';
comment on column bi_public.claims_paid.year is 'the calendar year in which money arrived';
comment on column bi_public.claims_paid.known_at is 'as known then: only facts recorded at or before';
comment on column bi_public.claims_paid.snapshot is 'names the figures for ever: projection version and known-at time';
comment on column bi_public.claims_paid.area_code is
    'code of the area, from province (51) to district (51.04.01); ends with .- where no smaller area is known';
comment on column bi_public.claims_paid.area_name is 'name of the area; null: no smaller area is known';
comment on column bi_public.claims_paid.level is 'province, regency or district; unknown: no smaller area is known';
comment on column bi_public.claims_paid.programme is
    'JKK (work accident), JKM (death), JHT (old age), JP (pension) or JKP (loss of job); null: all of them together';
comment on column bi_public.claims_paid.cases is 'cases; null: hidden';
comment on column bi_public.claims_paid.amount_idr is 'whole rupiah; null: hidden';

-- Areas by their Kemendagri codes. History is joined by code and never by name: names change, and are not unique.

create table region_edition (
    edition     text primary key,
    fingerprint text not null,               -- of the file that was loaded
    loaded_at   timestamptz not null default clock_timestamp()
);

-- A code under one name for one time; a code that a later edition renames has two rows, one that it retires an end.
create table region (
    code        text collate "C" not null check (code ~ '^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$'),
    name        text not null,
    plain       text not null,               -- the name as it is compared
    valid_from  date not null default '-infinity',
    valid_until date check (valid_from < valid_until),
    edition     text not null references region_edition,  -- that brought this name
    level       text not null generated always as (
                    case length(code) when 2 then 'province' when 5 then 'regency' when 8 then 'district' else 'village'
                    end) stored,
    parent      text collate "C" generated always as (
                    case length(code) when 2 then null when 13 then left(code, 8) else left(code, length(code) - 3)
                    end) stored,
    primary key (code, valid_from)
);
create unique index region_one_name_now on region (code) where valid_until is null;
create index on region (parent, code);

-- Further names of a code: older ones, spellings in use, what clerks have met in lists.
create table region_alias (
    code  text collate "C" not null,
    plain text not null,
    name  text not null,
    told  text not null,                     -- the edition, or who added it
    primary key (code, plain)
);
create index on region_alias (plain);

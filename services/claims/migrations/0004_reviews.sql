-- Decisions to be looked at again, and what claims have in common.

-- people whose cover changed, and of whom there are claims; a row is deleted by its number, once somebody looked
create table review_due (
    number    bigint generated always as identity primary key,
    worker_id uuid not null
);

-- the accounts of a claim, as keyed hashes; that of the Social Security Fund stands in many
alter table claim
    add column accounts jsonb not null
        generated always as (jsonb_path_query_array(
            body, '$.payees[*] ? (@.relation != "social_security_fund" && @.account_index != "").account_index')) stored;
create index claim_accounts on claim using gin (accounts) where accounts <> '[]';

-- deaths of decided claims: of everybody, and by who verified or registered the worker; counted anew now and then
create table death_count (
    role    text not null check (role in ('everybody', 'verified_by', 'registered_by')),
    actor   text not null,
    decided int not null,
    early   int not null,                          -- soon after the first cover
    primary key (role, actor)
);

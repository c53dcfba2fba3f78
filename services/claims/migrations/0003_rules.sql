-- Editions of the rule book, and what is proposed for the next one. Decisions rest on editions: nothing here changes.

create table rule_edition (
    edition   int primary key check (edition > 0),
    content   json not null,                          -- as text, so that the checksum is of what stands here
    sha256    text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    stored_at timestamptz not null default business_clock()
);

create table rule_proposal (
    number      bigint generated always as identity primary key,
    proposal_id uuid not null unique,
    base        int not null references rule_edition, -- the edition that the changes were made on top of
    changes     json not null,
    reason      text not null,
    proposed_by text not null,
    proposed_at timestamptz not null default business_clock(),
    state       text not null default 'proposed' check (state in ('proposed', 'approved', 'refused')),
    settled_by  text,
    settled_at  timestamptz,
    remark      text,                                 -- why it was refused
    edition     int unique references rule_edition,   -- that it became

    check (settled_by <> proposed_by),
    check ((state = 'proposed') = (settled_by is null) and (settled_by is null) = (settled_at is null)),
    check ((state = 'approved') = (edition is not null)),
    check (edition = base + 1)
);

-- once stored, an edition stays; what is settled stays settled
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% keeps what it was given: % is refused', tg_table_name, lower(tg_op) using errcode = '23514';
end $$;
create trigger appended_only before update or delete or truncate on rule_edition execute function refuse_change();
create trigger settled_once before update on rule_proposal
    for each row when (old.state <> 'proposed') execute function refuse_change();
create trigger kept before delete or truncate on rule_proposal execute function refuse_change();

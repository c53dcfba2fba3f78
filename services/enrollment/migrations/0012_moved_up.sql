-- Since when somebody who waited has a place: no payment covers them on earlier days. Null: had a place from the first.

alter table reservation
    add column moved_up_on date,
    add constraint reservation_moved_up_to_a_place check (moved_up_on is null or held);

-- Who holds the memberships of an entry that was merged into another, while the merge stands.

create view merged as
    select merged_id, holder_id from merge where holder_id is not null;

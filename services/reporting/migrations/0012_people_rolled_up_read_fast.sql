-- A question reads tens of thousands of sums, and one number of each: as they are, without copying each out of its row.
-- Of people_delta it reads a few pages, for which starting parallel workers takes longer than reading.
alter table people_rolled alter column people set storage plain;
alter table people_balance alter column people set storage plain;
alter table people_delta set (parallel_workers = 0);

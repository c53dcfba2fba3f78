-- Every decision asks this index, and what is newly written into it would be read as a list.
drop index claim_accounts;
create index claim_accounts on claim using gin (accounts) with (fastupdate = off) where accounts <> '[]';

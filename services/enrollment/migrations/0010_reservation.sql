-- What a person's row said of the cover is kept while the person waits, so that moving up begins what was asked for.

alter table reservation
    add column activity    text,             -- the work that the cover is for
    add column paid_on     date,             -- the payment was confirmed
    add column paid_months int;              -- of self-payers: what the first payment covers; null: to the cohort's end

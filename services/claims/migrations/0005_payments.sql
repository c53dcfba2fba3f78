-- Payments are found by their id, by the bank's line, and while they are under way.
create index claim_payments on claim using gin ((body -> 'payments') jsonb_path_ops) where body -> 'payments' <> '[]';

-- lists go by the day of the first report
create index claim_reported on claim (reported_on, claim_id);

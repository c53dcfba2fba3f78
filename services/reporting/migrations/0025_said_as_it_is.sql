-- What analysts and everybody are told is what is so, and the planner is told how much a question reads.

-- A question reads ten thousands of changes; the thousand that Postgres takes for granted made it sort half a million rows.
-- Many more, and it would ask for parallel workers, which a question of this size is not worth.
alter function ledger_changes(text, date[], timestamptz) rows 20000;

-- What is hidden together for everybody's eyes is nobody, or five or more.
do $$
declare
    said text;
begin
    said := 'Null does not mean zero: it hides a count from 1 to 4, or one from which such a count, alone or added to'
            ' others, could be worked out. An area that is not listed has nothing to count, or all its figures are hidden.';
    execute format('comment on view bi_public.protected is %L',
        'People under cover on the last day of each month, as known when the next month began, by area and segment. Each'
        ' person counts once, in one segment (PU, NON_ASN, JAKON, BPU: the first that applies) and one village. Unit:'
        ' people. ' || said);
    execute format('comment on view bi_public.claims_paid is %L',
        'Benefits paid in each calendar year, as known when the April after it began, by area and programme. A case is a'
        ' claim, or one that was decided elsewhere as files of the agency tell. Units: cases, whole rupiah. Rupiah are'
        ' hidden with their count. ' || said);
end $$;

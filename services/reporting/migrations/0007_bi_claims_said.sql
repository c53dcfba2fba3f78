-- Whoever reads outstanding_idr has to know what it is before there is a decision.

comment on function bi.claims(date, timestamptz) is
    'Each claim as it stood on a day, as known at a time; those voided are left out. stage: reported (papers are'
    ' missing), pended (waits, the clock stands), submitted (complete, the clock runs), decided (granted, not ordered),'
    ' ordered, returned (a payment came back and is to be ordered again), paid, denied. A claim is counted under its'
    ' newest decision (round, outcome, granted_idr); while it is decided anew the earlier one stands. outstanding_idr is'
    ' granted and not arrived, 0 before a decision. overdue: the clock runs, and due_on is past. segment, funding,'
    ' cohort and village are those of the decision. Units: claims; *_idr whole rupiah.';

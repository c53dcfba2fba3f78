"""Fold facts in the plainest way there is: what `reconcile` holds against the read model.

Nothing here is shared with the read model but the contracts, and nothing is clever: after every fact all that is
counted of the worker is worked out anew, and compared with what it was before.

    worker    what facts say of memberships, death and moves
    cover     the days on which a worker is protected, and what memberships are on each day
    steps     how far each cohort's proposal of a worker came
    churn     when protection began, came back, went on, moved, was lost to death
    deaths    whether a worker died while protected, and what is paid for days after it
    rows      what is kept as it was told: cohorts, cards, double funding, all that claims tells (claim_rows)
    versions  how a fact of an earlier version is said in the newest
    life      all of this for the facts of one key, and what each fact changes
"""

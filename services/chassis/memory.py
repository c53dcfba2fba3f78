"""How often Python looks for cycles in a process that holds many facts: seldom, for facts make none."""

import gc

THRESHOLD = 500_000
"""Two batches hold 300,000 objects and no cycles. To walk them cost the reader 5 us a fact; to walk also what a rebuild
holds of a partition's keys cost 12 us, nearly as much as all its other work."""


def collect_seldom() -> None:
    """Set this for the whole process, and pass over what it has loaded so far for good."""
    gc.set_threshold(THRESHOLD)
    gc.freeze()

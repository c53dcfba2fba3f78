"""Fold the whole log anew, by other code than the projections', and name everything the read model says otherwise.

    read model, in one snapshot  ->  its offsets  ->  the log from 0 to exactly these  ->  plain fold  ->  differences

What is found is of these kinds:

    log          the log itself is at fault: a fact is missing, a sequence number has two facts, a fact that was
                 applied cannot be read, recorded time runs backwards, or the log does not reach from 0 to the offsets
    parked       what the reader keeps of a key is not what the log says it must have applied or set aside
    person       a worker's protected days, memberships or proposals, as the reader's state of the worker gives them
    people       a sum of protected people: in all, by day and place, or one such change as it was learned at a time
    rollup       a sum over a stretch of recorded time, which answers are made of
    memberships  the same as people, of memberships by cohort
    churn        the same of who joined, returned, was renewed, moved or died; all of it, where facts were applied
                 before that was followed: then a rebuild is needed
    funnel       the same of proposed workers by cohort, village and step
    deaths, paid_after_death
                 workers who died while protected, and what is paid for days after a death
    claims, cohort, card, double_funding, merge
                 a row kept of what was told of a claim, cohort, card, finding or merger, or a sum of payments
    ledgers      how many more recorded times differ than were looked into
    watermark    what the read model believes to be complete

Facts of parked keys are no difference: they are withheld. Such a key is folded up to the last fact that was applied. A
fact that a person dropped from the queue counts as applied, without effect.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from payung_contracts.topics import TICKS

from services.chassis.plain_log import Log, Span, open_log, read_part, read_ticks, spans
from services.reporting.plain_fold.life import (
    Cell,
    ChurnCell,
    DeathCell,
    MembershipCell,
    PaidAfterDeathCell,
    PeopleCell,
    StepCell,
)
from services.reporting.reconcile.folded import TOPICS, Folded
from services.reporting.reconcile.keys import compare_keys, take_in
from services.reporting.reconcile.report import Kind, Report, Withheld
from services.reporting.reconcile.rollups import compare_rollups
from services.reporting.reconcile.rows import compare_payments, compare_rows
from services.reporting.reconcile.store import ReadModel, cells, read_model, snapshot
from services.reporting.reconcile.sums import compare_sums
from services.reporting.reconcile.ticks import compare_ticks, newest_covered

Progress = Callable[[int, int], None]
"""Told how many facts were read, of how many."""
TIMES_LOOKED_INTO_MAX = 100_000
"""Where more recorded times differ, the earliest are told of."""
LEDGERS: Mapping[Kind, type[Cell]] = {
    "people": PeopleCell,
    "churn": ChurnCell,
    "memberships": MembershipCell,
    "funnel": StepCell,
    "deaths": DeathCell,
    "paid_after_death": PaidAfterDeathCell,
}


async def reconcile(dsn: str, kafka: str, told: Progress, *, schema: str | None = None) -> Report:
    """Compare; `told` hears how far the reading is. Raises LogUnreachable, or what Postgres raises.

    The ledgers hold more changes than memory: at first both sides are held against each other by recorded time, as one
    number for each. Only where these differ is the log read once more, for the changes at those times.
    """
    async with snapshot(dsn, schema) as tx, open_log(kafka) as log:
        model, folded = await read_model(tx), Folded()
        newest = newest_covered(model.ticks, model.offsets)
        async for cell, number in cells(tx):
            folded.told(cell, number)
        held = await spans(log, [(t.name, part) for t in (*TOPICS, TICKS) for part in range(t.partitions)])
        await _fold_log(folded, model, log, held, told)
        ticks = await read_ticks(log, held[TICKS.name, 0])
        ledgers = Counter[Cell]()
        if times := sorted(folded.ahead)[:TIMES_LOOKED_INTO_MAX]:
            again = Folded(looked_into=frozenset(times))
            await _fold_log(again, model, log, held, told)
            folded.changes = again.changes
            async for cell, number in cells(tx, times):
                ledgers[cell] += number
    if (beyond := len(folded.ahead) - TIMES_LOOKED_INTO_MAX) > 0:
        folded.differs("ledgers", {"recorded_times": "later ones that differ as well"}, beyond, 0)
    compare_keys(folded, model)
    wrong = {
        cell: number for kind, of in LEDGERS.items() for cell, number in compare_sums(folded, kind, of, ledgers).items()
    }
    compare_rollups(folded, model.rolled_up, wrong)
    compare_payments(folded, model)
    compare_rows(folded, model)
    compare_ticks(folded, model, ticks)
    watermarks = {
        source: {"epoch": tick.epoch, "tick": tick.number, "clock": tick.clock, "complete_until": tick.complete_until}
        for source, tick in newest.items()
    }
    return Report(folded.facts, folded.workers, folded.differences, _withheld(model), watermarks)


async def _fold_log(
    folded: Folded, model: ReadModel, log: Log, held: Mapping[tuple[str, int], Span], told: Progress
) -> None:
    """Fold the log up to the read model's offsets, a partition after the other."""
    newest = newest_covered(model.ticks, model.offsets)
    whole = sum(model.offsets.get((topic.name, part), 0) for topic in TOPICS for part in range(topic.partitions))

    def progress(more: int) -> None:
        folded.facts += more
        told(folded.facts, whole)

    for topic in TOPICS:
        for number in range(topic.partitions):
            end, span = model.offsets.get((topic.name, number), 0), held[topic.name, number]
            if span.begin > 0 or span.end < end:
                log_has, model_has = {"begin": span.begin, "end": span.end}, {"applied_until": end}
                folded.differs("log", {"topic": topic.name, "partition": number}, model_has, log_has)
            part = await read_part(log, topic, number, span._replace(end=min(end, span.end)), progress)
            take_in(folded, model, topic.name, part, newest)


def _withheld(model: ReadModel) -> list[Withheld]:
    """Name the keys with open letters, as the answers of reporting count them."""
    found: list[Withheld] = []
    for (topic, key), letters in sorted(model.letters_of.items()):
        if waiting := sum(letter.settled_how is None for letter in letters):
            kept = model.keys.get((topic, key))
            found.append(Withheld(topic, key, kept.sequence if kept else 0, waiting))
    return found

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
    watermark    what the read model believes to be complete

Facts of parked keys are no difference: they are withheld. Such a key is folded up to the last fact that was applied. A
fact that a person dropped from the queue counts as applied, without effect.
"""

from collections.abc import Callable

from payung_contracts.topics import TICKS

from services.chassis.plain_log import open_log, read_part, read_ticks, spans
from services.reporting.plain_fold.life import (
    ChurnCell,
    DeathCell,
    MembershipCell,
    PaidAfterDeathCell,
    PeopleCell,
    StepCell,
)
from services.reporting.reconcile.folded import TOPICS, Folded
from services.reporting.reconcile.keys import compare_keys, take_in
from services.reporting.reconcile.report import Report, Withheld
from services.reporting.reconcile.rollups import compare_rollups
from services.reporting.reconcile.rows import compare_payments, compare_rows
from services.reporting.reconcile.store import ReadModel, snapshot
from services.reporting.reconcile.sums import compare_sums
from services.reporting.reconcile.ticks import compare_ticks, newest_covered


async def reconcile(dsn: str, kafka: str, told: Callable[[int, int], None], *, schema: str | None = None) -> Report:
    """Compare; `told` hears how many facts were read, of how many. Raises LogUnreachable, or what Postgres raises."""
    model = await snapshot(dsn, schema)
    newest = newest_covered(model.ticks, model.offsets)
    folded = Folded()
    whole = sum(model.offsets.get((topic.name, part), 0) for topic in TOPICS for part in range(topic.partitions))

    def progress(more: int) -> None:
        folded.facts += more
        told(folded.facts, whole)

    async with open_log(kafka) as log:
        parts = [(topic.name, part) for topic in (*TOPICS, TICKS) for part in range(topic.partitions)]
        held = await spans(log, parts)
        for topic in TOPICS:
            for number in range(topic.partitions):
                end, span = model.offsets.get((topic.name, number), 0), held[topic.name, number]
                if span.begin > 0 or span.end < end:
                    log_has, model_has = {"begin": span.begin, "end": span.end}, {"applied_until": end}
                    folded.differs("log", {"topic": topic.name, "partition": number}, model_has, log_has)
                part = await read_part(log, topic, number, span._replace(end=min(end, span.end)), progress)
                take_in(folded, model, topic.name, part, newest)
        ticks = await read_ticks(log, held[TICKS.name, 0])
    compare_keys(folded, model)
    wrong = {
        **compare_sums(folded, "people", model.people, folded.sums(PeopleCell)),
        **compare_sums(folded, "churn", model.churn, folded.sums(ChurnCell)),
        **compare_sums(folded, "memberships", model.memberships, folded.sums(MembershipCell)),
        **compare_sums(folded, "funnel", model.steps, folded.sums(StepCell)),
    }
    compare_rollups(folded, model.rolled_up, wrong)
    compare_sums(folded, "deaths", model.deaths, folded.sums(DeathCell))
    compare_sums(folded, "paid_after_death", model.paid_after_death, folded.sums(PaidAfterDeathCell))
    compare_payments(folded, model)
    compare_rows(folded, model)
    compare_ticks(folded, model, ticks)
    watermarks = {
        source: {"epoch": tick.epoch, "tick": tick.number, "clock": tick.clock, "complete_until": tick.complete_until}
        for source, tick in newest.items()
    }
    return Report(folded.facts, folded.workers, folded.differences, _withheld(model), watermarks)


def _withheld(model: ReadModel) -> list[Withheld]:
    """Name the keys with open letters, as the answers of reporting count them."""
    found: list[Withheld] = []
    for (topic, key), letters in sorted(model.letters_of.items()):
        if waiting := sum(letter.settled_how is None for letter in letters):
            kept = model.keys.get((topic, key))
            found.append(Withheld(topic, key, kept.sequence if kept else 0, waiting))
    return found

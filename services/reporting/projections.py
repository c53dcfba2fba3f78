"""Make read models of facts: fold what one worker's facts say, and write what they change, a batch at a time.

The hot path is a worker's cover (`timeline.py`): a fact becomes a few signed deltas, deltas of one batch that share
day, recorded time and place become one row, and the rows go to Postgres by COPY, as text that Postgres reads itself. A
value it cannot read is then the fact's fault (SQLSTATE class 22), never ours.
"""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from payung_contracts.topics import CLAIM, COHORT, COVERAGE, TICKS

from services.chassis.apply import Projection
from services.chassis.postgres import Transaction
from services.chassis.received import Received
from services.reporting import churn, deaths, funnel, messages
from services.reporting.churn import ChurnDelta
from services.reporting.deaths import Death, DeathDelta, PaidAfterDeath
from services.reporting.funnel import TELLS, StepDelta
from services.reporting.periods import NOTHING, State
from services.reporting.store import WRITES
from services.reporting.timeline import ADDS, MembershipDelta, PeopleDelta, change
from services.reporting.upcast import STEPS, Step, newest

READER = "reporting"
PROJECTION_VERSION = 1
"""Raised when the same facts give other figures than before; (known-at time, version) names a final figure for ever."""

QUIET = frozenset(
    {
        "enrollment.worker_registered.v1",
        "enrollment.worker_erased.v1",
        "enrollment.coverage_expiring.v1",
        "enrollment.coverage_expired.v1",
        "enrollment.coverage_inactivated.v1",
    }
)
"""Facts of a worker that change no count: the end of cover or grace stands in the ledger since it began."""
KEPT_AS_TOLD: dict[str, tuple[str, str, dict[str, Any]]] = {
    "enrollment.card_issued.v1": ("card_issue", "worker_id", {}),
    "enrollment.card_handed_over.v1": ("card_handover", "worker_id", {}),
    "enrollment.double_funding_found.v1": ("double_funding", "worker_id", {}),
    "enrollment.double_funding_decided.v1": ("double_funding_decision", "worker_id", {}),
    "enrollment.cohort_proposed.v1": ("cohort", "cohort_id", {"approved": False}),
    "enrollment.cohort_approved.v1": ("cohort", "cohort_id", {"approved": True}),
    "enrollment.cohort_opened.v1": ("cohort_step", "cohort_id", {"step": "opened"}),
    "enrollment.cohort_closed.v1": ("cohort_step", "cohort_id", {"step": "closed"}),
    "enrollment.cohort_handed_over.v1": ("cohort_step", "cohort_id", {"step": "handed_over"}),
    "enrollment.places_reallocated.v1": ("place_move", "cohort_id", {}),
    "claims.claim_reported.v1": ("claim_report", "worker_id", {}),
    "claims.claim_submitted.v1": ("claim_step", "worker_id", {"step": "submitted"}),
    "claims.documents_completed.v1": ("claim_step", "worker_id", {"step": "completed"}),
    "claims.claim_pended.v1": ("claim_step", "worker_id", {"step": "pended"}),
    "claims.claim_resumed.v1": ("claim_step", "worker_id", {"step": "resumed"}),
    "claims.claim_rerouted.v1": ("claim_step", "worker_id", {"step": "rerouted"}),
    "claims.claim_decided.v1": ("claim_decision", "worker_id", {}),
    "claims.payment_ordered.v1": ("claim_order", "worker_id", {}),
    "claims.claim_paid.v1": ("claim_payment", "worker_id", {"cases": 1}),
    "claims.payment_returned.v1": ("payment_return", "worker_id", {}),
    "claims.payment_recorded.v1": ("claim_payment", "recorded_as", {}),
    "claims.claim_reopened.v1": ("claim_step", "worker_id", {"step": "reopened"}),
    "claims.claim_voided.v1": ("claim_step", "worker_id", {"step": "voided"}),
    "claims.review_required.v1": ("claim_review", "worker_id", {}),
    "claims.review_settled.v1": ("claim_step", "worker_id", {"step": "review_settled"}),
    "claims.death_confirmed.v1": ("claim_step", "worker_id", {"step": "death_confirmed"}),
    "claims.death_retracted.v1": ("claim_step", "worker_id", {"step": "death_retracted"}),
}
"""Facts that become a row: of which table, what their key is there, and what only their type says."""
MERGES = {"enrollment.worker_merged_into.v1": True, "enrollment.workers_unmerged.v1": False}
"""Facts of cover that become a row too: whether the worker is one person with the other from then on."""


class Counted(NamedTuple):
    """What one fact changes in the counts."""

    recorded_at: str
    fact: str
    """Its kind: the type without service and version, as coverage_voided."""
    people: Sequence[PeopleDelta]
    memberships: Sequence[MembershipDelta]
    steps: Sequence[StepDelta]
    deaths: Sequence[DeathDelta] = ()
    churn: Sequence[ChurnDelta] = ()


class Row(NamedTuple):
    """What one fact adds to a table of facts as they were recorded."""

    table: str
    values: dict[str, Any]


Effect = Counted | Row
NONE = "\\N"
"""What is not there, in COPY's text."""
COLUMNS = {
    "people_delta": ("day", "recorded_at", "village_code", "segment", "funding", "cohort_id", "fact", "people"),
    "membership_delta": ("day", "recorded_at", "cohort_id", "village_code", "kind", "memberships"),
    "funnel_delta": ("day", "recorded_at", "cohort_id", "village_code", "step", "failed", "reason", "workers"),
    "death_delta": ("day", "recorded_at", *Death._fields[1:], "deaths"),
    "paid_after_death_delta": ("day", "recorded_at", *PaidAfterDeath._fields[1:], "periods"),
    "churn_delta": ("day", "recorded_at", "village_code", "segment", "funding", "what", "since", "people"),
    "rolled_late": (
        *("ledger", "day", "recorded_at", "village_code", "segment", "funding", "cohort", "what", "failed", "reason"),
        "number",
    ),
}
"""The columns of each table as COPY is given them: a column more, of a later release, is no matter to this one."""


def fold(
    state: State | None, fact: Received, upcasts: Mapping[str, Step] = STEPS
) -> tuple[State | None, Sequence[Effect]]:
    """Take in a fact of one key; raises Refused for one that is not as the contracts say."""
    type_, data = fact.type, messages.read(fact.type, fact.data)
    if type_ in upcasts:
        type_, data = newest(type_, data, upcasts)
    if type_ in QUIET:
        return state, ()
    if type_ in KEPT_AS_TOLD:
        table, key, said = KEPT_AS_TOLD[type_]
        return state, (_row(table, key, fact, data | said),)
    if fact.topic != COVERAGE.name:
        return state, ()
    known = state or NOTHING
    if type_ in TELLS:
        stands, steps = funnel.change(known.get("f", {}), type_, data)
        return {**known, "f": stands}, (
            Counted(fact.recordedtime, type_.split(".")[1], (), (), steps),
        ) if steps else ()
    new, people, memberships = change(known, type_, data)
    happened = churn.change(known, new, type_, data)
    stands, steps = known.get("f", {}), list[StepDelta]()
    if stands and type_ in ADDS:
        stands, steps = funnel.change(stands, type_, data)
        new = {**new, "f": stands}
    died = deaths.change(fact.key, known, new)
    effects: list[Effect] = []
    if people or memberships or steps or died or happened:
        effects.append(Counted(fact.recordedtime, type_.split(".")[1], people, memberships, steps, died, happened))
    if type_ in MERGES:
        effects.append(_row("worker_merge", "worker_id", fact, data | {"merged": MERGES[type_]}))
    return new, effects


def _row(table: str, key: str, fact: Received, values: dict[str, Any]) -> Row:
    return Row(table, values | {key: fact.key, "event_id": fact.id, "recorded_at": fact.recordedtime})


async def project(tx: Transaction, effects: Sequence[Effect]) -> None:
    """Write the effects of a batch."""
    counted = [effect for effect in effects if isinstance(effect, Counted)]
    summed = _summed(counted)
    for table, deltas in summed.items():
        if deltas:
            await _copy(tx, table, _lines(deltas))
    # hardly ever do two facts of one time and place make a delta of this kind, so none are added up
    if happened := [
        f"{day}\t{effect.recorded_at}\t{village}\t{segment}\t{funding}\t{what}\t{since or NONE}\t{more}\n"
        for effect in counted
        for day, segment, village, funding, what, since, more in effect.churn
    ]:
        await _copy(tx, "churn_delta", _bytes(happened))
    if times := await _claimed(tx, {effect.recorded_at for effect in counted}):
        await _copy(tx, "rolled_late", _lines(_late(summed, counted, times)))
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for effect in effects:
        if isinstance(effect, Row):
            rows[effect.table].append(effect.values)
    for table, write in WRITES.items():
        if rows[table]:
            # not orjson: a number too great for Postgres has to reach Postgres, whose refusal parks the fact
            await write(tx, json.dumps(rows[table]))


def _summed(effects: Iterable[Counted]) -> dict[str, Counter[tuple[str, ...]]]:
    """Add up deltas of one place and time, by table; each place in the order of its COLUMNS."""
    people, memberships, steps = Counter[tuple[str, ...]](), Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    died, after_death = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for effect in effects:
        recorded_at, fact = effect.recorded_at, effect.fact
        for day, segment, village, funding, cohort_id, more in effect.people:
            people[day, recorded_at, village, segment, funding, cohort_id, fact] += more
        for day, cohort_id, village, kind, more in effect.memberships:
            memberships[day, recorded_at, cohort_id, village, kind] += more
        for day, cohort_id, village, step, failed, reason, more in effect.steps:
            steps[day, recorded_at, cohort_id, village, step, failed or NONE, reason or NONE] += more
        for found, more in effect.deaths:
            place = (found.day, recorded_at, *(NONE if value is None else str(value) for value in found[1:]))
            (died if isinstance(found, Death) else after_death)[place] += more
    return {
        "people_delta": people,
        "membership_delta": memberships,
        "funnel_delta": steps,
        "death_delta": died,
        "paid_after_death_delta": after_death,
    }


async def _claimed(tx: Transaction, times: set[str]) -> set[str]:
    """Tell which of these recorded times lie in a run that is claimed: its sums leave out what comes now.

    The lock first, then the look, in two statements: no run is claimed between it and the end of this transaction.
    """
    if not times:
        return times
    await tx.execute("lock table rolled_run in row share mode")
    rows = await tx.fetch(
        """
        select at from unnest(string_to_array($1, ' ')) at
         where exists (select from rolled_run)
           and at::timestamptz < (select max(known_until) from rolled_run)
        """,
        " ".join(times),
    )
    return {row[0] for row in rows}


def _late(
    summed: Mapping[str, Counter[tuple[str, ...]]], counted: Iterable[Counted], times: set[str]
) -> Counter[tuple[str, ...]]:
    """Give the deltas recorded at these times once more, each as the view `ledgers` has it."""
    late = Counter[tuple[str, ...]]()
    for (day, at, village, segment, funding, cohort_id, _), more in summed["people_delta"].items():
        late["people", day, at, village, segment, funding, "", "", "", ""] += more
        late["people_by_cohort", day, at, village, segment, funding, cohort_id, "", "", ""] += more
    for (day, at, cohort_id, village, kind), more in summed["membership_delta"].items():
        ledger = kind if kind == "enrolled" else "memberships"
        late[ledger, day, at, village, "", "", cohort_id, kind, "", ""] += more
    for (day, at, cohort_id, village, step, failed, reason), more in summed["funnel_delta"].items():
        why = ("" if one == NONE else one for one in (failed, reason))
        late["funnel", day, at, village, "", "", cohort_id, step, *why] += more
    for effect in counted:
        for day, segment, village, funding, what, since, more in effect.churn:
            if since is None:
                late["churn", day, effect.recorded_at, village, segment, funding, "", what, "", ""] += more
    return Counter({place: more for place, more in late.items() if place[2] in times})


async def _copy(tx: Transaction, table: str, lines: AsyncIterator[bytes]) -> None:
    await tx.copy_to_table(table, source=lines, columns=COLUMNS[table], format="text")


async def _bytes(lines: Iterable[str]) -> AsyncIterator[bytes]:
    yield "".join(lines).encode()


async def _lines(deltas: Counter[tuple[str, ...]]) -> AsyncIterator[bytes]:
    """Write deltas as COPY's text; what nets to nothing is left out."""
    yield "".join(["\t".join((*place, f"{more}\n")) for place, more in deltas.items() if more]).encode()


PROJECTION = Projection(READER, (COVERAGE, COHORT, CLAIM, TICKS), fold, project)

"""Apply facts to what is known of their keys, in the transaction that moves the offsets.

A fact counts if it is the next of its key. One that was seen is skipped; one that comes too early, or that cannot be,
parks its key: it becomes a letter, and so does all that follows under that key until a person, or the missing fact,
resolves it. If Postgres refuses the effects of a batch, the batch is halved until the fact at fault stands alone.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg
import orjson
import structlog
from payung_contracts.topics import FACTS, Topic

from services.chassis import letters, metrics
from services.chassis.letters import Letter
from services.chassis.postgres import Transaction
from services.chassis.received import Received, Refused, read

log = structlog.get_logger(__name__)

Fold = Callable[[Any, Received], tuple[Any, Sequence[Any]]]
Project = Callable[[Transaction, Sequence[Any]], Awaitable[None]]
Work = dict[tuple[str, str], list[Received]]
"""Facts in order, by topic and key."""

FAULT_OF_THE_FACT = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, Refused)
"""SQLSTATE classes 22 and 23, and an effect that a rule refuses; every other trouble is not the fact's, and waits."""
FAULT_OF_OURS = asyncpg.BadCopyFileFormatError
"""Of class 22, but no value causes it: our COPY has not the columns of the table. That waits for the right release."""
REFUSED = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the parser and the fold raise at a fact that cannot be. A fold is pure: what it raised, it will raise again, so
waiting heals nothing; if a fault of ours parks everything, the bound on parking ends the reader."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What a reader makes of facts.

    `fold(state, fact)` is pure and sees the facts of one key of one topic in order; it gives the key's new state, a
    JSON value, and the effects; it raises Refused for a fact that cannot be. `project` writes the effects of a batch,
    and may refuse as well; then the batch is halved until the fact at fault stands alone.
    """

    reader: str
    topics: tuple[Topic, ...]
    fold: Fold
    project: Project


class Known(NamedTuple):
    """What is kept of a key."""

    sequence: int
    event_id: str | None
    parked: bool
    state: str | None


NOTHING = Known(0, None, parked=False, state=None)


class Keys(NamedTuple):
    """Where what is known of keys is kept: in Postgres, or in memory while a whole partition is read at once."""

    load: Callable[[Transaction, Iterable[tuple[str, str]]], Awaitable[dict[tuple[str, str], Known]]]
    save: Callable[[Transaction, Mapping[tuple[str, str], Known]], Awaitable[None]]


@dataclass(slots=True)
class _Outcome:
    keys: dict[tuple[str, str], Known] = field(default_factory=dict)
    effects: list[Any] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    freed: list[tuple[str, str]] = field(default_factory=list)


async def apply(tx: Transaction, projection: Projection, work: Work, keys: Keys | None = None) -> int:
    """Apply all the work and give the number of letters it left. Raises only what waiting may heal."""
    if not work:
        return 0
    keys = keys or IN_POSTGRES
    try:
        async with tx.transaction():
            outcome = _fold(projection.fold, await keys.load(tx, work), work)
            if outcome.effects:
                await projection.project(tx, outcome.effects)
            await letters.park(tx, outcome.letters)
            await keys.save(tx, outcome.keys)  # last: what is in memory cannot be undone
    except FAULT_OF_OURS:
        raise
    except FAULT_OF_THE_FACT as error:
        reason = error if isinstance(error, Refused) else f"by the database: {type(error).__name__} ({error.sqlstate})"
        return await _halve(tx, projection, work, f"refused: {reason}"[:500], keys)
    for (topic, result), facts in outcome.counts.items():
        metrics.FACTS_READ.labels(topic, result).inc(facts)
    for topic, key in sorted(outcome.freed):
        await drain(tx, projection, topic, key, by="reader", why="what it waited for came, or was dropped", keys=keys)
    return len(outcome.letters)


async def _halve(tx: Transaction, projection: Projection, work: Work, reason: str, held: Keys) -> int:
    """Apply the halves apart, down to one fact; the one that stands alone is at fault, and is parked."""
    if len(work) > 1:
        keys = sorted(work)  # whatever project locks, it locks in the order of the keys
        halves = keys[: len(keys) // 2], keys[len(keys) // 2 :]
        return sum([await apply(tx, projection, {key: work[key] for key in half}, held) for half in halves])
    ((topic, key), facts) = next(iter(work.items()))
    if len(facts) > 1:
        return sum([await apply(tx, projection, {(topic, key): [fact]}, held) for fact in facts])
    known = (await held.load(tx, work)).get((topic, key), NOTHING)
    log.error("fact_parked", topic=topic, key=key, type=facts[0].type, sequence=facts[0].sequence, reason=reason)
    metrics.FACTS_READ.labels(topic, "parked").inc()
    await held.save(tx, {(topic, key): known._replace(parked=True)})
    await letters.park(tx, [Letter(facts[0], reason)])
    return 1


def _fold(fold: Fold, states: Mapping[tuple[str, str], Known], work: Work) -> _Outcome:
    outcome = _Outcome()
    for (topic, key), facts in work.items():
        known = states.get((topic, key), NOTHING)
        sequence, event_id, parked, text = known
        freed = False  # becomes True when what a parked key waits for has come, or may have been dropped before
        state = orjson.loads(text) if text is not None else None
        for fact in facts:
            if fact.sequence <= sequence:
                _repeated(outcome, fact, sequence, event_id)
            elif fact.sequence > sequence + 1:
                _out_of_turn(outcome, fact, sequence, parked=parked)
                freed, parked = freed or not parked, True
            elif fact.type not in FACTS:
                sequence, event_id, freed = fact.sequence, fact.id, parked
                outcome.counts[topic, "skipped"] += 1
            else:
                try:
                    state, effects = fold(state, fact)
                except REFUSED as error:
                    _refused(outcome, fact, error)
                    parked = True
                    continue
                sequence, event_id, freed = fact.sequence, fact.id, parked
                outcome.effects.extend(effects)
                outcome.counts[topic, "handled"] += 1
        if sequence != known.sequence or parked != known.parked:
            text = _text(state)
            outcome.keys[topic, key] = Known(sequence, event_id, parked, text)
        if freed:
            outcome.freed.append((topic, key))
    return outcome


def _text(state: Any) -> str | None:
    try:
        return orjson.dumps(state).decode() if state is not None else None
    except orjson.JSONEncodeError as error:  # such as a number of more than 64 bits
        msg = f"the state cannot be kept: {error}"
        raise Refused(msg) from error


def _repeated(outcome: _Outcome, fact: Received, sequence: int, event_id: str | None) -> None:
    outcome.counts[fact.topic, "repeated"] += 1
    if fact.sequence == sequence and event_id is not None and fact.id != event_id:
        log.error("sequence_reused", topic=fact.topic, key=fact.key, sequence=sequence, known=event_id, now=fact.id)
        metrics.READER_ALARMS.labels("sequence_reused").inc()


def _out_of_turn(outcome: _Outcome, fact: Received, sequence: int, *, parked: bool) -> None:
    reason = f"waits for fact {sequence + 1} of its key"
    if not parked:
        log.error("gap_in_sequence", topic=fact.topic, key=fact.key, expected=sequence + 1, found=fact.sequence)
        metrics.READER_ALARMS.labels("gap").inc()
        reason = f"fact {sequence + 1} of its key is missing"
    outcome.letters.append(Letter(fact, reason))
    outcome.counts[fact.topic, "parked"] += 1


def _refused(outcome: _Outcome, fact: Received, error: Exception) -> None:
    reason = f"refused: {type(error).__name__}: {error}"[:500]
    log.error("fact_parked", topic=fact.topic, key=fact.key, type=fact.type, sequence=fact.sequence, reason=reason)
    outcome.letters.append(Letter(fact, reason))
    outcome.counts[fact.topic, "parked"] += 1


async def drain(
    tx: Transaction, projection: Projection, topic: str, key: str, *, by: str, why: str, keys: Keys | None = None
) -> int:
    """Apply the key's letters in the order of their sequence, as far as they go; give how many went."""
    keys, drained = keys or IN_POSTGRES, 0
    while True:
        known = (await keys.load(tx, [(topic, key)])).get((topic, key), NOTHING)
        letter = await letters.next_of(tx, topic, key, known.sequence)
        if letter is None:
            break
        if letter.dropped:  # for good: its number counts as applied, without effect, and its followers may go on
            await keys.save(tx, {(topic, key): known._replace(sequence=letter.sequence, event_id=None)})
            continue
        if letter.sequence > known.sequence:
            try:
                outcome = _fold(projection.fold, {(topic, key): known}, {(topic, key): [read(letter.record)]})
                if outcome.letters:
                    break
                async with tx.transaction():
                    if outcome.effects:
                        await projection.project(tx, outcome.effects)
                    await keys.save(tx, outcome.keys)
            except FAULT_OF_OURS:
                raise
            except FAULT_OF_THE_FACT:
                break
        part, offset = letter.record.partition, letter.record.offset
        await letters.settle(tx, topic, part, offset, how="replayed", by=by, why=why)
        drained += 1
    if known != NOTHING:
        parked = await letters.any_open(tx, topic, key)
        await keys.save(tx, {(topic, key): known._replace(parked=parked)})
    return drained


async def _load(tx: Transaction, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    found: dict[tuple[str, str], Known] = {}
    for topic, wanted in _by_topic(keys).items():
        rows = await tx.fetch(
            """
            select key::text, sequence, event_id::text, parked, state
              from reader_key
             where topic = $1 and key = any(string_to_array($2, chr(31))::uuid[])
            """,
            topic,
            _column(wanted),
        )
        found |= {(topic, row[0]): Known(row[1], row[2], row[3], row[4]) for row in rows}
    return found


async def _save(tx: Transaction, keys: Mapping[tuple[str, str], Known]) -> None:
    for topic, changed in _by_topic(keys).items():
        ordered = sorted(changed)
        known = [keys[topic, key] for key in ordered]
        await tx.execute(
            """
            insert into reader_key (topic, key, sequence, event_id, parked, state)
            select $1, key::uuid, sequence::bigint, nullif(event_id, '')::uuid, parked::bool, nullif(state, '')
              from unnest(string_to_array($2, chr(31)), string_to_array($3, chr(31)), string_to_array($4, chr(31)),
                          string_to_array($5, chr(31)), string_to_array($6, chr(31)))
                   as k(key, sequence, event_id, parked, state)
            on conflict (topic, key) do update
               set sequence = excluded.sequence, event_id = excluded.event_id, parked = excluded.parked,
                   state = excluded.state
            """,
            topic,
            _column(ordered),
            _column([str(one.sequence) for one in known]),
            _column([one.event_id or "" for one in known]),
            _column(["t" if one.parked else "f" for one in known]),
            _column([one.state or "" for one in known]),
        )


IN_POSTGRES = Keys(_load, _save)


def _by_topic(keys: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = defaultdict(list)
    for topic, key in keys:
        topics[topic].append(key)
    return topics


def _column(values: Iterable[str]) -> str:
    """Pass a column as one text: asyncpg checks every element of an array, which costs a fifth of the reader's time.

    No value holds the separator (U+001F): JSON escapes it, and the others are ids and numbers.
    """
    return "\x1f".join(values)

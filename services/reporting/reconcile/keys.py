"""Fold the log key by key, and hold each key, and each person, against what the reader keeps of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
from payung_contracts.platform import Tick
from payung_contracts.topics import COVERAGE

from services.chassis.plain_log import Logged, Part
from services.reporting import funnel, periods, timeline
from services.reporting.plain_fold.life import Life, about_cover, fold
from services.reporting.plain_fold.rows import row
from services.reporting.reconcile.folded import Folded
from services.reporting.reconcile.store import Kept, Letter, ReadModel


def take_in(folded: Folded, model: ReadModel, topic: str, part: Part, newest: Mapping[str, Tick]) -> None:
    """Fold what stands in one partition, and hold each key against what the reader keeps of it."""
    for unreadable in part.unreadable:
        if unreadable.place not in model.letters:
            folded.differs(
                "log", unreadable.place._asdict(), "applied or passed over", f"unreadable: {unreadable.fault}"
            )
    for key, all_logged in part.keys.items():
        folded.keys.add((topic, key))
        logged = [one for one in all_logged if not _unread_by_reader(model.letters.get(one.place))]
        first = _first_of_each_sequence(folded, topic, key, logged)
        for one in first.values():
            _note_if_too_late(folded, one, newest.get(one.source))
        kept = model.keys.get((topic, key))
        applied = _applied(folded, model, (topic, key), first, kept)
        for one in applied:
            if one.fault is not None:
                folded.differs("log", {**one.place._asdict(), "key": key}, "applied", f"unreadable: {one.fault}")
            elif one.fact is not None and (kept_as := row(key, one.recorded_at, one.fact)):
                folded.rows[kept_as.table][one.event_id] = kept_as.values
        if topic == COVERAGE.name:
            _fold_worker(folded, key, applied, kept)


def _unread_by_reader(letter: Letter | None) -> bool:
    return letter is not None and letter.sequence is None


def _first_of_each_sequence(folded: Folded, topic: str, key: UUID, logged: Iterable[Logged]) -> dict[int, Logged]:
    """Leave out repeats; the log is at fault where two facts have one number, or one is recorded before the last."""
    first: dict[int, Logged] = {}
    for one in logged:
        known = first.setdefault(one.sequence, one)
        if known.event_id != one.event_id:
            where = {"topic": topic, "key": key, "sequence": one.sequence}
            folded.differs(
                "log", where, None, {"events": [known.event_id, one.event_id], "rule": "one number, one fact"}
            )
    for before, after in pairwise(sorted(first)):
        if first[after].recorded_at <= first[before].recorded_at:
            where = {"topic": topic, "key": key, "sequence": after}
            times = [first[before].recorded_at, first[after].recorded_at]
            folded.differs("log", where, None, {"recorded": times, "rule": "each later than the one before"})
    return first


def _applied(
    folded: Folded, model: ReadModel, whose: tuple[str, UUID], first: Mapping[int, Logged], kept: Kept | None
) -> list[Logged]:
    """Give the facts of a key that the read model must show: all without a gap, or those before the key was parked."""
    topic, key = whose
    where = {"topic": topic, "key": key}
    letters = [letter for letter in model.letters_of.get(whose, ()) if letter.sequence is not None]
    waiting = {letter.sequence for letter in letters if letter.settled_how is None}
    dropped = {letter.sequence for letter in letters if letter.settled_how == "dropped"}
    without_gap = 0
    while without_gap + 1 in first:
        without_gap += 1
    # What a person dropped is no proof that something before it is missing.
    if beyond := sorted(first.keys() - dropped - set(range(1, without_gap + 1))):
        missing = {"missing_sequence": without_gap + 1, "later_facts": len(beyond)}
        folded.differs("log", where, {"applied_sequence": kept.sequence if kept else 0}, missing)

    sequence, parked = (kept.sequence, kept.parked) if kept else (0, False)
    if parked != bool(waiting):
        folded.differs("parked", where, {"parked": parked}, {"letters": len(waiting)})
    until = min(sequence, without_gap) if parked or waiting else without_gap
    if sequence != until:
        folded.differs("parked", where, {"applied_sequence": sequence}, {"applied_sequence": until})
    elif sequence and kept and kept.event_id != first[sequence].event_id:
        at = where | {"sequence": sequence}
        folded.differs("parked", at, {"event": kept.event_id}, {"event": first[sequence].event_id})
    if lost := sorted(number for number in first if number > until and number not in waiting | dropped):
        folded.differs("parked", where, {"applied_sequence": sequence}, {"neither_applied_nor_set_aside": lost})
    return [first[number] for number in range(1, until + 1) if number not in dropped]


def _note_if_too_late(folded: Folded, one: Logged, tick: Tick | None) -> None:
    """Facts after the watermark's tick must have been recorded after the time up to which it says all is in."""
    if tick is None or tick.complete_until is None or one.recorded_at > tick.complete_until:
        return
    ends = tick.offsets.get(one.place.topic, ())
    if one.place.partition < len(ends) and one.place.offset >= ends[one.place.partition]:
        complete = {"complete_until": tick.complete_until, "tick": tick.number}
        folded.differs("watermark", one.place._asdict(), complete, {"recorded": one.recorded_at})


def _fold_worker(folded: Folded, worker_id: UUID, applied: Sequence[Logged], kept: Kept | None) -> None:
    facts = about_cover((one.recorded_at, one.fact) for one in applied)
    folded.workers += 1
    life = fold(str(worker_id), facts)
    for cell, number in life.changes:
        folded.said(cell, worker_id, number)
    told, found = _person_of_state(kept.state if kept else None), _person(life)
    if told != found:
        folded.differs("person", {"worker_id": worker_id}, told, found)


def _person(life: Life) -> dict[str, Any]:
    """Write what the plain fold says of a person as the read model's state is written below."""
    days = [[one.covered_from.isoformat(), _text(one.covered_until), *one[2:]] for one in life.protected]
    memberships = sorted(
        [day.isoformat(), cohort_id, village_code, kind, number]
        for (day, cohort_id, village_code, kind), number in life.memberships.items()
    )
    steps = sorted(([day.isoformat(), *where, number] for (day, *where), number in life.steps.items()), key=str)
    return {"protected": days, "memberships": memberships, "steps": steps}


def _person_of_state(state: str | None) -> dict[str, Any]:
    """Write what the reader's state says of a person; the folds are under test here, and nothing is taken from them."""
    try:
        known = orjson.loads(state) if state is not None else None
        if known is None:
            return {"protected": [], "memberships": [], "steps": []}
        days = [list(spell) for spell in timeline.timeline(known)]
        memberships = sorted(list(delta) for delta in timeline.membership_difference(periods.NOTHING, known))
        steps = sorted((list(delta) for delta in funnel.difference({}, known.get("f", {}))), key=str)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return {"unreadable": type(error).__name__}
    return {"protected": days, "memberships": memberships, "steps": steps}


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def compare_keys(folded: Folded, model: ReadModel) -> None:
    """Name the keys that the reader keeps although the log, up to its offsets, has no fact of them."""
    for (topic, key), kept in model.keys.items():
        if (topic, key) in folded.keys:
            continue
        folded.differs("parked", {"topic": topic, "key": key}, {"applied_sequence": kept.sequence}, None)
        if topic == COVERAGE.name and (told := _person_of_state(kept.state)) != _person(fold("", [])):
            folded.differs("person", {"worker_id": key}, told, None)

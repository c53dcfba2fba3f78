"""Read the data of a fact into plain values, exactly as the contracts' models do, and mostly without them.

Reporting catches up with millions of facts, and a model costs four times what the look at a fact needs that came out as
it should: every value in the one form that Payung's services write, and a field that says no more than its default left
out. Any other fact (a longer one, a date in another form, a field missing) is doubtful, and the model decides. So what
the model refuses is refused here, and what it fills in is filled in here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

import orjson
from payung_contracts.enrollment import Check, TerminationReason
from payung_contracts.fact import Activity, Fact, Funding, Programme, Segment
from payung_contracts.topics import FACTS
from pydantic import ValidationError

from services.chassis.received import Refused

SHORT_BYTES_MAX = 400
"""Longer data is doubtful: nested 200 deep, as no coverage fact is, it is refused by the parser of the models."""
SEEN_MAX = 100_000
"""Values that are remembered as sound, of each kind: villages, cohorts and days are few."""

SEGMENTS, FUNDINGS, PROGRAMMES, ACTIVITIES, CHECKS, REASONS = (
    frozenset(get_args(names)) for names in (Segment, Funding, Programme, Activity, Check, TerminationReason)
)
is_id = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
is_code = re.compile(r"[a-z][a-z_]{0,59}").fullmatch
is_village = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}").fullmatch

Values = dict[str, Any]


class Doubtful(Exception):
    """A value is not in the form that Payung's services write; the model decides."""


def read(type_: str, data: bytes, models: Mapping[str, type[Fact]] = FACTS) -> Values:
    """Give the fact's values as JSON has them: ids and days as text; raises Refused if the model does."""
    look = LOOKS.get(type_)
    if look is not None and len(data) <= SHORT_BYTES_MAX:
        try:
            values: Values = orjson.loads(data)
            look(values)
        except (Doubtful, ValueError, KeyError, TypeError):
            return _by_model(models[type_], type_, data)
        return values
    return _by_model(models[type_], type_, data)


def _by_model(model: type[Fact], type_: str, data: bytes) -> Values:
    try:
        return model.model_validate_json(data).model_dump(mode="json")
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'data'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        )
        msg = f"{type_} is not as the contracts say: {wrong}"
        raise Refused(msg) from None


class _Seen(dict[str, bool]):
    """Remembers values that were found sound, so that most looks are one look-up."""

    def __init__(self, sound: Callable[[str], object]) -> None:
        super().__init__()
        self.sound = sound

    def __missing__(self, value: str) -> bool:
        if not self.sound(value):
            raise Doubtful
        if len(self) >= SEEN_MAX:
            self.clear()
        self[value] = True
        return True


def _is_day(value: str) -> bool:
    return date.fromisoformat(value).isoformat() == value


DAYS, VILLAGES, COHORTS = _Seen(_is_day), _Seen(is_village), _Seen(is_id)


def _registered(values: Values) -> None:
    VILLAGES[values["village_code"]]


def _period(values: Values) -> None:
    until, programmes = values["covered_until"], values["programmes"]
    fill = values.setdefault
    grace_until, paid_on, activity = fill("grace_until", None), fill("paid_on", None), fill("activity", None)
    if not (
        DAYS[values["covered_from"]]
        and (until is None or DAYS[until])
        and VILLAGES[values["village_code"]]
        and COHORTS[values["cohort_id"]]
        and values["segment"] in SEGMENTS
        and values["funding"] in FUNDINGS
        and type(programmes) is list
        and PROGRAMMES.issuperset(programmes)
        and is_id(values["coverage_id"])
        and (grace_until is None or DAYS[grace_until])
        and (paid_on is None or DAYS[paid_on])
        and (activity is None or activity in ACTIVITIES)
    ):
        raise Doubtful


def _terminated(values: Values) -> None:
    if not (DAYS[values["covered_until"]] and values["reason"] in REASONS and is_id(values["coverage_id"])):
        raise Doubtful


def _expired(values: Values) -> None:
    if not (DAYS[values["covered_until"]] and COHORTS[values["cohort_id"]] and is_id(values["coverage_id"])):
        raise Doubtful


def _expiring(values: Values) -> None:
    _expired(values)
    days_left = values["days_left"]
    if not (type(days_left) is int and days_left >= 1):
        raise Doubtful


def _inactivated(values: Values) -> None:
    _expired(values)
    DAYS[values["inactive_from"]]


def _card_issued(values: Values) -> None:
    if not (VILLAGES[values["village_code"]] and DAYS[values["issued_on"]] and is_id(values["coverage_id"])):
        raise Doubtful


def _proposed(values: Values) -> None:
    _told_of(values, "proposed_on")


def _waitlisted(values: Values) -> None:
    _told_of(values, "waits_since")


def _verified(values: Values) -> None:
    _told_of(values, "verified_on")
    passed = values["passed"]
    if not (type(passed) is list and CHECKS.issuperset(passed)):
        raise Doubtful


def _refused(values: Values) -> None:
    _told_of(values, "refused_on")
    failed = values["failed"]
    if not ((failed == "paid" or failed in CHECKS) and is_code(values["reason"])):
        raise Doubtful


def _told_of(values: Values, day: str) -> None:
    """Look at what every step towards cover says: for which cohort, in which village, on which day."""
    COHORTS[values["cohort_id"]]
    VILLAGES[values["village_code"]]
    DAYS[values[day]]


LOOKS: dict[str, Callable[[Values], None]] = {
    "enrollment.worker_registered.v1": _registered,
    "enrollment.coverage_started.v1": _period,
    "enrollment.coverage_renewed.v1": _period,
    "enrollment.coverage_corrected.v1": _period,
    "enrollment.coverage_terminated.v1": _terminated,
    "enrollment.coverage_expired.v1": _expired,
    "enrollment.coverage_expiring.v1": _expiring,
    "enrollment.coverage_inactivated.v1": _inactivated,
    "enrollment.card_issued.v1": _card_issued,
    "enrollment.worker_proposed.v1": _proposed,
    "enrollment.worker_verified.v1": _verified,
    "enrollment.worker_refused.v1": _refused,
    "enrollment.worker_waitlisted.v1": _waitlisted,
}

"""At what age a person may be registered, by segment and day; a person in cover is not asked again."""

from dataclasses import dataclass
from datetime import date

from services.enrollment.domain.model import Segment
from services.enrollment.domain.refusals import Rejected


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """From a day on, people of a segment are registered from one age to another, both in completed years."""

    segment: Segment
    valid_from: date
    youngest: int
    oldest: int
    legal_ref: str


AGE_LIMITS = (AgeLimit("BPU", date(2021, 4, 1), 18, 65, "Permenaker 5/2021"),)
"""Construction workers and those with an employer have none; nor is one known for BPU on earlier days."""


def age(born: date, day: date) -> int:
    """Count the completed years; whoever is born on 29 February completes them on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def limit_on(segment: Segment, day: date) -> AgeLimit | None:
    """Give the limit for people of the segment who are registered on that day."""
    rules = [rule for rule in AGE_LIMITS if rule.segment == segment and rule.valid_from <= day]
    return max(rules, key=lambda rule: rule.valid_from, default=None)


def refuse_age(segment: Segment, born: date, registered_on: date) -> None:
    """Refuse whoever is too young or too old to be registered on that day."""
    rule = limit_on(segment, registered_on)
    if rule is None or rule.youngest <= age(born, registered_on) <= rule.oldest:
        return
    raise Rejected(
        "age_outside_limit",
        f"Usia orang ini pada hari pendaftaran di luar batas {rule.youngest} sampai {rule.oldest} tahun untuk segmen "
        f"{segment} ({rule.legal_ref}). Periksa tanggal lahirnya, atau pakai segmen lain yang sesuai pekerjaannya.",
        f"On the day of registration this person's age is outside {rule.youngest} to {rule.oldest} years for the "
        f"segment {segment} ({rule.legal_ref}). Check the date of birth, or use the segment that fits the work.",
    )

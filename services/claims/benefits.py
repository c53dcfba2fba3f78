"""What the rules of a day grant for a death, given the memberships that were in force: arithmetic only."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.claims import reasons
from services.claims.coverage import Membership
from services.claims.reasons import Reason
from services.claims.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a benefit in whole rupiah, with the law that grants it."""

    code: str
    amount_idr: int
    legal_reference: str


@dataclass(frozen=True, slots=True)
class Benefit:
    """The components granted, and the reasons why it is not more."""

    components: tuple[Component, ...]
    reasons: tuple[Reason, ...] = ()


def jkm(memberships: Sequence[Membership], incident_on: date, rules: Rules) -> Benefit:
    """Grant santunan and berkala for each membership that is old enough, and the funeral once."""
    components: list[Component] = []
    young: list[Reason] = []
    for membership in memberships:
        months = rules.of("jkm.full_benefit_membership_months", membership.segment)
        if incident_on < add_months(membership.member_since, months.value):
            young.append(reasons.young_membership(months.value, membership.member_since, months.law))
            continue
        for code, parameter in (("SANTUNAN_KEMATIAN", "jkm.santunan"), ("SANTUNAN_BERKALA", "jkm.berkala")):
            granted = rules.of(parameter)
            components.append(Component(code, granted.value, granted.law))
    funeral, times = rules.of("jkm.pemakaman"), rules.of("jkm.funerals_paid")
    law = f"{funeral.law}; {times.law}" if len(memberships) > 1 and times.law != funeral.law else funeral.law
    components.append(Component("BIAYA_PEMAKAMAN", funeral.value * times.value, law))
    return Benefit(tuple(components), tuple(young))


def jkk_death(rules: Rules) -> Benefit:
    """Grant the death benefit of the lowest income band, never less than the santunan of JKM; no waiting time."""
    wages, wage, least = rules.of("jkk.death_wages"), rules.of("jkk.monthly_wage"), rules.of("jkm.santunan")
    santunan = max(Rule(wages.value * wage.value, wages.law), least, key=lambda rule: rule.value)
    berkala, funeral = rules.of("jkk.berkala"), rules.of("jkk.pemakaman")
    return Benefit(
        (
            Component("SANTUNAN_KEMATIAN_KECELAKAAN_KERJA", santunan.value, santunan.law),
            Component("SANTUNAN_BERKALA", berkala.value, berkala.law),
            Component("BIAYA_PEMAKAMAN", funeral.value, funeral.law),
        )
    )


def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

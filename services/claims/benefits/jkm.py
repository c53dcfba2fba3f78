"""JKM: what is paid for a death that work did not cause (PP 44/2015, PP 82/2019, Permenaker 1/2025)."""

from collections.abc import Sequence
from datetime import date

from services.claims import reasons
from services.claims.benefits.arithmetic import Arithmetic
from services.claims.benefits.benefit import Benefit
from services.claims.benefits.months import add_months
from services.claims.benefits.rupiah import written
from services.claims.claim import Component
from services.claims.coverage import Membership
from services.claims.reasons import Reason
from services.claims.rules import Rules


def death(memberships: Sequence[Membership], died_on: date, rules: Rules) -> Benefit:
    """Grant santunan and berkala for each membership that is old enough, and the funeral once.

    Where there are several, the arithmetic says for which one: `#2: Rp20.000.000`.
    """
    components: list[Component] = []
    young: list[Reason] = []
    for number, membership in enumerate(memberships, 1):
        which = number if len(memberships) > 1 else None
        months = rules.of("jkm.full_benefit_membership_months", membership.segment)
        if died_on < add_months(membership.member_since, months.value):
            young.append(reasons.young_membership(months.value, membership.member_since, months.law))
            continue
        for code, parameter in (("SANTUNAN_KEMATIAN", "jkm.santunan"), ("SANTUNAN_BERKALA", "jkm.berkala")):
            granted = rules.of(parameter)
            arithmetic = str(Arithmetic(written(granted.value), which))
            components.append(Component(code, granted.value, granted.law, arithmetic))
    funeral, times = rules.of("jkm.pemakaman"), rules.of("jkm.funerals_paid")
    law = f"{funeral.law}; {times.law}" if len(memberships) > 1 and times.law != funeral.law else funeral.law
    arithmetic = f"{times.value} x {written(funeral.value)}"
    components.append(Component("BIAYA_PEMAKAMAN", funeral.value * times.value, law, arithmetic))
    return Benefit(tuple(components), tuple(young))

"""JKK: what is paid for an accident or disease that work caused (PP 44/2015, PP 82/2019, Lampiran III)."""

from fractions import Fraction

from services.claims import reasons
from services.claims.benefits import care, disability, inability, scholarship
from services.claims.benefits.arithmetic import Arithmetic
from services.claims.benefits.benefit import Benefit, together
from services.claims.benefits.rupiah import written
from services.claims.claim import Component, Question
from services.claims.rules import Rules


def accident(question: Question, wage_idr: int, rules: Rules) -> Benefit:
    """Grant care and days of inability, and beside them the benefit of the gravest lasting consequence.

    A death takes the place of any disability, and total disability that of partial ones.
    """
    findings = question.findings
    lasting = Benefit()
    if findings.died_on is not None:
        lasting = death(wage_idr, rules)
    elif findings.total_disability:
        lasting = disability.total(wage_idr, rules)
    elif findings.injuries:
        lasting = disability.partial(findings.injuries, question.incident_on, wage_idr, rules)
    if findings.died_on is not None or findings.total_disability:
        schooling = scholarship.years_of_school(question, rules)
    else:
        schooling = Benefit(reasons=(reasons.SCHOLARSHIP_ONLY_DEATH_OR_TOTAL,) if findings.children else ())
    return together(
        care.medical(findings.medical_idr, rules),
        care.transport(findings.transport, rules),
        care.orthosis(findings.orthosis_idr, rules),
        inability.unable_to_work(question, Fraction(wage_idr), rules),
        lasting,
        schooling,
    )


def death(wage_idr: int, rules: Rules) -> Benefit:
    """Grant the death benefit, never less than the santunan of JKM, with berkala and funeral; no waiting time."""
    wages, least = rules.of("jkk.death_wages"), rules.of("jkm.santunan")
    amount, law = wages.value * wage_idr, wages.law
    arithmetic = f"{wages.value} x {written(wage_idr)}"
    if amount < least.value:
        amount, law, arithmetic = (
            least.value,
            least.law,
            str(Arithmetic(arithmetic, limited="max", limit=written(least.value))),
        )
    berkala, funeral = rules.of("jkk.berkala"), rules.of("jkk.pemakaman")
    return Benefit(
        (
            Component("SANTUNAN_KEMATIAN_KECELAKAAN_KERJA", amount, law, arithmetic),
            Component("SANTUNAN_BERKALA", berkala.value, berkala.law, written(berkala.value)),
            Component("BIAYA_PEMAKAMAN", funeral.value, funeral.law, written(funeral.value)),
        )
    )

"""The command that explains a claim's decisions and weighs them again."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import typer

from services.chassis.commands import FAILED, both, print_json, tell
from services.chassis.door import Json, door
from services.claims.benefits import rupiah
from services.claims.office_cli import address


def explain(claim_id: UUID, as_json: Json = False) -> None:
    """Explain a claim's decisions, and weigh each again from what it rests on; exit code 1 if anything differs."""
    with door(address(), roles="decider") as claims:
        show(claims.ask(f"/v1/claims/{claim_id}/explanation"), as_json=as_json)


def show(told: dict[str, Any], *, as_json: bool) -> None:
    """Print an explanation; the command fails if a decision is not what it should be."""
    if as_json:
        print_json(told)
    else:
        typer.echo("\n".join(_lines(told)))
    if not told["same"]:
        tell(
            both(
                "Keputusan ini tidak sama dengan hasil hitung ulang atau dengan fakta yang diumumkan: jangan dibayar"
                " sebelum diperiksa.",
                "This decision is not what weighing it again gives, or not what was announced: do not pay before"
                " somebody has looked.",
            )
        )
        raise typer.Exit(FAILED)


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"claim {told['claim_id']}"
    for decision in told["decisions"]:
        yield ""
        made = f"decision {decision['round']} of {decision['decided_on']}, by {decision['decider']}"
        yield f"{made}: {decision['outcome']}"
        yield (
            f"  {decision['programme']} for {decision['incident_on']}, reported on {decision['reported_on']};"
            f" rules {decision['rule_version']}, cover as of fact {decision['coverage_sequence']}"
        )
        yield "  memberships in force on the day:"
        for one in decision["memberships"]:
            until = one["last_covered_day"] or "open"
            yield (
                f"    {one['segment']} {one['funding']} {one['village_code']}: {one['covered_from']} to {until},"
                f" member since {one['member_since']}"
            )
        yield "  components:" if decision["components"] else "  nothing is granted"
        for one in decision["components"]:
            amount = f"{one['code']:<34} {rupiah.written(one['amount_idr']):>16}"
            yield f"    {amount}  = {one['arithmetic']}  ({one['legal_reference']})"
        yield f"    {'':<34} {rupiah.written(decision['amount_idr']):>16}"
        for one in decision["reasons"]:
            yield f"  {one['code']}: {one['indonesian']} / {one['english']}"
        for one in decision["obligations"]:
            amount = rupiah.written(one["amount_idr"])
            yield f"  to come on {one['due_on']}: child {one['child']}, {one['level']}, {amount}"
        yield "  rules in force on the day of the incident:"
        for one in decision["rules"]:
            yield f"    {one['parameter']:<38} {one['segment']:<8} {one['value']:>12} {one['law']}"
        yield "  weighed again: the same to the rupiah" if decision["same"] else "  weighed again: NOT the same"
        for one in decision["differences"]:
            yield f"    {one['part']}: decided {one['decided']}, {one['found_in']} has {one['found']}"

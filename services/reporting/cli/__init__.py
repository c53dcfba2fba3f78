"""Ask reporting from a terminal: figures as tables, with what they count and how complete they are, or as JSON."""

from typing import Annotated

import typer

from services.chassis import call_cli
from services.reporting.cli import churn, claims, cover, evidence, published
from services.reporting.cli.shown import address, include

cli = typer.Typer(
    help="Figures about protected workers: how many, where, what lapses, what was paid.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@cli.callback()
def report(
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="TOKEN",
            help="Consistency token of a command: wait a few seconds until what it did is in the answer, or refuse.",
        ),
    ] = None,
) -> None:
    """Figures about protected workers: how many, where, what lapses, what was paid."""
    include(after)


for question in (
    cover.coverage,
    cover.protected,
    cover.protected_changes,
    cover.protected_over_time,
    churn.churn,
    churn.gaps,
    cover.memberships,
    cover.expiries,
    cover.commitments,
    claims.claims,
    claims.claims_paid,
    claims.claims_paid_changes,
    claims.claims_decided,
    claims.claims_voided,
    claims.time_to_payment,
    claims.obligations,
    claims.reviews,
    claims.died_without_claim,
    claims.paid_after_death,
    cover.coverage_ratio,
    cover.cards,
    cover.cards_issued,
    cover.funnel,
    cover.cohorts,
    cover.places_reallocated,
    cover.double_funding,
    cover.legal_bases,
    cover.targets,
    cover.watermark,
    evidence.evidence,
    published.published,
    published.published_differences,
):
    cli.command()(question)
call_cli.mount(cli, address)

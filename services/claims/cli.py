"""The commands of claims: those of the office, of rules, of keys, and the proof of a decision."""

import typer

from services.chassis import call_cli
from services.chassis.keys_cli import keys_of
from services.claims import explain_cli, office_cli, rules_cli
from services.claims.settings import Settings

cli = typer.Typer(help="Claims: from first report to payment.", no_args_is_help=True)
cli.command("show")(office_cli.show)
cli.command("list")(office_cli.list_claims)
cli.command("explain")(explain_cli.explain)
cli.command("reconcile")(office_cli.reconcile)
cli.add_typer(rules_cli.cli, name="rules")
cli.add_typer(keys_of(Settings), name="keys")
call_cli.mount(cli, office_cli.address)

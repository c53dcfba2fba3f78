"""The payung command: runs the whole set on this machine and mounts the commands of what is installed."""

import importlib
import importlib.metadata
import importlib.util
import json
import os
import signal
import sys
import time
from typing import Annotated

import typer

from deploy.local import processes, services, up
from deploy.local.logs import in_words, read_from
from deploy.local.parts import SERVICES, Part, parts, secrets_folder
from deploy.local.processes import LocalError
from deploy.local.progress import FAILED, OK, PARTIAL, USAGE, tell
from deploy.local.settings import Settings, read_settings, settings_in_words, unknown_settings

FOLLOW_POLL_S = 0.2

MOUNTED = {
    "enrollment": "services.enrollment.cli",
    "import": "services.enrollment.import_cli",
    "claims": "services.claims.cli",
    "report": "services.reporting.cli",
    "publish": "services.reporting.cli.published",
    "reconcile": "services.reporting.reconcile_cli",
    "rebuild": "services.reporting.rebuild_cli",
    "parked": "services.chassis.parked_cli",
    "scenario": "deploy.scenarios.cli",
}

OWN = {"up", "down", "status", "logs", "--version"}
"""Commands that work without the services' code: they start at once, and when a service is broken."""

app = typer.Typer(
    name="payung",
    help="Keeps provable account of social-security cover for vulnerable workers.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # errors are sentences, not boxes
)


def main() -> None:
    """Run one command; what a person must mend is said in a sentence."""
    try:
        settings = read_settings()
        for name in unknown_settings():
            tell(f"{name} is no setting of payung and is ignored.")
        _lend_environment(settings)
        if not OWN.intersection(sys.argv[1:2]):
            _mount(sys.argv[1:2])
    except LocalError as error:
        tell(str(error))
        sys.exit(USAGE)
    try:
        app(obj=settings)
    except LocalError as error:
        tell(str(error))
        sys.exit(FAILED)


def _mount(wanted: list[str]) -> None:
    """Bring in the group of commands that is wanted, or all, to be listed."""
    for name in MOUNTED.keys() & wanted or MOUNTED:
        if _installed(MOUNTED[name]):
            app.add_typer(importlib.import_module(MOUNTED[name]).cli, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(importlib.metadata.version("payung"))
        raise typer.Exit(OK)


@app.callback()
def _payung(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Have options of the command itself."""


@app.command("up", epilog=settings_in_words())
def up_(
    context: typer.Context,
    fresh: Annotated[bool, typer.Option("--fresh", help="Remove all data first.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when all is ready and loaded.")] = False,
    servers: Annotated[
        bool,
        typer.Option("--servers", help="Only PostgreSQL, Kafka and the databases."),
    ] = False,
) -> None:
    """Start everything, load the scenario, print the report.

    Without --detach it stays, and Ctrl-C stops everything.
    """
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.default_int_handler)
    settings: Settings = context.obj
    begun = time.monotonic()
    up.start(settings, fresh=fresh, servers_only=servers)
    reported = servers or up.print_report()
    for part in up.running(settings):
        typer.echo(f"{part.name:<12} {part.address}")
    refused = [] if servers else services.refusing(settings)
    for sentence in refused:
        tell(sentence)
    what = "Up, but not ready for commands," if refused else "Ready"
    tell(f"{what} after {time.monotonic() - begun:.1f} s. `payung report -h` says what to ask; `payung down` stops it.")
    if not detach:
        _stay(settings)
    if refused:
        raise typer.Exit(FAILED)
    if not reported:
        raise typer.Exit(PARTIAL)


@app.command()
def down(
    context: typer.Context,
    remove: Annotated[bool, typer.Option("--remove", help="Remove data, secrets, logs and servers too.")] = False,
) -> None:
    """Stop everything that was started; the data stay."""
    (up.remove if remove else up.stop)(context.obj)


@app.command()
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Show what runs, and what waits.

    The exit code is 0 when all is ready, 3 when a part is, 1 when nothing is or when commands are refused.
    """
    found = [_status(part) for part in parts(context.obj)]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        for part in found:
            typer.echo(f"{part['name']:<12} {part['state']:<9} {part['pid'] or '-':<9} {part['address']}{_more(part)}")
    working = sum(part["state"] == "ready" for part in found)
    refused = any(part["state"] == "HALTED" for part in found)
    raise typer.Exit(OK if working == len(found) else PARTIAL if working and not refused else FAILED)


@app.command()
def logs(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A part, as status names them; else all.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many, from the end.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Lines as the services wrote them, for programs.")] = False,
) -> None:
    """Show the logs, the services' in words."""
    known = parts(context.obj)
    chosen = [part for part in known if name in {None, part.name}]
    if not chosen:
        raise typer.BadParameter(f"There is {', '.join(part.name for part in known)}; not {name}.")
    ends = {part.log: part.log.stat().st_size if part.log.exists() else 0 for part in chosen}

    def show(part: Part, shown: list[str]) -> None:
        begin = f"{part.name:<12} " if len(chosen) > 1 and not as_json else ""
        for line in shown:
            typer.echo(begin + (line if as_json else in_words(line)))

    for part in chosen:
        show(part, processes.tail(part.log, lines))
    while follow:
        time.sleep(FOLLOW_POLL_S)
        for part in chosen:
            ends[part.log], new = read_from(part.log, ends[part.log])
            show(part, new)


def _stay(settings: Settings) -> None:
    """Watch the set until it is stopped by Ctrl-C or from elsewhere; a part that ends takes all down."""
    tell("Ctrl-C stops everything.")
    try:
        up.watch(settings)
        tell("Stopped from elsewhere.")
    except KeyboardInterrupt:
        up.stop(settings)
    except LocalError:
        up.stop(settings)
        raise


def _status(part: Part) -> dict[str, str | int | None]:
    pid = processes.find(part.pid_file)
    found = {"name": part.name, "state": "ready", "pid": pid, "address": part.address, "log": str(part.log)}
    if pid is None:
        found["state"] = "stopped"
    elif part.name in SERVICES:
        why, refuses = services.state(part.address)
        found.update({"state": "HALTED" if refuses else "not ready" if why else "ready", "why": refuses or why})
        found.update(services.figures(part.address))
    return found


def _more(part: dict[str, str | int | None]) -> str:
    """Say of a running service what waits, or why it is not ready."""
    if part.get("why"):
        return f"  {part['why']}"
    known = {"facts to read": part.get("lag"), "keys parked": part.get("parked_keys")}
    said = [f"{what}: {count}" for what, count in known.items() if count is not None]
    return "".join(f"  {one}" for one in said)


def _lend_environment(settings: Settings) -> None:
    """Let the services' own commands find the running set, unless the environment says otherwise."""
    if secrets_folder(settings).exists():
        for service in SERVICES:
            for name, value in services.environment(settings, service).items():
                os.environ.setdefault(name, value)


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    main()

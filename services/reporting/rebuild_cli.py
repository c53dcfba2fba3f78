"""The command `payung rebuild`: builds a projection anew beside the one that is answered from; a person switches.

Exit code 0: done, or ready. 1: refused, or the new one is wrong. 3: it could not be done now; the same command goes on.
"""

import asyncio
import getpass
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

import orjson
import typer
from pydantic import ValidationError

from services.chassis.bulk import LogStalled
from services.chassis.commands import FAILED, PARTIAL, print_json, tell
from services.chassis.plain_log import LogUnreachable
from services.chassis.positions import Fenced
from services.chassis.postgres import HEALS_WITH_TIME, open_pool
from services.reporting.rebuild import Rebuilt, plan, rebuild, switch
from services.reporting.rebuild.refusals import Refused
from services.reporting.reconcile_cli import Addresses, progress
from services.reporting.views import ViewsBusy

FACTS_PER_S = 50_000
"""What a rebuild reads at least, for the time that --dry-run names."""
SHOWN_MAX = 20
SAID = {
    "read": "Reading from the first fact",
    "index": "Making indexes",
    "catch_up": "Catching up",
    "compare": "Comparing",
    "fold": "Folding the log",
}

cli = typer.Typer(
    help="Build the read model anew beside the one that is answered from, and switch to it.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this; else your login name. Kept.")]


@cli.callback()
def rebuild_(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    processes: Annotated[int, typer.Option(min=1, max=24, help="Processes that read.")] = 2,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Build the read model anew, beside the one that is answered from, and compare both.

    What is answered does not change; `payung rebuild switch` does that. Killed, the same command goes on.
    """
    if context.invoked_subcommand is not None:
        return
    if dry_run:
        _dry_run(as_json=as_json)
        return
    places = _places()
    with progress() as told:
        work = rebuild(
            places.postgres_dsn.get_secret_value(),
            places.kafka,
            who=by or getpass.getuser(),
            processes=processes,
            told=lambda step, done, whole: told(SAID[step], done, whole),
        )
        found: Rebuilt = _run(work)
    if as_json:
        print_json(orjson.loads(orjson.dumps(asdict(found), default=str)))
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(0 if found.ready else FAILED)


@cli.command("switch")
def switch_(by: By = None, as_json: Json = False) -> None:
    """Answer from the schema that is ready; said again, finish the views that long reports held."""
    _tell(_run(switch.switch(_dsn(), who=by or getpass.getuser())), as_json=as_json)


@cli.command()
def back(by: By = None, as_json: Json = False) -> None:
    """Answer from the schema again that was active before."""
    _tell(_run(switch.back(_dsn(), who=by or getpass.getuser())), as_json=as_json)


@cli.command()
def drop(by: By = None, as_json: Json = False) -> None:
    """Drop the schema beside the active one: the one before, or one that is not to be finished."""
    name = _run(switch.drop(_dsn(), who=by or getpass.getuser()))
    if as_json:
        print_json({"dropped": name})
    else:
        typer.echo(f"Dropped {name}.")


def _dry_run(*, as_json: bool) -> None:
    async def planned() -> Any:
        async with open_pool(_dsn(), name="rebuild", size_max=1, search_path="public") as pool:
            return await plan(pool)

    found = _run(planned())
    if as_json:
        print_json(found._asdict() | {"seconds_at_most": found.facts // FACTS_PER_S + 1})
        return
    verb = "go on with" if found.goes_on else "make"
    typer.echo(
        f"Would {verb} {found.schema} in the shape of {found.like}: {found.facts:,} facts, about"
        f" {found.facts // FACTS_PER_S + 1:,} s, and about {found.bytes_of_active / 2**20:,.0f} MiB of disk beside."
    )


def _tell(found: switch.Switched, *, as_json: bool) -> None:
    if as_json:
        print_json(found._asdict())
        return
    if found.milliseconds:
        typer.echo(f"Answers come from {found.schema} now ({found.milliseconds:.1f} ms); {found.before} is kept up.")
    typer.echo(f"{found.views} views of bi show {found.schema}.")


def _lines(found: Rebuilt) -> Iterator[str]:
    for one in found.differs[:SHOWN_MAX]:
        yield f"{one.table:<24} {one.what}: running {one.running}, rebuilt {one.rebuilt}"
    for other in found.log_differs[:SHOWN_MAX]:
        yield f"{other.kind:<24} {other.where}: rebuilt {other.read_model}, log {other.log}"
    if not found.ready:
        yield f"{found.schema} is wrong by the log and stays unused; `payung rebuild drop` drops it."
    elif found.against == "log":
        yield f"{found.schema} is ready: it agrees with the log, and differs from the running one as shown."
    else:
        yield f"{found.schema} is ready: it agrees with the running one. `payung rebuild switch` switches to it."


def _places() -> Addresses:
    try:
        return Addresses()
    except ValidationError as error:
        names = ", ".join(f"REPORTING_{str(wrong['loc'][0]).upper()}" for wrong in error.errors(include_input=False))
        _give_up(f"{names} must be set: the addresses of reporting's database and of Kafka. `payung up` sets them.", 3)


def _dsn() -> str:
    return _places().postgres_dsn.get_secret_value()


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with _in_sentences():
        return asyncio.run(work)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """Say in a sentence why it was not done."""
    try:
        yield
    except Refused as error:
        _give_up(str(error), FAILED)
    except ViewsBusy as error:
        _give_up(f"Answers come from the new schema; views of bi are {error}. Repeat `payung rebuild switch`.", PARTIAL)
    except (LogStalled, LogUnreachable, Fenced) as error:
        _give_up(f"{error}. The same command goes on from there.", PARTIAL)
    except HEALS_WITH_TIME as error:
        _give_up(f"The database did not answer ({type(error).__name__}). The same command goes on from there.", PARTIAL)


def _give_up(sentence: str, code: int) -> NoReturn:
    tell(sentence)
    sys.exit(code)


if __name__ == "__main__":
    cli()

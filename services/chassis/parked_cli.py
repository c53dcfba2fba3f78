"""The command `payung parked`: the letters of all services installed here, listed, shown, replayed, dropped.

In a container, where one service is installed: `python -m services.chassis.parked_cli list`.
"""

import asyncio
import getpass
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

import asyncpg
import structlog
import typer

from services.chassis import parked
from services.chassis.apply import Projection
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.commands import FAILED, OK, PARTIAL, fail, print_json, tell
from services.chassis.postgres import Pool, open_pool

SERVICES = ("enrollment", "claims", "reporting")
PROJECTIONS = {
    "enrollment": "services.enrollment.app",
    "claims": "services.claims.app",
    "reporting": "services.reporting.projections",
}
"""Where each service's `PROJECTION` stands: brought in by name, for one service alone may be installed."""
VALUE_CHARACTERS_MAX = 2_000

TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Why a database could not be asked; nothing was changed in it then."""

cli = typer.Typer(help="Facts that could not be applied, and wait for a person.", no_args_is_help=True)

Service = Literal["enrollment", "claims", "reporting"]
Only = Annotated[Service | None, typer.Option("--service", help="Only this service.")]
Key = Annotated[UUID, typer.Argument(help="A key, as list shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this; else your login name. Kept with the letter.")]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became, or would become, of the letters of a key in one service."""

    service: str
    key: str
    letters: int
    went: int
    dry_run: bool
    stopped_by: str | None
    """Why the next one does not go, if its fact was refused again."""


@cli.command("list")
def list_(service: Only = None, as_json: Json = False) -> None:
    """List the parked keys, the longest waiting first."""
    asked = _ask(service, lambda _, pool: parked.list_keys(pool))
    keys = [{"service": name} | asdict(key) for name, found in asked.found for key in found]
    keys.sort(key=lambda key: key["parked_at"])
    if as_json:
        print_json(keys)
    elif keys:
        heads = ("service", "topic", "key", "letters", "first", "since", "reason")
        names = ("service", "topic", "key", "letters", "first_sequence", "parked_at", "reason")
        _print_columns(heads, [[key[name] for name in names] for key in keys])
    elif asked.found:
        typer.echo(f"No key is parked in {_names(asked)}.")
    raise typer.Exit(asked.code)


@cli.command()
def show(key: Key, service: Only = None, as_json: Json = False) -> None:
    """Show every letter of a key: its place, its reason, its data.

    Settled letters are shown too, with how, by whom and why they were settled.
    """
    asked = _ask(service, lambda _, pool: parked.show(pool, str(key)))
    letters = [{"service": name} | letter for name, found in asked.found for letter in found]
    if as_json:
        print_json(letters)
    else:
        for letter in letters:
            _print_letter(letter)
    if not letters and asked.found:
        _no_letter(key, asked)
    raise typer.Exit(asked.code)


@cli.command()
def replay(
    key: Key,
    service: Only = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only try: say how many would go, change nothing.")
    ] = False,
    yes: Yes = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Apply the letters of a key again, as far as they go.

    It is tried first, and you are asked; where there is no terminal say --yes or --dry-run. The exit code is 0 when all
    letters went, 3 when some did, 1 when none did.
    """
    who = by or _login()
    if not dry_run and not yes:
        _require_terminal("--yes to replay, or --dry-run to try")
        tried, _ = _replay(key, service, by=who, dry_run=True)
        for one in tried:
            tell(_sentence(one))
        if not any(one.went for one in tried):
            raise typer.Exit(FAILED)
        typer.confirm("Replay them?", abort=True, err=True)
    done, code = _replay(key, service, by=who, dry_run=dry_run)
    if as_json:
        print_json([asdict(one) for one in done])
    else:
        for one in done:
            typer.echo(_sentence(one))
    if not any(one.went for one in done):
        raise typer.Exit(FAILED)
    raise typer.Exit(code if all(one.went == one.letters for one in done) else PARTIAL)


@cli.command()
def drop(
    service: Annotated[Service, typer.Argument(help="The service whose letter it is.")],
    letter: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="A letter, as show names it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the letter.")],
    yes: Yes = False,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Drop one letter for good, for a reason that is kept.

    It counts as applied, without effect, and what queued behind it goes on. Of a key whose last letter is dropped
    nothing is withheld any more, even if facts before it never came: look for those first.
    """
    place = re.fullmatch(r"(.+)/(\d{1,9})/(\d{1,18})", letter)
    if place is None:
        raise typer.BadParameter(f"{_printable(letter)} is no TOPIC/PARTITION/OFFSET.", param_hint="letter")
    if not reason.strip():
        raise typer.BadParameter("Say why the letter is dropped.", param_hint="--reason")
    who, topic, part, offset = by or _login(), place[1], int(place[2]), int(place[3])
    if not yes:
        _require_terminal("--yes to drop the letter")
        typer.confirm(f"Drop {letter} of {service} for good?", abort=True, err=True)

    async def one(name: str, pool: Pool) -> int:
        return await parked.drop(pool, _projection(name), topic, part, offset, by=who, why=reason.strip())

    try:
        asked = _ask(service, one)
    except parked.NothingParked:
        fail(f"There is no open letter {letter} in {service}; `payung parked show KEY` names the letters of a key.")
    for _, went in asked.found:
        if as_json:
            print_json({"service": service, "letter": letter, "dropped": True, "went": went})
        else:
            typer.echo(f"Dropped. Letters behind it that went on: {went}.")
    raise typer.Exit(asked.code)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the services' databases answered, by service; the exit code says whether all of them did."""

    found: list[tuple[str, Any]]
    code: int


def _ask(service: str | None, question: Callable[[str, Pool], Awaitable[Any]]) -> _Asked:
    """Ask the database of each installed service, or of one; what one does not answer is told, and the others go on."""
    places, left_out = _places(service)

    async def ask_all() -> list[tuple[str, Any]]:
        found = []
        for name, dsn in places:
            try:
                async with open_pool(dsn, name="payung-parked", size_max=1) as pool:
                    found.append((name, await question(name, pool)))
            except TROUBLE as error:
                left_out.append(name)
                tell(f"The database of {name} could not be asked ({type(error).__name__}); see `payung status`.")
        return found

    found = asyncio.run(ask_all())
    return _Asked(found, FAILED if not found else PARTIAL if left_out else OK)


def _places(service: str | None) -> tuple[list[tuple[str, str]], list[str]]:
    """Give the installed services with the DSN of each, and those that are installed but whose DSN is not known."""
    wanted = [name for name in SERVICES if service in {None, name} and importlib.util.find_spec(f"services.{name}")]
    if not wanted:
        fail(f"{service or 'No service'} is not installed here; run this where it is.")
    dsns = {name: os.environ.get(f"{name.upper()}_POSTGRES_DSN") for name in wanted}
    unknown = [name for name, dsn in dsns.items() if not dsn]
    if unknown:
        missing = ", ".join(f"{name.upper()}_POSTGRES_DSN" for name in unknown)
        sentence = f"Not set: {missing}; set it to the address of the database, or start a set here by `payung up`."
        if len(unknown) == len(wanted):
            fail(sentence)
        tell(sentence)
    return [(name, dsn) for name, dsn in dsns.items() if dsn], unknown


def _projection(service: str) -> Projection:
    """Take what the service's reader makes of facts, as its code here has it."""
    projection: Projection = importlib.import_module(PROJECTIONS[service]).PROJECTION
    return projection


def _replay(key: UUID, service: str | None, *, by: str, dry_run: bool) -> tuple[list[Replayed], int]:
    """Replay the key in each service where letters of it wait; fails if there is none."""
    refused: list[str] = []
    _hear_of_refusals(refused)

    async def one(name: str, pool: Pool) -> Replayed | None:
        letters = sum(letter["settled_at"] is None for letter in await parked.show(pool, str(key)))
        if not letters:
            return None
        refused.clear()
        went = await parked.replay(pool, _projection(name), str(key), by=by, dry_run=dry_run)
        return Replayed(name, str(key), letters, went, dry_run, refused[-1] if refused else None)

    asked = _ask(service, one)
    replayed = [found for _, found in asked.found if found]
    if asked.found and not replayed:
        _no_letter(key, asked, open_only=True)
    return replayed, asked.code


def _hear_of_refusals(reasons: list[str]) -> None:
    """Collect why a fact is refused again, which a service would log; a command says it in its answer."""

    def hear(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        reasons.append(str(event.get("reason") or event["event"]))
        raise structlog.DropEvent

    structlog.configure(processors=[hear])


def _sentence(one: Replayed) -> str:
    which = "all" if one.went == one.letters else f"{one.went} of"
    said = f"{one.service}: {which} {one.letters} letters {'would go' if one.dry_run else 'went'}"
    if one.went == one.letters:
        return f"{said}."
    why = f" The next one is {_printable(one.stopped_by)}" if one.stopped_by else ""
    return f"{said}.{why} See `payung parked show {one.key}`."


def _no_letter(key: UUID, asked: _Asked, *, open_only: bool = False) -> NoReturn:
    waits = "waits" if open_only else "is kept"
    fail(f"No letter of {key} {waits} in {_names(asked)}; `payung parked list` shows the parked keys.")


def _names(asked: _Asked) -> str:
    return ", ".join(name for name, _ in asked.found)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail("Your login name is not known here; say who you are by --by.")


def _require_terminal(instead: str) -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"Nobody can be asked without a terminal; say {instead}.", param_hint="--yes")


def _print_letter(letter: dict[str, Any]) -> None:
    place = f"{letter['topic']}/{letter['part']}/{letter['offset']}"
    fact = f"fact {letter['sequence'] or 'unreadable'}  {letter['type'] or ''}"
    typer.echo(_printable(f"{letter['service']}  {place}  {fact}  recorded {_text(letter['recordedtime'])}"))
    typer.echo(_printable(f"    parked {_text(letter['parked_at'])}: {letter['reason']}"))
    if letter["settled_at"]:
        how = f"{letter['settled_how']} {_text(letter['settled_at'])} by {letter['settled_by']}"
        typer.echo(_printable(f"    {how}: {letter['settled_why']}"))
    value = letter["value"]
    more = f" ... ({len(value)} characters; --json gives all)" if len(value) > VALUE_CHARACTERS_MAX else ""
    typer.echo(f"    {_printable(value[:VALUE_CHARACTERS_MAX])}{more}")


def _print_columns(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    texts = [list(heads), *([_printable(_text(value)) for value in row] for row in rows)]
    widths = [max(len(text[at]) for text in texts) for at in range(len(heads) - 1)]
    for text in texts:
        typer.echo("  ".join([*(part.ljust(width) for part, width in zip(text, widths, strict=False)), text[-1]]))


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return f"{value.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S %Z}"
        case _:
            return str(value)


def _printable(text: str) -> str:
    """Replace what could command a terminal: a letter may hold anything."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


if __name__ == "__main__":
    cli()

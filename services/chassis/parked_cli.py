"""The command `payung parked`: the letters of all services installed here, listed, shown, replayed, dropped.

In a container, where one service is installed: `python -m services.chassis.parked_cli list`.
"""

import getpass
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, NoReturn
from uuid import UUID

import structlog
import typer

from services.chassis import letters, parked
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.commands import FAILED, PARTIAL, both, fail, print_json, tell
from services.chassis.parked_ask import Asked, Service, ask, projection_of
from services.chassis.postgres import Pool

VALUE_CHARACTERS_MAX = 2_000

cli = typer.Typer(help="Facts that could not be applied, and wait for a person.", no_args_is_help=True)

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

    async def one(_name: Service, pool: Pool) -> tuple[list[parked.ParkedKey], int]:
        return await parked.list_keys(pool), await letters.keys_waiting(pool)

    asked = ask(service, one)
    for name, (found, waiting) in asked.found:
        _tell_of_more(name, len(found), waiting, "kunci", "keys")
    keys = [{"service": name} | asdict(key) for name, (found, _) in asked.found for key in found]
    keys.sort(key=lambda key: key["parked_at"])
    if as_json:
        print_json(keys)
    elif keys:
        heads = ("service", "topic", "key", "letters", "first", "since", "reason")
        names = ("service", "topic", "key", "letters", "first_sequence", "parked_at", "reason")
        _print_columns(heads, [[key[name] for name in names] for key in keys])
    elif asked.found:
        typer.echo(both(f"Tidak ada kunci yang tertahan di {asked.names}.", f"No key is parked in {asked.names}."))
    raise typer.Exit(asked.code)


@cli.command()
def show(key: Key, service: Only = None, as_json: Json = False) -> None:
    """Show the letters of a key: place, reason, data.

    Those that wait come first, then the settled ones, with how, by whom and why they were settled.
    """

    async def one(_name: Service, pool: Pool) -> tuple[list[dict[str, Any]], int]:
        return await parked.show(pool, str(key)), (await parked.count(pool, str(key)))[1]

    asked = ask(service, one)
    for name, (found, kept) in asked.found:
        _tell_of_more(name, len(found), kept, "surat", "letters")
    shown = [{"service": name} | letter for name, (found, _) in asked.found for letter in found]
    if as_json:
        print_json(shown)
    else:
        for letter in shown:
            _print_letter(letter)
    if not shown and asked.found:
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
        _require_terminal(
            "--yes untuk menerapkan, atau --dry-run untuk mencoba", "--yes to replay, or --dry-run to try"
        )
        tried, _ = _replay(key, service, by=who, dry_run=True)
        for one in tried:
            tell(_sentence(one))
        if not any(one.went for one in tried):
            raise typer.Exit(FAILED)
        typer.confirm(both("Terapkan?", "Replay them?"), abort=True, err=True)
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
        shown = _printable(letter)
        sentence = both(f"{shown} bukan TOPIC/PARTITION/OFFSET.", f"{shown} is no TOPIC/PARTITION/OFFSET.")
        raise typer.BadParameter(sentence, param_hint="letter")
    if not reason.strip():
        sentence = both("Sebutkan alasan surat ini dibuang.", "Say why the letter is dropped.")
        raise typer.BadParameter(sentence, param_hint="--reason")
    who, topic, part, offset = by or _login(), place[1], int(place[2]), int(place[3])
    if not yes:
        _require_terminal("--yes untuk membuang surat ini", "--yes to drop the letter")
        question = both(f"Buang {letter} dari {service} untuk selamanya?", f"Drop {letter} of {service} for good?")
        typer.confirm(question, abort=True, err=True)

    async def one(name: Service, pool: Pool) -> int:
        return await parked.drop(pool, projection_of(name), topic, part, offset, by=who, why=reason.strip())

    try:
        asked = ask(service, one)
    except parked.NothingParked:
        fail(
            both(
                f"Tidak ada surat terbuka {letter} di {service}; `payung parked show KEY` menyebut surat-suratnya.",
                f"There is no open letter {letter} in {service}; `payung parked show KEY` names the letters of a key.",
            )
        )
    for _, went in asked.found:
        if as_json:
            print_json({"service": service, "letter": letter, "dropped": True, "went": went})
        else:
            typer.echo(
                both(
                    f"Dibuang. Surat di belakangnya yang jalan: {went}.",
                    f"Dropped. Letters behind it that went on: {went}.",
                )
            )
    raise typer.Exit(asked.code)


def _replay(key: UUID, service: Service | None, *, by: str, dry_run: bool) -> tuple[list[Replayed], int]:
    """Replay the key in each service where letters of it wait; fails if there is none."""
    refused: list[str] = []
    _hear_of_refusals(refused)

    async def one(name: Service, pool: Pool) -> Replayed | None:
        waiting, _ = await parked.count(pool, str(key))
        if not waiting:
            return None
        refused.clear()
        went = await parked.replay(pool, projection_of(name), str(key), by=by, dry_run=dry_run)
        return Replayed(name, str(key), waiting, went, dry_run, refused[-1] if refused else None)

    asked = ask(service, one)
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
    ids, ens = ("akan jalan", "would go") if one.dry_run else ("sudah jalan", "went")
    if one.went == one.letters:
        said = f"{one.service}: semua {one.letters} surat {ids}.", f"all {one.letters} letters {ens}."
        return both(*said)
    see = f"`payung parked show {one.key}`."
    why = _printable(one.stopped_by) if one.stopped_by else ""
    return both(
        f"{one.service}: {one.went} dari {one.letters} surat {ids}. Lihat {see}",
        f"{one.went} of {one.letters} letters {ens}.{f' The next one is {why}' if why else ''} See {see}",
    )


def _tell_of_more(service: str, shown: int, there: int, indonesian: str, english: str) -> None:
    """Say that not all is shown; what is settled, or dropped, makes room for the rest."""
    if there > shown:
        tell(
            both(
                f"{service}: {shown:,} dari {there:,} {indonesian} ditampilkan.",
                f"{service}: {shown:,} of {there:,} {english} are shown.",
            )
        )


def _no_letter(key: UUID, asked: Asked, *, open_only: bool = False) -> NoReturn:
    waits, menunggu = ("waits", "menunggu") if open_only else ("is kept", "tersimpan")
    fail(
        both(
            f"Tidak ada surat {key} yang {menunggu} di {asked.names}; lihat kunci yang tertahan: `payung parked list`.",
            f"No letter of {key} {waits} in {asked.names}; `payung parked list` shows the parked keys.",
        )
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        fail(
            both(
                "Nama masuk Anda tidak dikenal di sini; sebutkan dengan --by.",
                "Your login name is not known here; say who you are by --by.",
            )
        )


def _require_terminal(indonesian: str, english: str) -> None:
    if not sys.stdin.isatty():
        sentence = both(
            f"Tanpa terminal tidak ada yang dapat ditanyai; pakai {indonesian}.",
            f"Nobody can be asked without a terminal; say {english}.",
        )
        raise typer.BadParameter(sentence, param_hint="--yes")


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

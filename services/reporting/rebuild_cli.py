"""The command `payung rebuild`: builds a projection anew beside the one that is answered from; a person switches.

Exit code 0: done, or ready. 1: refused, or the new one is wrong. 3: it could not be done now; the same command goes on.
"""

import getpass
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import httpx2
import orjson
import typer
import uvloop

from services.chassis.commands import FAILED, OK, PARTIAL, both, fail, print_json
from services.chassis.memory import collect_seldom
from services.chassis.postgres import Pool, open_pool
from services.chassis.progress import progress
from services.reporting.app import make_app
from services.reporting.log_cli import addresses, trouble_in_sentences
from services.reporting.rebuild import Rebuilt, plan, rebuild, switch
from services.reporting.rebuild.refusals import Refused
from services.reporting.schemas import Schema
from services.reporting.views import ViewsBusy

FACTS_PER_S = 50_000
"""What a rebuild reads at least, for the time that --dry-run names."""
WHOLE_IS_MORE = 4
"""A whole rebuild takes so many times as long as reading alone at most: indexes, catching up, comparing."""
SHOWN_MAX = 20
SAID = {
    "read": "Membaca dari fakta pertama / Reading from the first fact",
    "index": "Membuat indeks / Making indexes",
    "catch_up": "Menyusul / Catching up",
    "compare": "Membandingkan / Comparing",
    "fold": "Menghitung dari log / Folding the log",
}

cli = typer.Typer(
    help="Build the read model anew beside the one that is answered from, and switch to it.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Where = Callable[[Pool], Awaitable[tuple[Schema, Schema | None]]]
Act = Callable[..., Coroutine[Any, Any, switch.Switched]]
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
    places = addresses()
    collect_seldom()
    with progress() as told:
        work = rebuild(
            places.dsn,
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
    raise typer.Exit(OK if found.ready else FAILED)


@cli.command("switch")
def switch_(yes: Yes = False, by: By = None, as_json: Json = False) -> None:
    """Answer from the schema that is ready; said again, finish the views that long reports held.

    If its rules give published figures otherwise, these are listed first, and --yes, or your word, is needed.
    """
    _change(switch.ahead, switch.switch, yes=yes, by=by, as_json=as_json)


@cli.command()
def back(yes: Yes = False, by: By = None, as_json: Json = False) -> None:
    """Answer from the schema again that was active before."""
    _change(switch.behind, switch.back, yes=yes, by=by, as_json=as_json)


@cli.command()
def drop(by: By = None, as_json: Json = False) -> None:
    """Drop the schema beside the active one: the one before, or one that is not to be finished."""
    name = _run(switch.drop(addresses().dsn, who=by or getpass.getuser()))
    if as_json:
        print_json({"dropped": name})
    else:
        typer.echo(f"Dropped {name}.")


def _dry_run(*, as_json: bool) -> None:
    async def planned() -> Any:
        async with open_pool(addresses().dsn, name="rebuild", size_max=1, search_path="public") as pool:
            return await plan(pool)

    found = _run(planned())
    read_s = found.facts // FACTS_PER_S + 1
    if as_json:
        print_json(found._asdict() | {"seconds_to_read": read_s, "seconds_at_most": read_s * WHOLE_IS_MORE})
        return
    verb = ("melanjutkan", "go on with") if found.goes_on else ("membuat", "make")
    mib = f"{found.bytes_of_active / 2**20:,.0f} MiB"
    typer.echo(
        both(
            f"Akan {verb[0]} {found.schema} seperti {found.like}: {found.facts:,} fakta, membaca sekitar {read_s:,} s,"
            f" seluruhnya dengan indeks dan pembandingan sampai {read_s * WHOLE_IS_MORE:,} s, dan disk sekitar {mib}.",
            f"Would {verb[1]} {found.schema} in the shape of {found.like}: {found.facts:,} facts, about {read_s:,} s to"
            f" read them, up to {read_s * WHOLE_IS_MORE:,} s in all with indexes and comparing, and about {mib} of disk"
            " beside.",
        )
    )


def _change(where: Where, act: Act, *, yes: bool, by: str | None, as_json: bool) -> None:
    dsn = addresses().dsn
    figures = _run(_published_otherwise(dsn, where))
    if not as_json:
        for one in figures:
            now = one["now"]["answer"]
            typer.echo(
                f"{one['published_on']} {one['published_in']}: {one['question']} {one['answer']['total']}, then"
                f" {now['total'] if now else one['now']['why']['english']}"
            )
    if figures and not yes:
        if as_json or not sys.stdin.isatty():
            fail(
                both(
                    f"{len(figures)} angka yang sudah diterbitkan akan dijawab lain. Lihat dengan"
                    " `payung report published-differences --version N`, lalu ulangi dengan --yes.",
                    f"{len(figures)} published figures would be answered otherwise. Look at them by"
                    " `payung report published-differences --version N`, then repeat with --yes.",
                )
            )
        typer.confirm("Switch? / Alihkan?", abort=True, err=True)
    found: switch.Switched = _run(act(dsn, who=by or getpass.getuser()))
    if as_json:
        print_json(found._asdict() | {"published_otherwise": figures})
        return
    if found.milliseconds:
        typer.echo(f"Answers come from {found.schema} now ({found.milliseconds:.1f} ms); {found.before} is kept up.")
    typer.echo(f"{found.views} views of bi show {found.schema}.")


async def _published_otherwise(dsn: str, where: Where) -> list[dict[str, Any]]:
    """Ask every published figure and table again, by the rules that would answer then, and give those that differ."""
    found: list[dict[str, Any]] = []
    async with open_pool(dsn, name="rebuild", size_max=3) as pool:
        active, to = await where(pool)
        if to is None or to.state != "ready" or to.version == active.version:
            return found
        service = httpx2.ASGITransport(make_app(pool))
        async with httpx2.AsyncClient(transport=service, base_url="http://reporting") as http:
            for path in ("/v1/published/differences", "/v1/published/tables/differences"):
                asked: dict[str, Any] | None = {"version": to.version}
                while asked is not None:
                    told = (await http.get(path, params=asked)).raise_for_status().json()
                    found += told["rows"]
                    asked = asked | {"cursor": told["next"]} if told["next"] else None
    return found


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


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with trouble_in_sentences(), _refusals_in_sentences():
        return uvloop.run(work)


@contextmanager
def _refusals_in_sentences() -> Iterator[None]:
    """Say in a sentence why it is not done."""
    try:
        yield
    except Refused as error:
        fail(f"{both(error.indonesian, error.english)} {error.detail}".rstrip())
    except ViewsBusy as error:
        names = ", ".join(error.names)
        fail(
            both(
                f"Jawaban sudah dari skema baru; tampilan bi ini masih dipegang laporan: {names}. Ulangi perintah ini.",
                f"Answers come from the new schema; reports still hold these views of bi: {names}. Repeat the command.",
            ),
            PARTIAL,
        )


if __name__ == "__main__":
    cli()

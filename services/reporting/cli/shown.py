"""Ask the running service a question, and show its answer: a table, what it counts, how complete it is; or JSON."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from services.chassis.clock import BUSINESS_ZONE
from services.chassis.door import door, told
from services.reporting.cli.words import WORDS

WIDTH_MAX = 160

Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="The day; today if left out.")]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="TIME",
        help="As known then: ISO 8601 with offset, a day (its end, +08:00), a snapshot id.",
    ),
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="The earlier known-at time; of a day its end.")]
From = Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of the period.")]
Until = Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="First day after the period.")]
Parts = Annotated[list[str] | None, typer.Option("--by", help="Parts to count apart; repeatable.")]
Year = Annotated[int | None, typer.Option("--year", help="Budget year.")]
Area = Annotated[str | None, typer.Option("--area", metavar="CODE", help="Only this area, by its code.")]

Segment = Annotated[
    list[str] | None, typer.Option("--segment", help="Only this segment: PU, NON_ASN, JAKON, BPU; repeatable.")
]
Funding = Annotated[list[str] | None, typer.Option("--funding", help="Only paid from this, as APBD; repeatable.")]
Cohort = Annotated[str | None, typer.Option("--cohort", metavar="ID", help="Only this cohort.")]

_after: ContextVar[str | None] = ContextVar("after", default=None)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch

out = Console(width=None if sys.stdout.isatty() else WIDTH_MAX, highlight=False)


def include(token: str | None) -> None:
    """Let every answer of this command include what the token names."""
    _after.set(token)


def show(title: str, question: str, as_json: bool, roles: str = "", /, **asked: Any) -> None:
    """Ask, and show figures, total and what the answer says of itself."""
    answer = ask(question, roles, **asked)
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    if title:
        show_table(title, answer["figures"])
        if answer["total"] is not None:
            total = answer["total"] if isinstance(answer["total"], dict) else {answer["unit"]: answer["total"]}
            counts = ", ".join(f"[bold]{_cell(name, count)}[/] {_word(name)}" for name, count in total.items())
            out.print(f"jumlah / total: {counts}")
        for line in _defined(answer["figures"]):
            out.print(line, markup=False)
    show_footer(answer)


def ask(question: str, roles: str = "", /, **asked: Any) -> dict[str, Any]:
    """Ask, for whoever runs the command."""
    found: dict[str, Any] = fetch(question, roles, **asked).json()
    return found


def fetch(question: str, roles: str = "", /, **asked: Any) -> httpx2.Response:
    """Give what reporting answers, whatever form it has; a refusal ends the command."""
    wanted = {"after": _after.get(), **asked}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if "@" in str(wanted.get("known_at")):
        wanted["snapshot"] = wanted.pop("known_at")
    wanted |= {name: at_its_end(wanted[name]) for name in ("known_at", "since") if name in wanted}
    with door(address(), roles=roles) as service:
        answer = service.http.get(f"/v1/{question}", params=wanted)
    if answer.is_error:
        told(answer)
    return answer


def at_its_end(moment: str) -> str:
    """Take a bare day as its last instant in Asia/Makassar: all that became known on it is known."""
    return f"{moment}T23:59:59.999999+08:00" if _DAY(moment) else moment


def address() -> str:
    """Say where reporting answers."""
    return os.environ.get("REPORTING_URL") or f"http://127.0.0.1:{os.environ.get('REPORTING_PORT', '18003')}"


def show_table(title: str, figures: Sequence[dict[str, Any]]) -> None:
    """Show figures, a row each."""
    rows = [_flat(figure) for figure in figures]
    if not rows:
        out.print(f"[bold]{title}[/]\ntidak ada / none")
        return
    out.print(f"[bold]{title}[/]")
    table = Table()
    for name in rows[0]:
        number = all(isinstance(row[name], int | float) and not isinstance(row[name], bool) for row in rows)
        table.add_column(_word(name), justify="right" if number else "left", no_wrap=name == "id")
    for row in rows:
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    out.print(table)


def _flat(figure: dict[str, Any]) -> dict[str, Any]:
    """Give a figure's own columns: a cohort's id gives way to its name, what stands for itself in JSON is left out."""
    if "denominator" in figure:
        denominator = figure["denominator"]
        stated = f"{said(denominator, 'name')}, {said(denominator, 'scope')}"
        named = f"{text(denominator['value'])} {denominator['unit']}: {stated}"
        source = f"{denominator['source']}, {denominator['source_date']}; versi / version {denominator['version']}"
        counted = {name: figure[name] for name in ("percent", "people", "area")}
        return counted | {"denominator": named, "source": source}
    if "cohorts" in figure and isinstance(figure["cohorts"], list):
        names = [f"{text(each['memberships'])} {each['cohort_name'] or each['cohort']}" for each in figure["cohorts"]]
        kept = {name: figure[name] for name in ("last_covered_day", "people", "memberships")}
        return kept | {"cohort": "\n".join(names)}
    if "english" in figure:
        figure = figure | {name: said(figure, name) for name in ("name", "scope")} | {"english": None}
    figure = {name: _lines(value) if isinstance(value, dict) else value for name, value in figure.items()}
    hidden = {"definition", "english", "taken_in_at", *COHORT_DETAILS} | (
        {"cohort"} if "cohort_name" in figure else set()
    )
    return {name: value for name, value in figure.items() if name not in hidden}


def _defined(figures: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Say what the targets among the figures count, as their sources say it: no ratio is one without."""
    for target in (figure.get("denominator", figure) for figure in figures):
        if "definition" in target:
            yield f"{target['id']}: {said(target, 'definition')} ({target['valid_on']})"


def said(target: dict[str, Any], name: str) -> str:
    """Give what a target says of itself, in both languages if it was translated."""
    return " / ".join(filter(None, (target[name], target["english"][name])))


def _lines(counts: dict[str, Any]) -> str | None:
    """Write counts by code, each in a line."""
    return "\n".join(f"{text(number)} {code}" for code, number in counts.items()) or None


COHORT_DETAILS = (
    "programmes",
    "covered_from",
    "covered_until",
    "months",
    "decree_signed_on",
    "from_village",
    "to_village",
)
"""Columns that programs get and that no terminal is wide enough for."""


def show_footer(answer: dict[str, Any]) -> None:
    """Show what is counted, how complete it is, and whether it can still change."""
    definition, why = answer["definition"], answer["why"]
    lines = [
        f"satuan / unit: {_word(answer['unit'])}",
        definition["indonesian"],
        definition["english"],
        *([f"per hari / as of: {answer['as_of']}"] if answer["as_of"] else ()),
        f"diketahui per / known at: {_instant(answer['known_at'], 'sekarang / now')}",
        f"snapshot: {answer['snapshot'] or 'belum ada / none yet'}",
        why["indonesian"],
        why["english"],
        *(
            f"{mark['source']}: lengkap sampai / complete until {_instant(mark['complete_until'], 'belum / not yet')},"
            f" {mark['age_seconds']:.0f} s"
            for mark in answer["watermarks"]
        ),
        (
            f"{answer['withheld_keys']} orang atau kelompok yang catatannya ditahan untuk diperiksa"
            " / workers or cohorts whose facts are withheld to be looked at"
        ),
        f"versi proyeksi / projection version: {answer['projection_version']}",
    ]
    for line in lines:
        out.print(line, style="dim", markup=False)


def _instant(text: str | None, otherwise: str) -> str:
    if text is None:
        return otherwise
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S} WITA"


def _word(name: str) -> str:
    return WORDS.get(name, name)


def _cell(name: str, value: Any) -> str:
    """Write what stands under a name: a year is no quantity."""
    return str(value) if name == "year" and value is not None else text(value)


def text(value: Any) -> str:
    """Write a value for people."""
    match value:
        case None:
            return "-"
        case bool():
            return "ya / yes" if value else "tidak / no"
        case int():
            return f"{value:,}".replace(",", " ")
        case float():
            return f"{value:.2f}"
        case _:
            return str(value)

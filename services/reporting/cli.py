"""Ask reporting from a terminal: figures as tables, with what they count and how complete they are, or as JSON."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from services.chassis import call_cli
from services.chassis.clock import BUSINESS_ZONE
from services.chassis.commands import fail

ANSWER_S_MAX = 60.0
WIDTH_MAX = 160
EXPIRIES_AHEAD_DAYS = 90

WORDS = {
    "segment": "segmen / segment",
    "funding": "dana / funding",
    "village": "desa / village",
    "village_name": "",
    "district": "kecamatan / district",
    "district_name": "",
    "regency": "kabupaten / regency",
    "regency_name": "",
    "cohort": "kelompok / cohort",
    "cohort_name": "nama / name",
    "people": "orang / people",
    "memberships": "kepesertaan / memberships",
    "last_covered_day": "hari terakhir / last covered day",
    "year": "tahun / year",
    "phase": "tahap / phase",
    "cohorts": "kelompok / cohorts",
    "places": "tempat / places",
    "person_months": "orang-bulan / person-months",
    "budget_idr": "anggaran / budget (Rp)",
    "cohorts_without_budget": "tanpa anggaran / no budget",
    "enrolled": "terdaftar / enrolled",
    "programme": "program / programme",
    "month": "bulan / month",
    "cases": "kasus / cases",
    "cases_decided_elsewhere": "di tempat lain / elsewhere",
    "payments": "pembayaran / payments",
    "amount_idr": "jumlah / amount (Rp)",
    "cards": "kartu / cards",
    "to_workers": "ke pekerja / to workers",
    "to_representatives": "ke wakil / to representatives",
    "title": "judul / title",
    "placeholder": "nomor belum diketahui / number not known",
    "percent": "persen / percent",
    "denominator": "penyebut / denominator",
    "id": "id",
    "version": "versi / version",
    "name": "nama / name",
    "value": "nilai / value",
    "unit": "satuan / unit",
    "scope": "cakupan / scope",
    "area": "wilayah / area",
    "area_code": "kode wilayah / area code",
    "valid_on": "per / as of",
    "source": "sumber / source",
    "source_date": "tanggal sumber / its date",
    "proposed": "diusulkan / proposed",
    "unique": "tidak ganda / unique",
    "identity_matched": "padan / matched",
    "eligible": "memenuhi syarat / eligible",
    "in_decree": "dalam keputusan / in decree",
    "waiting": "menunggu / waiting",
    "refused": "ditolak / refused",
    "refused_for": "alasan / reasons",
    "paid": "dibayar / paid",
    "active": "aktif / active",
    "state": "keadaan / state",
    "approved": "disetujui / approved",
    "open": "dibuka / open",
    "closed": "ditutup / closed",
    "owner_office": "kantor / office",
    "findings": "temuan / findings",
    "without_end": "tanpa akhir / without end",
    "from_village_name": "dari / from",
    "to_village_name": "ke / to",
}

Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="The day; today if left out.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", metavar="TIME", help="As known then, ISO 8601 with offset.")]
From = Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of the period.")]
Until = Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="First day after the period.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Parts to count apart; repeatable.")]
Year = Annotated[int | None, typer.Option("--year", help="Budget year.")]
Area = Annotated[str | None, typer.Option("--area", metavar="CODE", help="Only this area, by its code.")]

Cohort = Annotated[str | None, typer.Option("--cohort", metavar="ID", help="Only this cohort.")]

cli = typer.Typer(
    help="Figures about protected workers: how many, where, what lapses, what was paid.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(width=None if sys.stdout.isatty() else WIDTH_MAX, highlight=False)


@cli.command()
def coverage(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Show the whole at a glance: protected by segment, against each denominator of an area, and what ends next."""
    answer = _ask("protected", as_of=as_of, known_at=known_at, by=["segment"])
    _table("Orang yang dilindungi / People protected", answer["figures"])
    out.print(f"[bold]{_text(answer['total'])}[/] orang dilindungi pada / people protected on {answer['as_of']}")
    targets = _ask("targets")["figures"]
    for target in (each for each in targets if each["area_code"] is not None):
        named = {"denominator": target["id"], "version": target["version"]}
        ratio = _ask("coverage-ratio", as_of=as_of, known_at=known_at, **named)["figures"][0]
        out.print(
            f"[bold]{ratio['percent']:.2f} %[/] dari / of {_text(target['value'])}: {target['name']}"
            f" ({target['scope']}; {target['source']}, {target['source_date']}; versi / version {target['version']})"
        )
    for target in (each for each in targets if each["area_code"] is None):
        out.print(
            f"target dari / target of {target['name']}: {_text(target['value'])} {target['unit']}, {target['scope']},"
            f" {target['source']}, {target['source_date']}"
        )
    today = date.fromisoformat(answer["as_of"])
    until = (today + timedelta(days=EXPIRIES_AHEAD_DAYS)).isoformat()
    ahead = _ask("expiries", **{"from": today.isoformat()}, until=until, known_at=known_at)
    out.print(
        f"[bold]{_text(ahead['total']['memberships'])}[/] kepesertaan berakhir dalam / memberships end within"
        f" {EXPIRIES_AHEAD_DAYS} hari / days"
    )
    _footer(answer)


@cli.command()
def protected(
    as_of: AsOf = None, known_at: KnownAt = None, by: By = None, area: Area = None, as_json: Json = False
) -> None:
    """Count the people protected on a day, by segment, funding, regency, district or village."""
    _show(
        "Orang yang dilindungi / People protected",
        "protected",
        as_json,
        as_of=as_of,
        known_at=known_at,
        by=by,
        area=area,
    )


@cli.command()
def memberships(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: By = None,
    area: Area = None,
    state: Annotated[str, typer.Option("--state", help="in_force, suspended or grace.")] = "in_force",
    as_json: Json = False,
) -> None:
    """Count the memberships in force on a day, or suspended, or in grace, by cohort, regency, district or village."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by or ["cohort"], "area": area, "state": state}
    _show("Kepesertaan / Memberships", "memberships", as_json, **asked)


@cli.command()
def expiries(from_: From, until: Until, known_at: KnownAt = None, as_json: Json = False) -> None:
    """List whose cover ends when, by the last covered day."""
    period = {"from": from_, "until": until}
    _show("Perlindungan yang berakhir / Cover that ends", "expiries", as_json, **period, known_at=known_at)


@cli.command()
def commitments(year: Year = None, known_at: KnownAt = None, by: By = None, as_json: Json = False) -> None:
    """Set places, person-months and budget against the memberships enrolled."""
    _show("Komitmen / Commitments", "commitments", as_json, year=year, known_at=known_at, by=by)


@cli.command()
def claims_paid(from_: From, until: Until, known_at: KnownAt = None, by: By = None, as_json: Json = False) -> None:
    """Sum what was paid, by programme, segment or month."""
    period = {"from": from_, "until": until}
    _show("Klaim yang dibayar / Claims paid", "claims-paid", as_json, **period, known_at=known_at, by=by)


@cli.command()
def coverage_ratio(
    denominator: Annotated[str, typer.Argument(help="Id of a target that has an area code; `targets` lists them.")],
    version: Annotated[int | None, typer.Option("--version", help="Of the denominator; newest if left out.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Divide the protected people of a denominator's area by that denominator."""
    asked = {"as_of": as_of, "known_at": known_at, "version": version}
    _show("Rasio cakupan / Coverage ratio", "coverage-ratio", as_json, denominator=denominator, **asked)


@cli.command()
def cards(from_: From, until: Until, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Count the cards handed over, by district."""
    _show(
        "Kartu yang diserahkan / Cards handed over", "cards", as_json, **{"from": from_}, until=until, known_at=known_at
    )


@cli.command()
def cards_issued(from_: From, until: Until, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Count the cards issued, by district."""
    period = {"from": from_, "until": until}
    _show("Kartu yang diterbitkan / Cards issued", "cards-issued", as_json, **period, known_at=known_at)


@cli.command()
def funnel(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: By = None,
    area: Area = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Count proposed workers by the steps they passed, and refusals by reason; by cohort, district or village."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by, "area": area, "cohort": cohort}
    _show("Dari usulan sampai aktif / From proposal to cover", "funnel", as_json, **asked)


@cli.command()
def cohorts(
    year: Year = None,
    state: Annotated[str | None, typer.Option("--state", help="proposed, approved, open or closed.")] = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """List cohorts with their state, the office that answers for them, and their terms."""
    _show("Kelompok / Cohorts", "cohorts", as_json, year=year, state=state, known_at=known_at)


@cli.command()
def places_reallocated(cohort: Cohort = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """List places of cohorts that went from one village to another."""
    _show("Tempat yang dipindahkan / Places moved", "places-reallocated", as_json, cohort=cohort, known_at=known_at)


@cli.command()
def double_funding(known_at: KnownAt = None, as_json: Json = False) -> None:
    """Count what is paid twice, by what was decided about it."""
    _show("Pembayaran ganda / Double funding", "double-funding", as_json, known_at=known_at)


@cli.command()
def legal_bases(year: Year = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """List the regulations and decrees that cohorts rest on."""
    _show("Dasar hukum / Legal bases", "legal-bases", as_json, year=year, known_at=known_at)


@cli.command()
def targets(as_json: Json = False) -> None:
    """List targets and denominators with their sources."""
    _show("Target dan penyebut / Targets and denominators", "targets", as_json)


@cli.command()
def watermark(known_at: KnownAt = None, as_json: Json = False) -> None:
    """Tell how complete all answers are."""
    _show("", "watermark", as_json, known_at=known_at)


def _show(title: str, question: str, as_json: bool, **asked: Any) -> None:
    answer = _ask(question, **asked)
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    if title:
        _table(title, answer["figures"])
        total = answer["total"] if isinstance(answer["total"], dict) else {answer["unit"]: answer["total"]}
        out.print(
            "jumlah / total: " + ", ".join(f"[bold]{_text(count)}[/] {_word(name)}" for name, count in total.items())
        )
    _footer(answer)


def _ask(question: str, **asked: Any) -> dict[str, Any]:
    address = _address()
    wanted = {name: value for name, value in asked.items() if value is not None}
    try:
        answer = httpx2.get(f"{address}/v1/{question}", params=wanted, timeout=ANSWER_S_MAX)
    except httpx2.TransportError as error:
        fail(
            f"Reporting tidak menjawab di {address}; jalankan `payung up`. / Reporting does not answer at {address};"
            f" start it with `payung up`. ({type(error).__name__})"
        )
    if answer.status_code != httpx2.codes.OK:
        fail(_problem(answer))
    found: dict[str, Any] = answer.json()
    return found


def _address() -> str:
    return os.environ.get("REPORTING_URL") or f"http://127.0.0.1:{os.environ.get('REPORTING_PORT', '18003')}"


call_cli.mount(cli, _address)


def _problem(answer: httpx2.Response) -> str:
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        return f"HTTP {answer.status_code}"
    errors = "; ".join(f"{error.get('pointer', '')}: {error.get('reason', '')}" for error in problem.get("errors", []))
    said = " / ".join(filter(None, (problem.get("indonesian"), problem.get("detail"))))
    return f"{problem.get('title')}: {said} {errors}".rstrip()


def _table(title: str, figures: Sequence[dict[str, Any]]) -> None:
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
        table.add_row(*(_text(value) for value in row.values()))
    out.print(table)


def _flat(figure: dict[str, Any]) -> dict[str, Any]:
    """Give a figure's own columns: a cohort's id gives way to its name, what stands for itself in JSON is left out."""
    if "denominator" in figure:
        denominator = figure["denominator"]
        named = f"{_text(denominator['value'])} {denominator['unit']}: {denominator['name']}, {denominator['scope']}"
        source = f"{denominator['source']}, {denominator['source_date']}; versi / version {denominator['version']}"
        counted = {name: figure[name] for name in ("percent", "people", "area")}
        return counted | {"denominator": named, "source": source}
    if "cohorts" in figure and isinstance(figure["cohorts"], list):
        names = [f"{_text(each['memberships'])} {each['cohort_name'] or each['cohort']}" for each in figure["cohorts"]]
        kept = {name: figure[name] for name in ("last_covered_day", "people", "memberships")}
        return kept | {"cohort": "\n".join(names)}
    if "refused_for" in figure:
        reasons = "\n".join(f"{_text(number)} {reason}" for reason, number in figure["refused_for"].items())
        figure = figure | {"refused_for": reasons or None}
    hidden = {"definition", "taken_in_at", *COHORT_DETAILS} | ({"cohort"} if "cohort_name" in figure else set())
    return {name: value for name, value in figure.items() if name not in hidden}


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


def _footer(answer: dict[str, Any]) -> None:
    definition, why = answer["definition"], answer["why"]
    lines = [
        f"satuan / unit: {answer['unit']}",
        definition["indonesian"],
        definition["english"],
        *([f"per hari / as of: {answer['as_of']}"] if answer["as_of"] else ()),
        f"diketahui per / known at: {_instant(answer['known_at'], 'sekarang / now')}",
        why["indonesian"],
        why["english"],
        *(
            f"{mark['source']}: lengkap sampai / complete until {_instant(mark['complete_until'], 'belum / not yet')},"
            f" {mark['age_seconds']:.0f} s"
            for mark in answer["watermarks"]
        ),
        f"{answer['withheld_keys']} kunci ditahan / keys withheld",
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


def _text(value: Any) -> str:
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

"""Questions about cover, cohorts, cards and targets."""

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from services.reporting.cli.shown import (
    Area,
    AsOf,
    Cohort,
    From,
    Funding,
    Json,
    KnownAt,
    Parts,
    Segment,
    Since,
    Until,
    Year,
    ask,
    out,
    said,
    show,
    show_footer,
    show_table,
    text,
)

EXPIRIES_AHEAD_DAYS = 90


def coverage(as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Show the whole at a glance: protected by segment, against each denominator of an area, and what ends next."""
    answer = ask("protected", as_of=as_of, known_at=known_at, by=["segment"])
    show_table("Orang yang dilindungi / People protected", answer["figures"])
    out.print(f"[bold]{text(answer['total'])}[/] orang dilindungi pada / people protected on {answer['as_of']}")
    targets = ask("targets")["figures"]
    for target in (each for each in targets if each["area_code"] is not None):
        named = {"denominator": target["id"], "version": target["version"]}
        ratio = ask("coverage-ratio", as_of=as_of, known_at=known_at, **named)["figures"][0]
        value = f"{text(target['value'])} {target['unit']}"
        out.print(
            f"[bold]{ratio['percent']:.2f} %[/] dari / of {value}: {said(target, 'name')}"
            f" ({_stated(target)}; versi / version {target['version']})"
        )
    for target in (each for each in targets if each["area_code"] is None):
        out.print(
            f"target dari / target of {said(target, 'name')}: {text(target['value'])} {target['unit']}"
            f" ({_stated(target)})"
        )
    today = date.fromisoformat(answer["as_of"])
    until = (today + timedelta(days=EXPIRIES_AHEAD_DAYS)).isoformat()
    ahead = ask("expiries", **{"from": today.isoformat()}, until=until, known_at=known_at)
    out.print(
        f"[bold]{text(ahead['total']['memberships'])}[/] kepesertaan berakhir dalam / memberships end within"
        f" {EXPIRIES_AHEAD_DAYS} hari / days"
    )
    show_footer(answer)


def _stated(target: dict[str, Any]) -> str:
    """Say what a target counts, of whom, true of which day, and who says so."""
    source = f"{target['source']}, {target['source_date']}"
    return f"{said(target, 'definition')}; {said(target, 'scope')}; {target['valid_on']}; {source}"


def protected(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Parts = None,
    segment: Segment = None,
    funding: Funding = None,
    area: Area = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Count the people protected on a day, by segment, funding, cohort, regency, district or village."""
    only = {"segment": segment, "funding": funding, "area": area, "cohort": cohort}
    title = "Orang yang dilindungi / People protected"
    show(title, "protected", as_json, as_of=as_of, known_at=known_at, by=by, **only)


def protected_over_time(
    from_: From,
    until: Until,
    every: Annotated[str, typer.Option("--every", help="month (its last day) or day.")] = "month",
    by: Annotated[str, typer.Option("--by", help="segment or funding.")] = "segment",
    known_at: KnownAt = None,
    area: Area = None,
    as_json: Json = False,
) -> None:
    """Count the people protected on days of a period, by segment or funding; days still ahead are a forecast."""
    period = {"from": from_, "until": until}
    asked = {"every": every, "by": by, "known_at": known_at, "area": area}
    show("Perlindungan dari waktu ke waktu / Over time", "protected-over-time", as_json, **period, **asked)


def memberships(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Parts = None,
    area: Area = None,
    state: Annotated[str, typer.Option("--state", help="in_force, suspended or grace.")] = "in_force",
    as_json: Json = False,
) -> None:
    """Count the memberships in force on a day, or suspended, or in grace, by cohort, regency, district or village."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by or ["cohort"], "area": area, "state": state}
    show("Kepesertaan / Memberships", "memberships", as_json, **asked)


def expiries(from_: From, until: Until, known_at: KnownAt = None, area: Area = None, as_json: Json = False) -> None:
    """List whose cover ends when, by the last covered day."""
    asked = {"from": from_, "until": until, "known_at": known_at, "area": area}
    show("Perlindungan yang berakhir / Cover that ends", "expiries", as_json, **asked)


def commitments(
    as_of: AsOf = None, year: Year = None, known_at: KnownAt = None, by: Parts = None, as_json: Json = False
) -> None:
    """Set places, person-months and budget against the memberships enrolled, and the months paid until a day."""
    show("Komitmen / Commitments", "commitments", as_json, as_of=as_of, year=year, known_at=known_at, by=by)


def coverage_ratio(
    denominator: Annotated[str, typer.Argument(help="Id of a target that has an area code; `targets` lists them.")],
    version: Annotated[int | None, typer.Option("--version", help="Of the denominator; newest if left out.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Divide the protected people of a denominator's area by that denominator."""
    asked = {"as_of": as_of, "known_at": known_at, "version": version}
    show("Rasio cakupan / Coverage ratio", "coverage-ratio", as_json, denominator=denominator, **asked)


def cards(from_: From, until: Until, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Count the cards handed over, by district."""
    show(
        "Kartu yang diserahkan / Cards handed over", "cards", as_json, **{"from": from_}, until=until, known_at=known_at
    )


def cards_issued(from_: From, until: Until, known_at: KnownAt = None, as_json: Json = False) -> None:
    """Count the cards issued, by district."""
    period = {"from": from_, "until": until}
    show("Kartu yang diterbitkan / Cards issued", "cards-issued", as_json, **period, known_at=known_at)


def funnel(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Parts = None,
    area: Area = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Count proposed workers by the steps they passed, and refusals by reason; by cohort, district or village."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by, "area": area, "cohort": cohort}
    show("Dari usulan sampai aktif / From proposal to cover", "funnel", as_json, **asked)


def cohorts(
    year: Year = None,
    state: Annotated[str | None, typer.Option("--state", help="proposed, approved, open or closed.")] = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """List cohorts with their state, the office that answers for them, and their terms."""
    show("Kelompok / Cohorts", "cohorts", as_json, year=year, state=state, known_at=known_at)


def places_reallocated(cohort: Cohort = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """List places of cohorts that went from one village to another."""
    show("Tempat yang dipindahkan / Places moved", "places-reallocated", as_json, cohort=cohort, known_at=known_at)


def double_funding(known_at: KnownAt = None, area: Area = None, as_json: Json = False) -> None:
    """Count what is paid twice, by what was decided about it."""
    show("Pembayaran ganda / Double funding", "double-funding", as_json, known_at=known_at, area=area)


def legal_bases(year: Year = None, known_at: KnownAt = None, as_json: Json = False) -> None:
    """List the regulations and decrees that cohorts rest on."""
    show("Dasar hukum / Legal bases", "legal-bases", as_json, year=year, known_at=known_at)


def targets(as_json: Json = False) -> None:
    """List targets and denominators with their sources."""
    show("Target dan penyebut / Targets and denominators", "targets", as_json)


def watermark(known_at: KnownAt = None, as_json: Json = False) -> None:
    """Tell how complete all answers are."""
    show("", "watermark", as_json, known_at=known_at)


def protected_changes(
    since: Since,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    segment: Segment = None,
    funding: Funding = None,
    area: Area = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Tell by which facts the number of protected people changed between two known-at times."""
    asked = {"since": since, "as_of": as_of, "known_at": known_at}
    only = {"segment": segment, "funding": funding, "area": area, "cohort": cohort}
    show("Perubahan / Changes", "protected/changes", as_json, **asked, **only)

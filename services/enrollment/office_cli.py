"""The office's commands: cohorts through their lives, who is in the register, who lapses when. They ask the service.

National numbers are typed or piped in, never given as arguments: those stand in histories and lists of processes.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from services.chassis.commands import fail, print_json, read_document, tell
from services.chassis.door import All, By, Door, Json, door, show_rows
from services.enrollment.settings import Settings

cohorts = typer.Typer(help="Cohorts: proposed, approved by another person, opened, closed.", no_args_is_help=True)
workers = typer.Typer(help="People in the register, by id.", no_args_is_help=True)

OfCohort = Annotated[UUID | None, typer.Option("--cohort", help="Only what this cohort pays.")]
OfVillage = Annotated[str | None, typer.Option("--village", metavar="CODE", help="Only of this village.")]
DAY = ["%Y-%m-%d"]
COHORT_COLUMNS = ("cohort_id", "name", "year", "state", "funding", "last_covered_day", "places.taken", "places.total")
WORKER_COLUMNS = ("worker_id", "village_code")
RENEWAL_COLUMNS = ("last_covered_day", "village_code", "cohort_name", "coverage_id", "monthly_idr", "cost_idr")
SHARE_COLUMNS = ("village_code", "cohort_name", "people", "memberships", "person_months", "cost_idr", "without_price")


@cohorts.command("list")
def list_cohorts(
    year: Annotated[int | None, typer.Option("--year", help="Budget year.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="proposed, approved, open or closed.")] = None,
    funding: Annotated[str | None, typer.Option("--funding", help="Whose money pays.")] = None,
    office: Annotated[str | None, typer.Option("--office", help="The office that answers for it.")] = None,
    village: OfVillage = None,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """List cohorts by year and name, with their places."""
    asked = {"year": year, "state": state, "funding": funding, "owner_office": office, "village_code": village}
    with _door() as enrollment:
        rows, more = enrollment.rows("/v1/cohorts", everything=everything, **asked)
    show_rows(rows, COHORT_COLUMNS, more=more, as_json=as_json)


@cohorts.command("show")
def show_cohort(cohort_id: UUID, as_json: Json = False) -> None:
    """Show a cohort's terms, places, person-months and money."""
    with _door() as enrollment:
        _cohort(enrollment.ask(f"/v1/cohorts/{cohort_id}"), as_json=as_json)


@cohorts.command()
def propose(
    terms: Annotated[typer.FileBinaryRead, typer.Argument(help="JSON or TOML as `POST /v1/cohorts`; - for stdin.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Put forward the terms of a cohort; nobody is enrolled before another person approves them."""
    body = read_document(terms.name, terms.read())
    with _door(by, "clerk") as enrollment:
        _cohort(enrollment.act("/v1/cohorts", body), as_json=as_json)


@cohorts.command()
def approve(
    cohort_id: UUID,
    by: By = "",
    opens: Annotated[bool, typer.Option("--open", help="Let it take people in at once.")] = False,
    as_json: Json = False,
) -> None:
    """Approve what another person proposed."""
    with _door(by, "approver") as enrollment:
        _cohort(enrollment.act(f"/v1/cohorts/{cohort_id}/approvals", {"open": opens}), as_json=as_json)


@cohorts.command("open")
def open_cohort(cohort_id: UUID, by: By = "", as_json: Json = False) -> None:
    """Let an approved cohort take people in."""
    with _door(by, "approver") as enrollment:
        _cohort(enrollment.act(f"/v1/cohorts/{cohort_id}/openings"), as_json=as_json)


@cohorts.command()
def close(cohort_id: UUID, by: By = "", as_json: Json = False) -> None:
    """Let a cohort take nobody in any more; cover that it pays goes on to its end."""
    with _door(by, "approver") as enrollment:
        _cohort(enrollment.act(f"/v1/cohorts/{cohort_id}/closings"), as_json=as_json)


@cohorts.command()
def reallocate(
    cohort_id: UUID,
    places: Annotated[int, typer.Argument(min=1, help="How many places move.")],
    from_village: Annotated[str | None, typer.Option("--from", metavar="CODE", help="Left out: of no village.")] = None,
    to_village: Annotated[str | None, typer.Option("--to", metavar="CODE", help="Left out: of no village.")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Move places from one village to another; the trace stays."""
    moved = {"from_village": from_village, "to_village": to_village, "places": places}
    with _door(by, "approver") as enrollment:
        _cohort(enrollment.act(f"/v1/cohorts/{cohort_id}/reallocations", moved), as_json=as_json)


@cohorts.command("hand-over")
def hand_over(cohort_id: UUID, office: str, by: By = "", as_json: Json = False) -> None:
    """Let another office answer for a cohort."""
    with _door(by, "approver") as enrollment:
        _cohort(enrollment.act(f"/v1/cohorts/{cohort_id}/handovers", {"owner_office": office}), as_json=as_json)


@workers.command("list")
def list_workers(
    village: OfVillage = None,
    cohort: OfCohort = None,
    status: Annotated[str | None, typer.Option("--status", help="in_force, lapsed, suspended, grace, ...")] = None,
    on: Annotated[datetime | None, typer.Option("--on", formats=DAY, help="The day; today if left out.")] = None,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """List people by id, with the village in which they live on the day."""
    asked = {"village_code": village, "cohort_id": cohort, "status": status, "on": _day(on)}
    with _door() as enrollment:
        rows, more = enrollment.rows("/v1/workers", everything=everything, **asked)
    show_rows(rows, WORKER_COLUMNS, more=more, as_json=as_json)


@workers.command("show")
def show_worker(worker_id: UUID) -> None:
    """Show a person's memberships and their periods, as JSON; nothing in it names the person."""
    with _door() as enrollment:
        print_json(enrollment.ask(f"/v1/workers/{worker_id}"))


@workers.command()
def find(by: By = "") -> None:
    """Find a person by the NIK that is typed, unseen, or piped in; logged with whoever asks. The answer is JSON."""
    nik = typer.prompt("NIK", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    with _door(by, "clerk") as enrollment:
        print_json(enrollment.act("/v1/workers/find", {"nik": nik}))


def renewals(
    until: Annotated[
        datetime | None, typer.Option("--until", formats=DAY, help="Last day of cover looked at; 90 days if left out.")
    ] = None,
    months: Annotated[int, typer.Option("--months", min=1, help="For how many months they are to be kept.")] = 12,
    village: OfVillage = None,
    cohort: OfCohort = None,
    summary: Annotated[bool, typer.Option("--summary", help="Sums by village and cohort.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", dir_okay=False, help="Write every row to this file.")] = None,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Tell who lapses when, and what it costs to keep them."""
    asked = {"until": _day(until), "months": months, "village_code": village, "cohort_id": cohort}
    with _door() as enrollment:
        if csv is not None:
            written = _download(enrollment, csv, {name: str(each) for name, each in asked.items() if each is not None})
            tell(f"{written} bytes are in {csv}.")
            return
        path = "/v1/renewals/summary" if summary else "/v1/renewals"
        rows, more = enrollment.rows(path, everything=everything, **asked)
        total = enrollment.ask("/v1/renewals/summary", **asked, limit=1)["total"]
    show_rows(rows, SHARE_COLUMNS if summary else RENEWAL_COLUMNS, more=more, as_json=as_json)
    if total is not None and not as_json:
        tell(
            f"{total['people']} people lapse from {total['first_last_covered_day']} to"
            f" {total['latest_last_covered_day']}; to keep them {months} months costs {total['cost_idr']:,} rupiah for"
            f" {total['person_months']:,} person-months, without {total['without_price']} whose price is not known."
        )


def _download(enrollment: Door, file: Path, asked: dict[str, str]) -> int:
    written = 0
    with enrollment.http.stream("GET", "/v1/renewals.csv", params=asked) as answer:
        if answer.is_error:
            answer.read()
            fail(answer.json()["detail"])
        with file.open("wb") as kept:
            for piece in answer.iter_bytes():
                written += kept.write(piece)
    return written


def _cohort(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    places, months, money = told["places"], told["person_months"], told["money"]
    typer.echo(f"{told['cohort_id']} {told['name']} ({told['year']}), {told['state']}, {told['funding']}")
    typer.echo(f"cover {told['covered_from']} to {told['last_covered_day'] or 'no agreed end'}")
    typer.echo(f"places {places['taken']} taken, {places['reserved']} reserved, {places['free']} free")
    typer.echo(f"person-months {months['taken']} taken of {months['total'] or 'no limit'}")
    typer.echo(f"budget {money['budget_idr'] or '-'} rupiah; {told['waiting']} people wait")
    for caution in told["cautions"]:
        tell(f"{caution['indonesian']} / {caution['english']}")


def _day(day: datetime | None) -> str | None:
    return None if day is None else f"{day:%Y-%m-%d}"


def address() -> str:
    """Tell where enrollment answers."""
    settings = Settings()
    return f"http://{settings.host}:{settings.port}"


def _door(by: str = "", roles: str = "") -> Any:
    return door(address(), by=by, roles=roles)

"""The commands for rules: what is in force on a day, editions, proposals, and what one would make of past claims."""

import heapq
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from services.chassis.commands import both, print_json, read_document, tell
from services.chassis.door import All, By, Door, Json, door, show_rows
from services.claims.benefits import rupiah
from services.claims.office_cli import address, progress

CLAIMS_AT_ONCE = 500
CLAIMS_SHOWN = 20
CLAIMS_SHOWN_MAX = 10_000
DAY = ["%Y-%m-%d"]
RULE_COLUMNS = ("parameter", "segment", "value", "since", "law", "confidence")
HOLIDAY_COLUMNS = ("day", "kind", "indonesian", "english", "law", "confidence")
EDITION_COLUMNS = ("edition", "stored_at", "sha256")
PROPOSAL_COLUMNS = ("proposal_id", "state", "base", "edition", "changes_count", "proposed_by", "settled_by", "reason")
SUM_COLUMNS = ("programme", "outcome", "becomes", "cases", "changed", "amount_idr", "would_be_idr", "difference_idr")
CLAIM_COLUMNS = ("claim_id", "programme", "incident_on", "outcome", "becomes", "difference_idr")
ADDED_UP = ("cases", "changed", "amount_idr", "would_be_idr", "difference_idr")

cli = typer.Typer(help="Rules: in force on a day, proposed, approved by another person.", no_args_is_help=True)

OfEdition = Annotated[int | None, typer.Option("--edition", help="Of this edition; the newest if left out.")]


@cli.command("list")
def list_rules(
    on: Annotated[
        datetime | None, typer.Option("--on", formats=DAY, help="The day of an incident; today if left out.")
    ] = None,
    edition: OfEdition = None,
    as_json: Json = False,
) -> None:
    """List the rules in force on a day, with their law; with --json documents and disabilities too."""
    with door(address()) as claims:
        found = claims.ask("/v1/rules", on=on and f"{on:%Y-%m-%d}", edition=edition)
    if as_json:
        print_json(found)
        return
    named, on = found["version"], found["on"]
    tell(both(f"Aturan {named}, berlaku pada {on}.", f"Rules {named}, in force on {on}."))
    rows = sorted(found["rules"], key=lambda rule: (rule["parameter"], rule["segment"]))
    show_rows(rows, RULE_COLUMNS, more=False, as_json=False)


@cli.command()
def holidays(
    year: Annotated[int | None, typer.Option("--year", help="This year if left out.")] = None,
    edition: OfEdition = None,
    as_json: Json = False,
) -> None:
    """List the holidays of a year, and say whether its list is complete."""
    with door(address()) as claims:
        found = claims.ask("/v1/rules/holidays", year=year, edition=edition)
    if as_json:
        print_json(found)
        return
    if not found["known"]:
        tell(
            f"Daftar hari libur {found['year']} belum ada; tenggat di tahun itu dapat bergeser. / The list of"
            f" {found['year']} is not in; due dates of that year may move. Propose it with its decree."
        )
    show_rows(found["days"], HOLIDAY_COLUMNS, more=False, as_json=False)


@cli.command()
def editions(everything: All = False, as_json: Json = False) -> None:
    """List the editions, the newest first."""
    with door(address()) as claims:
        rows, more = claims.rows("/v1/rules/editions", everything=everything)
    show_rows(rows, EDITION_COLUMNS, more=more, as_json=as_json)


@cli.command()
def proposals(
    state: Annotated[str | None, typer.Option("--state", help="proposed, approved or refused.")] = None,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """List what was proposed and what became of it, the newest first."""
    with door(address()) as claims:
        rows, more = claims.rows("/v1/rules/proposals", everything=everything, state=state)
    show_rows(rows, PROPOSAL_COLUMNS, more=more, as_json=as_json)


@cli.command()
def show(proposal_id: UUID) -> None:
    """Show a proposal with its changes, as JSON."""
    with door(address()) as claims:
        print_json(claims.ask(f"/v1/rules/proposals/{proposal_id}"))


@cli.command()
def propose(
    changes: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="TOML or JSON: `reason`, `rules`, `documents`, `holidays` as POST /v1/rules/proposals."),
    ],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Put changes forward on top of the newest edition; nothing applies before another person approves them."""
    document = read_document(changes.name, changes.read())
    rules = document.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and rule.pop("ends", False):
            rule["value"] = None  # TOML has no null
    with door(address(), by=by, roles="rules_author") as claims:
        _say(claims.act("/v1/rules/proposals", document), as_json=as_json)


@cli.command()
def approve(proposal_id: UUID, by: By = "", as_json: Json = False) -> None:
    """Make a proposal the next edition, as somebody other than its author; try `what-if` before."""
    with door(address(), by=by, roles="rules_approver") as claims:
        _say(claims.act(f"/v1/rules/proposals/{proposal_id}/approval"), as_json=as_json)


@cli.command()
def refuse(
    proposal_id: UUID,
    remark: Annotated[str, typer.Option("--remark", help="Why, for whoever proposed it.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Turn a proposal down, with the reason."""
    with door(address(), by=by, roles="rules_approver") as claims:
        _say(claims.act(f"/v1/rules/proposals/{proposal_id}/refusal", {"remark": remark}), as_json=as_json)


@cli.command("what-if")
def what_if(
    proposal_id: UUID,
    top: Annotated[
        int, typer.Option("--top", min=0, max=CLAIMS_SHOWN_MAX, help="Claims shown, the largest difference first.")
    ] = CLAIMS_SHOWN,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Weigh decided claims again with a proposal: which would come out otherwise, and the rupiah. Changes nothing."""
    with door(address(), by=by, roles="rules_author,rules_approver") as claims:
        found = _added_up(claims, f"/v1/rules/proposals/{proposal_id}/what-if", top)
    if as_json:
        print_json(found)
        return
    total = found["total"]
    show_rows(found["sums"], SUM_COLUMNS, more=False, as_json=False)
    if found["differ"]:
        typer.echo("")
        show_rows(found["differ"], CLAIM_COLUMNS, more=False, as_json=False)
    since = found["amounts_change_from"]
    if not since:
        tell(
            both(
                "Usulan ini tidak mengubah jumlah apa pun: hanya dokumen atau hari libur.",
                "The proposal changes no amount: only documents or holidays.",
            )
        )
        return
    more = rupiah.written(total["difference_idr"])
    was, would_be = rupiah.written(total["amount_idr"]), rupiah.written(total["would_be_idr"])
    tell(
        both(
            f"{total['changed']} dari {total['cases']} klaim untuk kejadian sejak {since} akan berbeda; selisih {more}"
            f" ({was} menjadi {would_be}).",
            f"{total['changed']} of {total['cases']} claims for incidents since {since} would come out otherwise;"
            f" difference {more} ({was} to {would_be}).",
        )
    )


def _added_up(claims: Door, path: str, top: int) -> dict[str, Any]:
    """Add up all pages; no more is kept than the sums and the claims that are shown."""
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    differ: list[dict[str, Any]] = []
    cursor = None
    with progress("claims") as went_through:
        while True:
            page = claims.ask(path, limit=CLAIMS_AT_ONCE, cursor=cursor)
            for one in page["sums"]:
                key = one["programme"], one["outcome"], one["becomes"]
                so_far = sums.setdefault(key, one | dict.fromkeys(ADDED_UP, 0))
                so_far |= {name: so_far[name] + one[name] for name in ADDED_UP}
            differ = heapq.nlargest(top, differ + page["differ"], key=lambda claim: abs(claim["difference_idr"]))
            went_through(page["looked_at"], of=page["claims"])
            cursor = page["next"]
            if cursor is None:
                break
    told = {name: page[name] for name in ("proposal_id", "base", "would_be", "amounts_change_from")}
    total = {name: sum(one[name] for one in sums.values()) for name in ADDED_UP}
    return told | {"total": total, "sums": [sums[key] for key in sorted(sums)], "differ": differ}


def _say(proposal: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(proposal)
        return
    became = f", edition {proposal['edition']}" if proposal["edition"] else ""
    count = proposal["changes_count"]
    typer.echo(f"{proposal['proposal_id']} {proposal['state']}{became}, {count} change{'' if count == 1 else 's'}")

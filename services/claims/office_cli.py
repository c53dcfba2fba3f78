"""The office's commands: a claim with its proof, claims that are late, the bank's file. They ask the service."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.chassis.commands import PARTIAL, both, fail, print_json, tell
from services.chassis.door import All, By, Json, door, show_rows, told
from services.claims.benefits import rupiah
from services.claims.settings import Settings

ROWS_AT_ONCE = 500
FILE_BYTES_MAX = 64 * 1024 * 1024
REJECTED_SHOWN_MAX = 20
COLUMNS = ("due_on", "days_late", "claim_id", "programme", "state", "incident_on", "reported_on", "amount_idr")
COUNTED = ("rows", "paid", "returned", "unchanged", "rejected_rows")
DAY = ["%Y-%m-%d"]


def show(claim_id: UUID) -> None:
    """Show a claim with its decision and the proof, as JSON; nothing in it names a person."""
    with door(address(), roles="decider") as claims:
        print_json(claims.ask(f"/v1/claims/{claim_id}"))


def list_claims(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose payment is late.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Only those whose cover changed since.")] = False,
    pended: Annotated[bool, typer.Option("--pended", help="Only those that wait for something.")] = False,
    state: Annotated[str | None, typer.Option("--state", help="reported, submitted, decided, ordered, ...")] = None,
    programme: Annotated[str | None, typer.Option("--programme", help="JKM or JKK.")] = None,
    worker: Annotated[UUID | None, typer.Option("--worker", help="Only of this worker.")] = None,
    due_before: Annotated[
        datetime | None, typer.Option("--due-before", formats=DAY, help="Payment is due before this day.")
    ] = None,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """List claims in the order of their first report, with the day by which each is to be paid."""
    asked = {
        "overdue": "true" if overdue else None,
        "review": "true" if review else None,
        "pended": "true" if pended else None,
        "state": state,
        "programme": programme,
        "worker_id": worker,
        "due_before": None if due_before is None else f"{due_before:%Y-%m-%d}",
    }
    with door(address(), roles="decider") as claims:
        rows, more = claims.rows("/v1/claims", everything=everything, **asked)
    show_rows(rows, COLUMNS, more=more, as_json=as_json)


def reconcile(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as the bank tells of payments.")],
    by: By = "",
    as_json: Json = False,
) -> None:
    """Take in the bank's file: what was paid, and what came back. The same file again changes nothing."""
    said: dict[str, Any] = dict.fromkeys(COUNTED, 0) | {"underpaid": [], "rejected": []}
    pieces = _pieces(file)
    with (
        door(address(), by=by, roles="payer") as claims,
        progress("rows", of=sum(len(lines) for _, lines in pieces)) as went_in,
    ):
        for content, lines in pieces:
            kind = {"Content-Type": "text/csv"}
            piece = told(claims.http.post("/v1/payments/reconciliation", content=content, headers=kind))
            for name in COUNTED:
                said[name] += piece[name]
            for name in ("underpaid", "rejected"):
                said[name] += [one | {"row": lines[one["row"] - 2]} for one in piece[name]]
            went_in(len(lines))
    if as_json:
        print_json(said)
    else:
        _say(said)
    if said["rejected"]:
        raise typer.Exit(PARTIAL)


def _say(said: dict[str, Any]) -> None:
    for one in said["rejected"][:REJECTED_SHOWN_MAX]:
        where = f"baris {one['row']}, kolom {one['column']}", f"row {one['row']}, column {one['column']}"
        tell(both(f"{where[0]}: {one['indonesian']}", f"{where[1]}: {one['english']}"))
    for one in said["underpaid"][:REJECTED_SHOWN_MAX]:
        short, payment_id = rupiah.written(one["ordered_idr"] - one["paid_idr"]), one["payment_id"]
        tell(
            both(
                f"baris {one['row']}: pembayaran {payment_id} kurang {short}",
                f"row {one['row']}: payment {payment_id} is {short} short",
            )
        )
    if said["rows"] and said["rows"] == said["unchanged"]:
        tell(
            both("Berkas ini sudah pernah diterima; tidak ada yang berubah.", "This file came before; nothing changed.")
        )
    typer.echo(", ".join(f"{name.removesuffix('_rows')} {said[name]}" for name in COUNTED))


def _pieces(file: Path) -> list[tuple[bytes, Sequence[int]]]:
    """Cut the file into pieces with its header, each with the lines of the file that its rows stand on."""
    if file.stat().st_size > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1024**2
        fail(both(f"{file} lebih dari {limit} MB; bagilah.", f"{file} has more than {limit} MB; split it."))
    try:
        reader = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        header, *rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))] or [(1, [])]
    except (UnicodeDecodeError, csv.Error):
        fail(
            both(
                f"{file} bukan CSV dalam UTF-8; simpan lagi sebagai CSV UTF-8, lalu ulangi perintahnya.",
                f"{file} is no CSV in UTF-8; save it again as CSV UTF-8, then repeat the command.",
            )
        )
    cut = [rows[first : first + ROWS_AT_ONCE] for first in range(0, len(rows), ROWS_AT_ONCE)] or [[]]
    return [(_written([header[1], *(cells for _, cells in piece)]), [line for line, _ in piece]) for piece in cut]


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows of which each stands on one line."""
    text = io.StringIO()
    csv.writer(text).writerows([" ".join(cell.split()) for cell in cells] for cells in rows)
    return text.getvalue().encode()


class Went(Protocol):
    """Tells that so many more are done; and of how many in all, once that is known."""

    def __call__(self, more: int, /, *, of: int | None = None) -> None: ...


@contextmanager
def progress(what: str, *, of: int | None = None) -> Iterator[Went]:
    """Show how many are done of what is named: a bar on a terminal, nothing elsewhere."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=of)

        def went(more: int, /, *, of: int | None = of) -> None:
            bar.update(task, advance=more, total=of)

        yield went


def address() -> str:
    """Tell where claims answers."""
    settings = Settings()
    return f"http://{settings.host}:{settings.port}"

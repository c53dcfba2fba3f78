"""The command `payung import`: sends a list, shows how it is read, lets another person approve it, confirms payment.

The same file is the same list: whoever approves runs the command with the file that they looked at.
"""

import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from services.chassis.commands import PARTIAL, both, fail, print_json, tell
from services.chassis.door import told
from services.enrollment.settings import Settings

ANSWER_S_MAX = 600
POLL_S = 0.3
LINE_EVERY_S = 5.0
REMARKS_SHOWN_MAX = 20
WORK = {
    "validate": both("membaca", "reading"),
    "apply": both("memasukkan", "going in"),
    "pay": both("perlindungan dimulai", "cover begins"),
}
"""What is under way, in words."""
EXIT_CODES = (
    "Exit codes: 0 the list was sent, or all its rows are ready or went in; 1 it could not be done, or another person"
    " has to do it; 2 the command was not understood; 3 some rows need to be mended or decided."
)

cli = typer.Typer(
    help="Send a list of people for a cohort, and see what becomes of each row.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"allow_interspersed_args": True},
    subcommand_metavar="",
    epilog=EXIT_CODES,
)


@cli.callback()
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX, with a header.")],
    cohort: Annotated[UUID, typer.Option("--cohort", help="The cohort's id.")],
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="Who acts; stands in every fact. Your user name on this computer if left out.",
            envvar="PAYUNG_ACTOR",
            show_default=False,
        ),
    ] = "",
    within: Annotated[
        str | None, typer.Option("--within", help="Area in which names of villages are looked for, as 51.04.")
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Approve this list; another person sent it.")] = False,
    paid_on: Annotated[
        datetime | None, typer.Option("--paid-on", formats=["%Y-%m-%d"], help="Confirm that it was paid on this day.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until the work is done, with progress.")] = False,
    correction: Annotated[
        Path | None, typer.Option("--correction", help="Write the rows to be mended to this file, .xlsx or .csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs.")] = False,
) -> None:
    """Send a list of people for a cohort, and see what becomes of each row.

    The same file is the same list: sent again it changes nothing. Another person approves it with --approve.
    """
    settings = Settings()
    actor = by or getpass.getuser()
    roles = "clerk,approver" if approve or paid_on else "clerk"
    address = f"http://{settings.host}:{settings.port}"
    headers = {"Payung-Actor": actor, "Payung-Roles": roles}
    try:
        with httpx2.Client(base_url=address, headers=headers, timeout=ANSWER_S_MAX) as http:
            batch = _send(http, cohort, file, within)
            if approve or paid_on or watch or correction:
                batch = _watched(http, batch)
            if approve and batch["state"] in {"awaiting_approval", "partly_applied"}:
                if not as_json:
                    _show_worth_a_look(http, batch)
                batch = _watched(http, _post(http, batch, "approvals", {}))
            if paid_on:
                batch = _watched(http, _post(http, batch, "payments", {"paid_on": f"{paid_on:%Y-%m-%d}"}))
            if correction:
                _write_correction(http, batch, correction)
            _show(http, batch, as_json=as_json)
    except httpx2.TransportError:
        indonesian = (
            f"Enrollment tidak menjawab di {address}; jalankan dahulu, lalu ulangi perintah ini: tidak ada yang"
        )
        indonesian += " dikerjakan dua kali."
        english = f"Enrollment does not answer at {address}; start it, then repeat the command: nothing is done twice."
        fail(both(indonesian, english))
    except KeyboardInterrupt:
        indonesian = "Daftar ini tetap diolah; ulangi perintah dengan --watch untuk melihatnya."
        fail(both(indonesian, "The list goes on being worked on; repeat the command with --watch to see it."))
    if batch["state"] == "failed":
        raise typer.Exit(1)
    if batch["counts"]["rejected"] or batch["counts"]["decision"]:
        raise typer.Exit(PARTIAL)


def _send(http: httpx2.Client, cohort: UUID, file: Path, within: str | None) -> dict[str, Any]:
    with file.open("rb") as content:
        params = {"within": within} if within else {}
        batch = told(http.post(f"/v1/cohorts/{cohort}/batches", content=content, params=params))
    if batch["same_file"]:
        by = batch["uploaded_by"]
        indonesian = f"Berkas ini sudah pernah dikirim oleh {by}: mengirimnya lagi tidak mengubah apa pun."
        tell(both(indonesian, f"This file was sent before, by {by}: nothing changes by sending it again."))
    return batch


def _post(http: httpx2.Client, batch: dict[str, Any], what: str, body: dict[str, str]) -> dict[str, Any]:
    return told(http.post(f"/v1/batches/{batch['batch_id']}/{what}", json=body))


def _watched(http: httpx2.Client, batch: dict[str, Any]) -> dict[str, Any]:
    """Wait until nothing is under way."""
    with _progress() as shown:
        while (progress := batch["progress"]) is not None:
            shown(progress)
            time.sleep(POLL_S)
            batch = told(http.get(f"/v1/batches/{batch['batch_id']}"))
    return batch


@contextmanager
def _progress() -> Iterator[Any]:
    """Show progress: a bar on a terminal, else a line now and then."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=1.0)
            yield lambda told: bar.update(task, completed=told["share"], description=_in_words(told))
        return
    last = time.monotonic()

    def line(told: dict[str, Any]) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_EVERY_S:
            last = time.monotonic()
            left = "" if told["seconds_left"] is None else f", sisa / left {told['seconds_left']:.0f} s"
            tell(f"{_in_words(told)}, {told['share']:.0%}{left}")

    yield line


def _in_words(told: dict[str, Any]) -> str:
    rate = "" if told["rows_per_second"] is None else f", {told['rows_per_second']:,.0f}/s"
    return f"{WORK[told['work']]}: {told['rows']:,} baris / rows{rate}"


def _write_correction(http: httpx2.Client, batch: dict[str, Any], file: Path) -> None:
    if not batch["counts"]["rejected"] and not batch["counts"]["decision"]:
        indonesian = "Tidak ada baris yang perlu diperbaiki; berkas perbaikan tidak dibuat."
        tell(both(indonesian, "No row needs to be mended; no correction file was written."))
        return
    kind = "csv" if file.suffix.lower() == ".csv" else "xlsx"
    answer = http.get(f"/v1/batches/{batch['batch_id']}/correction", params={"as": kind})
    if answer.is_error:
        told(answer)
    file.write_bytes(answer.content)
    indonesian = f"Baris yang perlu diperbaiki ada di {file}: perbaiki di sana, lalu kirim berkas itu."
    tell(both(indonesian, f"The rows to be mended are in {file}: mend them there, and send that file."))


def _show(http: httpx2.Client, batch: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(batch | {"to_look_at": _worth_a_look(http, batch)})
        return
    for one in (*batch["notices"], *([batch["failure"]] if batch["failure"] else ())):
        tell(both(one["indonesian"], one["english"]))
    for outcome in ("rejected", "decision", "duplicate"):
        if batch["counts"][outcome]:
            _show_rows(http, batch, outcome)
    if batch["state"] == "awaiting_approval":
        _show_worth_a_look(http, batch)
    counts = ", ".join(f"{name} {count}" for name, count in batch["counts"].items())
    places = ", ".join(f"{name} {batch[name]}" for name in ("reserved", "waiting") if batch[name] is not None)
    typer.echo("; ".join(filter(None, (f"{batch['batch_id']} {batch['state']}: {counts}", places))))
    if batch["payments"]:
        _show_payments(http, batch)
    if step := _next(batch):
        tell(step)


def _next(batch: dict[str, Any]) -> str | None:
    """Tell what to do next, with the same command and file."""
    if batch["progress"] is not None:
        return both(
            "Berikutnya: perintah yang sama dengan --watch menunjukkan nasib setiap baris.",
            "Next: the same command with --watch shows what becomes of each row.",
        )
    if batch["counts"]["decision"] and batch["state"] in {"awaiting_approval", "partly_applied"}:
        decide = (
            f"payung enrollment call batches_decide_rows batch_id={batch['batch_id']}"
            """ 'decisions=[{"row": 2, "decision": "accept"}]'"""
        )
        return both(
            f"Berikutnya: putuskan baris yang meragukan, accept atau refuse: {decide}; lalu orang lain menyetujui.",
            f"Next: decide the rows in doubt, accept or refuse: {decide}; then another person lets the list go in.",
        )
    if batch["state"] == "awaiting_approval" and not batch["counts"]["accepted"] + batch["counts"]["changed"]:
        return both(
            "Tidak ada baris yang dapat masuk: perbaiki baris di atas, lalu kirim berkas yang diperbaiki.",
            "No row can go in: mend the rows above, and send the mended file.",
        )
    if batch["state"] == "awaiting_approval":
        return both(
            "Berikutnya: orang lain menyetujui daftar ini: perintah yang sama dengan --by ORANG --approve --watch.",
            "Next: another person lets the list go in: the same command with --by PERSON --approve --watch.",
        )
    if batch["reserved"]:
        return both(
            "Berikutnya: setelah dibayar, approver menyatakannya: perintah yang sama, --paid-on TTTT-BB-HH --watch.",
            "Next: when the list is paid, an approver says so: the same command with --paid-on YYYY-MM-DD --watch.",
        )
    return None


def _show_payments(http: httpx2.Client, batch: dict[str, Any]) -> None:
    """Tell each payment with the cover that it began: from the day of payment, or from the cohort's first day."""
    cohort = told(http.get(f"/v1/cohorts/{batch['cohort_id']}"))
    for payment in batch["payments"]:
        begins, people = max(cohort["covered_from"], payment["paid_on"]), payment["people"]
        indonesian = f"Dibayar {payment['paid_on']}: {people} orang terlindungi {begins} sampai"
        noun = "person" if people == 1 else "people"
        english = f"Paid {payment['paid_on']}: {people} {noun} covered {begins} to"
        last = cohort["last_covered_day"]
        tell(both(f"{indonesian} {last or 'tanpa batas akhir'}.", f"{english} {last or 'no agreed end'}."))


def _worth_a_look(http: httpx2.Client, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the first rows that go in although something is to be checked, without what they say of a person."""
    if not batch["worth_a_look"] or batch["forgotten"]:
        return []
    params = {"worth_a_look": "true", "limit": str(REMARKS_SHOWN_MAX)}
    found = told(http.get(f"/v1/batches/{batch['batch_id']}/rows", params=params))
    kept = ("column", "code", "indonesian", "english")
    return [{"row": row["row"]} | {name: one[name] for name in kept} for row in found["rows"] for one in row["remarks"]]


def _show_worth_a_look(http: httpx2.Client, batch: dict[str, Any]) -> None:
    shown = _worth_a_look(http, batch)
    if not shown:
        return
    count = batch["worth_a_look"]
    first = f"; {REMARKS_SHOWN_MAX} pertama / the first {REMARKS_SHOWN_MAX}" if count > REMARKS_SHOWN_MAX else ""
    tell(f"Baris diterima yang perlu dilihat / accepted rows worth a look: {count:,}{first}")
    for one in shown:
        tell(_of_row(one["row"], one))


def _show_rows(http: httpx2.Client, batch: dict[str, Any], outcome: str) -> None:
    params = {"outcome": outcome, "limit": str(REMARKS_SHOWN_MAX)}
    found = told(http.get(f"/v1/batches/{batch['batch_id']}/rows", params=params))
    for row in found["rows"]:
        for one in row["remarks"][:1]:
            tell(_of_row(row["row"], one))
    if found["next"] and outcome == "duplicate":
        left = batch["counts"][outcome] - len(found["rows"])
        tell(both(f"Masih ada {left} baris seperti ini.", f"{left} more rows like these."))
    elif found["next"]:
        indonesian = "Masih ada baris seperti ini: --correction BERKAS menulis semuanya."
        tell(both(indonesian, "More rows like these: --correction FILE writes them all."))


def _of_row(row: int, remark: dict[str, Any]) -> str:
    return f"baris / row {row}, {remark['column']}: {both(remark['indonesian'], remark['english'])}"

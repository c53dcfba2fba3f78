"""The evidence file of a year, written where the command is told to."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.commands import both, fail
from services.reporting.cli.shown import Area, KnownAt, ask, fetch, out

FORMS = (".pdf", ".xlsx")


def evidence(
    year: Annotated[int, typer.Argument(help="The figures are as of 31 December of this year.")],
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it: FILE.pdf or FILE.xlsx.")],
    known_at: KnownAt = None,
    area: Area = None,
    denominator: Annotated[
        list[str] | None,
        typer.Option("--denominator", metavar="ID@VERSION", help="To divide by; repeatable. Newest of each otherwise."),
    ] = None,
) -> None:
    """Write the evidence file for the Paritrana Award: regulations, budget, coverage, claims."""
    if to.suffix not in FORMS:
        fail(f"Nama berkas harus berakhir dengan {' atau '.join(FORMS)}. / The file must end in {' or '.join(FORMS)}.")
    # the versions are named, so that a file with a known-at time can be final
    named = sorted(denominator or [f"{each['id']}@{each['version']}" for each in ask("targets")["figures"]])
    answer = fetch(f"evidence/{year}{to.suffix}", known_at=known_at, area=area, denominator=named)
    try:
        to.write_bytes(answer.content)
    except OSError as error:
        fail(f"{to} tidak dapat ditulis. / {to} cannot be written. ({error.strerror})")
    out.print(f"{to}: {len(answer.content):,} byte", soft_wrap=True)
    out.print(f"penyebut / denominators: {', '.join(named) or '-'}", soft_wrap=True)
    snapshot = answer.headers.get("Payung-Snapshot")
    if snapshot is None:
        out.print(both("Belum tetap; yang tetap dapat diterbitkan: --known-at.", "Not final; a final one: --known-at."))
        return
    asked = [f"denominator={each}" for each in named] + ([f"area={area}"] if area else [])
    line = ["payung", "publish", f"evidence/{year}{to.suffix}", *asked, "--snapshot", snapshot, "--in", "..."]
    out.print(f"Terbitkan / publish: {shlex.join(line)}", soft_wrap=True, markup=False)

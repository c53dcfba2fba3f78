"""The evidence file of a year, written where the command is told to."""

from pathlib import Path
from typing import Annotated

import typer

from services.chassis.commands import fail
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
    named = denominator or [f"{each['id']}@{each['version']}" for each in ask("targets")["figures"]]
    answer = fetch(f"evidence/{year}{to.suffix}", known_at=known_at, area=area, denominator=named)
    try:
        to.write_bytes(answer.content)
    except OSError as error:
        fail(f"{to} tidak dapat ditulis. / {to} cannot be written. ({error.strerror})")
    out.print(f"{to}: {len(answer.content):,} byte")

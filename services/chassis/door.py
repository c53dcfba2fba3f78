"""How a command asks its running service over HTTP: who asks, what a refusal says, page after page."""

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
import orjson
import typer

from services.chassis.commands import both, fail, print_json, tell

ANSWER_S_MAX = 120.0
ROWS = 100

By = Annotated[str, typer.Option("--by", help="Who acts; stands in every fact.", envvar="PAYUNG_ACTOR")]
Json = Annotated[bool, typer.Option("--json", help="Answer for programs.")]
All = Annotated[bool, typer.Option("--all", help=f"Every row, not the first {ROWS}.")]


@dataclass(frozen=True, slots=True)
class Door:
    """A service's public door, with somebody before it."""

    http: httpx2.Client

    def ask(self, path: str, **asked: Any) -> Any:
        """Read; parameters that are None are left out."""
        params = {name: str(value) for name, value in asked.items() if value is not None}
        return told(self.http.get(path, params=params))

    def act(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Command."""
        return told(self.http.post(path, json=dict(body or {})))

    def rows(self, path: str, *, everything: bool, **asked: Any) -> tuple[list[Any], bool]:
        """Give the rows of a list, and whether there are more."""
        rows: list[Any] = []
        cursor = None
        while True:
            page = self.ask(path, **asked, limit=1_000 if everything else ROWS, cursor=cursor)
            rows += page["rows"]
            cursor = page["next"]
            if cursor is None or not everything:
                return rows, cursor is not None


@contextmanager
def door(address: str, *, by: str = "", roles: str = "") -> Iterator[Door]:
    """Stand before the service at the address; whoever runs the command acts, unless another name is given."""
    headers = {"Payung-Actor": by or getpass.getuser(), "Payung-Roles": roles}
    try:
        with httpx2.Client(base_url=address, headers=headers, timeout=ANSWER_S_MAX) as http:
            yield Door(http)
    except httpx2.TransportError:
        fail(
            both(
                f"Tidak ada yang menjawab di {address}; jalankan layanannya, lalu ulangi perintah ini: tidak ada yang"
                " dikerjakan dua kali.",
                f"Nobody answers at {address}; start the service, then repeat the command: nothing is done twice.",
            )
        )


def told(answer: httpx2.Response) -> dict[str, Any]:
    """Give what the service answered; a refusal ends the command with what it says, in both languages."""
    if "json" not in answer.headers.get("Content-Type", ""):
        status = answer.status_code
        fail(
            both(
                f"Layanan menjawab {status} tanpa alasan; lognya memuat lebih. Sesudah itu ulangi perintah ini.",
                f"The service answered {status} without a reason; its log says more. Then repeat the command.",
            )
        )
    said: dict[str, Any] = orjson.loads(answer.content)
    if answer.is_error:
        fail(refused(said))
    return said


def refused(problem: Mapping[str, Any]) -> str:
    """Say what a refusal says, in both languages; then a line for each place that is at fault."""
    said = filter(None, (problem.get("indonesian"), problem.get("detail")))
    errors = [
        f"  {one.get('pointer', '')}: {' / '.join(filter(None, (one.get('indonesian'), one.get('reason'))))}"
        for one in problem.get("errors", ())
    ]
    return "\n".join([" / ".join(said), *dict.fromkeys(errors)])


def show_rows(rows: list[Any], columns: tuple[str, ...], *, more: bool, as_json: bool) -> None:
    """Print rows: one line each with tabs between the columns, or JSON."""
    if as_json:
        print_json(rows)
        return
    typer.echo("\t".join(columns))
    if not rows:
        tell(both("Tidak ada.", "None."))
    for row in rows:
        typer.echo("\t".join(_cell(row, column) for column in columns))
    if more:
        indonesian = f"Ada lebih dari {len(rows)} baris: --all menampilkan semuanya."
        tell(both(indonesian, f"There are more than {len(rows)} rows: --all shows every one."))


def _cell(row: Any, column: str) -> str:
    value = row
    for name in column.split("."):
        value = value[name]
    return "-" if value is None else str(value)

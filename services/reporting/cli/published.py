"""The command `payung publish`, and what was published: kept as it was quoted, and asked again."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.chassis.commands import both, fail, print_json
from services.chassis.door import All, By, Door, Json, door, show_rows
from services.reporting.cli.shown import address

COLUMNS = ("id", "published_on", "published_in", "question", "asked", "snapshot", "total")
PLACE_LENGTH = (3, 500)
"""Of `--in`, as the service takes it."""
OTHERWISE = ("/v1/published/differences", "/v1/published/tables/differences")
"""Figures that officials quoted, and tables for everybody."""
AGAIN = ("id", "published_on", "published_in", "question", "asked", "total", "now.total", "now.why")

cli = typer.Typer(
    help="Keep a figure that was quoted to the world, with the snapshot that it stands for; or an evidence file, by the"
    " line that `payung report evidence` prints.",
    invoke_without_command=True,
    subcommand_metavar="",  # a command of its own, without others below it
    context_settings={"help_option_names": ["-h", "--help"], "allow_interspersed_args": True},
    pretty_exceptions_enable=False,
)


@cli.callback()
def publish(
    question: Annotated[
        str,
        typer.Argument(help="What was asked: its path below /v1, as `protected`, or `evidence/2024.pdf` of a file."),
    ],
    values: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE ...", help="Its parameters.")] = None,
    *,
    snapshot: Annotated[str, typer.Option("--snapshot", metavar="ID", help="`snapshot` of the answer quoted.")],
    published_in: Annotated[str, typer.Option("--in", metavar="TEXT", help="Where it can be read.")],
    published_on: Annotated[
        str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="When; today if left out.")
    ] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Keep a figure that was quoted to the world; the same once more changes nothing."""
    if not PLACE_LENGTH[0] <= len(published_in) <= PLACE_LENGTH[1]:
        bounds = f"{PLACE_LENGTH[0]}-{PLACE_LENGTH[1]}"
        fail(
            both(
                f"--in menyebut di mana angkanya dapat dibaca, dengan {bounds} huruf; tulis lebih jelas, lalu ulangi.",
                f"--in says where the figure can be read, in {bounds} characters; write it so, then repeat.",
            )
        )
    parameters: dict[str, list[str]] = {}
    for value in values or []:
        name, equals, text = value.partition("=")
        if not equals:
            fail(
                both(
                    f"{name} bukan NAMA=NILAI; tulis nama parameter, sama dengan, dan nilainya.",
                    f"{name} is no NAME=VALUE; write the parameter, an equals sign, and the value.",
                )
            )
        parameters.setdefault(name, []).append(text)
    body = {
        "question": question,
        "parameters": {name: texts[0] if len(texts) == 1 else texts for name, texts in parameters.items()},
        "snapshot": snapshot,
        "published_in": published_in,
        "published_on": published_on,
    }
    with door(address(), by=by, roles="steward") as service:
        _show([service.act("/v1/published", body)], COLUMNS, more=False, as_json=as_json)


def published(everything: All = False, as_json: Json = False) -> None:
    """List figures that were quoted to the world, the newest first."""
    with door(address()) as service:
        rows, more = service.rows("/v1/published", everything=everything)
    _show(rows, COLUMNS, more=more, as_json=as_json)


def published_differences(
    version: Annotated[int | None, typer.Option("--version", help="Of a projection that stands ready.")] = None,
    as_json: Json = False,
) -> None:
    """Ask every published figure again, by the rules of a version, and list those that differ; tables likewise."""
    with door(address()) as service:
        rows = [row for path in OTHERWISE for row in _differences(service, path, version)]
        _show(rows, AGAIN, more=False, as_json=as_json)


def _differences(service: Door, path: str, version: int | None) -> Iterator[Any]:
    cursor = None
    while True:
        found = service.ask(path, version=version, cursor=cursor)
        yield from found["rows"]
        cursor = found["next"]
        if cursor is None:
            return


def _show(rows: list[Any], columns: tuple[str, ...], *, more: bool, as_json: bool) -> None:
    """Print rows with the totals where a reader looks for them."""
    if as_json:
        print_json(rows)
        return
    told = [
        row
        | {"total": _total(row["answer"]), "asked": _asked(row), "id": row.get("id")}
        | ({"now": _now(row["now"])} if "now" in row else {})
        for row in rows
    ]
    show_rows(told, columns, more=more, as_json=False)


def _asked(row: dict[str, Any]) -> str:
    """Write what was asked; a table is told by the last day that it is about."""
    return _in_words(row["asked"]) if "asked" in row else str(row["as_of"])


def _now(again: dict[str, Any]) -> dict[str, Any]:
    """Give what is answered now: the total, and why there is none that is final."""
    why = again["why"] and both(again["why"]["indonesian"], again["why"]["english"])
    return {"total": again["answer"] and _total(again["answer"]), "why": why}


def _total(answer: dict[str, Any]) -> Any:
    """Give the total; of a file, what names its figures."""
    return answer.get("figures_sha256") or answer["total"]


def _in_words(parameters: dict[str, Any]) -> str:
    """Write parameters as `publish` takes them."""
    several = {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}
    return " ".join(f"{name}={text}" for name, texts in several.items() for text in texts) or "-"

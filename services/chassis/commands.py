"""What all commands have in common: exit codes, a failure told in one sentence, answers for programs."""

from typing import Any, NoReturn

import orjson
import typer

OK, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
"""Exit codes of all commands."""


def tell(sentence: str) -> None:
    """Say something to the person, apart from the answer."""
    typer.echo(sentence, err=True)


def both(indonesian: str, english: str) -> str:
    """Say the same in both languages, as refusals do."""
    return f"{indonesian} / {english}"


def fail(sentence: str) -> NoReturn:
    """End the command; the sentence says what a person has to mend."""
    tell(sentence)
    raise typer.Exit(FAILED) from None


def print_json(value: Any) -> None:
    """Print an answer for programs."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())

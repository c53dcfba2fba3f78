"""What all commands have in common: exit codes, a failure told in one sentence, answers for programs."""

import tomllib
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


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """End the command; the sentence says what a person has to mend."""
    tell(sentence)
    raise typer.Exit(code) from None


def read_document(name: str, content: bytes) -> dict[str, Any]:
    """Read what a person wrote for a command: a JSON object, or TOML, whose dates become texts."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as no_json:
        try:
            document = orjson.loads(orjson.dumps(tomllib.loads(content.decode())))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as no_toml:
            fail(
                both(
                    f"{name} bukan JSON ({no_json}) dan bukan TOML ({no_toml}). Perbaiki, lalu ulangi perintahnya.",
                    f"{name} is neither JSON ({no_json}) nor TOML ({no_toml}). Mend it, then repeat the command.",
                )
            )
    if not isinstance(document, dict):
        fail(
            both(
                f"{name} bukan objek JSON; tulis {{...}} dengan nama dan nilai, lalu ulangi perintahnya.",
                f"{name} is no JSON object; write {{...}} with names and values, then repeat the command.",
            )
        )
    return document


def print_json(value: Any) -> None:
    """Print an answer for programs."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())

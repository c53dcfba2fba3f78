"""What the documents name exists: tests, files, commands' modules; and decisions stay within a page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *(REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "contracts/README.md")),
]
DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
PAGE_LINES_MAX = 60
CASES = 18
CODE_AND_SENTENCES = 3
PLACE_OF_CODE = {"Rejected": 0, "Refused": 0, "Fault": -CODE_AND_SENTENCES}
"""Where the code stands in what a refusal is made of: first; a fault names its place before it."""


def test_every_test_that_the_regressions_name_exists() -> None:
    text = (REPOSITORY / "docs" / "regressions.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert named
    for file, test in named:
        path = REPOSITORY / file
        assert path.is_file(), file
        assert f"def {test}(" in path.read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_case_of_the_regressions_has_its_state() -> None:
    text = (REPOSITORY / "docs" / "regressions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, CASES + 1))
    assert all("::" in state or state.startswith("not yet: ") for _, state in rows)


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (document.parent / target).exists(), f"{document.name} leads to {target}"


def test_decisions_are_numbered_and_keep_to_a_page() -> None:
    for number, path in enumerate(DECISIONS, 1):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert path.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number:04} ")
        assert len(lines) <= PAGE_LINES_MAX, path.name
        assert {"## Context", "## Decision", "## Refused", "## Look again"} <= set(lines), path.name


@pytest.mark.parametrize("service", ["chassis", "enrollment", "claims", "reporting"])
def test_every_code_of_a_refusal_is_explained(service: str) -> None:
    """A rebuild is commanded in a terminal alone."""
    explained = set(re.findall(r"`(\w+)`", (REPOSITORY / "docs" / "http.md").read_text(encoding="utf-8")))
    files = [path for path in (REPOSITORY / "services" / service).rglob("*.py") if path.parent.name != "rebuild"]
    told = {code for file in files for code in _codes(ast.parse(file.read_text(encoding="utf-8")))}
    assert told
    assert not told - explained


def _codes(module: ast.Module) -> Iterator[str]:
    """Give the codes with which a module refuses: what is given to a refusal, or bears the name `code`."""
    for node in ast.walk(module):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            values = [*_code_of(node), *(one.value for one in node.keywords if one.arg == "code")]
        elif isinstance(node, ast.Assign):
            values = [node.value] if any(isinstance(to, ast.Name) and to.id == "code" for to in node.targets) else []
        elif isinstance(node, ast.Dict):
            members = zip(node.keys, node.values, strict=True)
            values = [value for name, value in members if isinstance(name, ast.Constant) and name.value == "code"]
        texts = (value.value for value in values if isinstance(value, ast.Constant))
        yield from (text for text in texts if isinstance(text, str) and re.fullmatch(r"\w+", text))


def _code_of(call: ast.Call) -> list[ast.expr]:
    """Give the code that a call of `Rejected`, `Refused` or `Fault` is given in its place."""
    place = PLACE_OF_CODE.get(call.func.id) if isinstance(call.func, ast.Name) else None
    return [] if place is None or len(call.args) < CODE_AND_SENTENCES else [call.args[place]]

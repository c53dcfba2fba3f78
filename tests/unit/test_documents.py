"""What the documents name exists: tests, files, commands' modules; and decisions stay within a page."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *(REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "contracts/README.md")),
]
DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
PAGE_LINES_MAX = 60
CASES = 18


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

"""What the linters cannot see: how files begin, where SQL stands, who catches everything, what is left for later."""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CODE = sorted(path for folder in ("services", "deploy", "contracts") for path in (REPOSITORY / folder).rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))

STATEMENT = re.compile(
    r"\b(select|insert into|update|delete from|merge into)\b.*\b(from|values|set|where)\b", re.DOTALL
)
KEEPERS_OF_SQL = re.compile(
    r"(\w+_)?(queries|store)|projections|answers|targets|reconcile|rollup|rebuild|over_time|followed|schemas|views|app|files"
)
"""Files and folders of a service that may hold statements (app: for readiness, grants; files: for Parquet)."""
CATCHES_ALL = re.compile(r"\s*except( (Base)?Exception| \(.*\bException\b.*\))?( as \w+)?:")
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b|pytest\.(mark\.)?(skip|x" r"fail)|unittest\.mo" r"ck")


def test_files_open_with_a_sentence() -> None:
    for path in [*CODE, *TESTS]:
        text = path.read_text(encoding="utf-8")
        opening = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        assert not text or opening.endswith((".", ":", "?", "`")), f"{_name(path)} opens with {opening!r}"


def test_sql_stands_in_the_files_that_keep_it() -> None:
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in CODE
        if "services" in path.parts and "chassis" not in path.parts and not _keeps_sql(path)
        for node in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if STATEMENT.search(str(node.value))
    ]
    assert found == []


def _keeps_sql(path: Path) -> bool:
    within = path.with_suffix("").parts[path.parts.index("services") + 2 :]
    return any(KEEPERS_OF_SQL.fullmatch(part) for part in within)


def test_whoever_catches_everything_says_why_or_raises_again() -> None:
    found = []
    for path in CODE:
        lines = path.read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines):
            if CATCHES_ALL.match(line):
                reason = "# " in re.sub(r"# noqa: \w+$", "", line) or lines[at - 1].lstrip().startswith("# ")
                raises = any(re.match(r"\s+raise\b", after) for after in lines[at + 1 : at + 6])
                found += [] if reason or raises else [f"{_name(path)}:{at + 1}"]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    assert [_name(path) for path in [*CODE, *TESTS] if LATER.search(path.read_text(encoding="utf-8"))] == []


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _texts(tree: ast.Module) -> list[ast.Constant]:
    """Every text of the module but its docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]

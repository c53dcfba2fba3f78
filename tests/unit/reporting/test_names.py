"""Whatever code stands in a figure has a name in both languages: of facts, of refusals, of questions and choices."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from payung_contracts import claims, enrollment, fact

from services.chassis.postgres import Pool
from services.claims import reasons
from services.enrollment import domain
from services.reporting import timeline
from services.reporting.app import make_app
from services.reporting.pages import honesty, names, words

ENROLLMENT = Path(domain.__file__).parents[1]
RULES = {"enroll", "renew", "refuse_age", "refuse_merged", "not_open"}
"""What may be against a proposal; whoever waits for a place may also be covered by then, or withdraw."""
WAITS = ("covered_already", "withdrawn")
UNSAID = {"known_at", "snapshot", "after"}
"""What of an address is no choice of a figure."""


def _refusals() -> set[str]:
    """Give the codes of all refusals that these rules may come to, through whatever they call."""
    functions: dict[str, ast.FunctionDef] = {}
    for path in (*(ENROLLMENT / "domain").glob("*.py"), ENROLLMENT / "cohorts" / "terms.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions |= {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    codes, seen, ahead = set(), set(), set(RULES)
    while ahead:
        seen |= ahead
        calls = [
            (node.func.id, node.args)
            for name in ahead
            for node in ast.walk(functions[name])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        codes |= {ast.literal_eval(args[0]) for called, args in calls if called == "Rejected"}
        ahead = {called for called, _ in calls if called in functions} - seen
    return codes


def _enums(schema: Any) -> Iterator[str]:
    """Give all values that a parameter may only have."""
    if isinstance(schema, dict):
        yield from map(str, [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())])
        for part in schema.values():
            yield from _enums(part)
    if isinstance(schema, list):
        for part in schema:
            yield from _enums(part)


def _questions() -> dict[str, list[dict[str, Any]]]:
    """Give the parameters of each question, by its path below /v1."""
    paths = make_app(cast(Pool, None)).openapi()["paths"]
    found = {}
    for path, operations in paths.items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/Answer"):
            asked = operations["get"]["parameters"]
            found[path.removeprefix("/v1/")] = [each for each in asked if each["in"] == "query"]
    return found


def test_every_code_that_facts_may_carry_has_a_name() -> None:
    waiting = (ENROLLMENT / "cohorts" / "waiting.py").read_text(encoding="utf-8")
    assert [code for code in WAITS if f'"{code}")' not in waiting] == []
    of_claims = set(re.findall(r'Reason\(\s*"([A-Z0-9_]+)"', Path(reasons.__file__).read_text(encoding="utf-8")))
    refused = _refusals()
    assert len(of_claims) > 25
    assert {"worker_deceased", "age_outside_limit", "renewal_overlaps", "worker_merged", "cohort_not_open"} <= refused
    carried = (fact.Segment, fact.Funding, fact.Programme, claims.Outcome, enrollment.Check)
    codes = {code for each in carried for code in get_args(each)} | of_claims | refused | set(WAITS)
    assert codes - names.NAMES.keys() == set()
    assert names.VOIDED_FOR.keys() == set(get_args(claims.VoidedFor))
    changing = set(re.findall(r'"enrollment\.(\w+)\.v1"', Path(timeline.__file__).read_text(encoding="utf-8")))
    assert names.FACTS.keys() == changing | {f"{added}_ends" for added in honesty.ADDS}


def test_every_question_is_named_and_so_is_whatever_may_be_chosen_of_it() -> None:
    questions = _questions()
    assert names.QUESTIONS.keys() == questions.keys()
    chosen = {each["name"] for asked in questions.values() for each in asked} - UNSAID
    assert chosen - names.CHOICES.keys() == set()
    tables = {"by": names.PARTS, "every": names.PARTS, "state": names.NAMES | names.COHORT_STATES}
    for each in (each for asked in questions.values() for each in asked):
        values = set(_enums(each["schema"]))
        assert values - tables.get(each["name"], names.NAMES).keys() == set(), each["name"]


def test_no_name_is_empty_or_a_code() -> None:
    for table in (*words.CODES.values(), names.PARTS, names.CHOICES, names.COUNTS, *names.COUNTS_OF.values()):
        for code, text in table.items():
            for said in (text.indonesian, text.english):
                assert said.strip(), code
                assert "_" not in said, code


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (3, "kurang dari satu menit", "less than a minute"),
        (180, "3 menit", "3 minutes"),
        (2 * 86_400, "2 hari", "2 days"),
    ],
)
def test_how_old_something_is_is_said_in_its_greatest_unit(seconds: float, indonesian: str, english: str) -> None:
    assert (words.age(seconds, "id"), words.age(seconds, "en")) == (indonesian, english)

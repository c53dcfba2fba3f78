"""Writes the JSON Schema of every fact; with --check only says which files differ from the models.

python -m payung_contracts.schemas [--check]
"""

import argparse
import json
import sys

from pydantic.json_schema import GenerateJsonSchema

from payung_contracts.envelope import SCHEMA_BASE
from payung_contracts.fact import Fact
from payung_contracts.published import folder
from payung_contracts.topics import FACTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """Pydantic's schema without a title per field, which would only repeat the field's name."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic hands it over
        return False


def render(fact: type[Fact]) -> str:
    """Write the schema of a fact's data; fields that it does not name are allowed, now and later."""
    schema = fact.model_json_schema(mode="validation", schema_generator=_Plain)
    document = {"$schema": DIALECT, "$id": f"{SCHEMA_BASE}{fact.type}"} | schema
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def differences() -> list[str]:
    """Name every file that is missing, stale or without a fact."""
    wanted = {f"{fact_type}.json": render(fact) for fact_type, fact in FACTS.items()}
    present = {path.name: path.read_text(encoding="utf-8") for path in folder("schemas").glob("*.json")}
    missing = [f"{name} is missing" for name in sorted(wanted.keys() - present.keys())]
    stale = [
        f"{name} differs from its model" for name in sorted(wanted) if present.get(name, wanted[name]) != wanted[name]
    ]
    strays = [f"{name} belongs to no fact" for name in sorted(present.keys() - wanted.keys())]
    return missing + stale + strays


def main() -> int:
    """Write the files, or compare them; 1 if a comparison found a difference."""
    parser = argparse.ArgumentParser(prog="python -m payung_contracts.schemas", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming the files that differ")
    if parser.parse_args().check:
        found = differences()
        for line in found:
            sys.stderr.write(f"{folder('schemas') / line}\n")
        if found:
            sys.stderr.write(
                "run `python -m payung_contracts.schemas` and look at the change: it is a change of the promise\n"
            )
        return 1 if found else 0
    for fact_type, fact in FACTS.items():
        (folder("schemas") / f"{fact_type}.json").write_text(render(fact), encoding="utf-8")
    for line in differences():
        sys.stderr.write(f"{folder('schemas') / line}: remove it by hand if that is meant\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

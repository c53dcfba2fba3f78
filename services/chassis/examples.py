"""Puts an example together for a schema: what its fields name as examples, else a value of their kind."""

from typing import Any

Schema = dict[str, Any]

OF_FORMAT = {
    "uuid": "0198c0de-0000-7000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T08:00:00+08:00",
    "binary": "",
}
OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": False, "null": None}


def example(schema: Schema, schemas: Schema) -> Any:
    """Give an example of the schema; `schemas` are those that it may refer to."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for name in ("example", "const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return example(schema[name][0], schemas)
    return _of_type(schema, schemas)


def _of_type(schema: Schema, schemas: Schema) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "array":
        places = schema.get("prefixItems") or [schema[name] for name in ("items",) if name in schema]
        return [example(place, schemas) for place in places]
    if kind == "object":
        return {name: example(field, schemas) for name, field in schema.get("properties", {}).items()}
    if "minimum" in schema:
        return max(schema["minimum"], 1)
    return OF_FORMAT.get(schema.get("format", ""), OF_TYPE.get(kind))

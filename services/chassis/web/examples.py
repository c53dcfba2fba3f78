"""Puts an example together for a schema: what its fields name as examples, else what stands under such a name.

One word is used for one thing everywhere, so that a name is enough to know what its text looks like.
"""

from typing import Any

Schema = dict[str, Any]

OF_FORMAT = {
    "uuid": "0198c0de-0000-7000-8000-000000000001",
    "date": "2026-01-31",
    "date-time": "2026-01-31T08:00:00+08:00",
    "binary": "",
}
OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": False, "null": None}
OF_NAME = {
    "activity": "farming",
    "actor": "clerk-1",
    "aliases": "Ketewel Gianyar",
    "bank_reference": "BPD-2026-0001",
    "cells": "51.04.01.2002",
    "code": "cohort_not_open",
    "cohort": "Pekerja rentan 2027",
    "column": "village_code",
    "edition": "Kepmendagri 300.2.2-2430/2025",
    "english": "This cohort is not open, so it takes nobody in. Have it approved and opened.",
    "hash": "9f2c6d0e",
    "indonesian": "Kelompok ini tidak sedang dibuka. Mintalah agar disetujui dan dibuka.",
    "law": "PP 82/2019 Pasal 34",
    "legal_reference": "PP 82/2019 Pasal 34",
    "level": "village",
    "name": "Ketewel",
    "next": "WyIyMDI3LTA2LTMwIl0=",
    "parameter": "jkm.santunan",
    "parent": "51.04.01",
    "path": "/v1/coverages/0198c0de-0000-7000-8000-000000000001/terminations",
    "previous": "51b0a7c4",
    "purpose": "find by NIK",
    "segment": "BPU",
    "source": "enrollment",
    "type": "enrollment.coverage_started.v1",
    "unit": "people",
    "why": "the same work is paid for twice",
}


def example(schema: Schema, schemas: Schema, name: str = "") -> Any:
    """Give an example of what stands under the name; `schemas` are those that the schema may refer to."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for told in ("example", "const", "default"):
        if schema.get(told) is not None:
            return schema[told]
    for told in ("examples", "enum"):
        if schema.get(told):
            return schema[told][0]
    for told in ("anyOf", "oneOf", "allOf"):
        if told in schema:
            return example(schema[told][0], schemas, name)
    return _of_type(schema, schemas, name)


def _of_type(schema: Schema, schemas: Schema, name: str) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "array":
        places = schema.get("prefixItems") or [schema[told] for told in ("items",) if told in schema]
        return [example(place, schemas, name) for place in places]
    if kind == "object":
        return {part: example(field, schemas, part) for part, field in schema.get("properties", {}).items()}
    if "minimum" in schema:
        return max(schema["minimum"], 1)
    if "format" in schema:
        return OF_FORMAT.get(schema["format"], OF_TYPE.get(kind))
    if kind == "string":
        return OF_NAME["actor"] if name.endswith("_by") else OF_NAME.get(name, OF_TYPE[kind])
    return OF_TYPE.get(kind)

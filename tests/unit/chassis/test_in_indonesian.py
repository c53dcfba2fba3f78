"""What is wrong with a part of a request is said in Indonesian too, whatever the kind of the error."""

from datetime import date
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from services.chassis.web import Body, in_indonesian
from services.chassis.web.refusals import REFUSALS


class Asked(Body):
    day: date = date(2026, 1, 1)
    at: AwareDatetime | None = None
    worker: UUID | None = None
    number: Annotated[int, Field(ge=1, le=9)] = 1
    name: Annotated[str, Field(min_length=2, max_length=5, pattern="^[a-z]+$")] = "abc"
    kind: Literal["JKK", "JKM"] = "JKK"
    flag: bool = False
    part: Literal["segment", "funding"] | Literal["district", "village"] = "village"  # noqa: PYI030 - a union, as parameters have
    several: Annotated[list[int], Field(min_length=1, max_length=2)] | None = None
    needed: int


@pytest.mark.parametrize(
    "given",
    [
        {"needed": 1, "odd": 1},
        {},
        {"needed": "x"},
        {"needed": 1.5},
        {"needed": 1, "day": "2026-02-30"},
        {"needed": 1, "day": {}},
        {"needed": 1, "at": "2026-01-01T00:00:00"},
        {"needed": 1, "at": "soon"},
        {"needed": 1, "worker": "nobody"},
        {"needed": 1, "number": 0},
        {"needed": 1, "number": 10},
        {"needed": 1, "name": "a"},
        {"needed": 1, "name": "abcdef"},
        {"needed": 1, "name": "ABC"},
        {"needed": 1, "name": 5},
        {"needed": 1, "name": "a\0b"},
        {"needed": 1, "kind": "JHT"},
        {"needed": 1, "flag": "perhaps"},
        {"needed": 1, "several": []},
        {"needed": 1, "several": [1, 2, 3]},
        {"needed": 1, "several": 1},
        [],
    ],
    ids=str,
)
def test_every_error_of_a_body_is_told_in_both_languages(given: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Asked).validate_python(given)
    found = RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in refused.value.errors()])
    errors = REFUSALS[RequestValidationError](found).more["errors"]
    assert errors
    for one in errors:
        assert one["reason"]
        assert "{" not in one["indonesian"]


def test_a_word_that_is_none_of_several_lists_is_told_once() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Asked).validate_python({"needed": 1, "part": "kecamatan", "kind": "JHT"})
    kind, part = REFUSALS[RequestValidationError](RequestValidationError(refused.value.errors())).more["errors"]
    assert part == {
        "pointer": "/part",
        "code": "literal_error",
        "reason": "Input should be 'segment', 'funding', 'district' or 'village'",
        "indonesian": "harus salah satu dari 'segment', 'funding', 'district' atau 'village'",
    }
    assert (kind["pointer"], kind["indonesian"]) == ("/kind", "harus salah satu dari 'JKK' atau 'JKM'")


def test_every_sentence_is_for_an_error_that_there_is() -> None:
    assert set(in_indonesian.SENTENCES) <= set(get_args(ErrorType))

"""What every service asks of a question over HTTP: known parameter names, one value each, a bounded body; and pages."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
import pytest_asyncio
from fastapi import APIRouter, Query
from httpx2 import ASGITransport, AsyncClient
from pydantic import Field, TypeAdapter

from services.chassis.web import Body, make_api, pages
from services.chassis.web.bodies import JSON_BYTES_MAX

PLACE = TypeAdapter(tuple[str, int])
FIRST = ("", 0)
KEYS = [(letter, number) for letter in "abc" for number in range(1, 4)]

router = APIRouter()


class Wanted(pages.PageOf):
    letter: list[str] = Field([])


@router.get("/rows")
async def rows(asked: Annotated[Wanted, Query()]) -> dict[str, Any]:
    begins = pages.place(asked.cursor, PLACE, first=FIRST)
    found = [key for key in KEYS if key > begins and (not asked.letter or key[0] in asked.letter)][: asked.limit + 1]
    shown, following = pages.page(found, asked.limit, PLACE, lambda row: row)
    return {"rows": shown, "next": following}


@router.get("/row/{number}")
async def row(number: int) -> int:
    return number


class Saying(Body):
    text: str


@router.post("/said")
async def said(body: Saying) -> int:
    return len(body.text)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app=make_api("Payung test", [router]))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a" * 40, "a" * 40), ("a" * 41, "?"), ("nik5104011506870001", "?"), ("Ni Made Sari", "?"), ("", "?")],
)
async def test_a_name_that_might_say_who_somebody_is_is_not_repeated(http: AsyncClient, name: str, shown: str) -> None:
    answer = await http.get("/rows", params={name: "1"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/query/{shown}")
    assert shown == name or not name or name not in answer.text


@pytest.mark.parametrize(
    ("question", "pointer", "code", "says"),
    [
        ("/rows?leter=a", "/query/leter", "parameter_unknown", "known are: cursor, letter, limit."),
        ("/rows?letter=a&Letter=b", "/query/Letter", "parameter_unknown", "known are: cursor, letter, limit."),
        ("/row/1?limit=3", "/query/limit", "parameter_unknown", "none is known."),
        ("/rows?limit=1&limit=2", "/query/limit", "parameter_repeated", "takes one value"),
        ("/rows?5104010101609001=1", "/query/?", "parameter_unknown", "`?` is no parameter"),
        ("/health/live?probe=1", "/query/probe", "parameter_unknown", "none is known."),
        ("/rows?letter=%00", "/query/letter", "nul_character", "NUL"),
    ],
)
async def test_a_parameter_that_is_not_known_is_named_with_those_that_are(
    http: AsyncClient, question: str, pointer: str, code: str, says: str
) -> None:
    answer = await http.get(question)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [(pointer, code)]
    assert told["code"] == code
    assert says in told["detail"]
    assert told["indonesian"]
    assert "5104010101609001" not in answer.text


async def test_filters_that_may_be_repeated_are_not_refused(http: AsyncClient) -> None:
    answer = await http.get("/rows?letter=a&letter=b&limit=9")
    assert answer.json() == {"rows": [list(key) for key in KEYS[:6]], "next": None}


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 10])
async def test_pages_give_every_row_once(http: AsyncClient, limit: int) -> None:
    found, asked = [], {"limit": str(limit)}
    for _ in range(len(KEYS) + 1):
        told = (await http.get("/rows", params=asked)).json()
        assert 0 < len(told["rows"]) <= limit
        found += [tuple(each) for each in told["rows"]]
        if told["next"] is None:
            break
        asked["cursor"] = told["next"]
    assert found == KEYS


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WzEsMl0=", "Ω"])
async def test_a_cursor_of_another_list_is_refused(http: AsyncClient, cursor: str) -> None:
    answer = await http.get("/rows", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_beyond_its_bound_is_a_problem(http: AsyncClient, declared: bool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100_000

    content = b" " * (JSON_BYTES_MAX + 1) if declared else endless()
    answer = await http.post("/said", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/rows", 405)])
async def test_what_is_not_there_is_a_problem(http: AsyncClient, method: str, path: str, status: int) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers.get("allow") == ("GET" if status == 405 else None)


async def test_a_text_with_nul_is_told_at_its_place(http: AsyncClient) -> None:
    answer = await http.post("/said", json={"text": "a\0b"})
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/body/text", "nul_character")]
    assert (await http.post("/said", json={"text": "ab"})).json() == 2

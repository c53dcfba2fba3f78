"""How a refusal is told over HTTP: application/problem+json (RFC 9457), with pointers and a stable code."""

from typing import Any, Protocol

from fastapi.responses import JSONResponse


class Problem(Exception):
    """A refusal that the caller hears as application/problem+json (RFC 9457).

    `detail` says what, where, why and how to mend it; `more` holds further members, such as `errors` with pointers.
    """

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more
        self.headers: dict[str, str] = {}

    def response(self) -> JSONResponse:
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.more}
        return JSONResponse(body, self.status, self.headers, media_type="application/problem+json")


class Told(Protocol):
    """A refusal of the business: a stable code, and what it says in both languages."""

    code: str
    indonesian: str
    english: str


TITLES = {403: "Not allowed", 404: "Not known", 409: "A rule refuses this", 422: "The request is not valid"}
"""What a refusal is titled by its status, in words; its code names the rule."""


def refusal(status: int, title: str, told: Told, **more: Any) -> Problem:
    """Tell of a rule that says no, in both languages."""
    said = {"code": told.code, "indonesian": told.indonesian, "english": told.english}
    return Problem(status, title, told.english, **said, **more)

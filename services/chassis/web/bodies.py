"""Bounds on what a request may bring; FastAPI counts the bytes, here it is told as a problem."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.web.problems import Problem

JSON_BYTES_MAX = 1024 * 1024
"""Of a request that is no file; an operation that takes files says how large they may be: `max_body_size`."""

TOO_LARGE = 413


class TellTooLarge:
    """Answer with a problem where the bound on a body was passed, in place of the plain text of Starlette."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = False

        async def tell(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and _plain_and_too_large(message):
                told = True
                await too_large().response()(scope, receive, send)
            elif not told:
                await send(message)

        await self.app(scope, receive, tell)


def too_large() -> Problem:
    """Tell that a body has too many bytes."""
    return Problem(
        TOO_LARGE,
        "Too large",
        "The body of this request has more bytes than this operation takes. Split the file, or send less.",
        code="too_large",
        indonesian="Isi permintaan ini melebihi batas operasi ini. Bagi berkasnya, atau kirim lebih sedikit.",
        english="The body of this request has more bytes than this operation takes. Split the file, or send less.",
    )


def _plain_and_too_large(message: Message) -> bool:
    types = [value for name, value in message["headers"] if name == b"content-type"]
    return message["status"] == TOO_LARGE and any(value.startswith(b"text/plain") for value in types)

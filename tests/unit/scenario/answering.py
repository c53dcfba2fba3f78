"""A server of sockets that says what it was told to say, for whoever knocks on the services' doors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.scenarios.gianyar.doors import SERVICES, Doors, open_doors


@asynccontextmanager
async def answering(*answers: tuple[int, bytes]) -> AsyncIterator[tuple[Doors, list[str]]]:
    """Give these answers one after the other, whichever service is asked, and the heads of what was asked."""
    heads: list[str] = []
    waiting = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        heads.append(head)
        if "content-length: " in head:
            await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        status, body = waiting.pop(0)
        writer.write(
            f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nPayung-Consistency: enrollment:7\r\n"
            "Connection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_doors(dict.fromkeys(SERVICES, f"http://127.0.0.1:{port}"), pause_s_max=0.001) as opened:
            yield opened, heads

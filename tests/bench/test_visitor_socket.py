"""The visitor of the load test stays connected while it has nothing to ask, as a browser does."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from core.bench.visitor import Reading

HEARTBEAT = 0.2  # seconds between pings; without an answer for half of it the server hangs up


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
    await socket.prepare(request)
    async for message in socket:
        await socket.send_bytes(message.data)
        if message.data == b"last":
            break
    return socket


def test_a_silent_visitor_still_answers_pings_and_hears_when_the_server_hangs_up():
    async def visit() -> None:
        app = web.Application()
        app.router.add_get("/", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        async with aiohttp.ClientSession() as session:
            socket = Reading(await session.ws_connect(f"http://127.0.0.1:{port}/"))
            await asyncio.sleep(5 * HEARTBEAT)
            await socket.send(b"first")
            assert await socket.receive() == b"first"
            await socket.send(b"last")
            assert await socket.receive() == b"last"
            with pytest.raises(ConnectionError, match="closed"):
                await asyncio.wait_for(socket.receive(), 10)
            await socket.close()
        await runner.cleanup()

    asyncio.run(visit())

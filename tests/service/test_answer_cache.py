"""Answers that never change are made once; connections send at once."""

import asyncio
import socket

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web import cache


def kept_app(limit=1000):
    """(client of an app behind `Kept`, calls): /a/N never changes, /b/N may, /c/N is missing."""
    calls = []

    async def answer(request):
        calls.append(request.url.path)
        kind, number = request.path_params["kind"], request.path_params["number"]
        headers = {"Cache-Control": "private, max-age=9, immutable" if kind != "b" else "no-store"}
        return Response(bytes([number]) * 300, 404 if kind == "c" else 200, headers=headers)

    app = Starlette(
        routes=[Route("/{kind}/{number:int}", answer)],
        middleware=[Middleware(cache.CacheMiddleware, limit=limit)],
    )
    return TestClient(app), calls


def test_what_never_changes_is_made_once():
    client, calls = kept_app()
    first, again = client.get("/a/1"), client.get("/a/1")
    assert (again.content, dict(again.headers)) == (first.content, dict(first.headers)) and calls == ["/a/1"]
    assert client.get("/a/1?x").content == first.content and client.head("/a/1").content == b""
    assert client.get("/a/1", headers={"Range": "bytes=0-1"}).status_code == 200 and len(calls) == 4


def test_what_may_change_or_is_missing_is_asked_for_each_time():
    client, calls = kept_app()
    for path in ("/b/1", "/c/1"):
        client.get(path), client.get(path)
    assert calls == ["/b/1", "/b/1", "/c/1", "/c/1"]


def test_what_was_not_asked_for_longest_gives_way():
    client, calls = kept_app(limit=900)
    for number in (1, 2, 3, 1, 4):
        client.get(f"/a/{number}")
    calls.clear()
    client.get("/a/1"), client.get("/a/2")
    assert calls == ["/a/2"]


def test_connections_to_what_listens_send_at_once():
    """As Streamlit makes its socket: without naming TCP, so that asyncio leaves the option alone."""

    async def delayed():
        listening = socket.socket(family=socket.AF_INET)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        cache.set_tcp_nodelay()
        accepted = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(
            lambda reader, writer: accepted.set_result(writer), sock=listening
        )
        _, writer = await asyncio.open_connection(*listening.getsockname())
        ours = await asyncio.wait_for(accepted, 30)
        option = ours.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        ours.close()
        writer.close()
        server.close()
        return option

    assert asyncio.run(delayed())

"""Asks an ASGI app in this process, as a server would: no port, no client library."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case name → value; the last of several) and body.

    A refused connection has status 403.
    """

    status: int
    headers: dict
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def ask(
    app: Any,
    address: str,
    method: str = "GET",
    body: bytes = b"",
    kind: str = "http",
    client: tuple[str, int] | None = ("127.0.0.1", 1234),
    scheme: str = "http",
    **headers: str,
) -> Answer:
    """Answer of an app to one request; what the app raises is raised.

    Args:
        address: path and query as in a browser's address, percent-encoded or not.
        kind: "http" or "websocket"; of a connection only whether it is refused can be told.
        headers: name → value, with _ for -.
    """
    path, _, query = address.partition("?")
    scope = {
        "type": kind,
        "method": method,
        "scheme": scheme,
        "path": unquote(path, "utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode("utf-8", "replace"),
        "root_path": "",
        "http_version": "1.1",
        "client": client,
        "server": ("testserver", 80),
        "headers": [(n.replace("_", "-").encode(), v.encode("latin-1")) for n, v in headers.items()],
    }
    sent: list[dict[str, Any]] = []
    asyncio.run(_exchange(app, scope, body, sent))
    if kind == "websocket":
        return Answer(403 if sent[0]["type"] == "websocket.close" else 101, {}, b"")
    told = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))


async def _exchange(app: Any, scope: dict[str, Any], body: bytes, sent: list[dict[str, Any]]) -> None:
    """Let the app answer; what it sends is added to `sent`."""
    opening = {"http": {"type": "http.request", "body": body, "more_body": False}}
    first = opening.get(scope["type"], {"type": "websocket.connect"})

    async def receive() -> dict[str, Any]:
        return first

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)

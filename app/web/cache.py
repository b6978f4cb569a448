"""How pictures and scripts reach a whole class: answers that never change are kept, none is held back."""

import contextlib
import gc
import socket
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_CACHE_BYTES = 24_000_000  # of everything: Streamlit's scripts, ours and the newest pictures
MAX_ANSWER_BYTES = 4_000_000

Key = tuple[str, bool]  # path, whether the answer may be compressed


class CacheMiddleware:
    """ASGI middleware: an answer that says it is immutable is made once and then repeated.

    A file that Streamlit or Starlette serves costs several hops between threads; thirty browsers that open
    the page ask for two thousand. To stand behind whatever decides who may come in.

    Args:
        limit: bytes of all answers together.
        may_repeat: whether what lies at a path may still be shown: its run may have been deleted.
    """

    def __init__(
        self, app: ASGIApp, limit: int = MAX_CACHE_BYTES, may_repeat: Callable[[str], bool] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.may_repeat = may_repeat
        # Both are used from the event loop alone.
        self._answers: OrderedDict[Key, tuple[Message, bytes]] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _cache_key(scope)
        if key is None:
            await self.app(scope, receive, send)
        elif key in self._answers and (self.may_repeat is None or self.may_repeat(scope["path"])):
            self._answers.move_to_end(key)
            start, body = self._answers[key]
            await send(dict(start))  # what stands around this middleware may add to it
            await send({"type": "http.response.body", "body": body})
        else:
            await self._answer_and_keep(key, scope, receive, send)

    async def _answer_and_keep(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        parts: list[bytes] = []

        async def send_and_keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = {**message, "headers": list(message["headers"])} if _is_immutable(message) else None
            elif start is not None and message["type"] == "http.response.body":
                parts.append(bytes(message.get("body", b"")))
                if not message.get("more_body"):
                    self._store(key, start, b"".join(parts))
            await send(message)

        await self.app(scope, receive, send_and_keep)

    def _store(self, key: Key, start: Message, body: bytes) -> None:
        if len(body) > MAX_ANSWER_BYTES or key in self._answers:
            return
        self._answers[key] = start, body
        self._bytes += len(body)
        while self._bytes > self.limit:
            _, (_, oldest) = self._answers.popitem(last=False)
            self._bytes -= len(oldest)


def _cache_key(scope: Scope) -> Key | None:
    """None if the answer depends on more than path and compression."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    headers = dict(scope["headers"])
    if any(name in headers for name in (b"range", b"if-none-match", b"if-modified-since")):
        return None
    return scope["path"], b"gzip" in headers.get(b"accept-encoding", b"")


def _is_immutable(start: Message) -> bool:
    headers = dict(start["headers"])
    may_be_kept = b"immutable" in headers.get(b"cache-control", b"")
    return start["status"] == 200 and may_be_kept and b"set-cookie" not in headers


def set_tcp_nodelay() -> None:
    """Let no small answer wait for the one before to be acknowledged, which takes 40 ms each time.

    asyncio sees to that by itself, but not on a socket made the way Streamlit makes its own (without naming
    TCP). What listens hands the option on to every connection. To be called once, when the server listens.
    """
    for sock in gc.get_objects():
        if (
            type(sock) is socket.socket
            and sock.fileno() >= 0
            and sock.family in (socket.AF_INET, socket.AF_INET6)
        ):
            # One that another thread closes just now costs nothing but itself.
            with contextlib.suppress(OSError):
                if sock.type == socket.SOCK_STREAM and _is_listening(sock):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _is_listening(sock: socket.socket) -> bool:
    try:
        return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # macOS does not tell; the option does a connection no harm
        return True

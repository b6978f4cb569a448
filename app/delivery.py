"""How pictures and scripts reach a whole class at once: answers that never change are kept in memory, and none is held back."""

import contextlib
import gc
import socket
from collections import OrderedDict

KEPT_BYTES = 24_000_000  # of everything: Streamlit's scripts, ours and the newest pictures
LARGEST = 4_000_000


class Kept:
    """ASGI middleware: an answer that says it is immutable is made once and then repeated.

    A file that Streamlit or Starlette serves costs several hops between threads; thirty browsers that open the page ask for
    two thousand. To stand behind whatever decides who may come in.
    """

    def __init__(self, app, limit=KEPT_BYTES):
        self.app, self.limit = app, limit
        self._answers, self._bytes = OrderedDict(), 0  # used from the event loop alone

    async def __call__(self, scope, receive, send):
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        if key in self._answers:
            self._answers.move_to_end(key)
            start, body = self._answers[key]
            await send(start)
            await send({"type": "http.response.body", "body": body})
            return
        start, parts = None, []

        async def send_and_keep(message):
            nonlocal start
            if message["type"] == "http.response.start":
                start = {**message, "headers": list(message["headers"])} if _never_changes(message) else None
            elif start is not None and message["type"] == "http.response.body":
                parts.append(bytes(message.get("body", b"")))
                if not message.get("more_body"):
                    self._keep(key, start, b"".join(parts))
            await send(message)

        await self.app(scope, receive, send_and_keep)

    def _keep(self, key, start, body):
        if len(body) > LARGEST or key in self._answers:
            return
        self._answers[key] = start, body
        self._bytes += len(body)
        while self._bytes > self.limit:
            _, (_, oldest) = self._answers.popitem(last=False)
            self._bytes -= len(oldest)


def _key(scope):
    """(path, whether it may be compressed), or None if the answer depends on more."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    headers = dict(scope["headers"])
    if b"range" in headers or b"if-none-match" in headers or b"if-modified-since" in headers:
        return None
    return scope["path"], b"gzip" in headers.get(b"accept-encoding", b"")


def _never_changes(start):
    headers = dict(start["headers"])
    return start["status"] == 200 and b"immutable" in headers.get(b"cache-control", b"") and b"set-cookie" not in headers


def send_at_once():
    """Let no small answer wait for the one before to be acknowledged, which takes 40 ms each time.

    asyncio sees to that by itself, but not on a socket made the way Streamlit makes its own (without naming TCP). What
    listens hands the option on to every connection. To be called once, when the server listens.
    """
    for found in gc.get_objects():
        if type(found) is socket.socket and found.fileno() >= 0 and found.family in (socket.AF_INET, socket.AF_INET6):
            # One that another thread closes just now costs nothing but itself.
            with contextlib.suppress(OSError):
                if found.type == socket.SOCK_STREAM and _listens(found):
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(found):
    try:
        return found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:  # macOS does not tell; the option does a connection no harm
        return True

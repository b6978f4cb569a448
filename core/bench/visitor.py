"""A visitor of the app without a browser: asks for what a browser asks for, in its order, and takes the times."""

import asyncio
import contextlib
import json
import re
import secrets
import time
import zlib
from collections import Counter

from core.bench import wire
from core.errors import SettingError

POLL_SECONDS = 0.25  # as app/static/player.js does
PATIENCE_SECONDS = 60.0
AT_ONCE = 6  # connections of a browser to one host
SCRIPTS = re.compile(rb'(?:src|href)="(?:\./)?([^":]+\.(?:js|css))"')
IMPORTS = re.compile(r'(?:from|import) "\./([a-z-]+\.js)"')


class Http:
    """HTTP/1.1 to one address over a few lasting connections.

    Args:
        tally: Counter of (first part of the path, status).
    """

    def __init__(self, host, port, cookie, tally):
        self.host, self.port, self.tally = host, port, tally
        self._head = f"Host: {host}:{port}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n"
        self._idle, self._slots = [], asyncio.Semaphore(AT_ONCE)

    async def get(self, path, accept="*/*"):
        """(status, body)."""
        async with self._slots:
            for last in (False, True):  # the server may have closed a connection that has idled
                fresh = last or not self._idle
                reader, writer = await asyncio.open_connection(self.host, self.port) if fresh else self._idle.pop()
                try:
                    writer.write(f"GET {path} HTTP/1.1\r\n{self._head}Accept: {accept}\r\n\r\n".encode())
                    status, body = await asyncio.wait_for(_answer(reader), PATIENCE_SECONDS)
                except (ConnectionError, asyncio.IncompleteReadError):
                    writer.close()
                    if fresh:
                        raise
                    continue
                self._idle.append((reader, writer))
                self.tally[path.split("/")[1].split("?")[0], status] += 1
                return status, body

    def close(self):
        """Close the connections."""
        for _, writer in self._idle:
            writer.close()


async def _answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status = int(head.split(" ", 2)[1])
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return status, zlib.decompress(body, 47) if headers.get("content-encoding") == "gzip" else body


class Visitor:
    """One person with a page open.

    Args:
        host, port: of the server.
        tally: shared Counter of requests.
        updates: shared list; gets (run, newest row had, newest row now, when the figures and when the pictures were here).
    """

    def __init__(self, host, port, tally=None, updates=None):
        self.address = f"{host}:{port}"
        cookie = f"ctjp_owner={secrets.token_urlsafe(24)}"
        self.http = Http(host, port, cookie, Counter() if tally is None else tally)
        self.updates = [] if updates is None else updates
        self.page, self.query, self._cookie, self._socket, self._seen = wire.Page(), "", cookie, None, {}

    async def open(self, query=""):
        """Open the page as a browser that was never here: until the run's state and its newest pictures have arrived. Seconds."""
        began = time.perf_counter()
        self.query = query
        _, page = await self.http.get(f"/?{query}", "text/html")
        scripts = asyncio.gather(*(self.http.get(f"/{name.decode()}") for name in dict.fromkeys(SCRIPTS.findall(page))))
        self._socket = await _connect()(
            f"ws://{self.address}/_stcore/stream", subprotocols=["streamlit"], additional_headers={"Cookie": self._cookie}, max_size=None
        )
        await asyncio.gather(self.ask(), scripts)
        await self._player_scripts()
        await self.look()
        return time.perf_counter() - began

    async def ask(self, pressed=None, numbers=None):
        """One script run; returns its wire.Page. `pressed` is a button's label, `numbers` label → what was typed."""
        button = self.page.buttons[pressed] if pressed else None
        typed = {self.page.numbers[label]: value for label, value in (numbers or {}).items()}
        await self._socket.send(wire.rerun(self.query, button, typed))
        page = wire.Page()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not page.take(await self._socket.recv()):
                continue
        self.page, self.query = page, self.query if page.query is None else page.query
        return page

    async def look(self):
        """What the player asks for once: what is new of its run, and the newest picture of each painter. Returns the state."""
        run = self.run
        had = self._seen.get(run, 0)
        status, body = await self.http.get(f"/runs/{run}.json?after={had}")
        if status != 200:
            return {"active": True, "status": "refused", "ahead": None, "wait": None}
        state = json.loads(body)
        figures = time.monotonic()
        newest = {row[0]: row[1] for row in state["rows"] if row[8]}
        await asyncio.gather(*(self.http.get(f"/frames/{run}/{painter}/{step}.png") for painter, step in newest.items()))
        if newest:
            self.updates.append((run, had, state["seq"], figures, time.monotonic()))
        self._seen[run] = state["seq"]
        return state

    async def watch(self, seconds):
        """Look until the run has ended, or for so long. Returns the last state."""
        deadline = time.monotonic() + seconds
        while True:
            state = await self.look()
            if not state["active"] or time.monotonic() > deadline:
                return state
            await asyncio.sleep(POLL_SECONDS)

    @property
    def run(self):
        """Id of the run that the page shows."""
        return self.page.components["ctjp_player"]["run"]

    async def close(self):
        """Close the page."""
        self.http.close()
        if self._socket is not None:
            with contextlib.suppress(Exception):
                await self._socket.close()

    async def _player_scripts(self):
        base = self.page.components["ctjp_player"]["assets"]
        known, waiting = set(), ["player.js"]
        while waiting:
            known |= set(waiting)
            answers = await asyncio.gather(*(self.http.get(f"{base}/{name}") for name in waiting))
            waiting = sorted({name for _, body in answers for name in IMPORTS.findall(body.decode())} - known)
        await asyncio.gather(*(self.http.get(f"{base}/{name}") for name in ("player.css", "charts.json", "vega.js")))


def _connect():
    try:
        from websockets.asyncio.client import connect
    except ImportError:
        raise SettingError("`bench load` needs the package websockets 14 or newer; install it with `pip install websockets`.") from None
    return connect

"""A visitor of the app without a browser: asks for what a browser asks for, in its order, and times it."""

from __future__ import annotations

import asyncio
import json
import posixpath
import re
import secrets
import time
from collections import Counter
from typing import Any, NamedTuple

import aiohttp

from core.bench.streamlit_protocol import Page, rerun

POLL_SECONDS = 0.25  # as app/static/player/pauses.js does
STARTING_SECONDS = 0.08  # likewise, until the first row of a run that is next, or has begun
TURN_SECONDS = 0.5  # likewise, for each run ahead in line
LONGEST_TURN_SECONDS = 4.0
TIMEOUT_SECONDS = 60.0
MOST_CONNECTIONS = 6  # of a browser to one host, its web socket not counted
PLAYER = "ctjp_player"
SCRIPTS = re.compile(rb'(?:src|href)="(?:\./)?([^":]+\.(?:js|css))"')
IMPORTS = re.compile(r'(?:from|import) "(\.{1,2}/[a-z/-]+\.js)"')
REFUSED_STATE = {"active": True, "status": "refused", "ahead": None, "wait": None}

Tally = Counter[tuple[str, int]]  # (first part of the path, status) → requests


def pause_after(state: dict[str, Any], has_rows: bool) -> float:
    """Seconds until the player asks about an active run again.

    Args:
        has_rows: whether any row of the run has come.
    """
    ahead = state["ahead"] or 0
    if state["status"] == "queued" and ahead > 1:
        return min(TURN_SECONDS * ahead, LONGEST_TURN_SECONDS)
    starting = state["status"] == "running" or not ahead
    return STARTING_SECONDS if starting and not has_rows else POLL_SECONDS


class Update(NamedTuple):
    """New rows that reached a visitor: the newest it had and has, and when figures and pictures arrived."""

    run: str
    had: int
    newest: int
    figures: float
    pictures: float


class Reading:
    """A socket that is read all the time, as a browser does: whoever reads only what was asked for answers no
    ping, and after a while the server hangs up.

    Args:
        socket: an open one; nobody else receives from it.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue()  # None: it has been closed
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                self._received.put_nowait(await self._socket.receive_bytes())
        except TypeError:  # no binary message: it has been closed
            pass
        finally:
            self._received.put_nowait(None)

    async def send(self, data: bytes) -> None:
        """One binary message."""
        await self._socket.send_bytes(data)

    async def receive(self) -> bytes:
        """The next message. Raises ConnectionError: the server has closed the connection."""
        if (data := await self._received.get()) is None:
            raise ConnectionError("The server has closed the connection to the page.")
        return data

    async def close(self) -> None:
        """Close it and stop reading."""
        await self._socket.close()
        self._task.cancel()


class Visitor:
    """One person with a page open.

    Args:
        port: of the server, on this machine.
        tally: shared count of requests.
        updates: shared list of what arrived.
    """

    def __init__(self, port: int, tally: Tally | None = None, updates: list[Update] | None = None) -> None:
        self.port = port
        self.tally = Counter() if tally is None else tally
        self.updates = [] if updates is None else updates
        self.page = Page()
        self.query = ""
        self._cookie = f"ctjp_owner={secrets.token_urlsafe(24)}"
        self._session: aiohttp.ClientSession | None = None
        self._socket: Reading | None = None
        self._seen: dict[str, int] = {}  # run → newest row

    async def open(self, query: str = "") -> float:
        """Open the page as a browser that was never here.

        Seconds until the run's state and newest pictures are here.
        """
        began = time.perf_counter()
        self.query = query
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS + 1),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Cookie": self._cookie, "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(TIMEOUT_SECONDS),
        )
        _, page = await self.get(f"/?{query}", "text/html")
        names = dict.fromkeys(SCRIPTS.findall(page))
        scripts = asyncio.gather(*(self.get(f"/{name.decode()}") for name in names))
        self._socket = Reading(
            await self._session.ws_connect(
                self._url("/_stcore/stream"), protocols=["streamlit"], max_msg_size=0
            )
        )
        await asyncio.gather(self.ask(), scripts)
        await self._load_player()
        await self.look()
        return time.perf_counter() - began

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def get(self, path: str, accept: str = "*/*") -> tuple[int, bytes]:
        """(status, body) of an address."""
        assert self._session is not None
        async with self._session.get(self._url(path), headers={"Accept": accept}) as answer:
            body = await answer.read()
        self.tally[path.split("/")[1].split("?")[0], answer.status] += 1
        return answer.status, body

    async def ask(self, pressed: str | None = None, numbers: dict[str, int] | None = None) -> Page:
        """One script run. `pressed` is a button's label, `numbers` label → what was typed."""
        assert self._socket is not None
        button = self.page.buttons[pressed] if pressed else None
        typed = {self.page.numbers[label]: value for label, value in (numbers or {}).items()}
        await self._socket.send(rerun(self.query, button, typed))
        page = Page()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not page.read_message(await self._socket.receive()):
                continue
        self.page = page
        if page.query is not None:
            self.query = page.query
        return page

    async def look(self) -> dict[str, Any]:
        """What the player asks for once: what is new of its run, and each painter's newest picture.

        Returns the state.
        """
        run = self.run
        had = self._seen.get(run, 0)
        known = "&known=1" if run in self._seen else ""
        status, body = await self.get(f"/runs/{run}.json?after={had}{known}")
        if status != 200:
            return REFUSED_STATE
        state = json.loads(body)
        figures = time.monotonic()
        newest = {row[0]: row[1] for row in state["rows"] if row[8]}
        frames = (f"/frames/{run}/{painter}/{step}.png" for painter, step in newest.items())
        await asyncio.gather(*map(self.get, frames))
        if newest:
            self.updates.append(Update(run, had, state["seq"], figures, time.monotonic()))
        self._seen[run] = state["seq"]
        return state

    async def watch(self, seconds: float) -> dict[str, Any]:
        """Look until the run has ended, or for so long. Returns the last state."""
        deadline = time.monotonic() + seconds
        while True:
            state = await self.look()
            if not state["active"] or time.monotonic() > deadline:
                return state
            await asyncio.sleep(pause_after(state, has_rows=self._seen.get(self.run, 0) > 0))

    @property
    def run(self) -> str:
        """Id of the run that the page shows."""
        return self.page.components[PLAYER]["run"]

    @property
    def refusal(self) -> str:
        """Why the page did not take the run that was asked for last; "" if it did."""
        return self.page.alerts[0] if self.page.alerts and self.run not in self.query else ""

    async def close(self) -> None:
        """Close the page."""
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()

    async def _load_player(self) -> None:
        """The player's scripts with all that they import, its stylesheet and its charts."""
        base = self.page.components[PLAYER]["assets"]
        known: set[str] = set()
        waiting = ["player/player.js"]
        while waiting:
            known |= set(waiting)
            answers = await asyncio.gather(*(self.get(f"{base}/{name}") for name in waiting))
            found = set()
            for name, (_, body) in zip(waiting, answers, strict=True):
                folder = posixpath.dirname(name)
                imported = IMPORTS.findall(body.decode())
                found |= {posixpath.normpath(f"{folder}/{other}") for other in imported}
            waiting = sorted(found - known)
        sheets = ("shared/colours.css", "shared/controls.css", "player/player.css")
        others = (*sheets, "charts.json", "vega.js")
        await asyncio.gather(*(self.get(f"{base}/{name}") for name in others))

"""A class on one server: `python -m core bench load`. Loopback only, in a store of its own that is thrown away.

Starts the app as a person does, with the real pack and painter process, and opens sessions over the app's own protocol
(core/bench/visitor.py): scripts, web socket, the player's questions, pictures. Everything shares this machine's cores,
the visitors too, so a server with cores for itself does better than the figures say.
"""

import asyncio
import contextlib
import json
import math
import os
import tempfile
import threading
import time
import urllib.request
from bisect import bisect_right
from collections import Counter
from urllib.parse import urlencode

from core.bench.rows import Row, at_least, at_most, skipped
from core.bench.server import started
from core.bench.visitor import Visitor
from core.errors import StoreError
from core.metrics import resident_bytes
from core.settings import PAINTERS, knobs
from core.store import RunStore

PROMPT = "a red fox in snow"
FIRST_PAGE, UPDATE, GROWTH = 3.0, 0.5, 100e6  # what must be reached: seconds, seconds, bytes
START_SECONDS, RUN_SECONDS, WATCH_SECONDS = 180.0, 120.0, 30.0
LONG = {f"{p}.steps": str(next(int(k.high) for k in knobs(cls) if k.name == "steps")) for p, cls in PAINTERS.items()}
SMALL = {"painters": "pixels", "pixels.steps": "10"}  # a run of a second or so, painted by the real pack
REFUSED = "in line already"


def load(minutes=10.0, sessions=30, runs=200, pack="miniature", tell=lambda text: None):
    """Measure everything. Returns list[Row].

    Args:
        minutes: of asking for runs, at least. runs: so many small ones are asked for meanwhile.
        tell: gets a sentence now and then.
    """
    with tempfile.TemporaryDirectory(prefix="ctjp-load-") as folder, _serving(folder, pack) as (port, process), RunStore(folder) as store:
        tell(f"The server runs, process {process.pid}; the painter process loads its models.")
        _wait_for_painter(store, process)
        with Commits(store) as commits:
            return asyncio.run(Course(port, process, store, commits, sessions, tell).attend(minutes, runs))


class Course:
    """The visitors and what they met."""

    def __init__(self, port, process, store, commits, sessions, tell):
        self.process, self.store, self.commits, self.tell = process, store, commits, tell
        self.tally, self.updates = Counter(), []
        self.teacher = Visitor("127.0.0.1", port, self.tally)
        self.class_ = [Visitor("127.0.0.1", port, self.tally, self.updates) for _ in range(sessions)]
        self.failed = 0

    async def attend(self, minutes, runs):
        """A whole course. Returns list[Row]."""
        try:
            return [
                *await self.arrive(),
                *await self.share(),
                *await self.work(minutes, runs),
                _row_of_refusals(self.tally),
                at_most("8", "pages that showed an error", self.failed, 0),
            ]
        finally:
            await asyncio.gather(*(one.close() for one in (self.teacher, *self.class_)))

    async def arrive(self):
        """The teacher starts a long run, and everybody opens its link at once."""
        await self.teacher.open(urlencode({"prompt": PROMPT, "seed": 7, **LONG}))
        await self.teacher.ask(pressed="Run")
        run = self.teacher.run
        while not self.store.rows(run):
            await asyncio.sleep(0.1)
        self.tell(f"{len(self.class_)} sessions open the link of a run in progress.")
        seconds = await asyncio.gather(*(one.open(urlencode({"run": run})) for one in self.class_))
        self.updates.clear()  # the first look brings what was there already
        states = await asyncio.gather(*(one.watch(WATCH_SECONDS) for one in self.class_))
        self.failed += sum(one.page.failed for one in self.class_)
        late = self.commits.late(self.updates)
        note = f"median {_share(seconds, 0.5):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}, with a run in progress"
        active = sum(state["active"] for state in states)
        rows = [at_most("1", "first useful page, p95 (s)", _share(seconds, 0.95), FIRST_PAGE, note)]
        return [*rows, *_update_rows("2", late, f"{active} of {len(states)} still watched a run in progress at the end")]

    async def share(self):
        """Everybody asks for the same run; then one person asks for two more."""
        self.tell("Everybody asks for the same run.")
        link = urlencode({"prompt": PROMPT, "seed": 1000, **SMALL})
        askers = [Visitor(one.http.host, one.http.port, self.tally) for one in self.class_]
        try:
            await asyncio.gather(*(one.open(link) for one in askers))
            await asyncio.gather(*(one.ask(pressed="Run") for one in askers))
            told = await askers[-1].look()
            second = askers[-1]
            await second.ask(pressed="Run", numbers={"Seed": 1001})
            first_page = second.run
            page = await second.ask(pressed="Run", numbers={"Seed": 1002})
            refused = [text for text in page.alerts if REFUSED in text]
            state = await second.look()
        finally:
            await asyncio.gather(*(one.close() for one in askers))
        ids = {one.run for one in askers[:-1]}
        wait = f"{told['ahead']} ahead, about {told['wait']:.0f} s" if told["wait"] is not None else f"{told['ahead']} ahead"
        rows = [
            at_most("4", "runs made of one request by everybody", len(ids), 1, f"asked {len(askers)} times at once"),
            Row("5", "place and wait while a run is painted", wait, "both told", told["ahead"] is not None and told["wait"] is not None),
            Row("5.1", "a second run of one person while others wait", "refused" if refused else "taken", "refused", bool(refused)),
        ]
        await self.teacher.ask(pressed="Cancel")
        await self._until_free([*ids, first_page])
        return rows if state["status"] != "refused" else [*rows, skipped("5.2", "its state", "the server refused to tell")]

    async def work(self, minutes, runs):
        """Everybody runs small runs, one after the other, spread over the minutes."""
        each = math.ceil(runs / len(self.class_))
        self.tell(f"{len(self.class_)} sessions run {each} runs each, over {minutes:g} min or more.")
        self.updates.clear()
        link = [urlencode({"prompt": PROMPT, "seed": 2000 + 100 * n, **SMALL}) for n in range(len(self.class_))]
        for one, query in zip(self.class_, link, strict=True):  # another link in the same window: the page is loaded anew
            await one.close()
            one.__init__(one.http.host, one.http.port, self.tally, self.updates)
            await one.open(query)
        before, began = resident_bytes(self.process.pid), time.monotonic()
        interval = 60 * minutes / each
        ended = await asyncio.gather(*(self._runs(n, one, each, began, interval) for n, one in enumerate(self.class_)))
        seconds = time.monotonic() - began
        after = resident_bytes(self.process.pid)
        self.failed += sum(one.page.failed for one in self.class_)
        rows = _update_rows("3", self.commits.late(self.updates), f"everybody watches a run of their own, {seconds:.0f} s")
        made = Counter(status for statuses in ended for status in statuses)
        rows.append(at_least("6", "small runs done", made["done"], min(runs, each * len(self.class_)), f"{dict(made)}"))
        if before is None:
            return [*rows, skipped("7", "growth of the server's memory (MB)", "this system does not tell a process's memory")]
        note = f"from {before / 1e6:.0f} to {after / 1e6:.0f} MB over {seconds / 60:.1f} min and {sum(made.values())} runs"
        return [*rows, at_most("7", "growth of the server's memory (MB)", (after - before) / 1e6, GROWTH / 1e6, note)]

    async def _runs(self, number, visitor, each, began, interval):
        """Statuses in which the runs of one visitor ended."""
        statuses = []
        for turn in range(each):
            # Nobody presses at the same moment as everybody else.
            start = began + interval * (turn + number / len(self.class_))
            await asyncio.sleep(max(0.0, start - time.monotonic()))
            page = await visitor.ask(pressed="Run", numbers={"Seed": 2000 + 100 * number + turn})
            if page.alerts and visitor.run not in visitor.query:
                statuses.append("refused")
                continue
            state = await visitor.watch(RUN_SECONDS)
            statuses.append(state["status"])
            await visitor.ask()  # the player reruns the page once when its run has ended
            if number == 0:
                self.tell(f"{turn + 1} of {each} rounds, server at {(resident_bytes(self.process.pid) or 0) / 1e6:.0f} MB.")
        return statuses

    async def _until_free(self, ids):
        deadline = time.monotonic() + RUN_SECONDS
        while any((run := self.store.get(one)) and run.active for one in [self.teacher.run, *ids]):
            if time.monotonic() > deadline:
                raise StoreError(f"The runs before were not done within {RUN_SECONDS:.0f} s; is the machine very busy?")
            await asyncio.sleep(0.1)


class Commits(threading.Thread):
    """Notes when each row of the store was committed.

    A row is dated to the look before the one that first saw it, so that no wait comes out too short.
    """

    def __init__(self, store):
        super().__init__(name="commits", daemon=True)
        self.store, self.rows = store, {}  # run → ([seq], [moment])
        self._stopped = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self.join()

    def run(self):
        newest, before = 0, time.monotonic()
        while not self._stopped.wait(0.01):
            now = time.monotonic()
            for record in self.store.database.read("SELECT seq, run FROM steps WHERE seq > ? ORDER BY seq", newest):
                newest = record["seq"]
                seqs, moments = self.rows.setdefault(record["run"], ([], []))
                seqs.append(newest)
                moments.append(before)
            before = now

    def late(self, updates):
        """[(seconds to the figures, to the pictures too)] since the oldest row that an update brought was committed."""
        found = []
        for run, had, _, figures, pictures in updates:
            seqs, moments = self.rows.get(run, ([], []))
            place = bisect_right(seqs, had)
            if had and place < len(seqs):
                found.append((figures - moments[place], pictures - moments[place]))
        return found


def _update_rows(check, late, note):
    if not late:
        return [Row(check, "live update, p95 (s)", "none", f"≤ {UPDATE:g}", False, "no update came; was the run over at once?")]
    figures, pictures = (sorted(column) for column in zip(*late, strict=True))
    told = f"from commit to browser with pictures, {len(late)} updates, median {_share(pictures, 0.5):.2f} s; {note}"
    return [
        at_most(check, "live update, p95 (s)", _share(pictures, 0.95), UPDATE, told),
        Row(f"{check}.1", "of these its figures, p95 (s)", _share(figures, 0.95)),
    ]


def _row_of_refusals(tally):
    frames = sum(n for (route, status), n in tally.items() if route == "frames" and 400 <= status < 500)
    served = sum(n for (route, _), n in tally.items() if route == "frames")
    bad = {f"{route} {status}": n for (route, status), n in sorted(tally.items()) if status >= 400}
    return at_most("9", "4xx for frames", frames, 0, f"of {served}; of all {tally.total()} requests these were refused: {bad or 'none'}")


def _share(values, share):
    """The smallest value that so large a share of the values does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


@contextlib.contextmanager
def _serving(folder, pack):
    """The app with a store of its own, once it serves: (port, process)."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("CTJP_") or name == "CTJP_THREADS"}
    environment = usual | {"CTJP_STORE": str(folder), "CTJP_PACK": str(pack)}
    with tempfile.TemporaryFile() as output, started(environment, output) as (port, process):
        _wait_for_server(port, process, output)
        yield port, process


def _wait_for_server(port, process, output):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            if json.load(answer)["status"] == "ok":
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    output.seek(0)
    raise StoreError(f"The server did not come up: {output.read().decode(errors='replace')[-800:]}")


def _wait_for_painter(store, process):
    deadline = time.monotonic() + START_SECONDS
    while not ((state := store.painter_state()) and state.state == "ready"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StoreError(
                f"The painter process was not ready within {START_SECONDS:.0f} s; see `painter.log` of a server started by hand."
            )
        time.sleep(0.2)

"""A class on one server: `python -m core bench load`.

Starts the app as a person does, on this machine alone and in a store that is thrown away, with the
real pack and painter process, and opens sessions over its own protocol (core/bench/visitor.py): scripts,
web socket, the player's questions, pictures. Everything shares this machine's cores, the visitors too, so a
server with cores for itself does better than the figures say.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from core.base.errors import StoreError
from core.base.links import request_parameters
from core.base.request import RunRequest
from core.base.setting import settings_of
from core.base.settings import PAINTERS
from core.bench import load_rows
from core.bench.commit_times import CommitTimes
from core.bench.load_rows import nearest_rank
from core.bench.load_server import serving, wait_for_painter
from core.bench.one_knob import changed_request
from core.bench.report import ReportRow, at_least, at_most, skipped
from core.bench.visitor import Update, Visitor
from core.service.prometheus import resident_bytes
from core.storage.run_store import RunStore

PROMPT = "a red fox in snow"
FIRST_PAGE = 3.0  # seconds that must be reached
GROWTH = 100e6  # bytes that must be reached
RUN_SECONDS = 120.0
WATCH_SECONDS = 30.0
LONG = {
    f"{painter}.steps": f"{setting.high:g}"
    for painter, cls in PAINTERS.items()
    for setting in settings_of(cls)
    if setting.name == "steps"
}
SMALL = {"painters": "pixels", "pixels.steps": "10"}  # a run of a second or so, painted by the real pack
REFUSED = "in line already"
KNOB_PAINTER = "diffusion"  # whose knob everybody turns
KNOB_SEED = 1500
KNOB_SETTINGS: dict[str, Any] = {}  # of the run in which they do, besides the defaults
TURN = 0.01  # of the knob, from one person to the next
ALONE = 3  # people who first change it one at a time, with nobody else in line


def load_test(
    minutes: float = 10.0,
    sessions: int = 30,
    runs: int = 200,
    pack: str = "miniature",
    tell: Callable[[str], object] = lambda text: None,
) -> list[ReportRow]:
    """Measure everything.

    Args:
        minutes: of asking for runs, at least.
        runs: so many small ones are asked for meanwhile.
        tell: gets a sentence now and then.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ctjp-load-") as folder,
        serving(folder, pack) as (port, process),
        RunStore(folder) as store,
    ):
        tell(f"The server runs, process {process.pid}; the painter process loads its models.")
        wait_for_painter(store, process)
        with CommitTimes(store) as commits:
            return asyncio.run(
                ClassTest(port, process, store, commits, sessions, tell).run_all(minutes, runs)
            )


class ClassTest:
    """A teacher, the students, and what they met."""

    def __init__(
        self,
        port: int,
        process: subprocess.Popen,
        store: RunStore,
        commits: CommitTimes,
        sessions: int,
        tell: Callable[[str], object],
    ) -> None:
        self.port = port
        self.process = process
        self.store = store
        self.commits = commits
        self.tell = tell
        self.tally: Counter[tuple[str, int]] = Counter()
        self.updates: list[Update] = []
        self.failed = 0
        self.teacher = Visitor(port, self.tally)
        self.students = self._new_students(sessions)

    def _new_students(self, count: int) -> list[Visitor]:
        return [Visitor(self.port, self.tally, self.updates) for _ in range(count)]

    async def run_all(self, minutes: float, runs: int) -> list[ReportRow]:
        """A whole lesson."""
        try:
            return [
                *await self.measure_arrival(),
                *await self.measure_same_request(),
                *await self.measure_many_runs(minutes, runs),
                await self.measure_one_knob(),
                load_rows.refusals(self.tally),
                at_most("8", "pages that showed an error", self.failed, 0),
            ]
        finally:
            await _close([self.teacher, *self.students])

    async def measure_arrival(self) -> list[ReportRow]:
        """The teacher starts a long run, and everybody opens its link at once."""
        await self.teacher.open(urlencode({"prompt": PROMPT, "seed": 7, **LONG}))
        await self.teacher.ask(pressed="Run")
        run = self.teacher.run
        while not self.store.rows(run):
            await asyncio.sleep(0.1)
        self.tell(f"{len(self.students)} sessions open the link of a run in progress.")
        link = urlencode({"run": run})
        seconds = await asyncio.gather(*(student.open(link) for student in self.students))
        self.updates.clear()  # the first look brings what was there already
        states = await asyncio.gather(*(student.watch(WATCH_SECONDS) for student in self.students))
        self._count_failed()
        times = f"median {nearest_rank(seconds, 0.5):.2f} s, worst {max(seconds):.2f} s of {len(seconds)}"
        note = f"{times}, with a run in progress"
        first = at_most("1", "first useful page, p95 (s)", nearest_rank(seconds, 0.95), FIRST_PAGE, note)
        active = sum(state["active"] for state in states)
        watched = f"{active} of {len(states)} still watched a run in progress at the end"
        return [first, *load_rows.live_updates("2", self.commits.delays(self.updates), watched)]

    async def measure_same_request(self) -> list[ReportRow]:
        """Everybody asks for the same run; then one person asks for two more."""
        self.tell("Everybody asks for the same run.")
        link = urlencode({"prompt": PROMPT, "seed": 1000, **SMALL})
        askers = [Visitor(self.port, self.tally) for _ in self.students]
        last = askers[-1]
        try:
            await asyncio.gather(*(asker.open(link) for asker in askers))
            await asyncio.gather(*(asker.ask(pressed="Run") for asker in askers))
            queued = await last.look()
            await last.ask(pressed="Run", numbers={"Seed": 1001})
            another_run = last.run
            page = await last.ask(pressed="Run", numbers={"Seed": 1002})
            state = await last.look()
        finally:
            await _close(askers)
        runs = {asker.run for asker in askers[:-1]}
        refused = any(REFUSED in text for text in page.alerts)
        rows = load_rows.same_request(len(runs), len(askers), queued, refused)
        if state["status"] == "refused":
            rows.append(skipped("5.2", "its state", "the server refused to tell"))
        await self.teacher.ask(pressed="Cancel")
        await self._until_free([self.teacher.run, *runs, another_run])
        return rows

    async def measure_many_runs(self, minutes: float, runs: int) -> list[ReportRow]:
        """Everybody runs small runs, one after the other, spread over the minutes."""
        count = len(self.students)
        runs_each = math.ceil(runs / count)
        self.tell(f"{count} sessions run {runs_each} runs each, over {minutes:g} min or more.")
        await self._open_small_runs()
        before = resident_bytes(self.process.pid)
        began = time.monotonic()
        interval = 60 * minutes / runs_each
        turns = (self._runs(number, runs_each, began, interval) for number in range(count))
        ended = Counter(status for statuses in await asyncio.gather(*turns) for status in statuses)
        seconds = time.monotonic() - began
        after = resident_bytes(self.process.pid)
        self._count_failed()
        watched = f"everybody watches a run of their own, {seconds:.0f} s"
        rows = load_rows.live_updates("3", self.commits.delays(self.updates), watched)
        most = min(runs, runs_each * count)
        rows.append(at_least("6", "small runs done", ended["done"], most, f"{dict(ended)}"))
        name = "growth of the server's memory (MB)"
        if before is None or after is None:
            return [*rows, skipped("7", name, "this system does not tell a process's memory")]
        took = f"over {seconds / 60:.1f} min and {ended.total()} runs"
        note = f"from {before / 1e6:.0f} to {after / 1e6:.0f} MB {took}"
        return [*rows, at_most("7", name, (after - before) / 1e6, GROWTH / 1e6, note)]

    async def _open_small_runs(self) -> None:
        """Another link in the same windows: each page is loaded anew, one after the other."""
        await _close(self.students)
        self.updates.clear()
        self.students = self._new_students(len(self.students))
        for number, student in enumerate(self.students):
            await student.open(urlencode({"prompt": PROMPT, "seed": _first_seed(number), **SMALL}))

    async def _runs(self, number: int, count: int, began: float, interval: float) -> list[str]:
        """Statuses in which the runs of one student ended."""
        student = self.students[number]
        statuses = []
        for turn in range(count):
            # Nobody presses at the same moment as everybody else.
            start = began + interval * (turn + number / len(self.students))
            await asyncio.sleep(max(0.0, start - time.monotonic()))
            await student.ask(pressed="Run", numbers={"Seed": _first_seed(number) + turn})
            if student.refusal:
                statuses.append("refused")
                continue
            state = await student.watch(RUN_SECONDS)
            statuses.append(state["status"])
            await student.ask()  # the player reruns the page once when its run has ended
            if number == 0:
                megabytes = (resident_bytes(self.process.pid) or 0) / 1e6
                self.tell(f"{turn + 1} of {count} rounds, server at {megabytes:.0f} MB.")
        return statuses

    async def measure_one_knob(self) -> ReportRow:
        """Store a run; then everybody changes one knob of it, each to a different value, and presses Run."""
        count = len(self.students)
        self.tell(f"{count} sessions change one knob of a stored run, after {ALONE} have done so alone.")
        await _close(self.students)
        self.students = self._new_students(1 + ALONE + count)
        run = RunRequest.make(PROMPT, KNOB_SEED, **KNOB_SETTINGS)
        for number, student in enumerate(self.students):  # the first one has the run itself
            changed = changed_request(run, KNOB_PAINTER, 1 + TURN * number)
            await student.open(urlencode(request_parameters(changed)))
        first, *few = self.students[: 1 + ALONE]
        everybody = self.students[1 + ALONE :]
        try:
            await _press_run(first, RUN_SECONDS)
            alone = statistics.median([await _press_run(student, RUN_SECONDS) for student in few])
            waits = (_press_run(student, 3 * count * alone) for student in everybody)
            row = load_rows.one_knob(await asyncio.gather(*waits), alone)
        except (StoreError, OSError) as error:  # what was measured before it is still reported
            row = load_rows.no_one_knob(count, str(error))
        self._count_failed()
        return row

    def _count_failed(self) -> None:
        self.failed += sum(student.page.failed for student in self.students)

    async def _until_free(self, runs: list[str]) -> None:
        deadline = time.monotonic() + RUN_SECONDS
        while any((run := self.store.get(run_id)) and run.active for run_id in runs):
            if time.monotonic() > deadline:
                busy = f"The runs before were not done within {RUN_SECONDS:.0f} s"
                raise StoreError(f"{busy}; is the machine very busy?")
            await asyncio.sleep(0.1)


def _first_seed(number: int) -> int:
    """Of a student's runs, which nobody else asks for."""
    return 2000 + 100 * number


async def _press_run(visitor: Visitor, patience: float) -> float:
    """Seconds from pressing Run until the run is done. Raises StoreError: refused, failed, or not in time."""
    began = time.monotonic()
    await visitor.ask(pressed="Run")
    if visitor.refusal:
        raise StoreError(f"A run with one knob changed was refused: {visitor.refusal}")
    state = await visitor.watch(patience)
    seconds = time.monotonic() - began
    if state["status"] != "done":
        status = f"not done but {state['status']}"
        raise StoreError(f"After {seconds:.0f} s a run with one knob changed is {status}.")
    return seconds


async def _close(visitors: list[Visitor]) -> None:
    await asyncio.gather(*(visitor.close() for visitor in visitors))

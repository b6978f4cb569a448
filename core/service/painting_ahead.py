"""Paints what will probably be asked for while nobody asks for anything, so that the answer is there at once.

It has the lowest priority: it begins when the queue has been empty for a while, is given up between two steps
as soon as anything is asked for, and is taken up again later. What it has painted belongs to nobody
(core.storage.painted_ahead).
"""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import psutil

from core.base.environment import paints_ahead, store_cap_bytes
from core.base.errors import UserError
from core.base.request import RunRequest
from core.execute import execute
from core.service.ahead_requests import chip_requests, preset_requests
from core.service.health import LOW_DISK_BYTES
from core.storage.frame_extras import EXTRAS_PER_PAINTER
from core.storage.painted_ahead import PaintedAhead, run_on_screen
from core.storage.start_pictures import StartPictures

if TYPE_CHECKING:
    from core.packs.pack import ModelPack
    from core.storage.run_store import RunStore

QUIET_SECONDS = 3.0  # nobody has asked for anything for so long
LOOK_SECONDS = 2.0  # between two looks when there was nothing to paint
CAP_SHARE = 0.8  # of what the store may take; beyond it nothing is painted ahead
SPARE_DISK_BYTES = 5 * LOW_DISK_BYTES


class PaintingAhead:
    """Paints ahead into one store, a run at a time.

    Args:
        store: the runs.
        pack_name: of the pack that visitors use.
        log: function of one text.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        store: RunStore,
        pack_name: str,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self.store, self.pack_name, self.log, self.clock = store, pack_name, log, clock
        self.starts = StartPictures(store.folder)
        self._painted: PaintedAhead | None = None
        self._settled: set[str] = set()  # what is there or cannot be painted; nobody need look again
        self._chips: list[RunRequest] | None = None
        self._questions: list[RunRequest] = []  # about the run `_asked_about`
        self._asked_about = ""
        self._quiet_since: float | None = None
        self._next_look = 0.0

    def something_happened(self) -> None:
        """Somebody has asked for something: wait until it is quiet again."""
        self._quiet_since = None

    def paint_next(self, load: Callable[[str], ModelPack], should_stop: Callable[[], bool]) -> bool:
        """Paint one run if it has been quiet for a while. True if there was one, given up or not.

        Args:
            load: pack name → ModelPack.
            should_stop: asked between two steps, besides whether somebody waits.
        """
        now = self.clock()
        if self._quiet_since is None:
            self._quiet_since = now
        if now - self._quiet_since < QUIET_SECONDS or now < self._next_look:
            return False
        try:
            if paints_ahead() and has_mains() and self._has_room() and self._paint_one(load, should_stop):
                return True
        except UserError as error:
            self.log(str(error))
        self._next_look = now + LOOK_SECONDS
        return False

    def _paint_one(self, load: Callable[[str], ModelPack], should_stop: Callable[[], bool]) -> bool:
        pack = load(self.pack_name)
        if self._painted is None or self._painted.pack_hash != pack.hash:
            self._painted = PaintedAhead(self.store, pack.hash)
            self._painted.remove_outdated()
        painted = self._painted
        request = next((one for one in self._wanted() if self._is_due(painted, one)), None)
        if request is None or painted.somebody_waits():
            return False
        self._paint(painted, request, pack, lambda: should_stop() or painted.somebody_waits())
        return True

    def _wanted(self) -> Iterator[RunRequest]:
        """What is likely to be asked for, the likeliest first; worked out once for each run on the screen."""
        if self._chips is None:
            self._chips = chip_requests(self.pack_name)
        yield from self._chips
        run = run_on_screen(self.store)
        if run is None or run.request.pack != self.pack_name:
            return
        if run.id != self._asked_about:
            self._questions = list(preset_requests(run, self.pack_name, self.store))
            self._asked_about = run.id
        yield from self._questions

    def _is_due(self, painted: PaintedAhead, request: RunRequest) -> bool:
        text = request.canonical()
        if text in self._settled:
            return False
        if painted.is_due(request):
            return True
        self._settled.add(text)
        return False

    def _paint(
        self, painted: PaintedAhead, request: RunRequest, pack: ModelPack, should_stop: Callable[[], bool]
    ) -> None:
        """Paint what is missing of one request; nothing that goes wrong here ends the process."""
        run_id, missing = painted.begin(request)
        failed = not missing.painters
        try:
            recorder = self.store.recorder(run_id)
            execute(missing, pack, recorder, should_stop, EXTRAS_PER_PAINTER, starts=self.starts.picture)
        except Exception as error:
            failed = True
            self.log(str(error) if isinstance(error, UserError) else traceback.format_exc())
        painted.end(run_id, failed)

    def _has_room(self) -> bool:
        """Whether neither the store nor its disk is nearly full. Raises StoreError, SettingError."""
        taken = self.store.database.read("SELECT COALESCE(SUM(bytes), 0) AS n FROM paintings")[0]["n"]
        free = shutil.disk_usage(self.store.folder).free
        return taken <= CAP_SHARE * store_cap_bytes() and free >= SPARE_DISK_BYTES


def has_mains() -> bool:
    """Whether the machine is not on battery, as far as can be told."""
    battery = getattr(psutil, "sensors_battery", lambda: None)()
    return battery is None or battery.power_plugged is not False

"""The loop of the painter process: takes the next queued run, paints it into the store, and again."""

from __future__ import annotations

import functools
import gc
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from core.base.errors import StoreError, UserError
from core.base.frame import Frame, Measurement
from core.base.machine import is_out_of_memory, peak_memory_bytes, reset_peak_memory
from core.base.revision import PAINTING_REVISION
from core.execute import Recorder, execute
from core.service.heartbeat import Heartbeat
from core.service.log import log
from core.service.painting_ahead import PaintingAhead
from core.service.side_jobs import SideJobs
from core.service.supervisor import INTERRUPTED
from core.storage.database import LockedError
from core.storage.frame_extras import EXTRAS_PER_PAINTER
from core.storage.paintings import Demand
from core.storage.records import Run, progress_text
from core.storage.run_store import RunStore
from core.storage.start_pictures import StartPictures

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

Answer = TypeVar("Answer")

IDLE_SECONDS = 0.1
RETRY_SECONDS = 30.0
STOPPED = "Stopped at {at}; what was painted stays."
OUT_OF_MEMORY = (
    "This machine's memory did not suffice at {at}; what was painted stays. "
    "Lower the cutouts or close other programs, then press Run to paint it again."
)
CHANGED = "{what} has changed since the server started. Restart the server and press Run again."


def load_pack(name: str) -> ModelPack:
    """Open a pack and load every model that it has, so that the first run need not wait. Raises PackError."""
    from core.packs import open_pack_limited

    # Nearly all that is made while torch and its friends are imported stays, and the collector would walk it
    # again and again: a quarter of the time.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        pack = open_pack_limited(name)
        pack.load_all()
    finally:
        if was_collecting:
            gc.enable()
    return pack


class PainterLoop:
    """The loop of the painter process.

    Args:
        store: the runs.
        heartbeat: told what the loop does.
        stop_requested: set when the loop should end.
        load: pack name → pack with its models loaded.
    """

    def __init__(
        self,
        store: RunStore,
        heartbeat: Heartbeat,
        stop_requested: threading.Event,
        load: Callable[[str], ModelPack],
    ):
        self.store = store
        self.heartbeat = heartbeat
        self.stop_requested = stop_requested
        self.load = load
        self.packs: dict[str, ModelPack] = {}
        self.log = log
        self.side_jobs = SideJobs(store, log)
        self._demand = Demand(False, frozenset())
        self.starts = StartPictures(store.folder)

    def loop(self, first_pack: str) -> None:
        """Load a pack, then paint what is queued until told to stop."""
        self.side_jobs.recover()
        try:
            self._pack(first_pack)
        except UserError as error:
            log(str(error))  # a broken pack fails the runs that ask for it, not the process
        ahead = PaintingAhead(self.store, first_pack, log)
        run_ended = True
        while not self.stop_requested.is_set():
            self.heartbeat.tick("ready")
            side_job_done = self.side_jobs.between_runs(self._pack, run_ended)
            run = self._retry(self.store.queue.take_next, self.heartbeat.worker)
            run_ended = run is not None
            if run is not None:
                self._take(run)
            if run is not None or side_job_done:
                ahead.something_happened()
            elif not ahead.paint_next(self._pack, self._is_needed):
                self.stop_requested.wait(IDLE_SECONDS)

    def _is_needed(self) -> bool:
        """Whether what is painted ahead has to give way; asked between two steps."""
        self.heartbeat.tick("ready")
        return self.stop_requested.is_set() or self.side_jobs.between_steps(self.packs)

    def _take(self, run: Run) -> None:
        """Paint one run and note how it ended."""
        self.heartbeat.tick("painting", run.id)
        log("Began a run.", run=run.id, attempt=run.attempt)
        began = time.monotonic()
        reset_peak_memory()
        status, reason = self.paint(run)
        self._retry(self.store.queue.note_peak, run.id, peak_memory_bytes())
        self._retry(self.store.queue.finish, run.id, status, reason)
        seconds = round(time.monotonic() - began, 2)
        log("A run has ended.", run=run.id, status=status, reason=reason, seconds=seconds)

    def paint(self, run: Run) -> tuple[str, str]:
        """Paint what is missing of a run into the store. Returns its final status and the reason; raises
        nothing.
        """
        try:
            pack = self._pack_of(run)
            missing = run.request.only(self._retry(self.store.queue.claim, run.id))
            recorder = RetryingRecorder(self.store.recorder(run.id), self._retry)
            status = execute(
                missing,
                pack,
                recorder,
                functools.partial(self._should_stop, run),
                EXTRAS_PER_PAINTER,
                self._is_wanted,
                self.starts.picture,
            )
            if status == "done":
                return "done", ""
            at = progress_text(self.store.last_row(run.id))
            if self.store.queue.cancel_requested(run.id):
                return "stopped", STOPPED.format(at=at)
            return "interrupted", INTERRUPTED.format(at=at)
        except UserError as error:
            return "failed", str(error)
        except Exception as error:
            log(traceback.format_exc(), run=run.id)
            if is_out_of_memory(error):
                return "failed", OUT_OF_MEMORY.format(at=progress_text(self.store.last_row(run.id)))
            return "failed", unexpected_error_text(type(error).__name__)

    def _should_stop(self, run: Run) -> bool:
        self.heartbeat.tick("painting", run.id)
        self.side_jobs.between_steps(self.packs)  # whoever brought a picture need not wait for the run's end
        if self.stop_requested.is_set():
            return True
        self._demand = self._retry(self.store.queue.demand, run.id, passing=LockedError)
        if self._demand.cancelled and self._demand.painters:
            self._withdraw(run.id)
        return self._demand.cancelled and not self._demand.painters

    def _is_wanted(self, painter: str) -> bool:
        """Whether a painter goes on: after a cancellation only for other people's runs."""
        return not self._demand.cancelled or painter in self._demand.painters

    def _withdraw(self, run_id: str) -> None:
        """A cancelled run has stopped, though something of it goes on for another run."""
        reason = STOPPED.format(at=progress_text(self.store.last_row(run_id)))
        self._retry(self.store.queue.withdraw, run_id, reason, passing=LockedError)

    def _pack_of(self, run: Run) -> ModelPack:
        if run.code_revision != PAINTING_REVISION:
            raise StoreError(CHANGED.format(what="The code of the painters"))
        pack = self._pack(run.request.pack)
        if pack.hash != run.pack_hash:
            raise StoreError(CHANGED.format(what=f"The model pack {run.request.pack!r}"))
        return pack

    def _pack(self, name: str) -> ModelPack:
        if name not in self.packs:
            self.packs = {name: self.load(name)}  # one at a time: memory is what users run out of
        return self.packs[name]

    def _retry(
        self, action: Callable[..., Answer], *arguments: Any, passing: type[StoreError] = StoreError
    ) -> Answer:
        """Call an action, again and again for a while: a full disk or a locked database may pass."""
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return action(*arguments)
            except passing as error:
                log(str(error))
                if time.monotonic() > deadline or self.stop_requested.wait(1.0):
                    raise


def unexpected_error_text(name: str) -> str:
    """What a person reads when a run ends by a bug; `name` of the exception's class."""
    return (
        f"The painter process met an unexpected error ({name}); what was painted stays. "
        "painter.log in the store's folder has the details; please report them."
    )


class RetryingRecorder:
    """Another program that holds the database for a while costs time, not the step that was just computed."""

    def __init__(self, recorder: Recorder, retry: Callable[..., Any]):
        self._recorder, self._retry = recorder, retry

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """See `core.storage.run_store.RunStore.record`."""
        self._retry(self._recorder.record, frame, measurement, passing=LockedError)

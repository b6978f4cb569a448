"""What runs on a worker: paints one run at a time into an outbox that the dispatcher empties. Knows nothing of Ray."""

import os
import platform
import threading
import traceback
from dataclasses import dataclass

from core.errors import PackError, UserError, WorkersError
from core.memory import forget_peak, lacks_memory, peak_bytes
from core.revision import CODE_REVISION
from core.settings import RunRequest
from core.threads import usable_cores

MOST_WAITING = 64  # frames; a painter that is faster than the store waits for it


@dataclass(frozen=True)
class Order:
    """A run to be painted.

    Args:
        id: names it.
        request: core.settings.RunRequest.
        pack_hash, code_revision: what it was asked for under; the worker's own must be the same.
        extras: as for `core.runs.execute`.
        avoid: Ray's id of the node on which it was lost last, "" for none.
    """

    id: str
    request: RunRequest
    pack_hash: str
    code_revision: str = CODE_REVISION
    extras: int = 0
    avoid: str = ""


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Args:
        status: "done", "stopped" or "failed".
        reason: one sentence for people if it failed.
        peak: bytes resident at most, 0 if not known.
        trace: the traceback of a bug, "" otherwise.
        lacked_memory: whether memory was refused.
    """

    status: str
    reason: str = ""
    peak: int = 0
    trace: str = ""
    lacked_memory: bool = False


@dataclass(frozen=True)
class Batch:
    """What is new since the last one.

    Args:
        records: list of (core.frame.Frame, core.frame.Measurement) in the order they were made.
        ending: Ending after the last record, or None.
        ticks: grows with everything done; one that stands still is hung.
        loading: whether models are being loaded, which may take long.
    """

    records: list
    ending: Ending | None
    ticks: int
    loading: bool


class Station:
    """One worker. Every method may be called while another one waits.

    Args:
        load: pack name → pack with its models loaded; `core.worker.load_pack` by default.
        cpus: how many the worker may use.
    """

    def __init__(self, load=None, cpus=1):
        # Read by `core.threads.limit_threads` when a pack is loaded.
        os.environ["CTJP_THREADS"] = str(max(1, min(cpus, usable_cores())))
        self._load, self._packs, self._loading_lock = load, {}, threading.Lock()
        self._news = threading.Condition()
        self._order, self._waiting = None, False
        self._records, self._ending, self._stop = [], None, False
        self._ticks, self._loading = 0, False
        # One thread for all runs: torch keeps thread counts per thread.
        threading.Thread(target=self._work, name="painting", daemon=True).start()

    def warm(self, pack):
        """Load a pack before the first run. Returns (host name, process id); a broken pack fails the runs that ask for it."""
        try:
            self._pack(pack)
        except UserError:
            pass
        return platform.node(), os.getpid()

    def begin(self, order, seconds):
        """Start an Order, once the one before has ended; returns its first Batch, as `collect` does."""
        with self._news:
            self._order, self._waiting = order, True
            self._records, self._ending, self._stop = [], None, False
            self._news.notify_all()
        return self.collect(seconds)

    def collect(self, seconds):
        """What is new, as a Batch; waits so long for something."""
        with self._news:
            self._news.wait_for(lambda: self._records or self._ending, seconds)
            records, self._records = self._records, []
            self._news.notify_all()
            return Batch(records, self._ending, self._ticks, self._loading)

    def stop(self, order_id):
        """End the run of that id, if it is the one being painted, before its next step."""
        with self._news:
            if self._order is not None and self._order.id == order_id:
                self._stop = True
                self._news.notify_all()

    def record(self, frame, measurement):
        """A `core.runs.Recorder`: put a frame into the outbox."""
        with self._news:
            self._news.wait_for(lambda: len(self._records) < MOST_WAITING or self._stop)
            self._records.append((frame, measurement))
            self._news.notify_all()

    def _work(self):
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting)
                self._waiting, order = False, self._order
            ending = self._paint(order)
            with self._news:
                self._ending = ending
                self._news.notify_all()

    def _paint(self, order):
        """Returns the Ending; raises nothing."""
        from core.runs import execute

        try:
            pack = self._pack_of(order)
            forget_peak()
            status = execute(order.request, pack, self, self._should_stop, order.extras)
            return Ending(status, "", peak_bytes())
        except UserError as error:
            return Ending("failed", str(error))
        except Exception as error:
            return Ending("failed", type(error).__name__, trace=traceback.format_exc(), lacked_memory=lacks_memory(error))

    def _should_stop(self):
        self._ticks += 1
        return self._stop

    def _pack_of(self, order):
        where = f"The worker on {platform.node()}"
        if order.code_revision != CODE_REVISION:
            raise WorkersError(
                f"{where} has other code of the painters than the server; bring both to the same version and press Run again."
            )
        try:
            pack = self._pack(order.request.pack)
        except PackError as error:
            raise PackError(f"{where} cannot load the pack: {error}") from error
        if pack.hash != order.pack_hash:
            raise PackError(f"{where} has another model pack {order.request.pack!r} than the server; copy it there and press Run again.")
        return pack

    def _pack(self, name):
        with self._loading_lock:
            if name not in self._packs:
                load = self._load
                if load is None:
                    from core.worker import load_pack as load
                self._loading = True
                try:
                    self._packs = {name: load(name)}  # one at a time: memory is what users run out of
                finally:
                    self._ticks, self._loading = self._ticks + 1, False
            return self._packs[name]

"""The painter process: takes the next queued run, paints it into the store, and again.

It ends by itself when its supervisor does. Between two steps it looks whether it should stop;
a thread beside it shows signs of life, with a count that stands still when a step hangs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.environment import pack_name, store_folder, workers_choice
from core.base.process_lock import FolderLock
from core.service.heartbeat import Heartbeat
from core.service.log import log
from core.service.painter_loop import PainterLoop, load_pack
from core.service.supervisor import EXIT_STORE_TAKEN, NAME_VARIABLE
from core.storage.run_store import RunStore

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

EXIT_SECONDS = 10.0
NICENESS = 5


def main(
    store: str | Path | None = None,
    pack: str | None = None,
    load: Callable[[str], ModelPack] | None = None,
    workers: str | None = None,
) -> int:
    """Paint until told to stop (the supervisor's end, SIGTERM or Ctrl-C).

    Args:
        store: folder of the run store; the app's own by default.
        pack: the pack to load before the first run; the app's own by default.
        load: pack name → pack with its models loaded; `load_pack` by default.
        workers: who paints, as for `cluster.connection.connected`, or "" for this process.

    Returns:
        Exit code: 0, or EXIT_STORE_TAKEN if the store has a painter process already.

    Raises:
        StoreError: the store cannot be used.
    """
    workers = workers_choice() if workers is None else workers
    with RunStore(store or store_folder()) as runs:
        lock = FolderLock(runs.folder)
        # A supervisor may hold it for a moment while it looks whether it is free.
        if not lock.acquire(seconds=2.0):
            log(f"The store {runs.folder} already has a painter process; stop that one first.")
            return EXIT_STORE_TAKEN
        try:
            _serve(runs, pack or pack_name(), load or load_pack, workers)
        finally:
            lock.release()
    return 0


def _serve(runs: RunStore, pack: str, load: Callable[[str], ModelPack], workers: str) -> None:
    """Paint under the store's lock until told to stop."""
    stop_requested = threading.Event()
    supervised = NAME_VARIABLE in os.environ
    if supervised:
        _lower_priority()
        _do_without_transformers()
    _handle_signals(stop_requested, supervised)
    heartbeat = Heartbeat(runs, os.environ.get(NAME_VARIABLE, "") or uuid.uuid4().hex)
    heartbeat.start()
    runs.queue.recover()
    _painter_loop(runs, heartbeat, stop_requested, load, workers).loop(pack)
    heartbeat.stop()


def _painter_loop(
    runs: RunStore,
    heartbeat: Heartbeat,
    stop_requested: threading.Event,
    load: Callable[[str], ModelPack],
    workers: str,
) -> PainterLoop:
    if not workers:
        return PainterLoop(runs, heartbeat, stop_requested, load)
    from core.service.cluster.dispatcher import RayDispatcher

    return RayDispatcher(runs, heartbeat, stop_requested, load, workers)


def _lower_priority() -> None:
    """Let the server go first: painting takes every core it gets, a page needs moments of one."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(NICENESS)


def _do_without_transformers() -> None:
    """Half a second less to load: open_clip and diffusers import it where it is installed, and nothing that
    this process does needs it. Python takes None for a module that cannot be imported.
    """
    sys.modules.setdefault("transformers", None)  # type: ignore[arg-type]


def _handle_signals(stop_requested: threading.Event, supervised: bool) -> None:
    """Set `stop_requested` when this process should end."""
    if supervised:
        # Ctrl-C in a terminal reaches the whole group; the supervisor decides when to end this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_exit_with_supervisor, args=(stop_requested,), daemon=True).start()
    else:
        signal.signal(signal.SIGINT, lambda *_: stop_requested.set())
    signal.signal(signal.SIGTERM, lambda *_: stop_requested.set())


def _exit_with_supervisor(stop_requested: threading.Event) -> None:
    """Wait for the end of standard input: the supervisor holds its other end, so it closes when that one
    ends.

    Unlike asking for the parent's id, this works on every platform and with a launcher in between.
    """
    while os.read(0, 1024):
        continue
    stop_requested.set()
    time.sleep(EXIT_SECONDS)
    os._exit(1)  # a step hangs: nobody is left to end this process

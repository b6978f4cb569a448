"""The server's one download of a model pack: a thread that outlives pages, tabs and reruns. No torch, no streamlit."""

import atexit
import functools
import logging
import threading
from dataclasses import dataclass, replace

from core.errors import PackError, UserError
from core.packs import catalogue, download, installed
from core.packs.fetch import Stopped

LOG = logging.getLogger("app")
BUG = "The download ended with an error that should not happen. It was logged; what came stays, so try again."


@dataclass(frozen=True)
class State:
    """The download at work or the last one.

    Args:
        pack: its name. status: running, stopping, done, stopped or failed. reason: why it failed, one sentence.
        done, total: bytes of the whole pack. file: on its way, from `host`.
    """

    pack: str
    status: str
    done: int = 0
    total: int = 0
    file: str = ""
    host: str = ""
    reason: str = ""

    @property
    def busy(self):
        return self.status in ("running", "stopping")

    @property
    def share(self):
        """0 … 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


class Downloads:
    """One download at a time; everybody sees the same."""

    def __init__(self):
        self._lock, self._stop, self._state, self._thread = threading.Lock(), threading.Event(), None, None
        atexit.register(self.close)

    @property
    def state(self):
        """State, or None if nothing was ever asked for."""
        return self._state

    def start(self, name):
        """Begin or go on with a pack whose licences were agreed to. Raises PackError: unknown, or no space; busy: the old one stays."""
        pack = catalogue.find(name)
        with self._lock:
            if self._state and self._state.busy:
                return
            download.check_space(pack)
            self._stop.clear()
            self._state = State(name, "running", installed.begun(pack), pack.bytes())
            self._thread = threading.Thread(target=self._get, args=(pack,), name="pack download", daemon=True)
            self._thread.start()

    def stop(self):
        """End it after the piece that is on its way; what came stays."""
        with self._lock:
            if self._state and self._state.status == "running":
                self._stop.set()
                self._state = replace(self._state, status="stopping")

    def remove(self, name):
        """Remove a pack that is not on its way; returns the bytes that this freed. Raises PackError."""
        with self._lock:
            if self._state and self._state.busy:
                raise PackError("A download is at work; stop it first, then remove the pack.")
            self._state = None
            return installed.remove(name)

    def close(self):
        """At the server's end."""
        self._stop.set()

    def _get(self, pack):
        try:
            download.get(pack, self._hear, self._stop.is_set)
            self._end("done")
        except Stopped:
            self._end("stopped")
        except UserError as error:
            LOG.warning("Model pack %s: %s", pack.name, error)
            self._end("failed", str(error))
        except Exception:
            LOG.exception("The download of model pack %s failed.", pack.name)
            self._end("failed", BUG)

    def _hear(self, progress):
        with self._lock:
            self._state = replace(
                self._state, done=progress.done, total=max(progress.total, progress.done), file=progress.file, host=progress.host
            )

    def _end(self, status, reason=""):
        with self._lock:
            done = self._state.total if status == "done" else self._state.done  # sizes may be known only about
            self._state = replace(self._state, status=status, reason=reason, done=done)


@functools.cache
def downloads():
    """The server's one Downloads."""
    return Downloads()

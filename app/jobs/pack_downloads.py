"""The server's one download of a model pack: a thread that outlives pages, tabs and reruns."""

import atexit
import functools
import logging
import threading
from dataclasses import dataclass, replace

from core.base.errors import PackError, UserError
from core.packs import catalogue, download, installed
from core.packs.catalogue import CataloguePack
from core.packs.download import DownloadProgress
from core.packs.resumed_download import DownloadStopped

LOG = logging.getLogger("app")
BUG_MESSAGE = (
    "The download stopped with an unexpected error, which has been logged. What has been downloaded is "
    "kept, so try again."
)


@dataclass(frozen=True)
class DownloadState:
    """The download at work or the last one.

    Args:
        pack: its name. status: running, stopping, done, stopped or failed. reason: why it failed, one
            sentence.
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
    def busy(self) -> bool:
        """Whether it is at work."""
        return self.status in ("running", "stopping")

    @property
    def share(self) -> float:
        """How much is here, 0 … 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


class PackDownloads:
    """One download at a time; everybody sees the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._state: DownloadState | None = None
        atexit.register(self.close)

    @property
    def state(self) -> DownloadState | None:
        """None if nothing was ever asked for."""
        return self._state

    def start(self, name: str) -> None:
        """Begin or go on with a pack whose licences were agreed to; while one is at work, nothing happens.

        Raises:
            PackError: unknown, or no space.
        """
        pack = catalogue.find_in_catalogue(name)
        with self._lock:
            if self._is_busy():
                return
            download.check_space(pack)
            self._stop.clear()
            self._state = DownloadState(name, "running", installed.bytes_here(pack), pack.bytes())
            threading.Thread(target=self._download, args=(pack,), name="pack download", daemon=True).start()

    def stop(self) -> None:
        """End it after the piece that is on its way; what came stays."""
        with self._lock:
            if self._state and self._state.status == "running":
                self._stop.set()
                self._state = replace(self._state, status="stopping")

    def remove(self, name: str) -> int:
        """Remove a pack that is not on its way; returns the bytes that this freed. Raises PackError."""
        with self._lock:
            if self._is_busy():
                raise PackError("A download is running. Stop it first, then remove the pack.")
            self._state = None
            return installed.remove_pack(name)

    def close(self) -> None:
        """At the server's end."""
        self._stop.set()

    def _is_busy(self) -> bool:
        return self._state is not None and self._state.busy

    def _download(self, pack: CataloguePack) -> None:
        try:
            download.download_pack(pack, self._on_progress, self._stop.is_set)
            self._finish("done")
        except DownloadStopped:
            self._finish("stopped")
        except UserError as error:
            LOG.warning("Model pack %s: %s", pack.name, error)
            self._finish("failed", str(error))
        except Exception:
            LOG.exception("The download of model pack %s failed.", pack.name)
            self._finish("failed", BUG_MESSAGE)

    def _on_progress(self, progress: DownloadProgress) -> None:
        total = max(progress.total, progress.done)
        with self._lock:
            assert self._state is not None
            self._state = replace(
                self._state, done=progress.done, total=total, file=progress.file, host=progress.host
            )

    def _finish(self, status: str, reason: str = "") -> None:
        with self._lock:
            assert self._state is not None
            done = (
                self._state.total if status == "done" else self._state.done
            )  # sizes may be known only about
            self._state = replace(self._state, status=status, reason=reason, done=done)


@functools.cache
def pack_downloads() -> PackDownloads:
    """The server's one PackDownloads."""
    return PackDownloads()

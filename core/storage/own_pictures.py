"""People's own pictures in the store: kept for a day, measured by the painter process. No torch.

A picture lies in `pictures/<id>/` as `whole.webp` (what was uploaded, smaller) and `seen.png` (what the
judge sees), both encoded by us: not one byte of the uploaded file is kept.
"""

import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.base.files import write_bytes
from core.base.ids import is_id, random_id
from core.base.images import encode_png, encode_webp, read_image
from core.base.uploads import Upload
from core.storage.owners import hash_secret
from core.storage.run_store import RunStore
from core.storage.side_job_queue import PENDING, SideJob, SideJobQueue

KEEP_SECONDS = 24 * 3600.0
STRAY_SECONDS = 600.0  # a folder this old without a row belongs to nobody
MOST_KEPT = 24  # of one visitor; the oldest give way
MOST_WAITING = 200  # of everybody
REFUSAL = "{waiting} pictures wait to be measured already; try again in a few minutes."
WHOLE = "whole.webp"
SEEN = "seen.png"
PICTURE_FILES = (WHOLE, SEEN)
LOST_REASON = "The painter process went away while it measured this picture; upload it again."
GONE_REASON = "The picture was no longer there when its turn came; upload it again."


@dataclass(frozen=True)
class OwnPicture:
    """One uploaded picture.

    Args:
        id: 26 characters a–z2–7, random; knowing it allows viewing.
        status: "waiting", "working", "done" or "failed".
        reason: why it failed, one sentence.
        name: of the file. width, height: in pixels, as it came.
        result: when done: score, heldout, realism, components (name → number), and pack_hash, of the pack
            that measured it.
        created: seconds since the epoch.
    """

    id: str
    status: str
    reason: str
    name: str
    width: int
    height: int
    prompt: str
    pack: str
    created: float
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def waiting(self) -> bool:
        """Whether its measurements are still to come."""
        return self.status in PENDING


class OwnPictures:
    """Uploaded pictures of a store. Every method may raise StoreError."""

    def __init__(self, store: RunStore) -> None:
        self.folder = store.folder / "pictures"
        self.queue = SideJobQueue(store.database, "picture", LOST_REASON)

    def add(self, upload: Upload, name: str, prompt: str, pack: str, secret: str) -> OwnPicture:
        """Keep an upload and ask for its measurements.

        Args:
            secret: of the one who may list and remove it.

        Raises:
            StoreError: too many pictures wait. OutputError: it cannot be written.
        """
        picture_id = random_id()
        request = {"name": name, "width": upload.width, "height": upload.height, "prompt": prompt}
        write_bytes(self.folder / picture_id / WHOLE, encode_webp(upload.whole, quality=85))
        write_bytes(self.folder / picture_id / SEEN, encode_png(upload.seen))
        try:
            self.queue.ask(picture_id, pack, request, MOST_WAITING, REFUSAL, hash_secret(secret))
        except BaseException:
            self._remove_files(picture_id)
            raise
        kept = self.of_visitor(secret)
        for old in kept[MOST_KEPT:]:
            self.remove(old.id, secret)
        return next(picture for picture in kept if picture.id == picture_id)

    def of_visitor(self, secret: str, now: float | None = None) -> list[OwnPicture]:
        """The pictures of one visitor that are not too old, the newest first."""
        since = (time.time() if now is None else now) - KEEP_SECONDS
        jobs = self.queue.find("owner = ? AND owner != '' AND asked > ?", hash_secret(secret), since)
        return [_own_picture(job) for job in jobs]

    def remove(self, picture_id: str, secret: str) -> bool:
        """Remove a picture at once. True if it was `secret`'s."""
        is_gone = self.queue.forget("id = ? AND owner = ? AND owner != ''", picture_id, hash_secret(secret))
        if is_gone:
            self._remove_files(picture_id)
        return bool(is_gone)

    def file(self, picture_id: object, kind: object) -> Path | None:
        """File of a picture, or None. Safe for untrusted arguments; `kind` is one of PICTURE_FILES."""
        if not (is_id(picture_id) and kind in PICTURE_FILES):
            return None
        path = self.folder / str(picture_id) / str(kind)
        return path if path.is_file() else None

    # The painter process

    def take_next(self, packs: Collection[str] | None = None) -> tuple[OwnPicture, np.ndarray] | None:
        """The longest-waiting picture, marked as being measured, and its pixels (uint8 H×W×3); or None.

        Args:
            packs: only pictures that ask for one of these; any by default.
        """
        for job in self.queue.take(packs):
            path = self.file(job.id, SEEN)
            if path:
                return _own_picture(job), read_image(path)
            self.queue.finish(job.id, reason=GONE_REASON)
        return None

    def finish(self, picture_id: str, result: dict[str, Any] | None = None, reason: str = "") -> None:
        """Note the measurements of a picture, or why there are none."""
        self.queue.finish(picture_id, result, reason)

    def tidy(self, now: float | None = None) -> None:
        """Remove pictures that are a day old, and files that no picture owns."""
        now = time.time() if now is None else now
        for job in self.queue.find("asked <= ?", now - KEEP_SECONDS):
            self.queue.forget("id = ?", job.id)
            self._remove_files(job.id)
        known = {job.id for job in self.queue.find()}
        for path in self.folder.glob("*"):
            if path.name not in known and path.stat().st_mtime < now - STRAY_SECONDS:
                shutil.rmtree(path, ignore_errors=True)

    def _remove_files(self, picture_id: str) -> None:
        shutil.rmtree(self.folder / picture_id, ignore_errors=True)


def _own_picture(job: SideJob) -> OwnPicture:
    return OwnPicture(
        id=job.id,
        status=job.status,
        reason=job.reason,
        pack=job.pack,
        created=job.asked,
        result=job.result,
        **job.request,
    )

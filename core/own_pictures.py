"""People's own pictures in the store: kept for a day, measured by the painter process. No torch.

A picture lies in `pictures/<id>/` as `whole.webp` (what was uploaded, smaller) and `seen.png` (what the
judge sees), both encoded by us: not one byte of the uploaded file is kept.
"""

import base64
import io
import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass, field

from PIL import Image

from core.errand_queue import ErrandQueue
from core.errors import StoreError
from core.images import encode_png, read_image, write_bytes
from core.queue import fingerprint

KEEP_SECONDS = 24 * 3600.0
STRAY_SECONDS = 600.0  # a folder this old without a row belongs to nobody
MOST_KEPT = 24  # of one visitor; the oldest give way
MOST_WAITING = 200  # of everybody
WHOLE, SEEN = FILES = ("whole.webp", "seen.png")
ID = re.compile(r"[a-z2-7]{26}")
GONE = "The painter process went away while it measured this picture; upload it again."


@dataclass(frozen=True)
class Picture:
    """One uploaded picture.

    Args:
        id: 26 characters a–z2–7, random; knowing it allows viewing.
        status: "waiting", "measuring", "done" or "failed".
        reason: why it failed, one sentence.
        width, height: in pixels, as it came.
        result: when done: score, heldout, realism, components (name → number).
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
    result: dict = field(default_factory=dict)

    @property
    def waiting(self):
        """Whether its figures are still to come."""
        return self.status in ("waiting", "measuring")


class OwnPictures:
    """Uploaded pictures of a `core.store.RunStore`. Every method may raise StoreError."""

    def __init__(self, store):
        self.folder, self.database = store.folder / "pictures", store.database
        self.queue = ErrandQueue(store.database, "measurements", "measuring", "created", GONE)

    def add(self, upload, name, prompt, pack, secret):
        """Keep an upload and ask for its figures. Returns the Picture.

        Args:
            upload: core.uploads.Upload. secret: of the one who may list and remove it.

        Raises:
            StoreError: too many pictures wait. OutputError: it cannot be written.
        """
        waiting = self.database.read("SELECT COUNT(*) AS n FROM measurements WHERE status = 'waiting'")[0]["n"]
        if waiting >= MOST_WAITING:
            raise StoreError(f"{waiting} pictures wait to be measured already; try again in a few minutes.")
        picture_id = base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]
        write_bytes(self.folder / picture_id / WHOLE, _webp(upload.whole))
        write_bytes(self.folder / picture_id / SEEN, encode_png(upload.seen))
        with self.database.transaction() as db:
            db.execute(
                "INSERT INTO measurements (id, owner, name, width, height, prompt, pack, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (picture_id, fingerprint(secret), name, upload.width, upload.height, prompt, pack, time.time()),
            )
        for old in self.of(secret)[MOST_KEPT:]:
            self.remove(old.id, secret)
        return _picture(self.database.read("SELECT * FROM measurements WHERE id = ?", picture_id)[0])

    def of(self, secret, now=None):
        """The pictures of one visitor that are not too old, the newest first: list[Picture]."""
        records = self.database.read(
            "SELECT * FROM measurements WHERE owner = ? AND owner != '' AND created > ? ORDER BY created DESC, rowid DESC",
            fingerprint(secret),
            (time.time() if now is None else now) - KEEP_SECONDS,
        )
        return [_picture(record) for record in records]

    def remove(self, picture_id, secret):
        """Remove a picture at once. True if it was `secret`'s."""
        return self._remove(picture_id, "owner = ? AND owner != ''", fingerprint(secret))

    def file(self, picture_id, kind):
        """File of a picture, or None. Safe for untrusted arguments; `kind` is one of FILES."""
        if not (ID.fullmatch(str(picture_id)) and kind in FILES):
            return None
        path = self.folder / picture_id / kind
        return path if path.is_file() else None

    # The painter process

    def recover(self):
        """Fail what a vanished painter process was measuring: it may be what brought it down."""
        self.queue.recover()

    def take_next(self, packs=None):
        """The longest-waiting picture, marked as being measured: (Picture, uint8 H×W×3), or None.

        Args:
            packs: only pictures that ask for one of these; any by default.
        """
        for record in self.queue.taken(packs):
            path = self.file(record["id"], SEEN)
            if path:
                return _picture(record), read_image(path)
        return None

    def finish(self, picture_id, result=None, reason=""):
        """Note the figures of a picture, or why there are none."""
        values = ("failed" if result is None else "done", reason, json.dumps(result or {}), picture_id)

        def update():
            with self.database.transaction() as db:
                db.execute("UPDATE measurements SET status = ?, reason = ?, result = ? WHERE id = ?", values)

        self.database.urgently(update)

    def tidy(self, now=None):
        """Remove pictures that are a day old, and files that no picture owns."""
        now = time.time() if now is None else now
        for record in self.database.read("SELECT id FROM measurements WHERE created <= ?", now - KEEP_SECONDS):
            self._remove(record["id"])
        known = {record["id"] for record in self.database.read("SELECT id FROM measurements")}
        for path in self.folder.glob("*"):
            if path.name not in known and path.stat().st_mtime < now - STRAY_SECONDS:
                shutil.rmtree(path, ignore_errors=True)

    def _remove(self, picture_id, condition="1", *values):
        with self.database.transaction() as db:
            gone = db.execute(f"DELETE FROM measurements WHERE id = ? AND {condition}", (picture_id, *values)).rowcount
        if gone:
            shutil.rmtree(self.folder / picture_id, ignore_errors=True)
        return bool(gone)


def _picture(record):
    values = {name: record[name] for name in Picture.__dataclass_fields__}
    return Picture(**values | {"result": json.loads(record["result"])})


def _webp(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=85, method=2)
    return buffer.getvalue()

"""The run store: the only place where pages and the painter process meet. No torch.

One folder: `store.sqlite` (runs, paintings and measured rows) and `frames/<painting>/<painter>/<step>.png`;
see `core.storage.paintings` for what runs share. From outside a frame is found by its run alone.

What is guaranteed: a frame's file is complete under its final name before its row is committed,
and a committed row stays readable whatever process dies afterwards. A run whose painter process
was killed or hung is failed, with the reason; submitting it again starts over what is not complete. A run
that was running when the server went away is taken up again by itself. Both start from step 0, since a
painting is determined by its request: each row computed again replaces an equal one, none vanishes before.
(A power cut may lose the last moments, not more.)
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.base.errors import StoreError
from core.base.frame import Frame, Measurement
from core.base.ids import id_from_bytes
from core.base.images import write_png
from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION
from core.storage import frame_extras, paintings, run_folder
from core.storage.database import Database
from core.storage.frame_store import FrameStore, told_of
from core.storage.owners import hash_secret
from core.storage.queue import RunQueue
from core.storage.records import PainterProgress, Run, StepRow, run_from_record
from core.storage.rows import insert_record, insert_row
from core.storage.start_pictures import StartPictures


class RunStore:
    """Runs, their rows and their frames in one folder; safe for many threads and processes.

    Args:
        folder: made if it does not exist.

    Attributes:
        queue: RunQueue, for whoever paints, stops or waits.
        frames: FrameStore, for whoever looks.

    Raises:
        StoreError: the folder cannot be used, or its database is locked, damaged or newer.
            Every method may raise it, too.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).absolute()
        self.database = Database(self.folder / "store.sqlite")
        self.queue = RunQueue(self.database)
        self.frames = FrameStore(self.database, self.folder)
        with self.database.transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_hex(32),))
        self._secret = bytes.fromhex(
            self.database.read("SELECT value FROM meta WHERE key = 'secret'")[0]["value"]
        )

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database file."""
        self.database.close()

    # Runs

    def submit(
        self,
        request: RunRequest,
        pack_hash: str,
        owner_secret: str = "",
        priority: int = 0,
        admit: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Run:
        """Ask for a run; the same request, pack and code give the stored run at once.

        Paintings that are there are taken; a run of which nothing is missing is done at once. A failed,
        stopped or interrupted one goes to the end of the queue; its rows and frames stay visible until they
        are replaced. `owner_secret` is what `request_cancel` asks for; it changes hands only when the run is
        asked for again after it has ended, or had been deleted. `priority` 0 goes before 1, the cells of
        sweeps; a waiting cell that a person asks for moves up. `admit` is called with the open transaction
        before a run is queued; what it raises is raised, and nothing is queued.
        """
        run_id = self._id_of(request, pack_hash)
        with self.database.transaction() as db:
            self._put(db, run_id, request, pack_hash, hash_secret(owner_secret), priority, admit)
        return self._existing(run_id)

    def submit_all(
        self,
        db: sqlite3.Connection,
        requests: Sequence[RunRequest],
        pack_hash: str,
        owner_secret: str,
        priority: int,
        admit: Callable[[sqlite3.Connection], None] | None = None,
    ) -> list[str]:
        """Ask for several runs inside an open transaction, all or none. Returns their ids."""
        owner = hash_secret(owner_secret)
        run_ids = [self._id_of(request, pack_hash) for request in requests]
        for run_id, request in zip(run_ids, requests, strict=True):
            self._put(db, run_id, request, pack_hash, owner, priority, admit)
        return run_ids

    def get(self, run_id: str) -> Run | None:
        """A run, or None if there is none, it was deleted, or this version no longer accepts its settings."""
        return self.queue.get(run_id)

    def find(self, request: RunRequest, pack_hash: str) -> Run | None:
        """The stored run of exactly these settings under this pack and code, or None."""
        return self.get(self._id_of(request, pack_hash))

    def missing(self, request: RunRequest, pack_hash: str) -> RunRequest:
        """What of a request is not stored, under this pack and code; without painters if all of it is."""
        ids = self.painting_ids(request, pack_hash)
        sql = "SELECT id FROM paintings WHERE complete AND id IN (SELECT value FROM json_each(?))"
        stored = {record["id"] for record in self.database.read(sql, json.dumps(list(ids.values())))}
        return request.only(painter for painter, painting in ids.items() if painting not in stored)

    def recent(self, limit: int = 20) -> list[Run]:
        """The newest runs first, imported ones included."""
        sql = "SELECT * FROM runs WHERE deleted_at IS NULL AND NOT ahead ORDER BY created DESC, id LIMIT ?"
        return [run for run in map(run_from_record, self.database.read(sql, limit)) if run is not None]

    # Rows and frames

    def rows(self, run_id: str, after: int = 0) -> list[StepRow]:
        """Rows with seq > after in the order they were written."""
        sql = "SELECT * FROM run_steps WHERE run = ? AND seq > ? ORDER BY seq"
        return [StepRow.from_record(record) for record in self.database.read(sql, run_id, after)]

    def last_row(self, run_id: str) -> StepRow | None:
        """The row written last in the present attempt, or None; if the run painted anything, of that."""
        records = self.database.read(
            "SELECT run_steps.* FROM run_steps JOIN paintings ON paintings.id = painting "
            "WHERE run = ? AND run_steps.attempt = paintings.attempt ORDER BY taken, seq DESC LIMIT 1",
            run_id,
        )
        return StepRow.from_record(records[0]) if records else None

    def progress(self, run_id: str) -> dict[str, PainterProgress]:
        """How far each painter is in the present attempt, by painter."""
        run = self.get(run_id)
        if run is None:
            return {}
        found = {name: PainterProgress(-1, s.steps, 0.0) for name, s in run.request.settings.items()}
        for record in self.database.read(
            "SELECT run_steps.painter, MAX(step) AS step, total, seconds, taken FROM run_steps "
            "JOIN paintings ON paintings.id = painting "
            "WHERE run = ? AND run_steps.attempt = paintings.attempt GROUP BY run_steps.painter",
            run_id,
        ):
            found[record["painter"]] = PainterProgress(
                record["step"], record["total"], record["seconds"], bool(record["taken"])
            )
        return found

    def frame_path(self, run_id: object, painter: object, step: object) -> Path | None:
        """File of one frame, or None; also for a deleted run. Safe for untrusted arguments."""
        return self.frames.frame_path(run_id, painter, step)

    def frame_png(self, run_id: str, painter: str, step: int | str) -> bytes | None:
        """One frame as a file to keep, or None; its record tells of this run, whichever run painted it."""
        run = self.get(run_id)
        path = self.frame_path(run_id, painter, step)
        if run is None or path is None:
            return None
        png = path.read_bytes()
        return png if run.folder else told_of(png, run.request)

    def recorder(self, run_id: str) -> "StoreRecorder":
        """A recorder into this store; what a killed painter process had only begun to write goes."""
        with self.database.reading() as db:
            for painting in paintings.paintings_of(db, run_id):
                if not painting.complete:
                    self.frames.remove_unfinished(painting)
        return StoreRecorder(self, run_id)

    def record(self, run_id: str, frame: Frame, measurement: Measurement) -> None:
        """Write one frame, then its row (replacing an earlier attempt's).

        Raises:
            OutputError: the picture cannot be written, for example because the disk is full.
        """
        with self.database.reading() as db:
            painting = paintings.existing_painting(db, run_id, frame.painter)
        run = self.get(run_id)  # None if it was deleted meanwhile
        text = run_folder.frame_png_record(paintings.run_of_painting(run, painting), frame) if run else None
        folder = self.frames.frames_folder(painting.files)
        write_png(folder / frame.painter / f"{frame.step:05d}.png", frame.image, text)
        with self.database.transaction() as db:
            painting = paintings.existing_painting(db, run_id, frame.painter)
            insert_row(db, painting.id, StepRow.of_frame(frame, measurement, attempt=painting.attempt))
            if frame.step == frame.total and not painting.complete:
                paintings.note_complete(db, painting.id, run_id)
        # Last: a disk that fills up here costs a look at the cutouts, not the step.
        frame_extras.write_extras(folder, frame)

    # Plain folders

    def import_run(self, folder: Path | str) -> Run:
        """Show a run that was exported (or made by the command line) without copying its frames.

        Importing the same folder again changes nothing; if its contents have changed, they
        replace the earlier import.

        Raises:
            StoreError: the folder is not a run's.
        """
        folder = Path(folder).absolute()
        run_id = self.derived_id("imported", run_folder.contents_hash(folder))
        stored = self.get(run_id)
        if stored is not None and stored.folder == str(folder):
            return stored
        description, rows = run_folder.read_run(folder)
        with self.database.transaction() as db:
            for old in db.execute("SELECT id, folder FROM runs WHERE folder != ''").fetchall():
                is_replaced = old["id"] == run_id or old["folder"] == str(folder)
                if is_replaced or not Path(old["folder"]).is_dir():
                    db.execute("DELETE FROM runs WHERE id = ?", (old["id"],))
                    paintings.remove_unused(db)
            values = vars(description) | {
                "id": run_id,
                "request": description.request.canonical(),
                "created": description.started,
                "ticket": 0,
                "folder": str(folder),
            }
            insert_record(db, "runs", values)
            ids = {painter: f"{run_id}-{painter}" for painter in description.request.painters}
            paintings.join_paintings(db, run_id, ids, description.measuring_revision, files=run_id)
            for row in rows:
                insert_row(db, ids[row.painter], row)
        return self._existing(run_id)

    def export_run(self, run_id: str, folder: Path | str, every: int = 1) -> None:
        """Write a run as a plain folder: run.json, metrics.csv, frames/<painter>/<step>.png.

        Args:
            every: keep the frames of every n-th step, the first and the last; all rows stay.

        Raises:
            StoreError: there is no such run. OutputError: the folder cannot be written.
        """
        run = self._existing(run_id)
        painters = run.request.painters
        rows = sorted(self.rows(run_id), key=lambda row: (painters.index(row.painter), row.step))
        description = run_folder.RunDescription.of_run(run)
        run_folder.write_run(
            folder, description, rows, lambda row: self.frame_png(run_id, row.painter, row.step), every
        )
        StartPictures(folder).copy_from(StartPictures(self.folder), run.request.settings.values())

    def derived_id(self, *parts: str) -> str:
        """An id from parts under this store's secret: unguessable, yet the same for the same parts."""
        return id_from_bytes(hmac.digest(self._secret, json.dumps(parts).encode(), hashlib.sha256))

    def _existing(self, run_id: str) -> Run:
        run = self.get(run_id)
        if run is None:
            raise StoreError(f"There is no run {run_id} in {self.folder}; it may belong to another store.")
        return run

    def _put(
        self, db: sqlite3.Connection, run_id: str, request: RunRequest, pack_hash: str, *asked: Any
    ) -> None:
        self.queue.put(db, run_id, request, pack_hash, self.painting_ids(request, pack_hash), *asked)

    def painting_ids(self, request: RunRequest, pack_hash: str) -> dict[str, str]:
        """Painter → id of its painting: all that determines its pictures and its figures."""
        revisions = (PAINTING_REVISION, MEASURING_REVISION)
        return {
            painter: self.derived_id("painting", request.only([painter]).canonical(), pack_hash, *revisions)
            for painter in request.painters
        }

    def _id_of(self, request: RunRequest, pack_hash: str) -> str:
        return self.derived_id("asked", request.canonical(), pack_hash, PAINTING_REVISION)


class StoreRecorder:
    """Records the frames of one run in a RunStore."""

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store = store
        self._run_id = run_id

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """See `RunStore.record`."""
        self._store.record(self._run_id, frame, measurement)

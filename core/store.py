"""The run store: the only place where pages and the painter process meet. No torch.

One folder: `store.sqlite` (runs and measured rows) and `frames/<run>/<painter>/<step>.png`.

What is guaranteed: a frame's file is complete under its final name before its row is committed,
and a committed row stays readable whatever process dies afterwards. A run whose painter process
was killed or hung is failed, with the reason; submitting it again starts it over. A run that was
running when the server went away is taken up again by itself. Both start from step 0, since a run
is determined by its request: each row computed again replaces an equal one, none vanishes before.
(A power cut may lose the last moments, not more.)
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from pathlib import Path

from core import folder as run_folder
from core import lens
from core.database import Database
from core.errors import StoreError
from core.images import UNFINISHED, write_png
from core.queue import Queue, fingerprint, next_turn
from core.records import REPEATABLE, PainterState, Progress, Row, Run, row_of, run_of
from core.revision import CODE_REVISION

__all__ = ["CODE_REVISION", "PainterState", "Progress", "Row", "Run", "RunStore"]

RUN_ID = re.compile(r"[a-z2-7]{26}")


class RunStore(Queue):
    """Runs, their rows and their frames in one folder; safe for many threads and processes.

    Args:
        folder: made if it does not exist.

    Raises:
        StoreError: the folder cannot be used, or its database is locked, damaged or newer.
            Every method may raise it, too.
    """

    def __init__(self, folder):
        self.folder = Path(folder).absolute()
        self.database = Database(self.folder / "store.sqlite")
        with self.database.transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_hex(32),))
        self._secret = bytes.fromhex(self.database.read("SELECT value FROM meta WHERE key = 'secret'")[0]["value"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the database file."""
        self.database.close()

    # Runs

    def submit(self, request, pack_hash, owner_secret="", priority=0, admit=None):
        """Ask for a run; the same request, pack and code give the stored run at once.

        A failed, stopped or interrupted one goes to the end of the queue; its rows and frames
        stay visible until they are replaced. `owner_secret` is what `request_cancel` asks for;
        it changes hands only when the run is queued, or had been deleted. `priority` 0 goes before 1,
        the cells of sweeps; a waiting cell that a person asks for moves up. `admit` is called with the open
        transaction before a run is queued; what it raises is raised, and nothing is queued.
        """
        run_id = self._id_of(request, pack_hash)
        ticket = "(SELECT COALESCE(MAX(ticket), 0) + 1 FROM runs)"
        with self.database.transaction() as db:
            stored = db.execute("SELECT status, deleted_at FROM runs WHERE id = ?", (run_id,)).fetchone()
            if admit is not None and (stored is None or stored["status"] in REPEATABLE):
                admit(db)
            turn = next_turn(db, fingerprint(owner_secret), priority)
            if stored is None:
                db.execute(
                    "INSERT INTO runs (id, status, request, pack_hash, code_revision, owner, created, priority, turn, ticket) "
                    f"VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, {ticket})",
                    (run_id, request.canonical(), pack_hash, CODE_REVISION, fingerprint(owner_secret), time.time(), priority, turn),
                )
            elif stored["status"] in REPEATABLE:
                db.execute(
                    "UPDATE runs SET status = 'queued', reason = '', owner = ?, cancel = 0, interruptions = 0, "
                    f"attempt = attempt + 1, finished = NULL, priority = ?, turn = ?, ticket = {ticket} WHERE id = ?",
                    (fingerprint(owner_secret), priority, turn, run_id),
                )
            else:
                db.execute("UPDATE runs SET priority = ?, turn = ? WHERE id = ? AND priority > ?", (priority, turn, run_id, priority))
            if stored is not None and stored["deleted_at"] is not None:  # whoever asks for it anew has it now
                db.execute("UPDATE runs SET deleted_at = NULL, owner = ? WHERE id = ?", (fingerprint(owner_secret), run_id))
        return self.get(run_id)

    def get(self, run_id):
        """Run, or None if there is none, it was deleted, or this version no longer accepts its settings."""
        records = self.database.read("SELECT * FROM runs WHERE id = ? AND deleted_at IS NULL", run_id)
        return run_of(records[0]) if records else None

    def find(self, request, pack_hash):
        """The stored Run of exactly these settings under this pack and code, or None."""
        return self.get(self._id_of(request, pack_hash))

    def recent(self, limit=20):
        """The newest runs first, imported ones included."""
        records = self.database.read("SELECT * FROM runs WHERE deleted_at IS NULL ORDER BY created DESC, id LIMIT ?", limit)
        return [run for run in map(run_of, records) if run is not None]

    # Rows and frames

    def rows(self, run_id, after=0):
        """Rows with seq > after in the order they were written: list[Row]."""
        records = self.database.read("SELECT * FROM steps WHERE run = ? AND seq > ? ORDER BY seq", run_id, after)
        return [row_of(record) for record in records]

    def last_row(self, run_id):
        """The row written last in the present attempt, or None."""
        records = self.database.read(
            "SELECT * FROM steps WHERE run = ? AND attempt = (SELECT attempt FROM runs WHERE id = ?) ORDER BY seq DESC LIMIT 1",
            run_id,
            run_id,
        )
        return row_of(records[0]) if records else None

    def progress(self, run_id):
        """How far each painter is in the present attempt: dict painter → Progress."""
        run = self.get(run_id)
        if run is None:
            return {}
        found = {p: Progress(-1, s.steps, 0.0) for p, s in run.request.settings.items()}
        for record in self.database.read(
            "SELECT painter, MAX(step) AS step, total, seconds FROM steps WHERE run = ? AND attempt = ? GROUP BY painter",
            run_id,
            run.attempt,
        ):
            found[record["painter"]] = Progress(record["step"], record["total"], record["seconds"])
        return found

    def frame_path(self, run_id, painter, step):
        """File of one frame, or None if there is none. Safe for untrusted arguments."""
        painter, step = str(painter), str(step)
        if not (RUN_ID.fullmatch(str(run_id)) and painter.isidentifier() and step.isascii() and step.isdigit()):
            return None
        path = self._frame_file(run_id, painter, int(step))
        if path.is_file():
            return path
        records = self.database.read("SELECT folder FROM runs WHERE id = ? AND folder != ''", run_id)
        path = run_folder.frame_file(records[0]["folder"], painter, int(step)) if records else path
        return path if path.is_file() else None

    def extras_folder(self, run_id):
        """The folder in which `core.lens` finds a run's extras, or None. Safe for untrusted arguments."""
        records = self.database.read("SELECT folder FROM runs WHERE id = ? AND deleted_at IS NULL", str(run_id))
        if not records:
            return None
        return Path(records[0]["folder"]) if records[0]["folder"] else self.folder / "frames" / str(run_id)

    def recorder(self, run_id):
        """A `core.runs.Recorder` that writes into this store; what a killed painter process had only begun to write goes."""
        for unfinished in (self.folder / "frames" / run_id).rglob(f"{UNFINISHED}*"):
            unfinished.unlink(missing_ok=True)
        return StoreRecorder(self, run_id)

    def record(self, run_id, frame, measurement):
        """Write one frame, then its row (replacing an earlier attempt's).

        Raises:
            OutputError: the picture cannot be written, for example because the disk is full.
        """
        run = self.get(run_id)  # None if it was deleted meanwhile
        told = run_folder.frame_record(run, frame) if run else None
        write_png(self._frame_file(run_id, frame.painter, frame.step), frame.image, told)
        with self.database.transaction() as db:
            attempt = db.execute("SELECT attempt FROM runs WHERE id = ?", (run_id,)).fetchone()["attempt"]
            row = Row(
                0,
                frame.painter,
                frame.step,
                frame.total,
                measurement.seconds,
                frame.evaluations,
                measurement.score,
                measurement.heldout,
                measurement.realism,
                measurement.components,
                attempt=attempt,
            )
            _insert(db, run_id, row)
        # Last: a disk that fills up here costs a look at the cutouts, not the step.
        lens.write(self.folder / "frames" / run_id, frame)

    # Plain folders

    def import_run(self, folder):
        """Show a run that was exported (or made by the command line) without copying its frames.

        Importing the same folder again changes nothing; if its contents have changed, they
        replace the earlier import. Returns the Run.

        Raises:
            StoreError: the folder is not a run's.
        """
        folder = Path(folder).absolute()
        contents = run_folder.contents_hash(folder)
        run_id = self.named("imported", contents)
        stored = self.get(run_id)
        if stored is not None and stored.folder == str(folder):
            return stored
        description, rows = run_folder.read(folder)
        with self.database.transaction() as db:
            for old in db.execute("SELECT id, folder FROM runs WHERE folder != ''").fetchall():
                if old["id"] == run_id or old["folder"] == str(folder) or not Path(old["folder"]).is_dir():
                    db.execute("DELETE FROM runs WHERE id = ?", (old["id"],))
            db.execute(
                "INSERT INTO runs (id, status, reason, request, pack_hash, code_revision, created, started, finished, "
                "ticket, attempt, folder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, ?)",
                (
                    run_id,
                    description.status,
                    description.reason,
                    description.request.canonical(),
                    description.pack_hash,
                    description.code_revision,
                    description.started,
                    description.started,
                    description.finished,
                    str(folder),
                ),
            )
            for row in rows:
                _insert(db, run_id, row)
        return self.get(run_id)

    def export_run(self, run_id, folder, every=1):
        """Write a run as a plain folder: run.json, metrics.csv, frames/<painter>/<step>.png.

        Args:
            every: keep the frames of every n-th step, the first and the last; all rows stay.

        Raises:
            StoreError: there is no such run. OutputError: the folder cannot be written.
        """
        run = self.get(run_id)
        if run is None:
            raise StoreError(f"There is no run {run_id} in {self.folder}; it may belong to another store.")
        rows = sorted(self.rows(run_id), key=lambda row: (run.request.painters.index(row.painter), row.step))
        run_folder.write(
            folder, run_folder.Description.of_run(run), rows, lambda row: self.frame_path(run_id, row.painter, row.step), every
        )

    def _frame_file(self, run_id, painter, step):
        return self.folder / "frames" / run_id / painter / f"{step:05d}.png"

    def _id_of(self, request, pack_hash):
        return self.named("asked", request.canonical(), pack_hash, CODE_REVISION)

    def named(self, *parts):
        """26 characters base32 of HMAC-SHA256 under this store's secret: unguessable, yet the same for the same parts."""
        mac = hmac.digest(self._secret, json.dumps(parts).encode(), hashlib.sha256)
        return base64.b32encode(mac).decode().lower()[:26]


class StoreRecorder:
    """Records the frames of one run in a RunStore."""

    def __init__(self, store, run_id):
        self._store, self._run_id = store, run_id

    def record(self, frame, measurement):
        """See `RunStore.record`."""
        self._store.record(self._run_id, frame, measurement)


def _insert(db, run_id, row):
    """Write a row under a new seq, in place of an earlier one for the same step."""
    db.execute(
        "INSERT OR REPLACE INTO steps (run, painter, step, total, attempt, seconds, evaluations, score, heldout, realism, "
        "components, has_frame) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run_id,
            row.painter,
            row.step,
            row.total,
            row.attempt,
            row.seconds,
            row.evaluations,
            row.score,
            row.heldout,
            row.realism,
            json.dumps(row.components),
            row.has_frame,
        ),
    )

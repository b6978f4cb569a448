"""What the lesson pages ask the painter process to compute, and what came of it. No torch.

A job is named by everything that determines its result, so that whoever asks for the same gets the stored one at
once. A result is one JSON file and a few pictures: `<folder>/<id>/result.json` and beside it. The pages' first states
were computed beforehand by a command and lie in SHOWN; everything else lies in the store.
"""

import hashlib
import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from core.errand_queue import ErrandQueue
from core.errors import SettingError, StoreError
from core.images import write_bytes
from core.lesson import codebook, noise
from core.packs.manifest import pack_hash, read_manifest

KINDS = {"noise": noise, "codebook": codebook}  # kind → module with check(request, manifest), compute(…) and CODE
SHOWN = Path(__file__).parent / "shown"
RESULT = "result.json"
MOST_WAITING = 60  # of everybody
MOST_KEPT = 300  # results in the store; what was asked for longest ago gives way
ID = re.compile(r"[0-9a-f]{32}")
PICTURE = re.compile(r"[a-z0-9-]{1,40}\.(png|webp)")
GONE = "The painter process went away while it computed this; ask for it again."


@dataclass(frozen=True)
class Job:
    """One computation.

    Args:
        id: 32 hexadecimal digits.
        kind: one of KINDS.
        request: what is wanted, as the kind's `check` returned it.
        pack: name or folder of the model pack.
        status: "waiting", "computing", "done" or "failed".
        reason: why it failed, one sentence.
        share: 0 … 1, how far it is.
    """

    id: str
    kind: str
    request: dict
    pack: str
    status: str = "waiting"
    reason: str = ""
    share: float = 0.0


def make(kind, request, pack):
    """The Job of a request, not yet asked for.

    Args:
        request: dict from anywhere.

    Raises:
        SettingError: unknown kind, or a request that is not accepted. PackError: unknown pack.
    """
    if kind not in KINDS:
        raise SettingError(f"Unknown lesson {str(kind)[:40]!r}; choose from {', '.join(KINDS)}.")
    manifest = read_manifest(pack)
    checked = KINDS[kind].check(request, manifest)
    named = json.dumps([kind, checked, pack_hash(manifest), KINDS[kind].CODE], sort_keys=True)
    return Job(hashlib.sha256(named.encode()).hexdigest()[:32], kind, checked, str(pack))


def result(folder, job_id):
    """The result of a job in a folder as a dict, or None."""
    path = folder / job_id / RESULT
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def write(folder, job_id, data, pictures):
    """Keep a result; the JSON comes last, so that a result that is there is whole.

    Args:
        data: JSON-ready dict. pictures: file name → bytes.

    Raises:
        OutputError: it cannot be written.
    """
    for name, content in pictures.items():
        write_bytes(folder / job_id / name, content)
    write_bytes(folder / job_id / RESULT, json.dumps(data, separators=(",", ":")).encode())


class Lessons:
    """The jobs of a `core.store.RunStore`. Every method may raise StoreError."""

    def __init__(self, store):
        self.folder, self.database = store.folder / "lessons", store.database
        self.queue = ErrandQueue(store.database, "lessons", "computing", "asked", GONE)

    def ask(self, kind, request, pack):
        """Ask for a result; at once done if it is there. Returns the Job.

        Raises:
            SettingError: a request that is not accepted. PackError. StoreError: too much waits already.
        """
        job = make(kind, request, pack)
        if result(SHOWN, job.id) is not None:
            return self.get(job.id)
        waiting = self.database.read("SELECT COUNT(*) AS n FROM lessons WHERE status = 'waiting'")[0]["n"]
        known = self.database.read("SELECT status FROM lessons WHERE id = ?", job.id)
        again = not known or known[0]["status"] == "failed" or (known[0]["status"] == "done" and result(self.folder, job.id) is None)
        if again and waiting >= MOST_WAITING:
            raise StoreError(f"{waiting} computations of the lesson wait already; try again in a moment.")
        with self.database.transaction() as db:
            if again:
                db.execute(
                    "INSERT OR REPLACE INTO lessons (id, kind, request, pack, asked) VALUES (?, ?, ?, ?, ?)",
                    (job.id, kind, json.dumps(job.request), job.pack, time.time()),
                )
            else:
                db.execute("UPDATE lessons SET asked = ? WHERE id = ?", (time.time(), job.id))
        return self.get(job.id)

    def get(self, job_id):
        """The Job, or None. Safe for untrusted arguments; what was computed beforehand has no request."""
        if not ID.fullmatch(str(job_id)):
            return None
        if result(SHOWN, job_id) is not None:
            return Job(job_id, "", {}, "", "done", share=1.0)
        records = self.database.read("SELECT * FROM lessons WHERE id = ?", job_id)
        return _job(records[0]) if records else None

    def result(self, job_id):
        """What came of a job as a dict, or None. Safe for untrusted arguments."""
        folder = self._folder(job_id)
        return result(folder, job_id) if folder else None

    def file(self, job_id, name):
        """File of one of its pictures, or None. Safe for untrusted arguments."""
        folder = self._folder(job_id)
        path = folder / job_id / name if folder and PICTURE.fullmatch(str(name)) else None
        return path if path and path.is_file() else None

    # The painter process

    def recover(self):
        """Fail what a vanished painter process was computing: it may be what brought it down."""
        self.queue.recover()

    def take_next(self, packs=None):
        """The job that waits longest, marked as being computed, or None.

        Args:
            packs: only jobs that ask for one of these; any by default.
        """
        record = next(self.queue.taken(packs), None)
        return None if record is None else _job(record)

    def progress(self, job_id, share):
        """Note how far a job is, 0 … 1."""
        self._set(job_id, "share = ?", share)

    def finish(self, job_id, data=None, pictures=None, reason=""):
        """Keep what came of a job, or note why nothing did. Raises OutputError."""
        if data is not None:
            write(self.folder, job_id, data, pictures)
        status = "failed" if data is None else "done"
        self.database.urgently(lambda: self._set(job_id, "status = ?, reason = ?, share = 1", status, reason))

    def tidy(self):
        """Forget what was asked for longest ago, beyond MOST_KEPT, and files that no job owns."""
        old = "SELECT id FROM lessons WHERE status IN ('done', 'failed') ORDER BY asked DESC LIMIT -1 OFFSET ?"
        with self.database.transaction() as db:
            db.execute(f"DELETE FROM lessons WHERE id IN ({old})", (MOST_KEPT,))
        known = {record["id"] for record in self.database.read("SELECT id FROM lessons")}
        for path in self.folder.glob("*"):
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def _folder(self, job_id):
        """Where a job's files lie, or None."""
        if not ID.fullmatch(str(job_id)):
            return None
        return next((folder for folder in (SHOWN, self.folder) if (folder / job_id / RESULT).is_file()), None)

    def _set(self, job_id, assignment, *values):
        with self.database.transaction() as db:
            db.execute(f"UPDATE lessons SET {assignment} WHERE id = ?", (*values, job_id))


def _job(record):
    values = {name: record[name] for name in Job.__dataclass_fields__}
    return Job(**values | {"request": json.loads(record["request"])})

"""What the lesson pages ask the painter process to compute, and what came of it. No torch.

A job is named by everything that determines its result, so that whoever asks for the same gets the stored one
at once. A result is one JSON file and a few pictures: `<folder>/<id>/result.json` and beside it. The pages'
first states were computed beforehand by a command and lie in PRECOMPUTED; everything else lies in the store.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base.errors import SettingError
from core.base.files import write_bytes
from core.lesson import codebook, noise
from core.packs.manifest import pack_hash, read_manifest
from core.storage.run_store import RunStore
from core.storage.side_job_queue import SideJob, SideJobQueue

# kind → module with check(request, manifest), compute(pack, request) and RESULT_VERSION
LESSON_KINDS: dict[str, Any] = {"noise": noise, "codebook": codebook}
PRECOMPUTED = Path(__file__).parent / "shown"
RESULT = "result.json"
MOST_WAITING = 60  # of everybody
REFUSAL = "{waiting} computations of the lesson wait already; try again in a moment."
MOST_KEPT = 300  # results in the store; what was asked for longest ago gives way
JOB_ID = re.compile(r"[0-9a-f]{32}")
PICTURE = re.compile(r"[a-z0-9-]{1,40}\.(png|webp)")
LOST_REASON = "The painter process went away while it computed this; ask for it again."


@dataclass(frozen=True)
class LessonJob:
    """One computation.

    Args:
        id: 32 hexadecimal digits.
        kind: one of LESSON_KINDS.
        request: what is wanted, as the kind's `check` returned it.
        pack: name or folder of the model pack.
        status: "waiting", "working", "done" or "failed".
        reason: why it failed, one sentence.
        share: 0 … 1, how far it is.
    """

    id: str
    kind: str
    request: dict[str, Any]
    pack: str
    status: str = "waiting"
    reason: str = ""
    share: float = 0.0


def make_job(kind: str, request: Any, pack: str) -> LessonJob:
    """The job of a request, not yet asked for.

    Args:
        request: dict from anywhere.

    Raises:
        SettingError: unknown kind, or a request that is not accepted. PackError: unknown pack.
    """
    if kind not in LESSON_KINDS:
        raise SettingError(f"Unknown lesson {str(kind)[:40]!r}; choose from {', '.join(LESSON_KINDS)}.")
    manifest = read_manifest(pack)
    checked = LESSON_KINDS[kind].check(request, manifest)
    named = json.dumps(
        [kind, checked, pack_hash(manifest), LESSON_KINDS[kind].RESULT_VERSION], sort_keys=True
    )
    return LessonJob(hashlib.sha256(named.encode()).hexdigest()[:32], kind, checked, str(pack))


def read_result(folder: Path, job_id: str) -> dict[str, Any] | None:
    """The result of a job in a folder as a dict, or None."""
    path = folder / job_id / RESULT
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def write_result(folder: Path, job_id: str, data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Keep a result; the JSON comes last, so that a result that is there is whole.

    Args:
        data: JSON-ready dict. pictures: file name → bytes.

    Raises:
        OutputError: it cannot be written.
    """
    for name, content in pictures.items():
        write_bytes(folder / job_id / name, content)
    write_bytes(folder / job_id / RESULT, json.dumps(data, separators=(",", ":")).encode())


class LessonJobs:
    """The lesson's jobs of a store. Every method may raise StoreError."""

    def __init__(self, store: RunStore) -> None:
        self.folder = store.folder / "lessons"
        self.queue = SideJobQueue(store.database, "lesson", LOST_REASON)

    def ask(self, kind: str, request: Any, pack: str) -> LessonJob | None:
        """Ask for a result; at once done if it is there.

        Raises:
            SettingError: a request that is not accepted. PackError. StoreError: too much waits already.
        """
        job = make_job(kind, request, pack)
        if read_result(PRECOMPUTED, job.id) is None:
            known = self.queue.get(job.id)
            is_lost = (
                known is not None and known.status == "done" and read_result(self.folder, job.id) is None
            )
            if known is None or known.status == "failed" or is_lost:
                stored = {"kind": kind, "request": job.request}
                self.queue.ask(job.id, job.pack, stored, MOST_WAITING, REFUSAL)
            else:
                self.queue.touch(job.id)
        return self.get(job.id)

    def get(self, job_id: object) -> LessonJob | None:
        """A job, or None. Safe for untrusted arguments; what was computed beforehand has no request."""
        if not _is_job_id(job_id):
            return None
        job_id = str(job_id)
        if read_result(PRECOMPUTED, job_id) is not None:
            return LessonJob(job_id, "", {}, "", "done", share=1.0)
        job = self.queue.get(job_id)
        return None if job is None else _lesson_job(job)

    def result(self, job_id: object) -> dict[str, Any] | None:
        """What came of a job, or None. Safe for untrusted arguments."""
        folder = self._folder(job_id)
        return read_result(folder, str(job_id)) if folder else None

    def file(self, job_id: object, name: object) -> Path | None:
        """File of one of its pictures, or None. Safe for untrusted arguments."""
        folder = self._folder(job_id)
        if folder is None or not PICTURE.fullmatch(str(name)):
            return None
        path = folder / str(job_id) / str(name)
        return path if path.is_file() else None

    # The painter process

    def take_next(self, packs: Collection[str] | None = None) -> LessonJob | None:
        """The job that waits longest, marked as being computed, or None.

        Args:
            packs: only jobs that ask for one of these; any by default.
        """
        job = next(self.queue.take(packs), None)
        return None if job is None else _lesson_job(job)

    def progress(self, job_id: str, share: float) -> None:
        """Note how far a job is, 0 … 1."""
        self.queue.progress(job_id, share)

    def finish(
        self,
        job_id: str,
        data: Mapping[str, Any] | None = None,
        pictures: Mapping[str, bytes] | None = None,
        reason: str = "",
    ) -> None:
        """Keep what came of a job, or note why nothing did. Raises OutputError."""
        if data is not None:
            write_result(self.folder, job_id, data, pictures or {})
        self.queue.finish(job_id, None if data is None else {}, reason)

    def tidy(self) -> None:
        """Forget what was asked for longest ago, beyond MOST_KEPT, and files that no job owns."""
        for old in self.queue.find("status IN ('done', 'failed')")[MOST_KEPT:]:
            self.queue.forget("id = ? AND status IN ('done', 'failed')", old.id)
        known = {job.id for job in self.queue.find()}
        for path in self.folder.glob("*"):
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    def _folder(self, job_id: object) -> Path | None:
        """Where a job's files lie, or None."""
        if not _is_job_id(job_id):
            return None
        folders = (PRECOMPUTED, self.folder)
        return next((folder for folder in folders if (folder / str(job_id) / RESULT).is_file()), None)


def _is_job_id(text: object) -> bool:
    return JOB_ID.fullmatch(str(text)) is not None


def _lesson_job(job: SideJob) -> LessonJob:
    return LessonJob(
        id=job.id,
        kind=job.request["kind"],
        request=job.request["request"],
        pack=job.pack,
        status=job.status,
        reason=job.reason,
        share=job.share,
    )

"""The stored runs as a collection: search, stars, deletion with undo, thumbnails, disk use and its cap. No torch.

Deleting only marks a run. The painter process removes it, files and all, when nobody can take that
back any more (`Library.tidy`), and so it does with the oldest runs when the store outgrows its cap.
Only that process ever removes a run, so nothing vanishes from under a run that is being painted.
"""

import io
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.images import write_bytes
from core.places import store_cap
from core.queue import fingerprint
from core.records import Row, Run, row_of, run_of

UNDO_SECONDS = 3600.0
FRESH_SECONDS = 600.0  # a run that ended so recently is being looked at: the cap leaves it alone
NEWS_SECONDS = 24 * 3600.0
THUMBNAIL_SIDE = 192
RUN_FOLDERS = ("frames", "thumbnails")  # <store>/<one of these>/<run>
SORTS = {
    "newest": "created DESC",
    "oldest": "created",
    "prompt": "prompt COLLATE NOCASE, created DESC",
    "score": "best_score DESC, created DESC",
    "heldout": "best_heldout DESC, created DESC",
    "realism": "best_realism DESC, created DESC",
}
_ACTIVE = "('queued', 'running')"
# The last step of every painter through the unique index alone; the rows' figures are looked up for those only.
_ENDS = "SELECT run, painter, MAX(step) AS step FROM steps GROUP BY run, painter"
_BEST = (
    "SELECT run, MAX(score) AS best_score, MAX(heldout) AS best_heldout, MAX(realism) AS best_realism "
    f"FROM ({_ENDS}) JOIN steps USING (run, painter, step) GROUP BY run"
)


@dataclass(frozen=True)
class Card:
    """One run as the gallery shows it.

    Args:
        mine: whether the one who asks started it and may star and delete it.
        bytes: disk space of its files, 0 until measured (shortly after its end).
        ends: painter → the Row of its last step.
    """

    run: Run
    starred: bool
    mine: bool
    bytes: int
    ends: dict[str, Row]


@dataclass(frozen=True)
class Disk:
    """Space that the runs of this store take.

    Args:
        bytes: of their files, as far as measured. cap: what they may take.
        removed: runs removed lately because of the cap. removed_at: when the last one was, or None.
    """

    bytes: int
    cap: int
    removed: int
    removed_at: float | None


class Library:
    """What the gallery asks of a `core.store.RunStore`. Every method may raise StoreError."""

    def __init__(self, store):
        self.store, self.database = store, store.database

    def page(self, secret, words="", mine=False, starred=False, sort="newest", limit=24, offset=0, others=True):
        """Some of the runs that match, and how many do.

        Args:
            secret: of the one who asks.
            words: each must begin a word of the prompt; capitals do not matter.
            mine: only runs that `secret` started. others: whether runs that anybody else started may be listed; imported
                ones, such as the example, are nobody's.
            sort: key of SORTS; by a figure means by the best painter's at its last step.

        Returns:
            (list[Card], int)
        """
        where, values = ["deleted_at IS NULL"], []
        for word in words.split():
            where.append("' ' || prompt LIKE ? ESCAPE '\\'")
            values.append("% " + "".join(f"\\{c}" if c in "\\%_" else c for c in word) + "%")
        if mine or not others:
            where.append("(owner = ? AND owner != '')" if mine else "(owner = ? AND owner != '' OR folder != '')")
            values.append(fingerprint(secret))
        if starred:
            where.append("starred")
        best = f" LEFT JOIN ({_BEST}) AS best ON best.run = asked.id" if sort in ("score", "heldout", "realism") else ""
        records = self.database.read(
            "SELECT *, COUNT(*) OVER () AS matching FROM (SELECT *, json_extract(request, '$.prompt') AS prompt FROM runs) AS asked"
            f"{best} WHERE {' AND '.join(where)} ORDER BY {SORTS[sort]}, id LIMIT ? OFFSET ?",
            *values,
            limit,
            offset,
        )
        return self._cards(records, fingerprint(secret)), records[0]["matching"] if records else 0

    def star(self, run_id, secret, on=True):
        """Mark a run, or take the mark away; a starred one is never removed by the cap. True if it could be."""
        return self._change("starred = ?", bool(on), run_id, secret)

    def delete(self, run_id, secret, now=None):
        """Delete a run that has ended; `restore` brings it back within UNDO_SECONDS. True if it is deleted now.

        Only whoever started it may. Imported runs, such as the example, belong to nobody.
        """
        condition = f" AND deleted_at IS NULL AND folder = '' AND status NOT IN {_ACTIVE}"
        return self._change("deleted_at = ?", _now(now), run_id, secret, condition)

    def restore(self, run_id, secret):
        """Undo `delete`. True if the run is back."""
        return self._change("deleted_at = ?", None, run_id, secret, " AND deleted_at IS NOT NULL")

    def deleted(self, secret, now=None):
        """Runs that `secret` may still restore, the last deleted first: list[Run]."""
        records = self.database.read(
            "SELECT * FROM runs WHERE owner = ? AND owner != '' AND deleted_at > ? ORDER BY deleted_at DESC",
            fingerprint(secret),
            _now(now) - UNDO_SECONDS,
        )
        return [run for run in map(run_of, records) if run is not None]

    def disk(self, now=None):
        """Disk. Raises SettingError: CTJP_STORE_CAP is no size."""
        news = self._news()
        recent = news["at"] is not None and news["at"] > _now(now) - NEWS_SECONDS
        return Disk(self._bytes(), store_cap(), news["removed"] if recent else 0, news["at"] if recent else None)

    def thumbnail(self, run_id, painter, step):
        """Small WebP of one frame, made on first use: Path, or None if there is no such frame.

        Safe for untrusted arguments. Raises OutputError: it cannot be written.
        """
        frame = self.store.frame_path(run_id, painter, step)
        if frame is None:
            return None
        path = self.store.folder / "thumbnails" / run_id / painter / f"{int(step):05d}.webp"
        if not path.is_file():
            with Image.open(frame) as picture:
                picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
                buffer = io.BytesIO()
                picture.convert("RGB").save(buffer, "WEBP", quality=82, method=2)
            write_bytes(path, buffer.getvalue())
        return path

    # Housekeeping, by the painter process alone

    def tidy(self, now=None, cap=None):
        """Remove what was deleted for good, measure what has ended, and keep the store under its cap.

        Raises:
            SettingError: CTJP_STORE_CAP is no size.
        """
        now = _now(now)
        for record in self.database.read("SELECT id FROM runs WHERE deleted_at <= ?", now - UNDO_SECONDS):
            self.remove(record["id"], "deleted_at <= ?", now - UNDO_SECONDS)
        for record in self.database.read(f"SELECT id FROM runs WHERE status NOT IN {_ACTIVE} AND folder = '' AND weighed != finished"):
            with self.database.transaction() as db:  # its own end, not the time of day: clocks are set back
                db.execute("UPDATE runs SET bytes = ?, weighed = finished WHERE id = ?", (self._weigh(record["id"]), record["id"]))
        self._keep_cap(now, store_cap() if cap is None else cap)

    def remove_strays(self):
        """Remove files that no run owns: a process died between forgetting a run and removing its files.

        What is older than the database belongs to one that was damaged and moved away: its pictures are all that is left of it.
        """
        known = {record["id"] for record in self.database.read("SELECT id FROM runs")}
        born = self.database.read("SELECT MIN(applied) AS born FROM migrations")[0]["born"]
        for name in RUN_FOLDERS:
            for path in (self.store.folder / name).glob("*"):
                if path.is_dir() and path.name not in known and path.stat().st_mtime >= born:
                    shutil.rmtree(path, ignore_errors=True)

    def remove(self, run_id, condition="1", *values):
        """Forget a run that is not active, if the SQL condition holds, with rows and files. True if it did.

        Files outside the store (an imported run's) are left alone.
        """
        with self.database.transaction() as db:
            gone = db.execute(f"DELETE FROM runs WHERE id = ? AND status NOT IN {_ACTIVE} AND {condition}", (run_id, *values)).rowcount
        if gone:
            for name in RUN_FOLDERS:
                shutil.rmtree(self.store.folder / name / run_id, ignore_errors=True)
        return bool(gone)

    def _keep_cap(self, now, cap):
        excess = self._bytes() - cap
        if excess <= 0:
            return
        removed = 0
        for record in self.database.read(
            f"SELECT id, bytes FROM runs WHERE starred = 0 AND folder = '' AND status NOT IN {_ACTIVE} AND finished < ? "
            "ORDER BY deleted_at IS NULL, finished",  # what was deleted anyway goes first
            now - FRESH_SECONDS,
        ):
            if excess > 0 and self.remove(record["id"], "starred = 0"):
                excess -= record["bytes"]
                removed += 1
        if removed:
            news = self._news()
            before = news["removed"] if (news["at"] or 0) > now - NEWS_SECONDS else 0
            with self.database.transaction() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('cap', ?)", (json.dumps({"removed": before + removed, "at": now}),))

    def _news(self):
        records = self.database.read("SELECT value FROM meta WHERE key = 'cap'")
        return json.loads(records[0]["value"]) if records else {"removed": 0, "at": None}

    def _bytes(self):
        return self.database.read("SELECT COALESCE(SUM(bytes), 0) AS total FROM runs WHERE folder = ''")[0]["total"]

    def _weigh(self, run_id):
        files = (path for name in RUN_FOLDERS for path in Path(self.store.folder / name / run_id).rglob("*"))
        return sum(path.stat().st_size for path in files if path.is_file())

    def _change(self, assignment, value, run_id, secret, condition=""):
        with self.database.transaction() as db:
            sql = f"UPDATE runs SET {assignment} WHERE id = ? AND owner = ? AND owner != ''{condition}"
            return bool(db.execute(sql, (value, run_id, fingerprint(secret))).rowcount)

    def _cards(self, records, owner):
        runs = {record["id"]: run for record in records if (run := run_of(record)) is not None}
        marks = ", ".join("?" * len(runs))
        ends = {run_id: {} for run_id in runs}
        for record in self.database.read(
            f"SELECT steps.* FROM ({_ENDS.replace('GROUP', f'WHERE run IN ({marks}) GROUP')}) JOIN steps USING (run, painter, step)", *runs
        ):
            ends[record["run"]][record["painter"]] = row_of(record)
        return [
            Card(runs[r["id"]], bool(r["starred"]), bool(owner) and r["owner"] == owner, r["bytes"], ends[r["id"]])
            for r in records
            if r["id"] in runs
        ]


def _now(now):
    return time.time() if now is None else now

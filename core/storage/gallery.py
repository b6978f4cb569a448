"""The stored runs as a collection: search, stars, deletion with undo, thumbnails, disk use and its cap.

Deleting only marks a run. The painter process removes it, files and all, when nobody can take that
back any more (`Gallery.tidy`), and so it does with the oldest runs when the store outgrows its cap.
Only that process ever removes a run, so nothing vanishes from under a run that is being painted.
"""

import io
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from core.base.environment import store_cap_bytes
from core.base.files import write_bytes
from core.base.measure_names import MEASURES
from core.storage import paintings
from core.storage.gallery_search import SORTS, search_conditions
from core.storage.owners import hash_secret
from core.storage.records import Run, StepRow, run_from_record
from core.storage.run_store import RunStore

UNDO_SECONDS = 3600.0
KEEP_AFTER_END_SECONDS = 600.0  # a run that ended so recently is being looked at: the cap leaves it alone
CAP_NOTICE_SECONDS = 24 * 3600.0
THUMBNAIL_SIDE = 192
_ACTIVE = "('queued', 'running')"
# The last step of every painting through the unique index alone; only those rows are read.
_LAST_STEPS = "SELECT painting, MAX(step) AS step FROM steps GROUP BY painting"
_BEST = (
    "SELECT run, MAX(score) AS best_score, MAX(heldout) AS best_heldout, MAX(realism) AS best_realism "
    f"FROM ({_LAST_STEPS}) JOIN run_steps USING (painting, step) GROUP BY run"
)
# Removing a run frees nothing where everything of it stays in any case, for a run that the cap leaves alone.
_FREES_SPACE = (
    "EXISTS (SELECT 1 FROM run_paintings AS part WHERE part.run = runs.id AND NOT EXISTS ("
    "SELECT 1 FROM run_paintings JOIN runs AS other ON other.id = run_paintings.run "
    f"WHERE run_paintings.painting = part.painting AND (other.starred OR other.status IN {_ACTIVE} "
    "OR (other.finished >= ? AND NOT other.ahead))))"
)


@dataclass(frozen=True)
class GalleryEntry:
    """One run as the gallery shows it.

    Args:
        mine: whether the one who asks started it and may star and delete it.
        bytes: disk space of its files, 0 until measured (shortly after its end).
        last_rows: painter → the row of its last step.
        reached: how far the furthest of the painters that painted for this run has come, 0 … 1.
    """

    run: Run
    starred: bool
    mine: bool
    bytes: int
    last_rows: dict[str, StepRow]
    reached: float


@dataclass(frozen=True)
class DiskUse:
    """Space that the runs of this store take.

    Args:
        bytes: of their files, as far as measured. cap: what they may take.
        removed: runs removed lately because of the cap. removed_at: when the last one was, or None.
    """

    bytes: int
    cap: int
    removed: int
    removed_at: float | None


class Gallery:
    """What the gallery asks of a store. Every method may raise StoreError."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.database = store.database

    def page(
        self,
        secret: str,
        words: str = "",
        mine: bool = False,
        starred: bool = False,
        sort: str = "newest",
        limit: int = 24,
        offset: int = 0,
        others: bool = True,
    ) -> tuple[list[GalleryEntry], int]:
        """Some of the runs that match, and how many do.

        Args:
            secret: of the one who asks.
            words: each must begin a word of the prompt; capitals do not matter.
            mine: only runs that `secret` started.
            others: whether runs that anybody else started may be listed; imported ones, such as the example,
                are nobody's.
            sort: key of SORTS; by a measure means by the best painter's at its last step.
        """
        owner = hash_secret(secret)
        where, values = search_conditions(owner, words, mine, starred, others)
        best = f"LEFT JOIN ({_BEST}) AS best ON best.run = asked.id" if sort in MEASURES else ""
        records = self.database.read(
            "SELECT *, COUNT(*) OVER () AS matching "
            f"FROM (SELECT *, json_extract(request, '$.prompt') AS prompt FROM runs) AS asked {best} "
            f"WHERE {' AND '.join(where)} ORDER BY {SORTS[sort]}, id LIMIT ? OFFSET ?",
            *values,
            limit,
            offset,
        )
        return self._entries(records, owner), records[0]["matching"] if records else 0

    def star(self, run_id: str, secret: str, on: bool = True) -> bool:
        """Mark a run, or take the mark away; the cap never removes a starred one. True if it could be."""
        return self._change("starred = ?", bool(on), run_id, secret)

    def delete(self, run_id: str, secret: str, now: float | None = None) -> bool:
        """Delete a run that has ended; `restore` brings it back within UNDO_SECONDS. True if it is gone now.

        Only whoever started it may. Imported runs, such as the example, belong to nobody.
        """
        condition = f" AND deleted_at IS NULL AND folder = '' AND status NOT IN {_ACTIVE}"
        return self._change("deleted_at = ?", _now(now), run_id, secret, condition)

    def restore(self, run_id: str, secret: str) -> bool:
        """Undo `delete`. True if the run is back."""
        return self._change("deleted_at = ?", None, run_id, secret, " AND deleted_at IS NOT NULL")

    def deleted(self, secret: str, now: float | None = None) -> list[Run]:
        """Runs that `secret` may still restore, the last deleted first."""
        records = self.database.read(
            "SELECT * FROM runs WHERE owner = ? AND owner != '' AND deleted_at > ? ORDER BY deleted_at DESC",
            hash_secret(secret),
            _now(now) - UNDO_SECONDS,
        )
        return [run for run in map(run_from_record, records) if run is not None]

    def disk(self, now: float | None = None) -> DiskUse:
        """Space that the runs take. Raises SettingError: CTJP_STORE_CAP is no size."""
        removed, removed_at = self._removed_lately(_now(now))
        return DiskUse(self._bytes(), store_cap_bytes(), removed, removed_at)

    def thumbnail(self, run_id: str, painter: str, step: int | str) -> Path | None:
        """Small WebP of one frame, made on first use; None if there is none. Safe for untrusted arguments.

        Raises:
            OutputError: it cannot be written.
        """
        frame = self.store.frame_path(run_id, painter, step)
        if frame is None:
            return None
        path = self.store.frames.thumbnail_file(run_id, painter, int(step))
        if path is None:  # deleted just now
            return None
        if not path.is_file():
            with Image.open(frame) as picture:
                picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
                buffer = io.BytesIO()
                picture.convert("RGB").save(buffer, "WEBP", quality=82, method=2)
            write_bytes(path, buffer.getvalue())
        return path

    # Housekeeping, by the painter process alone

    def tidy(self, now: float | None = None, cap: float | None = None) -> None:
        """Remove what was deleted for good, measure what has ended, and keep the store under its cap.

        Raises:
            SettingError: CTJP_STORE_CAP is no size.
        """
        now = _now(now)
        for record in self.database.read("SELECT id FROM runs WHERE deleted_at <= ?", now - UNDO_SECONDS):
            self.remove(record["id"], "deleted_at <= ?", now - UNDO_SECONDS)
        ended = f"SELECT id FROM runs WHERE status NOT IN {_ACTIVE} AND folder = '' AND weighed != finished"
        for record in self.database.read(ended):
            self._weigh(record["id"])
        self._keep_cap(now, store_cap_bytes() if cap is None else cap)

    def remove_orphans(self) -> None:
        """Remove files that nothing in the store owns; see `FrameStore.remove_orphans`."""
        self.store.frames.remove_orphans()

    def remove(self, run_id: str, condition: str = "1", *values: Any) -> bool:
        """Forget a run that is not active, if the SQL condition holds. True if it did.

        The paintings that no other run has go, too; files outside the store (an imported run's) stay.
        """
        sql = f"DELETE FROM runs WHERE id = ? AND status NOT IN {_ACTIVE} AND {condition}"
        with self.database.transaction() as db:
            gone = db.execute(sql, (run_id, *values)).rowcount
            unused = paintings.remove_unused(db) if gone else []
        self.store.frames.remove(unused)
        return bool(gone)

    def _weigh(self, run_id: str) -> None:
        """Measure what the files of a run's paintings take."""
        with self.database.reading() as db:
            sizes = {one.id: self.store.frames.size(one) for one in paintings.paintings_of(db, run_id)}
        with self.database.transaction() as db:  # its own end, not the time of day: clocks are set back
            sql = "UPDATE runs SET bytes = ?, weighed = finished WHERE id = ?"
            db.execute(sql, (sum(sizes.values()), run_id))
            db.executemany(
                "UPDATE paintings SET bytes = ? WHERE id = ?", [(size, one) for one, size in sizes.items()]
            )

    def _keep_cap(self, now: float, cap: float) -> None:
        if self._bytes() <= cap:
            return
        removed = 0
        ended_before = now - KEEP_AFTER_END_SECONDS
        for record in self.database.read(
            f"SELECT id, ahead FROM runs WHERE starred = 0 AND folder = '' AND status NOT IN {_ACTIVE} "
            f"AND (finished < ? OR ahead) AND {_FREES_SPACE} "
            # what nobody has asked for goes first, and then what was deleted anyway
            "ORDER BY NOT ahead, deleted_at IS NULL, finished",
            ended_before,
            ended_before,
        ):
            if self._bytes() > cap:
                is_gone = self.remove(record["id"], "starred = 0")
                removed += is_gone and not record["ahead"]
        if removed:
            before, _ = self._removed_lately(now)
            news = json.dumps({"removed": before + removed, "at": now})
            with self.database.transaction() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('cap', ?)", (news,))

    def _removed_lately(self, now: float) -> tuple[int, float | None]:
        """How many runs the cap has removed lately, and when it removed the last one."""
        records = self.database.read("SELECT value FROM meta WHERE key = 'cap'")
        news = json.loads(records[0]["value"]) if records else {}
        is_recent = news.get("at") is not None and news["at"] > now - CAP_NOTICE_SECONDS
        return (news["removed"], news["at"]) if is_recent else (0, None)

    def _bytes(self) -> int:
        return self.database.read("SELECT COALESCE(SUM(bytes), 0) AS total FROM paintings")[0]["total"]

    def _change(self, assignment: str, value: Any, run_id: str, secret: str, condition: str = "") -> bool:
        sql = f"UPDATE runs SET {assignment} WHERE id = ? AND owner = ? AND owner != ''{condition}"
        with self.database.transaction() as db:
            return bool(db.execute(sql, (value, run_id, hash_secret(secret))).rowcount)

    def _entries(self, records: Sequence[sqlite3.Row], owner: str) -> list[GalleryEntry]:
        runs = {record["id"]: run for record in records if (run := run_from_record(record)) is not None}
        last_rows: dict[str, dict[str, StepRow]] = {run_id: {} for run_id in runs}
        reached = dict.fromkeys(runs, 0.0)
        for record in self._last_records(list(runs)):
            row = last_rows[record["run"]][record["painter"]] = StepRow.from_record(record)
            if row.attempt == record["present"] and not record["taken"]:
                reached[record["run"]] = max(reached[record["run"]], row.step / row.total)
        return [
            GalleryEntry(
                run=runs[record["id"]],
                starred=bool(record["starred"]),
                mine=bool(owner) and record["owner"] == owner,
                bytes=record["bytes"],
                last_rows=last_rows[record["id"]],
                reached=reached[record["id"]],
            )
            for record in records
            if record["id"] in runs
        ]

    def _last_records(self, run_ids: Sequence[str]) -> list[sqlite3.Row]:
        """The last row of every painter of these runs, with the present attempt at its painting."""
        marks = ", ".join("?" * len(run_ids))
        of_runs = f"WHERE painting IN (SELECT painting FROM run_paintings WHERE run IN ({marks})) GROUP"
        return self.database.read(
            "SELECT run_steps.*, paintings.attempt AS present "
            f"FROM ({_LAST_STEPS.replace('GROUP', of_runs)}) "
            "JOIN run_steps USING (painting, step) JOIN paintings ON paintings.id = painting "
            f"WHERE run IN ({marks})",
            *run_ids,
            *run_ids,
        )


def _now(now: float | None) -> float:
    return time.time() if now is None else now

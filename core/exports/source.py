"""One run as the exports see it, whether it lies in a plain folder or in the store. No torch."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import folder, metadata
from core.errors import OutputError, StoreError, UserError
from core.images import read_image
from core.packs import read_manifest
from core.settings import RunRequest


@dataclass(frozen=True)
class Source:
    """A run with whatever has been painted of it.

    Args:
        status: as in core.records.STATUSES.
        rows: painter → its core.records.Row in step order; painters without a row are left out.
        frame_path: function (painter, step) → file of that picture, or None.
        versions: package → version that painted the run; {} if nobody noted them.
        manifest: of the run's pack.
    """

    request: RunRequest
    pack_hash: str
    code_revision: str
    status: str
    rows: dict
    frame_path: Callable
    versions: dict
    manifest: dict

    @property
    def painters(self):
        return tuple(self.rows)

    def at(self, share=1.0):
        """Painter → its row at a share of the run, 0 … 1, or its newest before that. As the player's slider does."""
        # Half steps go up, as in JavaScript, where the slider rounds.
        return {p: rows[min(int(share * rows[-1].total + 0.5), len(rows) - 1)] for p, rows in self.rows.items()}

    def nearest(self, row):
        """The painter's row nearest to this one that has a picture (a trimmed run keeps only some)."""
        return min((r for r in self.rows[row.painter] if r.has_frame), key=lambda r: abs(r.step - row.step))

    def image(self, row):
        """uint8 H×W×3 of a row, or of the nearest that has a picture. Raises UserError if it cannot be read."""
        nearest = self.nearest(row)
        return read_image(self.frame_path(nearest.painter, nearest.step))

    def record(self, kind, **place):
        """Text records for a PNG of this run; see core.metadata."""
        return metadata.record(self.request, self.pack_hash, self.code_revision, self.versions, kind, **place)

    def frame(self, row):
        """PNG bytes of one picture as it was painted, with its record."""
        row = self.nearest(row)
        png = self.frame_path(row.painter, row.step).read_bytes()
        if f"{metadata.KEY}\0".encode() in png[:256]:
            return png
        # Painted before frames carried their settings.
        return metadata.with_record(png, self.record("frame", painter=row.painter, step=row.step, total=row.total))


def of_folder(path):
    """The run in a plain folder.

    Raises:
        StoreError: not a run's folder. PackError: its pack is not there. OutputError: nothing is painted yet.
    """
    path = Path(path)
    description, rows = folder.read(path)
    versions = json.loads((path / folder.RUN_FILE).read_text(encoding="utf-8")).get("versions", {})
    return _source(description, rows, lambda painter, step: folder.frame_file(path, painter, step), versions, str(path))


def of_store(store, run_id):
    """A run of a core.store.RunStore. Raises as `of_folder`; a run that is being painted comes as far as it is."""
    run = store.get(run_id)
    if run is None:
        raise StoreError(f"There is no run {run_id} in {store.folder}; it may belong to another store.")
    rows = sorted(store.rows(run_id), key=lambda row: row.step)
    description = folder.Description.of_run(run)
    if run.folder:
        versions = of_folder(run.folder).versions
    else:
        versions = _noted(store.frame_path(run_id, rows[-1].painter, rows[-1].step)) if rows else {}
    return _source(description, rows, lambda painter, step: store.frame_path(run_id, painter, step), versions, run_id)


def _source(description, rows, frame_path, versions, name):
    request = description.request
    by_painter = {p: [row for row in rows if row.painter == p] for p in request.painters}
    by_painter = {p: found for p, found in by_painter.items() if any(row.has_frame for row in found)}
    if not by_painter:
        raise OutputError(f"{name} holds no frames yet, so there is nothing to draw. Paint the run first.")
    return Source(
        request, description.pack_hash, description.code_revision, description.status,
        by_painter, frame_path, versions, read_manifest(request.pack),
    )  # fmt: skip


def _noted(path):
    """The versions that a frame's own record names."""
    try:
        return json.loads(metadata.raw(path.read_bytes()))["versions"] if path else {}
    except (OSError, UserError, ValueError, KeyError):
        return {}

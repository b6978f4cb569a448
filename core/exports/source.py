"""One run as the exports see it, whether it lies in a plain folder or in the store. No torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base import png_chunks, png_records
from core.base.errors import OutputError, StoreError, UserError
from core.base.images import read_image
from core.base.measure_names import MeasureName
from core.base.prompt_reading import reading_note
from core.base.request import RunRequest
from core.base.revision import earlier_version_note
from core.base.settings import PAINTER_LABELS
from core.base.terms import PainterTerms, Terms, painter_terms, terms_of
from core.exports.judge_scale import all_measures, scale_name, shown_measures, shown_row, with_steered
from core.measures.judge_gap import reference_for
from core.packs import read_manifest
from core.packs.former_packs import another_pack_note, reference_at
from core.packs.manifest import denoiser_reads_text
from core.storage import run_folder
from core.storage.frame_store import told_of
from core.storage.records import StepRow

if TYPE_CHECKING:
    from core.storage.run_store import RunStore

FramePath = Callable[[str, int], Path | None]  # (painter, step) → file of that picture, or None


@dataclass(frozen=True)
class ExportedRun:
    """A run with whatever has been painted of it.

    Args:
        status: as in core.storage.records.STATUSES.
        rows: painter → its rows in step order; painters without a row are left out.
        versions: package → version that painted the run; {} if nobody noted them.
        manifest: of the run's pack.
    """

    request: RunRequest
    pack_hash: str
    code_revision: str
    status: str
    rows: dict[str, list[StepRow]]
    frame_path: FramePath
    versions: dict[str, str]
    manifest: dict
    measuring_revision: str = ""

    @property
    def version_note(self) -> str:
        """Sentences if an earlier version of this program, or another pack, painted or measured the run."""
        version = earlier_version_note(self.code_revision, self.measuring_revision)
        return " ".join(note for note in (version, self.pack_note) if note)

    @property
    def pack_note(self) -> str:
        """Sentences if another pack of this name painted the run, else ""."""
        return another_pack_note(self.request.pack, self.pack_hash)

    @property
    def reference(self) -> dict | None:
        """Figures of real pictures, as the pack that painted the run measured them."""
        return reference_at(self.request.pack, self.pack_hash)

    @property
    def reading_note(self) -> str:
        """How the models read the prompt; "" where they know every word of it."""
        return reading_note(self.request.prompt, self.manifest["words"])

    @property
    def terms(self) -> Terms:
        """The terms of the comparison that the run's settings amount to."""
        return terms_of(self.request.settings, denoiser_reads_text(self.manifest))

    def painter_terms(self, painter: str) -> PainterTerms:
        """What one painter was given."""
        return painter_terms(painter, self.request.settings[painter], denoiser_reads_text(self.manifest))

    @property
    def prompt_reference(self) -> dict[str, Any] | None:
        """The same, as far as they hold for the prompt."""
        return reference_for(self.request.prompt, self.reference)

    @property
    def scale(self) -> str:
        """The name of the scale that judges' scores are shown on."""
        return scale_name(self.prompt_reference)

    def shown(self, row: StepRow) -> dict[str, Any]:
        """A row's values as they are shown: judges' scores on the scale named, "steered" among them."""
        settings = self.request.settings.get(row.painter)
        return with_steered(shown_row(asdict(row), self.prompt_reference), settings)

    @property
    def measures(self) -> Mapping[str, MeasureName]:
        """What exports show of every picture, by the names that the judges have in this run."""
        return shown_measures(self.request.settings, self._last_rows)

    @property
    def all_measures(self) -> Mapping[str, MeasureName]:
        """The same with every judge that measured the run."""
        return all_measures(self.request.settings, self._last_rows)

    @property
    def _last_rows(self) -> dict[str, list[dict[str, Any]]]:
        return {painter: [asdict(rows[-1])] for painter, rows in self.rows.items() if rows}

    @property
    def painters(self) -> tuple[str, ...]:
        """The painters with a row, in display order."""
        return tuple(self.rows)

    def at(self, share: float = 1.0) -> dict[str, StepRow]:
        """Painter → its row at a share of the run, 0 … 1, or its newest before; as on the player's slider."""
        found = {}
        for painter, rows in self.rows.items():
            # half steps go up, as in JavaScript, where the slider rounds
            step = int(share * rows[-1].total + 0.5)
            found[painter] = max((row for row in rows if row.step <= step), key=_step, default=rows[0])
        return found

    def nearest_with_frame(self, row: StepRow) -> StepRow:
        """The painter's row nearest to this one that has a picture (a trimmed run keeps only some)."""
        kept = (other for other in self.rows[row.painter] if other.has_frame)
        return min(kept, key=lambda other: abs(other.step - row.step))

    def image(self, row: StepRow) -> np.ndarray:
        """uint8 H×W×3 of a row, or of the nearest that has a picture. Raises UserError: unreadable."""
        row = self.nearest_with_frame(row)
        path = self._frame_file(row)
        try:
            return read_image(path)
        except UserError as error:
            raise self._damaged(row, path) from error

    def record(self, kind: str, **place: str | int) -> dict[str, str]:
        """Text records for a PNG of this run; see core.base.png_records."""
        return png_records.make_record(
            self.request,
            self.pack_hash,
            self.code_revision,
            self.versions,
            kind,
            measuring_revision=self.measuring_revision,
            **place,
        )

    def frame(self, row: StepRow) -> bytes:
        """PNG bytes of one picture as it was painted, with a record of the whole run."""
        row = self.nearest_with_frame(row)
        self.image(row)  # a damaged one is not handed on
        png = self._frame_file(row).read_bytes()
        if f"{png_records.RECORD_KEY}\0".encode() in png[:256]:
            return told_of(png, self.request)
        # Painted before frames carried their settings.
        record = self.record("frame", painter=row.painter, step=row.step, total=row.total)
        return png_chunks.with_text(png, record)

    def _damaged(self, row: StepRow, path: Path) -> OutputError:
        return OutputError(
            f"The picture by {PAINTER_LABELS[row.painter]} at step {row.step} is damaged. In a run's folder, "
            f"remove its file {path.parent.name}/{path.name} to export the run without it; "
            "otherwise paint the run again."
        )

    def _frame_file(self, row: StepRow) -> Path:
        path = self.frame_path(row.painter, row.step)
        if path is None:
            label = PAINTER_LABELS[row.painter]
            raise OutputError(f"The picture by {label} at step {row.step} is gone. Paint the run again.")
        return path


def _step(row: StepRow) -> int:
    return row.step


def run_in_folder(path: str | Path) -> ExportedRun:
    """The run in a plain folder.

    Raises:
        StoreError: not a run's folder. PackError: its pack is not there. OutputError: nothing is painted yet.
    """
    folder = Path(path)
    description, rows = run_folder.read_run(folder)
    versions = json.loads(run_folder.run_text(folder)).get("versions", {})

    def frame_path(painter: str, step: int) -> Path:
        return run_folder.frame_file(folder, painter, step)

    return _exported(description, rows, frame_path, versions, str(folder))


def run_in_store(store: RunStore, run_id: str) -> ExportedRun:
    """A run of a store. Raises as `run_in_folder`; a run that is being painted comes as far as it is."""
    run = store.get(run_id)
    if run is None:
        raise StoreError(f"There is no run {run_id} in {store.folder}; it may belong to another store.")
    rows = sorted(store.rows(run_id), key=lambda row: row.step)
    versions: dict[str, str] = {}
    if run.folder:
        versions = run_in_folder(run.folder).versions
    elif rows:
        versions = _recorded_versions(store.frame_path(run_id, rows[-1].painter, rows[-1].step))

    def frame_path(painter: str, step: int) -> Path | None:
        return store.frame_path(run_id, painter, step)

    return _exported(run_folder.RunDescription.of_run(run), rows, frame_path, versions, run_id)


def _exported(
    description: run_folder.RunDescription,
    rows: list[StepRow],
    frame_path: FramePath,
    versions: dict[str, str],
    name: str,
) -> ExportedRun:
    request = description.request
    by_painter = {painter: [row for row in rows if row.painter == painter] for painter in request.painters}
    shown = {painter: found for painter, found in by_painter.items() if any(row.has_frame for row in found)}
    if not shown:
        raise OutputError(f"{name} holds no frames yet, so there is nothing to draw. Paint the run first.")
    return ExportedRun(
        request=request,
        pack_hash=description.pack_hash,
        code_revision=description.code_revision,
        status=description.status,
        rows=shown,
        frame_path=frame_path,
        versions=versions,
        manifest=read_manifest(request.pack),
        measuring_revision=description.measuring_revision,
    )


def _recorded_versions(path: Path | None) -> dict[str, str]:
    """The versions that a frame's own record names."""
    try:
        return json.loads(png_records.record_json(path.read_bytes()))["versions"] if path else {}
    except (OSError, UserError, ValueError, KeyError):
        return {}

"""Where finished exports lie beside the store, and how they are tidied. No torch, no streamlit."""

import functools
import hashlib
import shutil
from pathlib import Path

from core.exports.kinds import EXPORT_KINDS, SWEEP_EXPORT_KINDS, ExportKind
from core.storage.records import Run
from core.storage.run_store import RunStore
from core.storage.sweep_store import Sweep, get_sweep

ROOT = Path(__file__).parents[2]
MAX_STORED_BYTES = 500_000_000
# What an export's look depends on beside the run.
DRAWING_CODE = (
    "core/exports",
    "core/measures/verdict.py",
    "core/base/png_records.py",
    "core/base/measure_names.py",
)
DRAWING_SUFFIXES = (".py", ".css", ".js", ".html")


class ExportFiles:
    """Finished exports as files, one folder for each run or sweep."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.folder = store.folder / "exports"

    def state_stamp(self, run: Run) -> str:
        """16 hex digits that change when another export of the run would look different."""
        newest = self.store.last_row(run.id)
        parts = (run.status, run.attempt, newest.seq if newest else 0, drawing_code_hash())
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def sweep_stamp(self, sweep: Sweep) -> str:
        """The same of a sweep: it changes with any of its runs."""
        runs = [run for run in map(self.store.get, sweep.runs) if run is not None]
        parts = [(run.id, self.state_stamp(run)) for run in runs]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def path(self, source: Run | Sweep, kind: str, percent: float, stamp: str) -> Path:
        """The file of an export."""
        return self.folder / source.id / f"{kind}-{percent:g}-{stamp}{kinds_of(source)[kind].suffix}"

    def tidy(self, newest: Path, replaced: str) -> None:
        """Remove what a new export replaces, what runs that are gone left, and the oldest beyond the limit.

        Args:
            newest: the new file. replaced: pattern of the names beside it that it replaces.
        """
        for old in newest.parent.glob(replaced):
            if old != newest:
                old.unlink(missing_ok=True)
        for folder in self.folder.iterdir():
            if self.store.get(folder.name) is None and get_sweep(self.store, folder.name) is None:
                shutil.rmtree(folder, ignore_errors=True)
        total = 0
        for file in sorted(filter(Path.is_file, self.folder.glob("*/*")), key=_changed_at, reverse=True):
            total += file.stat().st_size
            if total > MAX_STORED_BYTES and file != newest:
                file.unlink(missing_ok=True)


def kinds_of(source: Run | Sweep) -> dict[str, ExportKind]:
    """What it can be exported as."""
    return SWEEP_EXPORT_KINDS if isinstance(source, Sweep) else EXPORT_KINDS


def _changed_at(file: Path) -> float:
    return file.stat().st_mtime


@functools.cache
def drawing_code_hash() -> str:
    """Changes with the code that draws exports, so that none of an older version is served."""
    digest = hashlib.sha256()
    for place in (ROOT / name for name in DRAWING_CODE):
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.suffix in DRAWING_SUFFIXES:
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]

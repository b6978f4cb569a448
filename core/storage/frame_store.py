"""Where the pictures of a store lie: a painting's own below frames, found by run and painter. No torch.

`<store>/frames/<files>/<painter>/<step>.png`, with extras in `frames/<files>/extras/<painter>` and thumbnails
in `thumbnails/<files>/<painter>`; `files` is a column of the table `paintings`. An imported run's frames stay
in the run's folder.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from core.base.files import UNFINISHED_PREFIX
from core.base.ids import is_id
from core.base.png_chunks import with_text, without_text
from core.base.png_records import RECORD_KEY, PngRecordError, record_json
from core.base.request import RunRequest
from core.storage.database import Database
from core.storage.frame_extras import EXTRAS_FOLDER
from core.storage.paintings import Painting
from core.storage.run_folder import frame_file

FRAMES_FOLDER = "frames"
THUMBNAILS_FOLDER = "thumbnails"
_PLACE = (
    "SELECT runs.folder, files FROM runs JOIN run_paintings ON run = runs.id "
    "JOIN paintings ON paintings.id = painting "
    "WHERE runs.id = ? AND run_paintings.painter = ? AND deleted_at IS NULL"
)


class FrameStore:
    """The pictures of a store's paintings. Every method that reads may raise StoreError."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def frame_path(self, run_id: object, painter: object, step: object) -> Path | None:
        """File of one frame, or None; also for a deleted run. Safe for untrusted arguments."""
        painter, step = str(painter), str(step)
        if not (is_id(run_id) and painter.isidentifier() and step.isascii() and step.isdigit()):
            return None
        place = self._place(run_id, painter)
        if place is None:
            return None
        imported, files = place
        own = self.painter_folder(files, painter) / f"{int(step):05d}.png"
        path = frame_file(imported, painter, int(step)) if imported else own
        return path if path.is_file() else None

    def extras_folder(self, run_id: object, painter: object) -> Path | None:
        """Where `frame_extras` finds a painter's extras, or None. Safe for untrusted arguments."""
        place = self._place(run_id, str(painter))
        if place is None:
            return None
        imported, files = place
        return Path(imported) if imported else self.frames_folder(files)

    def thumbnail_file(self, run_id: str, painter: str, step: int) -> Path | None:
        """Where the thumbnail of a frame lies once it is made, or None for no such run."""
        place = self._place(run_id, painter)
        if place is None:
            return None
        return self.folder / THUMBNAILS_FOLDER / place[1] / painter / f"{step:05d}.webp"

    def is_kept(self, run_id: str) -> bool:
        """Whether a run is stored and was not deleted."""
        sql = "SELECT 1 FROM runs WHERE id = ? AND deleted_at IS NULL"
        return bool(self.database.read(sql, run_id))

    def frames_folder(self, files: str) -> Path:
        """The folder of a painting of this store, with its extras."""
        return self.folder / FRAMES_FOLDER / files

    def painter_folder(self, files: str, painter: str) -> Path:
        """The folder of a painting's frames."""
        return self.frames_folder(files) / painter

    def size(self, painting: Painting) -> int:
        """Bytes of a painting's files."""
        paths = (path for folder in self._folders(painting) for path in folder.rglob("*"))
        return sum(path.stat().st_size for path in paths if path.is_file())

    def remove_unfinished(self, painting: Painting) -> None:
        """Remove what a killed painter process had only begun to write."""
        for folder in self._folders(painting):
            for unfinished in folder.rglob(f"{UNFINISHED_PREFIX}*"):
                unfinished.unlink(missing_ok=True)

    def remove(self, forgotten: Sequence[Painting]) -> None:
        """Remove the files of paintings that the database no longer knows.

        Those that share a folder, as an older version's do, belong to one run and go together.
        """
        for files in {painting.files for painting in forgotten}:
            for name in (FRAMES_FOLDER, THUMBNAILS_FOLDER):
                shutil.rmtree(self.folder / name / files, ignore_errors=True)

    def remove_orphans(self) -> None:
        """Remove files that no painting owns: a process died between forgetting one and removing its files.

        What is older than the database belongs to one that was damaged and moved away: its pictures are all
        that is left of it.
        """
        known = {record["files"] for record in self.database.read("SELECT files FROM paintings")}
        born = self.database.read("SELECT MIN(applied) AS born FROM migrations")[0]["born"]
        for name in (FRAMES_FOLDER, THUMBNAILS_FOLDER):
            for path in (self.folder / name).glob("*"):
                if path.is_dir() and path.name not in known and path.stat().st_mtime >= born:
                    shutil.rmtree(path, ignore_errors=True)

    def _place(self, run_id: object, painter: str) -> tuple[str, str] | None:
        """(an imported run's folder or "", `files` of its painting), or None for no such run."""
        records = self.database.read(_PLACE, str(run_id), painter)
        return (records[0]["folder"], records[0]["files"]) if records else None

    def _folders(self, painting: Painting) -> Iterator[Path]:
        frames = self.frames_folder(painting.files)
        yield frames / painting.painter
        yield frames / EXTRAS_FOLDER / painting.painter
        yield self.folder / THUMBNAILS_FOLDER / painting.files / painting.painter


def told_of(png: bytes, request: RunRequest) -> bytes:
    """A frame's PNG that tells the settings of all painters of a request.

    A store keeps frames with the settings of their own painter alone, because runs share them.
    """
    try:
        record = json.loads(record_json(png))
        is_told = record["settings"].keys() == request.settings.keys()
    except (PngRecordError, ValueError, LookupError, TypeError, AttributeError):
        return png  # painted before frames carried their settings, or damaged
    if is_told:
        return png
    settings = {painter: asdict(one) for painter, one in request.settings.items()}
    text = json.dumps(record | {"settings": settings}, sort_keys=True)
    return with_text(without_text(png), {RECORD_KEY: text})

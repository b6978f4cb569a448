"""The pictures that runs start from, each in a file named by its hash: `starts/<hash>.png`. No torch.

A store keeps them, and so does a run's folder, beside its frames. A picture that no run names any more is
removed after a day; a person may have looked at it without pressing Run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core.base.errors import SettingError, UserError
from core.base.files import write_bytes
from core.base.images import encode_png, read_image
from core.base.start import HASH, picture_hash, start_of
from core.storage.database import Database

FOLDER = "starts"
KEEP_SECONDS = 24 * 3600.0
NOT_HERE = (
    "The picture that this run starts from is not stored here. Choose the start again, or upload the picture."
)
USERS = (("runs", "request"), ("sweeps", "plan"))  # tables whose text names pictures


class StartPictures:
    """The pictures below one folder, a store's or a run's."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder) / FOLDER

    def add(self, image: np.ndarray) -> str:
        """Keep a picture, uint8 H×W×3; returns its hash. Raises OutputError."""
        digest = picture_hash(image)
        path = self.file(digest)
        if path.is_file():
            path.touch()  # a day more, for the run that is about to be asked for
        else:
            write_bytes(path, encode_png(image))
        return digest

    def file(self, digest: str) -> Path:
        """Where the picture of a hash lies or would lie."""
        return self.folder / f"{digest}.png"

    def has(self, digest: str) -> bool:
        """Whether the picture is here. Safe for untrusted text."""
        return bool(HASH.fullmatch(digest)) and self.file(digest).is_file()

    def picture(self, digest: str) -> np.ndarray:
        """The picture of a hash, uint8 H×W×3. Raises SettingError: it is not here, or was changed."""
        try:
            if self.has(digest) and picture_hash(image := read_image(self.file(digest))) == digest:
                return image
        except (UserError, OSError) as error:
            raise SettingError(NOT_HERE) from error
        raise SettingError(NOT_HERE)

    def copy_from(self, other: StartPictures, settings: Iterable[object]) -> None:
        """Keep what painters with these settings start from, as far as `other` has it. Raises OutputError."""
        for digest in {start_of(own).digest for own in settings} - {""}:
            if other.has(digest) and not self.has(digest):
                write_bytes(self.file(digest), other.file(digest).read_bytes())

    def held(self, settings: Iterable[object]) -> dict[str, np.ndarray]:
        """Hash → picture, of those that painters with these settings start from and that are here."""
        digests = {start_of(own).digest for own in settings}
        return {digest: self.picture(digest) for digest in digests if self.has(digest)}

    def tidy(self, database: Database, now: float | None = None) -> None:
        """Remove pictures that are a day old and that no run and no sweep starts from."""
        before = (time.time() if now is None else now) - KEEP_SECONDS
        for path in self.folder.glob("*.png"):
            if path.stat().st_mtime < before and not _is_named(database, path.stem):
                path.unlink(missing_ok=True)


def _is_named(database: Database, digest: str) -> bool:
    return any(
        database.read(f"SELECT 1 FROM {table} WHERE instr({column}, ?) LIMIT 1", digest)
        for table, column in USERS
    )

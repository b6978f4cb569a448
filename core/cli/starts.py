"""What the painters start from, as it is typed: also a picture's file, or the folder of a run."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np

from core.base.environment import store_folder
from core.base.errors import SettingError
from core.base.images import read_image
from core.base.start import FRAME, GREY, NOISE, PICTURE, Start
from core.base.uploads import OWN_FILES, read_upload
from core.packs.manifest import read_manifest
from core.service.starts import StartResolver, last_frame
from core.storage.run_folder import frame_file, read_run
from core.storage.run_store import RunStore
from core.storage.start_pictures import StartPictures


def keep_typed_files(arguments: Namespace, pictures: StartPictures) -> None:
    """Replace files and folders in `--start` and `--<painter>-start` by the pictures in them, which are kept.

    Raises:
        UserError: there is no such picture.
    """
    for option, value in vars(arguments).items():
        if value is not None and (option == "start" or option.endswith(".start")):
            setattr(arguments, option, kept_file(value, arguments.pack, pictures))


def resolver(pictures: StartPictures) -> StartResolver:
    """One that keeps pictures there and takes last frames from the app's own store."""
    return StartResolver(pictures, _frame_of_store)


def kept_file(text: str, pack: str, pictures: StartPictures) -> str:
    """A start as typed → as a setting's text; the picture of a file or folder is kept. Raises UserError."""
    kind, _, rest = text.partition(":")
    folder, _, painter = rest.rpartition("/")
    if kind == FRAME and Path(folder).expanduser().is_dir():
        return f"{PICTURE}:{pictures.add(_frame_of_folder(Path(folder).expanduser(), painter))}"
    path = Path(text).expanduser()
    if path.is_file():
        size = read_manifest(pack)["size"]
        return f"{PICTURE}:{pictures.add(read_upload(path.read_bytes(), path.name, size, OWN_FILES).seen)}"
    try:
        return str(Start.read(text))
    except ValueError as error:
        raise SettingError(
            f"--start is {text!r}; it takes {NOISE}, {GREY}, rendering:CAPTION@SEED, frame:RUN/PAINTER, or a "
            "picture's file, and there is no such file."
        ) from error


def _frame_of_folder(folder: Path, painter: str) -> np.ndarray:
    _, rows = read_run(folder)
    steps = [row.step for row in rows if row.painter == painter and row.has_frame]
    if not steps:
        raise SettingError(f"{folder} holds no picture of {painter!r}; name one of its painters.")
    return read_image(frame_file(folder, painter, max(steps)))


def _frame_of_store(run_id: str, painter: str) -> np.ndarray | None:
    if not store_folder().is_dir():
        return None
    with RunStore(store_folder()) as store:
        return last_frame(store, run_id, painter)

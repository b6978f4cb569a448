"""Pictures that runs start from: kept by their hash, as long as a run needs them."""

import os
import time

import numpy as np
import pytest

from core.base.errors import SettingError
from core.base.request import RunRequest
from core.base.start import picture_hash
from core.storage.run_folder import read_run
from core.storage.start_pictures import KEEP_SECONDS, StartPictures

PICTURE = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
OTHER = PICTURE[::-1].copy()


def from_picture(digest: str) -> RunRequest:
    return RunRequest.make("a red fox", painters=("pixels",), pixels={"start": f"picture:{digest}"})


def make_old(pictures: StartPictures, digest: str) -> None:
    then = time.time() - KEEP_SECONDS - 60
    os.utime(pictures.file(digest), (then, then))


def test_a_picture_is_found_by_its_hash_and_an_altered_file_is_not_believed(tmp_path):
    pictures = StartPictures(tmp_path)
    digest = pictures.add(PICTURE)
    assert digest == picture_hash(PICTURE) == pictures.add(PICTURE)
    assert np.array_equal(pictures.picture(digest), PICTURE)
    pictures.file(digest).write_bytes(pictures.file(pictures.add(OTHER)).read_bytes())
    for unknown in (digest, "ab" * 32, "../x", ""):
        with pytest.raises(SettingError, match="not stored here"):
            pictures.picture(unknown)


def test_a_picture_stays_while_a_run_starts_from_it_and_goes_after_a_day_otherwise(runs):
    pictures = StartPictures(runs.folder)
    needed, looked_at, fresh = (pictures.add(PICTURE + n) for n in range(3))
    run = runs.submit(from_picture(needed), "hash")
    for digest in (needed, looked_at):
        make_old(pictures, digest)
    pictures.tidy(runs.database)
    assert [pictures.has(digest) for digest in (needed, looked_at, fresh)] == [True, False, True]
    assert runs.get(run.id).request.settings["pixels"].start == f"picture:{needed}"


def test_the_hash_is_part_of_the_run_s_name(runs):
    one, other = (runs.submit(from_picture(picture_hash(image)), "hash") for image in (PICTURE, OTHER))
    assert one.id != other.id
    plain = RunRequest.make("a red fox", painters=("pixels",))
    assert "start" not in plain.to_dict()["settings"]["pixels"]  # a run from noise is named as ever


def test_an_exported_run_takes_its_picture_along(runs, tmp_path):
    digest = StartPictures(runs.folder).add(PICTURE)
    run = runs.submit(from_picture(digest), "hash")
    runs.export_run(run.id, tmp_path / "out")
    assert read_run(tmp_path / "out")[0].request == run.request
    assert np.array_equal(StartPictures(tmp_path / "out").picture(digest), PICTURE)

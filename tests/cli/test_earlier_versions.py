"""`figure` and `export` of a run that an earlier version painted work, and say that it did."""

import json

import numpy as np
import pytest

from core.__main__ import main
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.revision import PAINTED_EARLIER
from core.storage.run_folder import FolderRecorder


@pytest.fixture
def folder(tmp_path, tiny_pack):
    request = RunRequest.make("a red fox", 0, str(tiny_pack.folder), ("pixels",), pixels={"steps": 1})
    with FolderRecorder(tmp_path / "run", request, tiny_pack.hash) as recorder:
        for step in range(2):
            image = np.full((16, 16, 3), 100 * step, np.uint8)
            recorder.record(Frame("pixels", step, 1, image), Measurement(0.0, 0.1, 0.2, 0.3))
        recorder.finish("done")
    return tmp_path / "run"


def paint_earlier(folder):
    described = json.loads((folder / "run.json").read_text())
    described.pop("measuring_revision")
    (folder / "run.json").write_text(json.dumps(described | {"code_revision": "0123456789abcdef"}))


@pytest.mark.parametrize("is_earlier", [False, True])
def test_a_run_of_an_earlier_version_is_exported_and_said_to_be_one(folder, tmp_path, capsys, is_earlier):
    if is_earlier:
        paint_earlier(folder)
    assert main(["export", str(folder), "--as", "csv", "--out", str(tmp_path / "run.csv")]) == 0
    assert (tmp_path / "run.csv").read_bytes().count(b"\n") == 3
    assert (PAINTED_EARLIER in capsys.readouterr().err) == is_earlier
    assert main(["figure", str(folder)]) == 0
    assert (PAINTED_EARLIER in capsys.readouterr().err) == is_earlier

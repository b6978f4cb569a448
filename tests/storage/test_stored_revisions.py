"""Every run keeps which code painted and measured it, and says so when that was an earlier version."""

import json

import numpy as np

from core.base import png_records
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.revision import MEASURED_EARLIER, MEASURING_REVISION, PAINTED_EARLIER, PAINTING_REVISION

REQUEST = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 4})
FRAME = Frame("pixels", 0, 4, np.zeros((8, 8, 3), np.uint8))
MEASUREMENT = Measurement(0.0, 0.1, 0.2, 0.3)


def test_a_run_keeps_which_code_measured_it_also_in_files(runs, tmp_path, monkeypatch):
    run = runs.submit(REQUEST, "hash")
    assert (run.code_revision, run.measuring_revision) == (PAINTING_REVISION, MEASURING_REVISION)
    monkeypatch.setattr("core.storage.queue.MEASURING_REVISION", "newer")
    taken = runs.queue.take_next("w")
    assert taken.measuring_revision == "newer", (
        "it is measured by the code that takes it, not the one that queued it"
    )
    runs.record(run.id, FRAME, MEASUREMENT)
    runs.queue.set_status(run.id, "done")
    record = json.loads(png_records.record_json(runs.frame_path(run.id, "pixels", 0).read_bytes()))
    assert record["measuring_revision"] == "newer"
    runs.export_run(run.id, tmp_path / "out")
    assert runs.import_run(tmp_path / "out").measuring_revision == "newer"
    assert runs.get(run.id).version_note == MEASURED_EARLIER


def test_runs_of_versions_with_one_revision_stay_readable_and_say_so(runs, tmp_path):
    run = runs.submit(REQUEST, "hash")
    runs.record(run.id, FRAME, MEASUREMENT)
    runs.export_run(run.id, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told.pop("measuring_revision") == MEASURING_REVISION
    (tmp_path / "out" / "run.json").write_text(json.dumps(told | {"code_revision": "0123456789abcdef"}))
    old = runs.import_run(tmp_path / "out")
    assert (old.code_revision, old.measuring_revision) == ("0123456789abcdef", "")
    assert old.version_note == PAINTED_EARLIER and len(runs.rows(old.id)) == 1

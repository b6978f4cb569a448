"""What a robust judge says is kept in files and in the store; where a pack has none, nothing stands there."""

import csv

import pytest

import core.execute
from core.base.request import RunRequest
from core.execute import FolderRecorder, execute
from core.storage import run_folder
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack, painters


def test_the_column_is_there_where_the_pack_has_a_robust_judge(tmp_path, monkeypatch):
    class Robust(FakePack):
        def __init__(self):
            super().__init__()
            self.robust = self.judge

    monkeypatch.setattr(core.execute, "painter_classes", painters)
    asked = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 2})
    for name, pack in (("with", Robust()), ("without", FakePack())):
        with FolderRecorder(tmp_path / name, asked) as recorder:
            recorder.finish(execute(asked, pack, recorder))
    _, rows = run_folder.read_run(tmp_path / "with")
    assert [row.robust for row in rows] == pytest.approx([row.score for row in rows], rel=1e-6)
    assert "robust" not in rows[0].components
    assert columns(tmp_path / "with")[3:7] == ["score", "heldout", "realism", "robust"]
    assert "robust" not in columns(tmp_path / "without")
    assert [row.robust for row in run_folder.read_run(tmp_path / "without")[1]] == [None] * 3
    with RunStore(tmp_path / "store") as store:
        stored = store.rows(store.import_run(tmp_path / "with").id)
        assert [row.robust for row in stored] == [row.robust for row in rows]


def columns(folder):
    with open(folder / "metrics.csv", newline="") as file:
        return next(csv.reader(file))

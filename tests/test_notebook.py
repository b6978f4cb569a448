"""Painting from a notebook: the shipped notebook runs; a run is stored and interrupted like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import notebook, paint
from core.base.errors import PromptError, SettingError
from core.storage.run_store import RunStore

NOTEBOOK = Path(__file__).parents[1] / "core" / "paint.ipynb"
PROMPT = "a red fox in snow"
FEW_STEPS = {"pixels": {"steps": 3}, "vqgan": {"steps": 3}, "diffusion": {"steps": 3}}


@pytest.fixture(scope="module")
def place(tiny_pack, tmp_path_factory):
    """Store and pack of the notebook under test; its painter process ends with the module."""
    folder = tmp_path_factory.mktemp("notebook") / "store"
    yield {"store": folder, "pack": tiny_pack.folder}
    if supervisor := notebook._supervisors.pop(folder.absolute(), None):
        supervisor.stop()


def test_every_cell_of_the_notebook_runs(place, monkeypatch):
    monkeypatch.setenv("CTJP_STORE", str(place["store"]))
    monkeypatch.setenv("CTJP_PACK", str(place["pack"]))
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    run, stronger = names["run"], names["stronger"]
    assert (run.status, stronger.status) == ("done", "done") and run.id != stronger.id
    assert set(run.metrics.painter) == {"pixels", "vqgan", "diffusion"}
    assert names["last"].size == (32, 32)


def test_a_run_is_stored_and_has_frames_metrics_and_a_figure(place):
    run = paint(PROMPT, seed=1, **place, **FEW_STEPS)
    with RunStore(place["store"]) as store:
        assert store.get(run.id).status == "done"
        stored = store.frame_path(run.id, "vqgan", 2)
        assert (np.asarray(Image.open(stored)) == np.asarray(run.frames["vqgan"][2])).all()
    assert list(run.frames["pixels"]) == [0, 1, 2, 3] and len(run.metrics) == 12
    assert run.frames["pixels"][-1].tobytes() == run.frames["pixels"][3].tobytes()
    assert {"score", "heldout", "realism"} <= set(run.metrics.columns)
    assert run.figure().width > 500
    assert "<iframe" in run._repr_html_() and PROMPT in repr(run)
    with pytest.raises(KeyError, match="0 to 3"):
        run.frames["pixels"][4]


def test_the_same_run_is_there_at_once(place, monkeypatch):
    first = paint(PROMPT, seed=1, **place, **FEW_STEPS)
    monkeypatch.setattr(notebook, "Supervisor", None)  # nobody may be asked to paint it again
    assert paint(PROMPT, seed=1, **place, **FEW_STEPS).id == first.id


def test_interrupting_the_cell_stops_the_run_and_keeps_what_is_painted(place, monkeypatch):
    seen = []

    def interrupted(runs, run):
        if runs.rows(run.id) and not seen:
            seen.append(run.id)
            raise KeyboardInterrupt
        return ""

    monkeypatch.setattr(notebook, "_live_view", lambda: lambda text: None)
    monkeypatch.setattr(notebook, "_progress_html", interrupted)
    run = paint(PROMPT, seed=2, painters=["pixels"], pixels={"steps": 500}, **place)
    assert seen == [run.id] and run.status == "stopped"
    assert 1 <= len(run.frames["pixels"]) < 501 and "stopped" in repr(run)


def test_what_cannot_be_painted_is_said_before_anything_is_asked_for(place):
    with pytest.raises(SettingError, match="vqgan, which is not among the painters"):
        paint(PROMPT, painters=["pixels"], vqgan={"steps": 3}, **place)
    with pytest.raises(PromptError, match="zebra"):
        paint("zebra", **place)
    with pytest.raises(SettingError, match="steps"):
        paint(PROMPT, painters=["pixels"], pixels={"steps": 0}, **place)


def test_terms_are_where_settings_start_from():
    asked = notebook._with_terms("equal", {"pixels": {"steps": 7}}, ("pixels", "vqgan"))
    assert set(asked) == {"pixels", "vqgan"} and (asked["pixels"]["steps"], asked["pixels"]["cutouts"]) == (
        7,
        8,
    )
    assert notebook._with_terms(None, {}, ("pixels",)) == {"pixels": {}}
    with pytest.raises(SettingError, match="judge-only, equal, with-text"):
        notebook._with_terms("fair", {}, ("pixels",))

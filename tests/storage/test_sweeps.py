"""Sweeps: plans, their cells in the store and the queue, presets, the page's logic and the command line."""

import numpy as np
import pytest

from core.base.errors import LimitError, SettingError
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.settings import PAINTERS, settings_of
from core.base.sweep_plan import (
    MAX_CELLS,
    SweepPlan,
    parse_axis,
    suggested_values,
    values_text,
)
from core.base.sweep_presets import SWEEP_PRESETS
from core.storage import sweep_store
from core.storage.run_store import RunStore


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "store") as made:
        yield made


def plan(x="cutouts=1,4,16", y=None, painter="pixels", **more):
    axes = [axis and parse_axis(*axis.split("="), painter) for axis in (x, y)]
    return SweepPlan.make("a red fox", painter, *axes, **more)


def paint(store, run_id, score=0.5, steps=(0, 1)):
    """Record a cell's frames and end it."""
    painter = store.get(run_id).request.painters[0]
    for step in steps:
        image = np.full((8, 8, 3), 100 * step, np.uint8)
        store.record(run_id, Frame(painter, step, 1, image), Measurement(0.1, score * step, 0.2, 0.3))
    store.queue.set_status(run_id, "done")


def test_cells_differ_in_the_axes_only_and_each_has_one_painter():
    cells = plan(
        "cutouts=1,4", "canvas=raw,fourier", seed=3, base={"pixels": {"steps": 7}, "vqgan": {"steps": 9}}
    ).cells()
    assert [(c.x, c.y) for c in cells] == [(1, "raw"), (4, "raw"), (1, "fourier"), (4, "fourier")]
    for cell in cells:
        assert cell.request.painters == ("pixels",) and (cell.request.seed, cell.request.prompt) == (
            3,
            "a red fox",
        )
        settings = cell.request.settings["pixels"]
        assert (settings.steps, settings.cutouts, settings.canvas) == (7, cell.x, cell.y)


def test_seeds_and_painters_are_axes_too():
    cells = plan("seed=5,6", "painter=pixels,diffusion", seed=3).cells()
    assert [(c.request.seed, c.request.painters[0]) for c in cells] == [
        (5, "pixels"),
        (6, "pixels"),
        (5, "diffusion"),
        (6, "diffusion"),
    ]


@pytest.mark.parametrize("preset", SWEEP_PRESETS, ids=[p.name for p in SWEEP_PRESETS])
def test_a_preset_is_a_plan_that_it_recognises_and_says_what_to_look_for(preset):
    made = preset.plan("a red fox", 7, "miniature", {"pixels": {"steps": 9}})
    assert preset.matches(made) and SweepPlan.from_text(made.canonical()) == made
    assert [p.name for p in SWEEP_PRESETS if p.matches(made)] == [preset.name]
    assert preset.look.endswith(".") and len(made.cells()) <= 15


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ("cutouts=1,99", None, "Pixel ascent: cutouts is '99'; it takes 1 to 64"),
        ("brush=1", None, "unknown axis 'brush'"),
        ("cutouts=", None, "axis “Cutouts” has no values"),
        ("cutouts=1,2", "cutouts=3,4", "Both axes are “Cutouts”"),
        ("seed=one", None, "The seed is 'one'"),
        ("painter=rembrandt", None, "Unknown painter 'rembrandt'"),
        ("steps=" + ",".join(map(str, range(1, 14))), None, "“Steps” has 13 values; it takes at most 12"),
        ("steps=1,2,3,4,5,6,7,8", "seed=1,2,3,4,5,6,7", f"56 cells; at most {MAX_CELLS}"),
    ],
)
def test_axes_that_cannot_be_painted_get_one_sentence(x, y, sentence):
    with pytest.raises(SettingError, match=sentence):
        plan(x, y)


def test_a_value_that_contradicts_another_setting_is_found_before_anything_is_queued(store):
    with pytest.raises(SettingError, match="lies after"):
        plan("guide_start=0,0.9", painter="diffusion", base={"diffusion": {"guide_stop": 0.5}})


@pytest.mark.parametrize(
    ("painter", "name"),
    [(p, k.name) for p, cls in PAINTERS.items() for k in settings_of(cls)] + [("pixels", "seed")],
)
def test_the_suggested_values_of_every_axis_can_be_painted(painter, name):
    axis = parse_axis(name, suggested_values(name, painter), painter)
    assert len(axis.values) >= 2
    SweepPlan.make("a red fox", painter, axis)
    assert parse_axis(name, values_text(axis), painter) == axis


def test_what_is_not_a_plan_is_not_taken_for_one():
    for text in ("", "{}", "null", '{"prompt": "a"}', plan().canonical().replace('"cutouts"', '"brush"')):
        assert SweepPlan.from_text(text) is None


# In the store


def test_cells_that_climbed_realism_say_so():
    lab = plan("also_optimise=nothing,S")
    assert [cell["realism_label"] for cell in sweep_store.grid_state(lab, [None, None])["cells"]] == [
        "Realism",
        "Realism, climbed",
    ]


def test_a_sweep_names_what_differs_from_the_defaults_and_not_what_it_sweeps():
    base = {"pixels": {"cutouts": 9, "steps": 7, "init_noise": 0.2}}
    told = sweep_store.grid_state(plan(base=base), [None] * 3)["changed"]
    assert told == "Pixel ascent: steps 7, starting noise 0.2"
    assert sweep_store.grid_state(plan(), [None] * 3)["changed"] == ""


def test_a_cell_says_who_steers_it_and_who_is_held_out():
    cells = sweep_store.grid_state(plan("judge=judge,heldout,both"), [None] * 3)["cells"]
    found = [(cell["steering"], cell["witness"]) for cell in cells]
    assert found == [(("score",), "heldout"), (("heldout",), "score"), (("score", "heldout"), "robust")]


def test_a_person_comes_before_the_cells_of_a_sweep(store):
    sweep = sweep_store.start_sweep(store, plan(), "hash", "me")
    person = store.submit(RunRequest.make("a blue car"), "hash")
    assert store.queue.runs_ahead(person.id) == 0 and store.queue.runs_ahead(sweep.runs[0]) == 1
    assert store.queue.take_next("w").id == person.id
    assert store.queue.take_next("w").id == sweep.runs[0]
    asked = store.submit(
        plan().cells()[2].request, "hash"
    )  # somebody wants the last cell as a run of its own
    assert asked.id == sweep.runs[2] and store.queue.take_next("w").id == sweep.runs[2]


def test_a_sweep_counts_its_cells_and_the_same_plan_is_the_same_sweep(store):
    sweep = sweep_store.start_sweep(store, plan(), "hash", "me")
    paint(store, sweep.runs[1], 0.7)
    told = sweep_store.read_sweep_state(store, sweep)
    assert (told["done"], told["total"], told["active"]) == (1, 3, True)
    assert [cell["status"] for cell in told["cells"]] == ["queued", "done", "queued"]
    assert (told["cells"][1]["x"], told["cells"][1]["score"], told["cells"][1]["step"]) == ("4", 0.7, 1)
    assert told["cells"][0]["step"] is None
    again = sweep_store.start_sweep(store, plan(), "hash", "you")
    assert again == sweep == sweep_store.get_sweep(store, sweep.id)
    assert sweep_store.start_sweep(store, plan(seed=1), "hash").id != sweep.id
    assert store.get(sweep.runs[1]).status == "done"


def test_cells_that_are_stored_as_single_runs_are_shown_at_once(store):
    single = store.submit(plan().cells()[0].request, "hash")
    paint(store, single.id)
    assert sweep_store.read_sweep_state(store, sweep_store.start_sweep(store, plan(), "hash"))["done"] == 1


def test_a_sweep_that_is_not_admitted_queues_nothing(store):
    def refuse(db):
        assert db.in_transaction, "two tabs must not slip through together"
        raise LimitError("The queue is full.")

    with pytest.raises(LimitError):
        sweep_store.start_sweep(store, plan(), "hash", "me", refuse)
    assert store.queue.running_and_waiting() == ([], [])
    assert store.database.read("SELECT 1 FROM sweeps UNION SELECT 1 FROM cells") == []


def test_cancelling_keeps_what_is_done_and_only_stops_one_s_own_cells(store):
    sweep = sweep_store.start_sweep(store, plan("cutouts=1,2,4,8"), "hash", "me")
    store.queue.take_next("w")
    paint(store, sweep.runs[0])
    store.queue.take_next("w")
    wanted = store.submit(
        plan("cutouts=1,2,4,8").cells()[3].request, "hash", "me"
    )  # asked for as a run of its own
    assert (
        sweep_store.cancel_sweep(store, sweep, "stranger") == 0
        and sweep_store.may_cancel_sweep(store, sweep, "stranger") is False
    )
    assert sweep_store.may_cancel_sweep(store, sweep, "me")
    assert sweep_store.cancel_sweep(store, sweep, "me") == 2
    assert [store.get(run).status for run in sweep.runs] == ["done", "running", "stopped", "queued"]
    assert store.queue.cancel_requested(sweep.runs[1]) and store.get(wanted.id).status == "queued"
    store.queue.set_status(sweep.runs[1], "stopped")
    assert sweep_store.start_sweep(store, plan("cutouts=1,2,4,8"), "hash", "me") == sweep
    assert [store.get(run).status for run in sweep.runs] == ["done", "queued", "queued", "queued"]


def test_a_deleted_run_leaves_an_empty_cell(store):
    sweep = sweep_store.start_sweep(store, plan(), "hash")
    paint(store, sweep.runs[0])
    with store.database.transaction() as db:
        db.execute("DELETE FROM runs WHERE id = ?", (sweep.runs[0],))
    cell = sweep_store.read_sweep_state(store, sweep)["cells"][0]
    assert (cell["id"], cell["status"], cell["step"]) == (None, "gone", None)


def test_the_spread_over_seeds_is_of_what_is_done(store):
    sweep = sweep_store.start_sweep(store, plan("seed=0,1,2", "painter=pixels,vqgan"), "hash")
    for run, score in zip(sweep.runs[:3], (0.2, 0.4, 0.9), strict=True):
        paint(store, run, score)
    assert sweep_store.read_sweep_state(store, sweep)["seed"] is None, "there is no one seed to show"
    pixels, vqgan = sweep_store.read_sweep_state(store, sweep)["spread"]
    assert (pixels["label"], pixels["number"]) == ("Pixel ascent", 3)
    assert pixels["score"] == {"mean": pytest.approx(0.5), "low": 0.2, "high": 0.9}
    assert (vqgan["number"], "score" in vqgan) == (0, False)
    assert sweep_store.read_sweep_state(store, sweep_store.start_sweep(store, plan(), "hash"))["spread"] == []

"""Sweeps: plans, their cells in the store and the queue, presets, the page's logic and the command line."""

import csv
import subprocess
import sys

import numpy as np
import pytest

from app import services
from core import sweep_store
from core.errors import SettingError
from core.frame import Frame, Measurement
from core.images import read_image
from core.settings import PAINTERS, RunRequest, knobs
from core.store import RunStore
from core.sweeps import MAX_CELLS, PRESETS, Axis, Plan, parse_axis, suggestion, values_text
from tests.conftest import EXAMPLES
from tests.serving import ROOT
from tests.test_app import bare_pack, button, checked, opened, pack, press, told  # noqa: F401  fixtures


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "store") as made:
        yield made


def plan(x="cutouts=1,4,16", y=None, painter="pixels", **more):
    axes = [axis and parse_axis(*axis.split("="), painter) for axis in (x, y)]
    return Plan.make("a red fox", painter, *axes, **more)


def paint(store, run_id, score=0.5, steps=(0, 1)):
    """Record a cell's frames and end it."""
    painter = store.get(run_id).request.painters[0]
    for step in steps:
        image = np.full((8, 8, 3), 100 * step, np.uint8)
        store.record(run_id, Frame(painter, step, 1, image), Measurement(0.1, score * step, 0.2, 0.3))
    store.set_status(run_id, "done")


def test_cells_differ_in_the_axes_only_and_each_has_one_painter():
    cells = plan("cutouts=1,4", "canvas=raw,fourier", seed=3, base={"pixels": {"steps": 7}, "vqgan": {"steps": 9}}).cells()
    assert [(c.x, c.y) for c in cells] == [(1, "raw"), (4, "raw"), (1, "fourier"), (4, "fourier")]
    for cell in cells:
        assert cell.request.painters == ("pixels",) and (cell.request.seed, cell.request.prompt) == (3, "a red fox")
        settings = cell.request.settings["pixels"]
        assert (settings.steps, settings.cutouts, settings.canvas) == (7, cell.x, cell.y)


def test_seeds_and_painters_are_axes_too():
    cells = plan("seed=5,6", "painter=pixels,diffusion", seed=3).cells()
    assert [(c.request.seed, c.request.painters[0]) for c in cells] == [(5, "pixels"), (6, "pixels"), (5, "diffusion"), (6, "diffusion")]


@pytest.mark.parametrize("preset", PRESETS, ids=[p.name for p in PRESETS])
def test_a_preset_is_a_plan_that_it_recognises_and_says_what_to_look_for(preset):
    made = preset.plan("a red fox", 7, "miniature", {"pixels": {"steps": 9}})
    assert preset.asks(made) and Plan.from_text(made.canonical()) == made
    assert [p.name for p in PRESETS if p.asks(made)] == [preset.name]
    assert preset.look.endswith(".") and len(made.cells()) <= 15


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ("cutouts=1,99", None, "it takes 1 to 64"),
        ("brush=1", None, "unknown axis 'brush'"),
        ("cutouts=", None, "has no values"),
        ("cutouts=1,2", "cutouts=3,4", "Both axes"),
        ("seed=one", None, "The seed is 'one'"),
        ("painter=rembrandt", None, "Unknown painter 'rembrandt'"),
        ("steps=" + ",".join(map(str, range(1, 14))), None, "13 values; it takes at most 12"),
        ("steps=1,2,3,4,5,6,7,8", "seed=1,2,3,4,5,6,7", f"56 cells; at most {MAX_CELLS}"),
    ],
)
def test_axes_that_cannot_be_painted_get_one_sentence(x, y, sentence):
    with pytest.raises(SettingError, match=sentence):
        plan(x, y)


def test_a_value_that_contradicts_another_setting_is_found_before_anything_is_queued(store):
    with pytest.raises(SettingError, match="lies after"):
        plan("guide_start=0,0.9", painter="diffusion", base={"diffusion": {"guide_stop": 0.5}})


@pytest.mark.parametrize(("painter", "name"), [(p, k.name) for p, cls in PAINTERS.items() for k in knobs(cls)] + [("pixels", "seed")])
def test_the_suggested_values_of_every_axis_can_be_painted(painter, name):
    axis = parse_axis(name, suggestion(name, painter), painter)
    assert len(axis.values) >= 2
    Plan.make("a red fox", painter, axis)
    assert parse_axis(name, values_text(axis), painter) == axis


def test_what_is_not_a_plan_is_not_taken_for_one():
    for text in ("", "{}", "null", '{"prompt": "a"}', plan().canonical().replace('"cutouts"', '"brush"')):
        assert Plan.from_text(text) is None


# In the store


def test_cells_that_climbed_realism_say_so():
    lab = plan("also_optimise=nothing,S")
    assert [cell["realism_label"] for cell in sweep_store.grid_state(lab, [None, None])["cells"]] == ["Realism", "Realism, climbed"]


def test_a_person_comes_before_the_cells_of_a_sweep(store):
    sweep = sweep_store.start(store, plan(), "hash", "me")
    person = store.submit(RunRequest.make("a blue car"), "hash")
    assert store.position(person.id) == 0 and store.position(sweep.runs[0]) == 1
    assert store.take_next("w").id == person.id
    assert store.take_next("w").id == sweep.runs[0]
    asked = store.submit(plan().cells()[2].request, "hash")  # somebody wants the last cell as a run of its own
    assert asked.id == sweep.runs[2] and store.take_next("w").id == sweep.runs[2]


def test_a_sweep_counts_its_cells_and_the_same_plan_is_the_same_sweep(store):
    sweep = sweep_store.start(store, plan(), "hash", "me")
    paint(store, sweep.runs[1], 0.7)
    told = sweep_store.state(store, sweep)
    assert (told["done"], told["total"], told["active"]) == (1, 3, True)
    assert [cell["status"] for cell in told["cells"]] == ["queued", "done", "queued"]
    assert (told["cells"][1]["x"], told["cells"][1]["score"], told["cells"][1]["step"]) == ("4", 0.7, 1)
    assert told["cells"][0]["step"] is None
    again = sweep_store.start(store, plan(), "hash", "you")
    assert again == sweep == sweep_store.get(store, sweep.id)
    assert sweep_store.start(store, plan(seed=1), "hash").id != sweep.id
    assert store.get(sweep.runs[1]).status == "done"


def test_cells_that_are_stored_as_single_runs_are_shown_at_once(store):
    single = store.submit(plan().cells()[0].request, "hash")
    paint(store, single.id)
    assert sweep_store.state(store, sweep_store.start(store, plan(), "hash"))["done"] == 1


def test_cancelling_keeps_what_is_done_and_only_stops_one_s_own_cells(store):
    sweep = sweep_store.start(store, plan("cutouts=1,2,4,8"), "hash", "me")
    store.take_next("w")
    paint(store, sweep.runs[0])
    store.take_next("w")
    wanted = store.submit(plan("cutouts=1,2,4,8").cells()[3].request, "hash", "me")  # asked for as a run of its own
    assert sweep_store.cancel(store, sweep, "stranger") == 0 and sweep_store.may_cancel(store, sweep, "stranger") is False
    assert sweep_store.may_cancel(store, sweep, "me")
    assert sweep_store.cancel(store, sweep, "me") == 2
    assert [store.get(run).status for run in sweep.runs] == ["done", "running", "stopped", "queued"]
    assert store.cancel_requested(sweep.runs[1]) and store.get(wanted.id).status == "queued"
    store.set_status(sweep.runs[1], "stopped")
    assert sweep_store.start(store, plan("cutouts=1,2,4,8"), "hash", "me") == sweep
    assert [store.get(run).status for run in sweep.runs] == ["done", "queued", "queued", "queued"]


def test_a_deleted_run_leaves_an_empty_cell(store):
    sweep = sweep_store.start(store, plan(), "hash")
    paint(store, sweep.runs[0])
    with store.database.transaction() as db:
        db.execute("DELETE FROM runs WHERE id = ?", (sweep.runs[0],))
    cell = sweep_store.state(store, sweep)["cells"][0]
    assert (cell["id"], cell["status"], cell["step"]) == (None, "gone", None)


def test_the_spread_over_seeds_is_of_what_is_done(store):
    sweep = sweep_store.start(store, plan("seed=0,1,2", "painter=pixels,vqgan"), "hash")
    for run, score in zip(sweep.runs[:3], (0.2, 0.4, 0.9), strict=True):
        paint(store, run, score)
    assert sweep_store.state(store, sweep)["seed"] is None, "there is no one seed to show"
    pixels, vqgan = sweep_store.state(store, sweep)["spread"]
    assert (pixels["label"], pixels["number"]) == ("Pixel ascent", 3)
    assert pixels["score"] == {"mean": pytest.approx(0.5), "low": 0.2, "high": 0.9}
    assert (vqgan["number"], "score" in vqgan) == (0, False)
    assert sweep_store.state(store, sweep_store.start(store, plan(), "hash"))["spread"] == []


# The page's logic


def own_page(**parameters):
    """The page Sweep alone, in a session of its own."""
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_string("from app.views import sweep\nsweep.page()", default_timeout=30)
    for name, value in parameters.items():
        test.query_params[name] = value
    return checked(test.run())


def shown_sweep(test):
    named = test.query_params["sweep"]
    return sweep_store.get(services.store(), named if isinstance(named, str) else named[0])


def test_the_form_makes_the_sweep_that_it_says(pack):  # noqa: F811
    test = own_page()
    test.text_input(key="sweep:prompt").set_value(EXAMPLES[1])
    test.selectbox(key="sweep:painter").set_value("vqgan")
    checked(test.run())
    test.text_input(key="sweep:x_values").set_value("2, 3")
    test.selectbox(key="sweep:y").set_value("seed")
    checked(test.run())
    assert test.text_input(key="sweep:y_values").value == "0, 1, 2, 3, 4"
    test.text_input(key="sweep:y_values").set_value("8,9")
    press(test, "Paint grid")
    made = shown_sweep(test).plan
    assert (made.prompt, made.painters, made.x, made.y) == (EXAMPLES[1], ("vqgan",), Axis("cutouts", (2, 3)), Axis("seed", (8, 9)))
    assert [run.request.painters for run in services.store().recent()] == [("vqgan",)] * 4
    assert not button(test, "Cancel").disabled
    assert button(own_page(sweep=test.query_params["sweep"]), "Cancel").disabled, "a stranger may look, not stop"
    press(test, "Cancel")
    assert {run.status for run in services.store().recent()} == {"stopped"}
    assert "4 cells were stopped" in told(test)[0]


def test_a_link_to_a_sweep_fills_its_form(pack):  # noqa: F811
    made = Plan.make(EXAMPLES[1], "diffusion", Axis("guidance_strength", (0.0, 0.5)), None, 3, str(pack), {"diffusion": {"steps": 8}})
    sweep = services.start_sweep(made, "x" * 24)
    test = own_page(sweep=sweep.id)
    assert test.text_input(key="sweep:prompt").value == EXAMPLES[1] and test.number_input(key="sweep:seed").value == 3
    assert (test.selectbox(key="sweep:painter").value, test.selectbox(key="sweep:x").value) == ("diffusion", "guidance_strength")
    assert test.text_input(key="sweep:x_values").value == "0, 0.5"
    press(test, "Paint grid")
    assert shown_sweep(test).plan.cells() == made.cells(), "a new session takes over the settings that are not swept, too"


@pytest.mark.parametrize("junk", ["nonsense", "a" * 26, "", "../etc"])
def test_a_sweep_that_is_not_here_is_no_traceback(pack, junk):  # noqa: F811
    test = own_page(sweep=junk)
    assert not test.error and button(test, "Paint grid")


@pytest.mark.parametrize("values", ["", "1, 99", "one", "1" * 400])
def test_values_that_cannot_be_painted_are_said_and_nothing_is_queued(pack, values):  # noqa: F811
    test = own_page()
    test.text_input(key="sweep:x_values").set_value(values)
    press(test, "Paint grid")
    assert len(test.error) == 1
    assert services.store().recent() == []


def test_a_preset_paints_with_one_click(pack):  # noqa: F811
    test = own_page()
    for preset in PRESETS:
        press(test, preset.title)
        assert preset.asks(shown_sweep(test).plan)
    assert test.selectbox(key="sweep:x").value == "seed"


def test_a_preset_on_the_main_page_leads_to_its_sweep(pack):  # noqa: F811
    test = opened()
    press(test, PRESETS[0].title)
    assert len(services.store().recent()) == 3
    assert {run.request.painters for run in services.store().recent()} == {("pixels",)}


# The command line


def run_command(*arguments):
    done = subprocess.run([sys.executable, "-m", "core", "sweep", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stderr.strip()


def test_the_command_paints_a_grid_and_goes_on_where_it_was(tiny_pack, tmp_path):
    out = tmp_path / "out"
    command = [
        *("--prompt", EXAMPLES[0], "--painter", "pixels", "--x", "cutouts=1,2", "--y", "canvas=raw,fourier"),
        *("--set", "steps=2", "--pack", str(tiny_pack.folder), "--out", str(out)),
    ]
    assert run_command(*command) == (0, "")
    folders = sorted(path.name for path in out.iterdir() if path.is_dir())
    assert folders == ["00-1-raw", "01-2-raw", "02-1-fourier", "03-2-fourier"]
    with open(out / "sweep.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["cutouts"], line["canvas"], line["status"]) for line in lines] == [
        *(("1", "raw", "done"), ("2", "raw", "done"), ("1", "fourier", "done"), ("2", "fourier", "done"))
    ]
    assert all(float(line["score"]) <= 1 for line in lines)
    grid = read_image(out / "sweep.png")
    assert grid.shape[0] > 600 and grid.std() > 10
    before = (out / "00-1-raw" / "metrics.csv").stat().st_mtime_ns
    (out / "03-2-fourier" / "run.json").unlink()
    assert run_command(*command)[0] == 2, "a folder with a run's files and without its description is left alone"
    assert run_command(*command, "--force") == (0, "")
    assert (out / "00-1-raw" / "metrics.csv").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--x", "cutouts=1,99"], "it takes 1 to 64"),
        (["--x", "cutouts"], "NAME=VALUE"),
        (["--x", "brush=1"], "unknown axis"),
        (["--x", "cutouts=1,2", "--set", "brush=1"], "unknown setting 'brush'"),
        (["--x", "cutouts=1", "--painter", "rembrandt"], "Unknown painter"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(tmp_path, options, sentence):
    status, text = run_command("--prompt", "a red fox", "--painter", "pixels", *options, "--out", str(tmp_path / "out"))
    assert status == 2 and text.startswith("Error: ") and "\n" not in text and sentence in text
    assert not (tmp_path / "out").exists()

"""The trade-off of a sweep over one setting: its figures, its words, and everything it is exported as."""

import io
import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from PIL import Image

import app as app_folder
from core.__main__ import main
from core.base.errors import OutputError
from core.base.frame import Measurement
from core.base.images import read_image
from core.base.sweep_plan import SweepPlan, parse_axis
from core.exports import sweep_source, tradeoff_page
from core.exports.charts import chart_data, plane_chart
from core.exports.judge_scale import shown_reference
from core.exports.kinds import SWEEP_EXPORT_KINDS, file_name, sweep_export_bytes
from core.exports.offline_page import file_text
from core.exports.sweep_source import exported_sweep
from core.exports.tradeoff import tradeoff_row, tradeoff_words
from core.exports.tradeoff_charts import tradeoff_chart, tradeoff_data
from core.exports.value_labels import labelled
from core.storage import sweep_store
from core.storage.run_store import RunStore
from tests.support.exporting import opened, page_data
from tests.support.serving import invented_steps

# value of the setting → score, held-out score and realism that it ends with
REACHED = {"0": (0.1, 0.1, 0.9), "0.5": (0.5, 0.6, 0.8), "2": (0.8, 0.2, 0.1)}
JUDGE = {"p5": 0.2, "p50": 0.3, "p95": 0.5, "matched": 0.4, "mismatched": 0.0}
ROW = {"step": 1, "total": 1, "score": 0.5, "heldout": 0.5, "realism": 0.5}
BANDS = {"score": JUDGE, "heldout": JUDGE, "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.99}}


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "store") as made:
        yield made


def plan_of(pack, x="guidance_strength=2,0,0.5", painter="diffusion"):
    base = {painter: {"steps": 4}}
    return SweepPlan.make(
        "a red fox in snow", painter, parse_axis(*x.split("="), painter), None, 0, str(pack), base
    )


def painted_sweep(store, pack, only=tuple(REACHED), **more):
    """A sweep of which these values have been painted, each to its own end."""
    sweep = sweep_store.start_sweep(store, plan_of(pack, **more), "ab" * 32)
    for place, run in enumerate(sweep.runs):
        value = sweep_store.value_label(sweep.plan.x.name, sweep.plan.x.values[place])
        if value in only:
            for frame, _ in invented_steps(store.get(run).request):
                share = frame.step / frame.total
                figures = (share * reached for reached in REACHED.get(value, (0.1, 0.2, 0.3)))
                store.record(run, frame, Measurement(0.1, *figures))
            store.queue.set_status(run, "done")
    return sweep


@pytest.fixture
def sweep(store, tiny_pack):
    return painted_sweep(store, tiny_pack.folder)


def test_values_come_in_order_and_follow_the_step(store, sweep):
    found = exported_sweep(store, sweep)
    assert [value.label for value in found.values] == ["0", "0.5", "2"] and found.complete
    assert [round(point["realism"], 2) for point in found.points(0.5)] == [0.45, 0.4, 0.05]
    assert [point["step"] for point in found.points(0.5)] == [2, 2, 2]


def test_what_is_not_painted_yet_is_left_out_and_nothing_at_all_is_an_error(store, tiny_pack):
    found = exported_sweep(store, painted_sweep(store, tiny_pack.folder, only=("2",)))
    assert [value.label for value in found.values] == ["2"] and not found.complete
    assert "Not every value" in tradeoff_page.page_html(found)
    empty = painted_sweep(store, tiny_pack.folder, only=(), x="cutouts=1,2")
    with pytest.raises(OutputError, match="nothing to draw"):
        exported_sweep(store, empty)


def test_scores_are_on_the_shared_scale_by_who_steers_and_who_is_held_out():
    row = {"step": 1, "total": 2, "score": 0.4, "heldout": 0.1, "robust": None, "realism": 0.3}
    usual = tradeoff_row(row, {"judge": "judge"}, BANDS)
    assert (usual["score"], usual["heldout"]) == (1.0, 0.25)
    swapped = tradeoff_row(row, {"judge": "heldout"}, BANDS)
    assert (swapped["score"], swapped["heldout"]) == (0.25, 1.0)
    assert tradeoff_row(row, {"judge": "both"}, BANDS)["heldout"] is None, "nobody is held out"
    assert tradeoff_row(row, {"judge": "judge"}, None)["score"] == 0.4


def point(value, score, heldout, realism):
    return {"value": value, "score": score, "heldout": heldout, "realism": realism}


def test_words_name_where_the_judges_part_and_where_realism_ends():
    points = [point(value, *reached) for value, reached in REACHED.items()]
    best, real, chance = tradeoff_words("guidance", points, BANDS)
    assert best == (
        "At the last step, the judge's score is highest at guidance 2 (0.80), "
        "the held-out judge's at 0.5 (0.60)."
    )
    assert real.startswith("From guidance 2 on, realism is below 0.50") and "One seed" in chance
    assert tradeoff_words("guidance", points[:2], BANDS) == []
    assert len(tradeoff_words("guidance", points, None)) == 2, "no bands, no words about them"
    assert tradeoff_words("guidance", points, None, 0.5)[0].startswith("At 50 % of the steps, the judge's")


def test_curves_are_drawn_through_amounts_only(store, sweep, tiny_pack):
    data = tradeoff_data(exported_sweep(store, sweep).points(), True, BANDS, here=1)
    assert [mark["value"] for mark in data["curve"]] == ["0", "0", "0.5", "0.5", "2", "2"]
    assert {mark["judge"] for mark in data["here"]} == {"judge", "heldout"} and data["box"]
    seeds = painted_sweep(store, tiny_pack.folder, only=("0", "1"), x="seed=0,1")
    found = exported_sweep(store, seeds)
    assert found.words() == []
    assert tradeoff_data(found.points(), found.ordered, None)["curve"] == []


def test_a_figure_names_every_value_and_the_step_asked_for(store, sweep):
    found = exported_sweep(store, sweep)
    text = "".join(xml.fromstring(sweep_export_bytes(found, "svg", 0.5)).itertext())
    assert "50 % of the steps" in text and "Scores and realism over judge guidance strength" in text
    assert "Changed" not in text and "changed from the defaults: Guided diffusion: steps 4" in text
    png = opened(sweep_export_bytes(found, "png"))
    assert png.width == 1800 and json.loads(png.text["Settings"])["x"][0] == "guidance_strength"


def test_a_gif_goes_through_the_values_at_the_step_asked_for(store, sweep):
    found = exported_sweep(store, sweep)
    shares = []
    data = sweep_export_bytes(found, "gif", 0.5, shares.append)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.n_frames, image.info["loop"]) == ((960, 540), 3, 0)
        colour = image.convert("RGB").getpixel((150, 250))
    wanted = found.values[0].image(0.5)[0, 0]
    assert max(abs(int(a) - int(b)) for a, b in zip(colour, wanted, strict=True)) < 12
    assert shares[-1] == 1.0


def test_the_page_holds_every_step_of_every_value_and_asks_nobody(store, sweep):
    text = sweep_export_bytes(exported_sweep(store, sweep), "html").decode()
    data = page_data(text)
    assert [value["label"] for value in data["values"]] == ["0", "0.5", "2"]
    for value in data["values"]:
        assert len(value["pictures"]) == len(value["rows"]) == 5
    assert "default-src 'none'" in text and data["ordered"]
    run = file_text("standalone_page.html")
    assert not any("<!doctype" in main or "<head>" in main for main in (run, file_text("tradeoff_page.html")))
    outside = text[: text.index("<script")] + text[text.rindex("<script") :]
    assert not re.search(r'(src|href)="(?!data:)', outside)


def test_the_command_exports_a_stored_sweep(store, sweep, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CTJP_STORE", str(store.folder))
    out = tmp_path / "figure.png"
    assert main(["export", sweep.id, "--as", "png", "--out", str(out)]) == 0
    assert read_image(out).shape[1] == 1800
    assert main(["export", sweep.id, "--as", "csv", "--out", str(out)]) == 2
    assert "exported as html, gif, png, svg, not as csv" in capsys.readouterr().err
    assert file_name(sweep.plan, "gif", 50) == "a-red-fox-in-snow-seed0-tradeoff-at-50.gif"
    assert set(SWEEP_EXPORT_KINDS) == {"html", "gif", "png", "svg"}


def test_a_sweep_over_two_settings_says_what_can_be_saved(store, tiny_pack):
    plan = plan_of(tiny_pack.folder)
    grid = SweepPlan.make(plan.prompt, plan.painter, plan.x, parse_axis("seed", "1,2", "diffusion"))
    stored = sweep_store.start_sweep(store, grid, "ab" * 32)
    with pytest.raises(OutputError, match="grid"):
        sweep_source.exported_sweep(store, stored)


def marks_at(places):
    """A mark of the judge for each value → (score, realism)."""
    return [
        {"place": i, "value": value, "judge": "judge", "score": score, "realism": realism}
        for i, (value, (score, realism)) in enumerate(places.items())
    ]


LIMITS = [{"y": 0}, {"y": 1}]
CROWDED = {"0": (0.5, 0.6), "0.02": (0.51, 0.6), "0.04": (0.52, 0.59), "0.5": (0.8, 0.3), "1": (0.53, 0.6)}


def test_of_values_that_coincide_the_first_the_last_and_the_chosen_one_are_written_and_none_overlap():
    assert [mark["value"] for mark in labelled(marks_at(CROWDED), 2, LIMITS)] == ["0.04", "0", "1", "0.5"]
    assert {mark["value"] for mark in labelled(marks_at(CROWDED), None, LIMITS)} >= {"0", "1", "0.5"}
    for places in (CROWDED, dict.fromkeys(CROWDED, (0.0, 0.0)), dict.fromkeys(CROWDED, (1.0, 1.0))):
        found = labelled(marks_at(places), 1, LIMITS)
        assert [mark["value"] for mark in found[:3]] == ["0.02", "0", "1"]
        boxes = [(mark["score"] + mark["dx"] / 400, mark["realism"] - mark["dy"] / 250) for mark in found]
        for i, (x, y) in enumerate(boxes):
            apart = [abs(x - other[0]) > 0.02 or abs(y - other[1]) > 0.04 for other in boxes[:i]]
            assert all(apart), found
    apart = marks_at({"0": (0.1, 0.9), "0.5": (0.5, 0.8), "2": (0.98, 0.1)})
    assert [mark["align"] for mark in labelled(apart, None, LIMITS)] == ["left", "left", "left"]


def test_both_planes_draw_the_band_of_real_pictures_alike():
    boxes = [chart().to_dict()["layer"][0] for chart in (plane_chart, tradeoff_chart)]
    for box in boxes:
        box["encoding"]["x"].pop("title")
    assert boxes[0] == boxes[1] and boxes[0]["data"] == {"name": "box"}
    shown = shown_reference(BANDS)
    sets = (
        chart_data({"pixels": [ROW]}, shown),
        tradeoff_data([point("1", 0.5, 0.5, 0.5) | {"painter": "pixels"}], True, BANDS),
    )
    assert (
        sets[0]["box"]
        == sets[1]["box"]
        == [{"score_low": 0.5, "score_high": 1.25, "realism_low": 0.5, "realism_high": 0.99}]
    )


def test_a_long_value_near_the_edge_is_written_on_the_other_side():
    marks = marks_at({"0": (0.1, 0.9), "multi-scale": (0.95, 0.5)})
    assert labelled(marks, None, LIMITS)[1]["align"] == "right"


def test_the_app_and_the_offline_page_choose_labels_with_the_same_script():
    app, page = (
        path.read_text("utf-8").partition("\n\n")[2].replace("export function", "function")
        for path in (
            Path(app_folder.__file__).parent / "static/sweep/value-labels.js",
            Path(tradeoff_page.__file__).with_name("value_labels.js"),
        )
    )
    assert app == page and "function labelled" in app

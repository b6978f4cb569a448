"""Exports of a run that another judge steered name the networks, and say who steered and who was held out."""

import xml.etree.ElementTree as xml

import pytest

from core.exports.charts import chart_data
from core.exports.figure import COLUMN, figure_svg
from core.exports.fonts import text_width
from core.exports.judge_scale import shown_measures, shown_reference, shown_row, with_steered
from core.measures.verdict import described_turning_points
from tests.exports.test_figure import data_of
from tests.measures.test_roles import THREE, following

ROW = {"step": 4, "total": 4, "score": 0.1, "heldout": 0.5, "robust": 0.4, "realism": 0.5}


def test_the_usual_run_is_shown_as_ever():
    shown = shown_measures(following("judge"), {"pixels": [ROW]})
    assert [measure.label for measure in shown.values()] == ["Judge score", "Held-out judge", "Realism"]


@pytest.mark.parametrize(
    ("choice", "labels", "steered"),
    [
        ("heldout", ["First judge, held out", "Second judge, steers"], 1.0),
        ("both", ["First judge, steers", "Second judge, steers"], 0.5),
        ("robust", ["Second judge, held out", "Robust judge, steers"], 1.0),
    ],
)
def test_names_say_the_roles_and_the_plane_shows_who_steers(choice, labels, steered):
    settings = {"pixels": {"judge": choice}}
    shown = shown_measures(settings, {"pixels": [ROW]})
    assert [measure.label for measure in shown.values()] == [*labels, "Realism"]
    row = with_steered(shown_row(ROW, THREE), settings["pixels"])
    assert row["steered"] == pytest.approx(steered)
    assert row["robust"] == pytest.approx(1.0)
    data = chart_data({"pixels": [row]}, shown_reference(THREE))
    assert data["rows"][0]["steered"] == pytest.approx(steered)
    assert {band["figure"] for band in data["reference"]} >= {"score", "heldout", "robust", "realism"}
    assert described_turning_points({"pixels": [ROW | {"step": 0}, ROW]}, THREE, settings)


@pytest.mark.parametrize(
    ("choice", "said"),
    [("judge", "robust judge 1.00"), ("heldout", "robust judge 1.00"), ("robust", "first judge 0.00")],
)
def test_a_figure_also_gives_the_judge_without_a_curve(choice, said):
    score = {"first judge 0.00": THREE["score"]["mismatched"]}.get(said, ROW["score"])
    data = data_of(
        painters=("pixels",),
        settings={"pixels": {"judge": choice}},
        rows={"pixels": [ROW | {"step": at, "seconds": 0.8 * at, "score": score} for at in (0, 4)]},
        reference=THREE,
    )
    svg = figure_svg(data)
    (line,) = [text for text in xml.fromstring(svg).itertext() if "step 4 of 4" in text]
    assert said in line and text_width(line, 10.5) < COLUMN

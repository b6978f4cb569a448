"""Exports show judges' scores on the page's scale and name it; turning points stand on their curves."""

import xml.etree.ElementTree as xml
from dataclasses import replace

import pytest

from core.base.measure_names import COSINE, SHARED_SCALE, two_decimals
from core.exports import contact_sheet, figure, standalone_page
from core.exports.judge_scale import scale_name, shown_reference, shown_row
from core.exports.movie_frames import MovieFrames
from core.measures.judge_gap import to_shared_scale
from tests.exports.test_figure import REFERENCE, data_of, rows
from tests.support.exporting import page_data


def words(svg):
    return " ".join(" ".join(xml.fromstring(svg).itertext()).split())


def test_scores_and_bands_are_put_on_one_scale_and_realism_stays():
    row = {"step": 1, "score": 0.7, "heldout": 0.05, "realism": 0.3}
    assert shown_row(row, REFERENCE) == {**row, "score": pytest.approx(1.0), "heldout": pytest.approx(0.0)}
    bands = shown_reference(REFERENCE)
    for name in ("score", "heldout"):
        assert bands[name]["p50"] == pytest.approx(to_shared_scale(0.7, REFERENCE[name]))
    assert bands["realism"] == REFERENCE["realism"]
    assert scale_name(REFERENCE) == SHARED_SCALE


@pytest.mark.parametrize("reference", [None, {"realism": REFERENCE["realism"]}])
def test_without_figures_of_the_judges_cosines_stay_what_they_are_and_are_called_so(reference):
    row = {"step": 1, "score": 0.7, "heldout": 0.05, "realism": 0.3}
    assert shown_row(row, reference) == row and scale_name(reference) == COSINE
    assert COSINE in words(figure.figure_svg(data_of(reference=reference)))


def test_figure_numbers_curves_and_bands_agree_and_name_the_scale():
    data = data_of()
    drawn = words(figure.figure_svg(data))
    last = data.rows["pixels"][-1]
    shown = to_shared_scale(last["score"], REFERENCE["score"])
    assert two_decimals(shown) in drawn and SHARED_SCALE in drawn
    sets = data.chart_data()
    assert sets["now"][0]["score"] == pytest.approx(shown)
    assert sets["box"][0]["score_low"] == pytest.approx(to_shared_scale(0.4, REFERENCE["score"]))
    assert {point["x"] for point in sets["rows"] if point["step"] == 3} == {50.0}


def test_turning_points_stand_on_the_curves():
    turned = [
        {**row, "realism": 0.9 - 0.15 * row["step"], "score": 0.2 + 0.1 * row["step"]} for row in rows(6)
    ]
    data = data_of()
    (turn,) = replace(data, rows={**data.rows, "vqgan": turned}).chart_data()["turns"]
    assert turn["painter"] == "vqgan" and turn["label"] == "from the start"
    assert turn["text"].startswith("From the start, VQGAN+CLIP's judge score rises")


def test_sheet_movie_and_page_show_the_same_scores(whole):
    row = whole.rows["pixels"][-1]
    shown = two_decimals(whole.shown(row)["score"])
    assert shown != two_decimals(row.score)
    assert whole.shown(row)["steered"] == whole.shown(row)["score"]  # the judge steers
    movie = MovieFrames(whole, 640, 8)
    for svg in (contact_sheet.contact_svg(whole), movie.background_svg() + movie._strips_svg(1.0, 0)):
        assert SHARED_SCALE in svg and (shown in svg or "<svg" not in svg)
    page = page_data(standalone_page.page_html(whole))
    column = page["columns"].index("score")
    assert page["scale"] == SHARED_SCALE
    assert two_decimals(page["painters"][0]["rows"][-1][column]) == shown

"""Exports of a run that another judge steered name the networks, and say who steered and who was held out."""

import io
import xml.etree.ElementTree as xml
from dataclasses import replace

import pytest

from core.exports.charts import chart_data
from core.exports.contact_sheet import contact_svg
from core.exports.figure import COLUMN, figure_svg
from core.exports.fonts import text_width
from core.exports.handout import handout_pdf
from core.exports.judge_scale import shown_measures, shown_reference, shown_row, with_steered
from core.exports.movie_frames import LABEL_SIZE, SIDE, MovieFrames
from core.exports.source import ExportedRun
from core.exports.standalone_page import page_html
from core.measures.verdict import described_turning_points
from tests.exports.test_figure import data_of
from tests.measures.test_roles import THREE, following
from tests.support.exporting import page_data

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


def judged_by_three(run, monkeypatch, choice="judge"):
    """A run whose every frame the robust judge has seen, on a scale that was measured for all three."""
    monkeypatch.setattr(ExportedRun, "prompt_reference", property(lambda self: THREE))
    own = {name: replace(one, judge=choice) for name, one in run.request.settings.items()}
    rows = {name: [replace(row, robust=ROW["robust"]) for row in found] for name, found in run.rows.items()}
    return replace(run, request=replace(run.request, settings=own), rows=rows)


def text_of(svg):
    return list(xml.fromstring(svg).itertext())


def test_contact_sheet_movie_and_page_give_the_third_judge_on_the_shared_scale(whole, monkeypatch):
    before = text_of(contact_svg(whole)), MovieFrames(whole, 640, 2), page_data(page_html(whole))
    assert not any("robust" in text.lower() for text in before[0]) and before[1].label_size == LABEL_SIZE
    assert (before[1].column, len(before[1].measures)) == (SIDE / 3, 3)
    assert "third" not in before[2]["places"].values() and "robust" not in before[2]["charts"]
    three = judged_by_three(whole, monkeypatch)
    assert text_of(contact_svg(three)).count("robust judge 1.00") == 8 * 3
    movie = MovieFrames(three, 640, 2)
    assert movie.labels["pixels"] == ["Judge score", "Held-out judge", "Robust judge", "Realism"]
    assert text_of(movie.background_svg()).count("Robust judge") == 3
    assert "1.00" in text_of(f"<svg>{movie._strips_svg(1.0, 0)}</svg>")
    page = page_data(page_html(three))
    assert page["places"] == {"score": "score", "heldout": "heldout", "robust": "third", "realism": "realism"}
    assert page["measures"]["robust"]["label"] == "Robust judge" and page["charts"]["robust"]
    at = page["columns"].index("robust")
    assert {row[at] for painter in page["painters"] for row in painter["rows"]} == {1.0}
    assert '<div id="third"></div>' in page_html(three)


def test_no_label_of_a_movie_runs_into_the_next(whole, monkeypatch):
    for choice in ("judge", "heldout", "both", "robust"):
        movie = MovieFrames(judged_by_three(whole, monkeypatch, choice), 640, 2)
        widths = [text_width(label, movie.label_size) for label in movie.labels["pixels"]]
        assert max(widths) < movie.column - 10 and movie.label_size > 11


def test_a_painter_that_the_third_judge_has_not_seen_has_no_figure_by_it(whole, monkeypatch):
    three = judged_by_three(whole, monkeypatch)
    some = replace(three, rows={**three.rows, "pixels": whole.rows["pixels"]})
    assert text_of(contact_svg(some)).count("robust judge 1.00") == 8 * 2
    assert "–" in text_of(f"<svg>{MovieFrames(some, 640, 2)._strips_svg(1.0, 0)}</svg>")
    page = page_data(page_html(some))
    assert page["painters"][0]["rows"][0][page["columns"].index("robust")] is None
    assert handout_pdf(some)


def test_the_hand_out_has_a_curve_for_every_judge(whole, monkeypatch):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")

    def first_page(run):
        pages = pypdf.PdfReader(io.BytesIO(handout_pdf(run))).pages
        assert len(pages) == 3
        return pages[0].extract_text()

    assert "Robust judge" not in first_page(whole)
    text = first_page(judged_by_three(whole, monkeypatch))
    assert all(label in text for label in ("Judge score", "Held-out judge", "Robust judge", "Realism"))
    assert "First judge, held out" in first_page(judged_by_three(whole, monkeypatch, "robust"))


def test_a_third_curve_has_the_axis_of_the_others():
    row = ROW | {"robust": 1.7, "steered": 0.1}
    assert chart_data({"pixels": [row]}, None)["limits"] == [{"y": 0}, {"y": 1}]
    assert chart_data({"pixels": [row]}, None, curves=("robust",))["limits"] == [{"y": 0}, {"y": 1.7}]


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

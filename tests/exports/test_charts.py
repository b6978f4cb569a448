"""The charts as data: what they read, how painters are told apart, and that Vega-Lite accepts them."""

import pytest
import vl_convert

from app.charts import marks, player_charts
from core.base.settings import PAINTERS
from core.exports.painter_styles import BAND_COLOUR, PAINTER_STYLES

DATA_SETS = {"rows", "now", "place", "span", "limits", "reference", "box", "turns", "rival", "rival_end"}
DATA_SETS |= {"others"}
DARK = "#14161a"
LIGHT = "#ffffff"


@pytest.fixture(scope="module")
def specs() -> dict[str, dict]:
    return player_charts.chart_specs()


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_figure_has_a_curve_and_there_is_a_plane(specs):
    assert list(specs) == ["score", "heldout", "realism", "robust", "tradeoff", "values", "plane"]


@pytest.mark.parametrize("name", ["score", "heldout", "realism", "plane"])
def test_vega_accepts_the_chart(specs, name):
    vega = vl_convert.vegalite_to_vega(specs[name])
    assert {"rows", "now"} < {data["name"] for data in vega["data"]}


@pytest.mark.parametrize("name", ["score", "heldout", "realism", "plane"])
def test_every_layer_reads_named_data_so_that_the_player_can_feed_it(specs, name):
    assert {layer["data"]["name"] for layer in specs[name]["layer"]} <= DATA_SETS
    assert "params" not in specs[name], "parameters in layered charts collide in the browser"


def test_curves_show_their_own_figure_and_its_reference(specs):
    for figure in ("score", "heldout", "realism", "robust"):
        layers = specs[figure]["layer"]
        drawn = {
            layer["encoding"]["y"]["field"] for layer in layers if layer["data"]["name"] in ("rows", "now")
        }
        filters = {
            layer["transform"][0]["filter"] for layer in layers if layer["data"]["name"] == "reference"
        }
        assert drawn == {figure}
        assert filters == {f"datum.figure == '{figure}'"}


def test_the_plane_is_the_score_by_who_steers_against_realism(specs):
    for layer in specs["plane"]["layer"]:
        if layer["data"]["name"] not in ("box", "limits"):
            encoding = layer["encoding"]
            assert (encoding["x"]["field"], encoding["y"]["field"]) == ("steered", "realism")
    box = specs["plane"]["layer"][0]["encoding"]
    assert [box[c]["field"] for c in ("x", "x2", "y", "y2")] == [
        "score_low",
        "score_high",
        "realism_low",
        "realism_high",
    ]


def test_painters_differ_in_colour_shape_dash_and_symbol():
    found = marks.painter_marks()
    assert list(found) == list(PAINTERS)
    for what in ("colour", "shape", "dash", "symbol", "label"):
        assert len({str(mark[what]) for mark in found.values()}) == len(PAINTERS), what


@pytest.mark.parametrize("background", [LIGHT, DARK])
def test_painter_colours_clear_three_to_one(background):
    for mark in marks.painter_marks().values():
        assert contrast(mark["colour"], background) >= 3


def test_a_curve_draws_what_it_is_fed(specs):
    """Rendered with data: three lines, three marks, a band; nothing without data."""
    rows = [
        {"painter": p, "step": s, "x": 50 * s, "score": 0.1 * s, "heldout": 0, "realism": 0}
        for p in PAINTERS
        for s in range(3)
    ]
    fed = {"rows": rows, "now": rows[2::3], "place": [{"x": 100}], "span": [{"x": 0}, {"x": 100}]}
    reference = [{"figure": f, "low": 0.2, "mid": 0.4, "high": 0.6} for f in ("score", "heldout", "realism")]

    def drawn(data: dict) -> str:
        return vl_convert.vegalite_to_svg({**specs["score"], "datasets": data})

    full = drawn({**fed, "reference": reference})
    assert all(full.count(style.colour) >= 2 for style in PAINTER_STYLES.values())
    assert full.count(BAND_COLOUR) >= 3
    empty = drawn(dict.fromkeys([*fed, "reference"], []))
    assert not any(style.colour in empty for style in PAINTER_STYLES.values())

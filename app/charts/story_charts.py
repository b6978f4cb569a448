"""The figure of "Where does the gap come from?": plain numbers → Altair. Imports no streamlit."""

from collections.abc import Mapping
from typing import Any

import altair as alt

from app.charts.marks import QUIET_COLOUR
from core.exports.painter_styles import BAND_COLOUR, PAINTER_STYLES
from core.lesson.story_figures import Estimate
from core.lesson.story_setups import CELLS, PRIORS, REAL

LETTERS = 15  # px: read from the last row
LEGEND: Any = {"labelFontSize": LETTERS, "titleFontSize": LETTERS, "symbolSize": 150}
HEIGHT = 520
# Prior → hue and shape; both canvases are pixel ascent's, so the second has its own shape, and dashes.
STYLES = {
    prior: (PAINTER_STYLES[painter].colour, PAINTER_STYLES[painter].shape)
    for prior, (_, painter) in PRIORS.items()
} | {"multi-scale canvas": (PAINTER_STYLES["pixels"].colour, "diamond")}
DASHED = "multi-scale canvas"
CUTOUTS_TITLE = "cutouts · text"


def cells_chart(
    figures: Mapping[str, Mapping[str, Estimate]], measure: str, title: str, subtitle: str
) -> alt.LayerChart:
    """One measure of every cell with its interval, a line for each prior, and the mean of real pictures.

    Args:
        figures: condition of every cell, and "real" → measure → estimate.
    """
    rows = [
        {"prior": cell.prior, "place": cell.place, **figures[cell.condition][measure]._asdict()}
        for cell in CELLS
    ]
    places = list(dict.fromkeys(row["place"] for row in rows))
    axis = alt.Axis(labelAngle=0, labelFontSize=LETTERS, labelExpr="split(datum.label, ' ')")
    x = alt.X("place:N", sort=places, title=CUTOUTS_TITLE, axis=axis)
    offset = alt.XOffset("prior:N", sort=list(STYLES))
    y = alt.Y("mean:Q", title=None, axis=alt.Axis(tickCount=5, labelFontSize=LETTERS))
    tips = ["prior:N", alt.Tooltip("place:N", title="cutouts or text")]
    tips += [alt.Tooltip(f"{key}:Q", format=".2f") for key in ("mean", "low", "high")]
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, xOffset=offset, color=_colour())
    with_cutouts = alt.Chart(alt.Data(values=[row for row in rows if row["place"].isdigit()]))
    solid = with_cutouts.transform_filter(alt.datum.prior != DASHED).mark_line(strokeWidth=1.5)
    dashed = with_cutouts.transform_filter(alt.datum.prior == DASHED)
    lines = (solid, dashed.mark_line(strokeWidth=1.5, strokeDash=[6, 4]))
    real = alt.Chart(alt.Data(values=[{"mean": figures[REAL][measure].mean, "name": "real pictures"}]))
    return alt.layer(
        real.mark_rule(color=BAND_COLOUR, strokeDash=[4, 3], strokeWidth=2).encode(y=y),
        *(line.encode(x=x, xOffset=offset, y=y, color=_colour()) for line in lines),
        base.mark_rule(strokeWidth=2.5).encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        base.mark_point(filled=True, size=150, opacity=1).encode(y=y, shape=_shape(), tooltip=tips),
    ).properties(height=HEIGHT, title=_heading(title, subtitle))


def _heading(title: str, subtitle: str) -> alt.TitleParams:
    return alt.TitleParams(
        title, subtitle=subtitle, anchor="start", frame="group", fontSize=LETTERS + 3,
        subtitleFontSize=LETTERS - 1, offset=10, subtitleColor=QUIET_COLOUR,
    )  # fmt: skip


def _legend() -> alt.Legend:
    return alt.Legend(title="prior", orient="bottom", columns=2, **LEGEND)


def _colour() -> alt.Color:
    return alt.Color("prior:N", legend=_legend(), scale=_scale(0), sort=list(STYLES))


def _shape() -> alt.Shape:
    return alt.Shape("prior:N", legend=_legend(), scale=_scale(1))


def _scale(part: int) -> alt.Scale:
    return alt.Scale(domain=list(STYLES), range=[style[part] for style in STYLES.values()])

"""Charts of the Realism page: plain numbers → Altair. Imports no streamlit."""

from collections.abc import Mapping

import altair as alt

from app.charts.marks import QUIET_COLOUR
from core.exports.painter_styles import BAND_COLOUR

BAR_COLOUR = "#0072B2"  # clears 3:1 on white and on a dark page


def distribution_chart(figures: Mapping, title: str, subtitle: str) -> alt.LayerChart:
    """How many real pictures score how much, and their median.

    Args:
        figures: "counts" in equal parts of 0 … 1, "p50".
    """
    parts = len(figures["counts"])
    bins = [
        {"low": i / parts, "high": (i + 1) / parts, "pictures": count, "floor": 0}
        for i, count in enumerate(figures["counts"])
    ]
    x = alt.X(
        "low:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(tickCount=5, format=".1f", grid=False),
    )
    y = alt.Y("pictures:Q", title=None, axis=alt.Axis(tickCount=4))
    ends = [
        alt.Tooltip(f"{end}:Q", format=".2f", title=title) for end, title in (("low", "from"), ("high", "to"))
    ]
    bars = alt.Chart(alt.Data(values=bins)).mark_rect(color=BAR_COLOUR)
    median = alt.Chart(alt.Data(values=[{"low": figures["p50"]}]))
    layers = (
        bars.encode(x=x, x2="high:Q", y=y, y2="floor:Q", tooltip=[*ends, "pictures:Q"]),
        median.mark_rule(color=BAND_COLOUR, strokeDash=[4, 3], strokeWidth=2).encode(
            x=alt.X("low:Q", title=None)
        ),
    )
    return _titled(alt.layer(*layers), title, subtitle, 230)


def damage_chart(figures: Mapping, name: str) -> alt.LayerChart:
    """Mean realism over the levels of damage, with the middle half of the pictures.

    Args:
        figures: "levels", "rows" (mean, p25, p75 undamaged and of each level), "unit", "spearman".
    """
    labels = ["none", *(f"{level:g}" for level in figures["levels"])]
    rows = [{"level": label, **row} for label, row in zip(labels, figures["rows"], strict=True)]
    x = alt.X("level:O", sort=labels, title=figures["unit"], axis=alt.Axis(labelAngle=0))
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
    tips = [alt.Tooltip(f"{key}:Q", format=".3f") for key in ("mean", "p25", "p75")]
    base = alt.Chart(alt.Data(values=rows))
    band = base.mark_area(color=BAND_COLOUR, opacity=0.25)
    line = base.mark_line(color=BAR_COLOUR, strokeWidth=2.2)
    points = base.mark_point(color=BAR_COLOUR, filled=True, size=70, opacity=1)
    layers = (
        band.encode(x=x, y=alt.Y("p25:Q", title=None), y2="p75:Q"),
        line.encode(x=x, y=y),
        points.encode(x=x, y=y, tooltip=["level:O", *tips]),
    )
    correlation = f"Spearman {figures['spearman']:+.2f}".replace("-", "−")
    return _titled(alt.layer(*layers), name, correlation, 250)


def _titled(chart: alt.LayerChart, title: str, subtitle: str, height: int) -> alt.LayerChart:
    heading = alt.TitleParams(
        title,
        subtitle=subtitle,
        anchor="start",
        frame="group",
        fontSize=14,
        offset=8,
        subtitleFontSize=13,
        subtitleColor=QUIET_COLOUR,
    )
    return chart.properties(title=heading, height=height)

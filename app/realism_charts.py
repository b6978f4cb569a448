"""Charts of the page Realism: plain figures → Altair. Imports no streamlit."""

import altair as alt

HUE = "#0072B2"  # clears 3:1 on white and on a dark page
BAND = "#8a8a8a"


def distribution(figures, title, subtitle):
    """How many real pictures score how much, and their median.

    Args:
        figures: "counts" in equal parts of 0 … 1, "p50".
    """
    parts = len(figures["counts"])
    rows = [{"low": i / parts, "high": (i + 1) / parts, "pictures": n, "floor": 0} for i, n in enumerate(figures["counts"])]
    x = alt.X("low:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5, format=".1f", grid=False))
    y = alt.Y("pictures:Q", title=None, axis=alt.Axis(tickCount=4))
    tips = [alt.Tooltip("low:Q", format=".2f", title="from"), alt.Tooltip("high:Q", format=".2f", title="to"), "pictures:Q"]
    bars = alt.Chart(alt.Data(values=rows)).mark_rect(color=HUE).encode(x=x, x2="high:Q", y=y, y2="floor:Q", tooltip=tips)
    median = _rule(figures["p50"], [4, 3])
    return _dress(alt.layer(bars, median), title, subtitle, 230)


def ladder(figures, name):
    """Mean realism over the levels of damage, with the middle half of the pictures.

    Args:
        figures: "levels", "rows" (mean, p25, p75 undamaged and of each level), "unit", "spearman".
    """
    labels = ["none", *(f"{level:g}" for level in figures["levels"])]
    rows = [{"level": label, **row} for label, row in zip(labels, figures["rows"], strict=True)]
    x = alt.X("level:O", sort=labels, title=figures["unit"], axis=alt.Axis(labelAngle=0))
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
    base = alt.Chart(alt.Data(values=rows))
    band = base.mark_area(color=BAND, opacity=0.25).encode(x=x, y=alt.Y("p25:Q", title=None), y2="p75:Q")
    line = base.mark_line(color=HUE, strokeWidth=2.2).encode(x=x, y=y)
    tips = ["level:O", *(alt.Tooltip(f"{key}:Q", format=".3f") for key in ("mean", "p25", "p75"))]
    points = base.mark_point(color=HUE, filled=True, size=70, opacity=1).encode(x=x, y=y, tooltip=tips)
    return _dress(alt.layer(band, line, points), name, f"Spearman {figures['spearman']:+.2f}".replace("-", "−"), 250)


def _rule(value, dash):
    rule = alt.Chart(alt.Data(values=[{"low": value}])).mark_rule(color=BAND, strokeDash=dash, strokeWidth=2)
    return rule.encode(x=alt.X("low:Q", title=None))


def _dress(chart, title, subtitle, height):
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", fontSize=14, offset=8, subtitleColor=BAND)
    return chart.properties(title=heading, height=height)

"""The charts of a run: plain rows in, Altair charts out. Hue, shape and dash of the painters, once."""

FONT = "Liberation Sans, Arial, sans-serif"  # vl-convert carries the first, so charts look the same on every machine
INK, QUIET, RULE, BAND = "#1b1f24", "#5b6470", "#d9dde2", "#6b7280"
# Okabe–Ito hues that clear 3:1 on light and dark; shape and dash say the same without colour.
COLOURS = {"pixels": "#D55E00", "vqgan": "#0072B2", "diffusion": "#009E73"}
SHAPES = {"pixels": "square", "vqgan": "triangle-up", "diffusion": "circle"}
DASHES = {"pixels": [1, 0], "vqgan": [7, 3], "diffusion": [2, 2]}


def curve(rows, figure, band, width, height, now=None):
    """One figure of every painter over its steps, with the 5–95 % band of real photographs.

    Args:
        rows: painter → mappings with step and `figure`.
        band: mapping with p5 and p95; None where nobody measured real photographs.
        width, height: of the plotting area.
        now: painter → the row that its mark stands on; the last one by default. Named data "now", so a page can move it.

    Returns:
        An Altair chart, to be placed or configured further.
    """
    import altair as alt

    points = [{"painter": p, "step": r["step"], "value": r[figure]} for p, series in rows.items() for r in series]
    ends = [{"painter": p, "step": r["step"], "value": r[figure]} for p, r in _now(rows, now).items()]
    x = alt.X("step:Q", title="step", axis=alt.Axis(tickCount=5, grid=False, titleAnchor="end"), scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5, format=".1f"), scale=_span(points, band, figure))
    real = alt.Chart(alt.Data(values=[{"low": band["p5"], "high": band["p95"]}] if band else [])).mark_rect(color=BAND, opacity=0.18)
    line = alt.Chart(alt.Data(values=points)).mark_line(strokeWidth=1.8, clip=True)
    end = alt.Chart(alt.InlineData(values=ends, name="now")).mark_point(filled=True, size=70, opacity=1, stroke="#ffffff", strokeWidth=1)
    chart = alt.layer(
        real.encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        line.encode(x=x, y=y, color=_hue(), strokeDash=_scale("StrokeDash", DASHES)),
        end.encode(x=x, y=y, color=_hue(), shape=_scale("Shape", SHAPES)),
    )
    return _dress(chart, width, height)


def plane(rows, reference, width, height, now=None):
    """Every painter's path through judge score × realism; a frame marks where 90 % of real photographs lie."""
    import altair as alt

    points = [{"painter": p, "step": r["step"], "score": r["score"], "realism": r["realism"]} for p, series in rows.items() for r in series]
    ends = [{"painter": p, "score": r["score"], "realism": r["realism"]} for p, r in _now(rows, now).items()]
    score, realism = (reference["score"], reference["realism"]) if reference else (None, None)
    domain = _span([{"value": q["score"]} for q in points], score, "score")
    x = alt.X("score:Q", title="judge score", axis=alt.Axis(tickCount=6, format=".1f", titleAnchor="end"), scale=domain)
    y = alt.Y("realism:Q", title="realism", axis=alt.Axis(tickCount=5, format=".1f"), scale=alt.Scale(domain=[0, 1.05], nice=False))
    boxes, left = [], False
    if reference:
        boxes = [{"x": score["p5"], "x2": score["p95"], "y": realism["p5"], "y2": realism["p95"], "label": "real photographs"}]
        left = score["p5"] + score["p95"] > sum(domain.domain)  # the name stands beside the frame, on the side with more room
    real = alt.Chart(alt.Data(values=boxes))
    trail = alt.Chart(alt.Data(values=points))
    frame = real.mark_rect(color=BAND, opacity=0.18).encode(x=alt.X("x:Q"), x2="x2:Q", y=alt.Y("y:Q"), y2="y2:Q")
    name = real.mark_text(align="right" if left else "left", baseline="top", dx=-6 if left else 6, fontSize=10, color=QUIET)
    path = trail.mark_line(strokeWidth=1, opacity=0.55)
    dots = trail.mark_point(filled=True, size=9, opacity=0.7)
    end = alt.Chart(alt.InlineData(values=ends, name="now")).mark_point(filled=True, size=150, opacity=1, stroke="#ffffff", strokeWidth=1.2)
    shape = _scale("Shape", SHAPES)
    chart = alt.layer(
        frame,
        name.encode(x=alt.X("x:Q" if left else "x2:Q"), y=alt.Y("y2:Q"), text="label:N"),
        path.encode(x=x, y=y, color=_hue(), order="step:Q"),
        dots.encode(x=x, y=y, color=_hue(), shape=shape),
        end.encode(x=x, y=y, color=_hue(), shape=shape),
    )
    return _dress(chart, width, height)


def _now(rows, now):
    """Painter → the row its mark stands on."""
    return {p: (now or {}).get(p, series[-1]) for p, series in rows.items() if series}


def _scale(channel, values):
    import altair as alt

    scale = alt.Scale(domain=list(values), range=list(values.values()))
    return getattr(alt, channel)("painter:N", scale=scale, legend=None)


def _hue():
    return _scale("Color", COLOURS)


def _span(points, band, figure):
    """Axis domain: [0, 1] for realism; for a judge whatever holds the points and the band."""
    import altair as alt

    if figure == "realism":
        return alt.Scale(domain=[0, 1.05], nice=False)
    values = [q["value"] for q in points] + [*((band["p5"], band["p95"]) if band else ()), 0]
    return alt.Scale(domain=[min(values) - 0.03, max(values) + 0.05], nice=False)


def _dress(chart, width, height):
    axis = {"labelColor": QUIET, "titleColor": QUIET, "labelFontSize": 10, "titleFontSize": 10, "titleFontWeight": "normal"}
    return (
        chart.properties(width=width, height=height)
        .configure(font=FONT, background="transparent", padding=0)
        .configure_axis(gridColor="#eceff2", domainColor=RULE, tickColor=RULE, **axis)
        .configure_view(stroke=RULE)
    )

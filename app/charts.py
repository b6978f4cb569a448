"""Plain figures → Altair charts. The player draws them in the browser and feeds them through named data.

Data sets, all filled by the player:
    rows       painter, step, x, score, heldout, realism: one per painter and step
    now        the same columns: each painter's row at the slider's place
    place      x: the slider's place, where the painters share one; empty otherwise
    span       x: both ends of the axis where they are known, so that it does not grow with the run
    reference  figure, low, mid, high: 5th, 50th and 95th percentile of real photographs
    box        score_low, score_high, realism_low, realism_high: the same, for the plane

Colours are the three Okabe–Ito hues that clear 3:1 on white and on a dark page; shape and dash say
the same again. No parameters are used: in a layered chart they collide when the browser compiles it.
"""

import altair as alt

from core.figures import COLOURS, DASHES, SHAPES
from core.settings import LABELS, PAINTERS

SYMBOLS = {"pixels": "■", "vqgan": "▲", "diffusion": "●"}

FIGURES = {
    "score": ("Judge", "the score the painters climb"),
    "heldout": ("Held-out judge", "no painter ever sees it"),
    "realism": ("Realism", "likeness to the reference photos"),
}
BAND = "#8a8a8a"


def marks():
    """Painter → label, colour, shape, dash and symbol, in display order."""
    return {
        p: {"label": LABELS[p], "colour": COLOURS[p], "shape": SHAPES[p], "dash": DASHES[p], "symbol": SYMBOLS[p]}
        for p in PAINTERS
    }


def specs():
    """Every chart of the player as a Vega-Lite dictionary, by name."""
    charts = {figure: curve(figure) for figure in FIGURES}
    charts["plane"] = plane()
    return {name: chart.to_dict() for name, chart in charts.items()}


def curve(figure):
    """One figure over the run, a band where 90 % of real photographs lie, and the slider's place."""
    title, subtitle = FIGURES[figure]
    value = alt.Y(f"{figure}:Q", title=None, scale=_scale(figure), axis=alt.Axis(tickCount=5))
    x = alt.X("x:Q", title=None, axis=alt.Axis(tickCount=5, grid=False), scale=alt.Scale(nice=False, zero=False))
    reference = alt.Chart(alt.NamedData(name="reference")).transform_filter(f"datum.figure == '{figure}'")
    band = reference.mark_rect(color=BAND, opacity=0.22).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    median = reference.mark_rule(color=BAND, strokeDash=[4, 3], opacity=0.8).encode(y=alt.Y("mid:Q", title=None))
    span = alt.Chart(alt.NamedData(name="span")).mark_point(opacity=0).encode(x="x:Q")
    place = alt.Chart(alt.NamedData(name="place")).mark_rule(color=BAND, strokeWidth=1.5).encode(x="x:Q")
    lines = _rows().mark_line(strokeWidth=2.2, interpolate="linear").encode(
        x=x, y=value, color=_colour(), strokeDash=_dash(), order="step:Q"
    )
    points = _now().mark_point(filled=True, size=110, opacity=1, stroke="white", strokeWidth=1).encode(
        x=x, y=value, color=_colour(), shape=_shape()
    )
    return _dress(alt.layer(band, median, span, place, lines, points), title, subtitle)


def plane():
    """Score against realism: each painter's path, where it is now, and the box of real photographs."""
    x = alt.X("score:Q", title="judge's score →", scale=_scale("score"), axis=alt.Axis(tickCount=6))
    y = alt.Y("realism:Q", title="realism →", scale=_scale("realism"), axis=alt.Axis(tickCount=5))
    reference = alt.Chart(alt.NamedData(name="box"))
    box = reference.mark_rect(color=BAND, opacity=0.25).encode(
        x=alt.X("score_low:Q", title="judge's score →"),
        x2="score_high:Q",
        y=alt.Y("realism_low:Q", title="realism →"),
        y2="realism_high:Q",
    )
    paths = _rows().mark_line(strokeWidth=1.8, opacity=0.75).encode(
        x=x, y=y, color=_colour(), strokeDash=_dash(), order="step:Q"
    )
    points = _now().mark_point(filled=True, size=190, opacity=1, stroke="white", strokeWidth=1).encode(
        x=x, y=y, color=_colour(), shape=_shape()
    )
    chart = alt.layer(box, paths, points)
    return _dress(chart, "Score against realism", "grey: 90 % of real photographs")


def _rows():
    return alt.Chart(alt.NamedData(name="rows"))


def _now():
    return alt.Chart(alt.NamedData(name="now"))


def _scale(figure):
    """Realism lies in [0, 1] by definition; a cosine may start below 0."""
    return alt.Scale(domain=[0, 1]) if figure == "realism" else alt.Scale(zero=True, domainMax=1)


def _colour():
    return alt.Color("painter:N", legend=None, scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())))


def _shape():
    return alt.Shape("painter:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())))


def _dash():
    return alt.StrokeDash("painter:N", legend=None, scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values())))


def _dress(chart, title, subtitle):
    """Title and a size that the player overrules; the theme (text, grid, background) is the page's."""
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", fontSize=14, offset=8)
    return chart.properties(title=heading, width=240, height=150, autosize=alt.AutoSizeParams(type="fit", contains="padding"))

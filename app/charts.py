"""Plain figures → Altair charts. The player draws them in the browser and feeds them through named data.

Data sets, all filled by the player:
    rows       painter, step, x, score, heldout, realism: one per painter and step
    now        the same columns: each painter's row at the slider's place
    place      x: the slider's place; one row, or one per painter (with its painter) where they do not share it
    span       x: both ends of the axis where they are known, so that it does not grow with the run
    reference  figure, low, mid, high: 5th, 50th and 95th percentile of real photographs
    limits     y: what the axes of both judges must hold, so that they are one axis
    box        score_low, score_high, realism_low, realism_high: the same, for the plane
    turns      the columns of rows, label, text: where a painter goes wrong, with the sentence that says so
    rival      the columns of rows, of a second run laid over this one
    rival_end  the same with label: the last row of each of its painters

Colours are the three Okabe–Ito hues that clear 3:1 on white and on a dark page; shape and dash say
the same again. No parameters are used: in a layered chart they collide when the browser compiles it.
"""

import altair as alt

from core.charts import COLOURS, DASHES, SHAPES
from core.settings import LABELS, PAINTERS

SYMBOLS = {"pixels": "■", "vqgan": "▲", "diffusion": "●"}

FIGURES = {
    "score": ("Judge", "the score the painters climb"),
    "heldout": ("Held-out judge", "no painter climbs it"),
    "realism": ("Realism", "likeness to the reference photos"),
}
BAND = "#8a8a8a"
TURN = "#f0c400"  # inside a mark outlined in its painter's hue


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
    place = alt.Chart(alt.NamedData(name="place")).mark_rule(strokeWidth=1.5).encode(
        x="x:Q", color=alt.condition("isValid(datum.painter)", _colour(), alt.value(BAND))
    )
    lines = _rows().mark_line(strokeWidth=2.2, interpolate="linear").encode(
        x=x, y=value, color=_colour(), strokeDash=_dash(), order="step:Q"
    )
    points = _now().mark_point(filled=True, size=110, opacity=1, stroke="white", strokeWidth=1).encode(
        x=x, y=value, color=_colour(), shape=_shape()
    )
    limits = () if figure == "realism" else (_limits(y=alt.Y("y:Q", title=None)),)
    layers = (band, median, span, *limits, place, *_rival(x, value), lines, *_turns(x, value), points)
    return _dress(alt.layer(*layers), title, subtitle)


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
    limits = _limits(x=alt.X("y:Q", title="judge's score →")).transform_filter("datum.y >= 1")
    chart = alt.layer(box, limits, *_rival(x, y), paths, *_turns(x, y), points)
    return _dress(chart, "Score against realism", "grey: 90 % of real photographs")


def _rival(x, y):
    """The second run: thin, pale and named at its end."""
    line = alt.Chart(alt.NamedData(name="rival")).mark_line(strokeWidth=1.3, opacity=0.5)
    name = alt.Chart(alt.NamedData(name="rival_end")).mark_text(align="right", dx=-3, dy=-7, fontWeight="bold")
    return (
        line.encode(x=x, y=y, color=_colour(), strokeDash=_dash(), order="step:Q"),
        name.encode(x=x, y=y, text="label:N", color=_colour()),
    )


def _turns(x, y):
    """Where a painter goes wrong: a diamond, the step beside it, the sentence on pointing at it."""
    turns = alt.Chart(alt.NamedData(name="turns"))
    mark = turns.mark_point(shape="diamond", filled=False, fill=TURN, size=150, strokeWidth=2, opacity=1)
    name = turns.mark_text(align="center", dy=-15)
    return (
        mark.encode(x=x, y=y, stroke=_colour(alt.Stroke), tooltip="text:N"),
        name.encode(x=x, y=y, text="label:N"),
    )


def _limits(**channel):
    return alt.Chart(alt.NamedData(name="limits")).mark_point(opacity=0).encode(**channel)


def _rows():
    return alt.Chart(alt.NamedData(name="rows"))


def _now():
    return alt.Chart(alt.NamedData(name="now"))


def _scale(figure):
    """Realism lies in [0, 1] by definition; a judge's figure may start below 0, and end above 1 on the shared scale."""
    return alt.Scale(domain=[0, 1]) if figure == "realism" else alt.Scale(zero=True)


def _colour(channel=alt.Color):
    return channel("painter:N", legend=None, scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())))


def _shape():
    return alt.Shape("painter:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())))


def _dash():
    return alt.StrokeDash("painter:N", legend=None, scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values())))


def _dress(chart, title, subtitle):
    """Title and a size that the player overrules; the theme (text, grid, background) is the page's."""
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="group", offset=8)
    return chart.properties(title=heading, width=240, height=150, autosize=alt.AutoSizeParams(type="fit", contains="padding"))

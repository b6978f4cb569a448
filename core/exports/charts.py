"""The charts of a run, once for the pages and for the figures: Vega-Lite over named data.

A chart only says how its data sets are drawn; a set that nobody fills draws nothing. The player fills them in
the browser, `filled_chart` fills them for the figures. Data sets:
    rows       painter, x, score, heldout, robust, realism, and steered, the score by who steers that painter:
               one per painter and step
    now        the same columns: the row of each painter that its mark stands on
    place      x: the slider's place; one row, or one per painter where they do not share it
    span       x: both ends of the axis where they are known, so that it does not grow with the run
    reference  figure, low, mid, high: a measure, and the 5th, 50th and 95th percentile of real pictures
    limits     y: what the axes of both judges must hold, so that they are one axis
    box        score_low, score_high, realism_low, realism_high: the same percentiles, for the plane
    turns      the columns of rows, label, text: where a painter goes wrong, with the sentence that says so
    rival      the columns of rows, of a second run laid over this one
    rival_end  the same with label: the last row of each of its painters
    others     painter, steered, realism: the last pictures of other runs, for the plane

No parameters are used: in a layered chart they collide when the browser compiles it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import altair as alt

from core.base.judges import NETWORKS
from core.base.measure_names import MEASURES
from core.exports.fonts import FONT_FAMILY
from core.exports.judge_scale import box_of
from core.exports.painter_styles import BAND_COLOUR, MUTED, PAINTER_STYLES, RULE, TURN_COLOUR

SCORE_TITLE = "judge's score →"
REALISM_TITLE = "realism →"
SHARE_TITLE = "share of the run, %"
Rows = Mapping[str, Sequence[Mapping]]  # painter → mappings with step, score, heldout, realism


def curve_chart(measure: str, x_title: str | None = None) -> alt.LayerChart:
    """A measure over the run, the band of 90 % of real pictures with its median, and the slider's place."""
    x = alt.X(
        "x:Q",
        title=x_title,
        axis=alt.Axis(tickCount=5, grid=False, titleAnchor="end"),
        scale=alt.Scale(nice=False, zero=False),
    )
    y = alt.Y(f"{measure}:Q", title=None, scale=_scale(measure), axis=alt.Axis(tickCount=5))
    reference = _data("reference").transform_filter(f"datum.figure == '{measure}'")
    band = reference.mark_rect(color=BAND_COLOUR, opacity=0.22)
    median = reference.mark_rule(color=BAND_COLOUR, strokeDash=[4, 3], opacity=0.8)
    place = _data("place").mark_rule(strokeWidth=1.5)
    place_colour = alt.condition("isValid(datum.painter)", _colour(), alt.value(BAND_COLOUR))
    lines = _data("rows").mark_line(strokeWidth=2.2, interpolate="linear")
    return alt.layer(
        band.encode(y=alt.Y("low:Q", title=None), y2="high:Q"),
        median.encode(y=alt.Y("mid:Q", title=None)),
        _data("span").mark_point(opacity=0).encode(x="x:Q"),
        *(() if measure == "realism" else (_limits(y=alt.Y("y:Q", title=None)),)),
        place.encode(x="x:Q", color=place_colour),
        *_rival(x, y),
        lines.encode(x=x, y=y, color=_colour(), strokeDash=_dash(), order="step:Q"),
        *_turns(x, y),
        _now(110).encode(x=x, y=y, color=_colour(), shape=_shape()),
    )


def plane_chart(dots: bool = False) -> alt.LayerChart:
    """Every painter's path through judge score × realism, and the box that holds 90 % of real pictures.

    Args:
        dots: mark every step of the paths.
    """
    x = alt.X("steered:Q", title=SCORE_TITLE, scale=_scale("score"), axis=alt.Axis(tickCount=6))
    y = alt.Y("realism:Q", title=REALISM_TITLE, scale=_scale("realism"), axis=alt.Axis(tickCount=5))
    paths = _data("rows").mark_line(strokeWidth=1.8, opacity=0.75)
    steps = _data("rows").mark_point(filled=True, size=9, opacity=0.7)
    others = _data("others").mark_point(filled=True, size=30, opacity=0.35)
    limits = _limits(x=alt.X("y:Q", title=SCORE_TITLE)).transform_filter("datum.y >= 1")
    return alt.layer(
        real_pictures_box(SCORE_TITLE),
        limits,
        others.encode(x=x, y=y, color=_colour(), shape=_shape()),
        *_rival(x, y),
        paths.encode(x=x, y=y, color=_colour(), strokeDash=_dash(), order="step:Q"),
        *((steps.encode(x=x, y=y, color=_colour(), shape=_shape()),) if dots else ()),
        *_turns(x, y),
        _now(190).encode(x=x, y=y, color=_colour(), shape=_shape()),
    )


def real_pictures_box(score_title: str) -> alt.Chart:
    """Where 90 % of real pictures lie in a plane of score and realism; `box_of` fills it."""
    return (
        _data("box")
        .mark_rect(color=BAND_COLOUR, opacity=0.25)
        .encode(
            x=alt.X("score_low:Q", title=score_title),
            x2="score_high:Q",
            y=alt.Y("realism_low:Q", title=REALISM_TITLE),
            y2="realism_high:Q",
        )
    )


def chart_data(
    rows: Rows,
    reference: Mapping | None,
    now: Mapping | None = None,
    turns: Mapping | None = None,
    curves: Collection[str] = (),
) -> dict[str, list[dict]]:
    """The data sets of a run over its share, 0 … 100 %, as the page draws it at first.

    Args:
        rows: painter → mappings with step, total, score, heldout, realism, on one scale with `reference`.
        reference: a manifest's "reference"; None where nobody measured real pictures.
        now: painter → the row that its mark stands on; the last one by default.
        turns: painter → its turning point (core.measures.verdict), if it has one.
        curves: measures that have one beside the usual two judges, so that their axes hold it.
    """
    marked = {painter: (now or {}).get(painter, series[-1]) for painter, series in rows.items() if series}
    points = [_point(painter, row) for painter, series in rows.items() for row in series]
    named = {"score", "heldout", "steered", *(name for name in NETWORKS if name in curves)}
    judged = [point[name] for point in points for name in named if point[name] is not None]
    known = reference or {}
    bands = {name: known[name] for name in (*NETWORKS, "realism") if name in known}
    return {
        "rows": points,
        "turns": _turning_points(rows, turns or {}),
        "now": [_point(painter, row) for painter, row in marked.items()],
        "limits": [{"y": min(0, *judged)}, {"y": max(1, *judged)}],
        "reference": [
            {"figure": name, "low": band["p5"], "mid": band["p50"], "high": band["p95"]}
            for name, band in bands.items()
        ],
        "box": box_of(bands),
    }


def _turning_points(rows: Rows, turns: Mapping) -> list[dict]:
    """A point, its label and its sentence for every painter that has a turning point."""
    found = []
    for painter, turn in turns.items():
        at = [row for row in rows.get(painter, ()) if row["step"] == turn.step]
        found += [{**_point(painter, row), "label": turn.label, "text": turn.text} for row in at]
    return found


def _point(painter: str, row: Mapping) -> dict:
    return {
        "painter": painter,
        "step": row["step"],
        "x": 100 * row["step"] / row["total"],
        **{name: row[name] for name in MEASURES},
        "robust": row.get("robust"),
        "steered": row.get("steered", row["score"]),
    }


def filled_chart(chart: alt.LayerChart, data: dict[str, list[dict]], width: int, height: int) -> dict:
    """A chart with its data, in the figures' look, as a Vega-Lite specification.

    Args:
        width, height: of the plotting area.
    """
    text = {"labelColor": MUTED, "titleColor": MUTED, "labelFontSize": 10, "titleFontSize": 10}
    dressed = (
        chart.properties(width=width, height=height)
        .configure(font=FONT_FAMILY, background="transparent", padding=0)
        .configure_axis(
            **text, titleFontWeight="normal", gridColor="#eceff2", domainColor=RULE, tickColor=RULE
        )
        .configure_view(stroke=RULE)
    )
    return {**dressed.to_dict(), "datasets": data}


def _data(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _now(size: int) -> alt.Chart:
    return _data("now").mark_point(filled=True, size=size, opacity=1, stroke="white", strokeWidth=1)


def _limits(**channel: alt.X | alt.Y) -> alt.Chart:
    return _data("limits").mark_point(opacity=0).encode(**channel)


def _rival(x: alt.X, y: alt.Y) -> tuple[alt.Chart, alt.Chart]:
    """The second run: thin, pale and named at its end."""
    line = _data("rival").mark_line(strokeWidth=1.3, opacity=0.5)
    name = _data("rival_end").mark_text(align="right", dx=-3, dy=-7, fontWeight="bold")
    return (
        line.encode(x=x, y=y, color=_colour(), strokeDash=_dash(), order="step:Q"),
        name.encode(x=x, y=y, text="label:N", color=_colour()),
    )


def _turns(x: alt.X, y: alt.Y) -> tuple[alt.Chart, ...]:
    """Where a painter goes wrong: a diamond, the step beside it, the sentence when pointed at.

    The step stands on the side of the curve's middle: away from the axis and from its ticks.
    """
    turns = _data("turns")
    mark = turns.mark_point(
        shape="diamond", filled=False, fill=TURN_COLOUR, size=150, strokeWidth=2, opacity=1
    )
    early = turns.mark_text(align="left", dx=11, dy=-8).transform_filter("!datum.late")
    late = turns.mark_text(align="right", dx=-11, dy=-8).transform_filter("datum.late")
    return (
        mark.encode(x=x, y=y, stroke=_colour(alt.Stroke), tooltip="text:N"),
        *(name.encode(x=x, y=y, text="label:N") for name in (early, late)),
    )


def _scale(measure: str) -> alt.Scale:
    """Realism lies in [0, 1] by definition; a judge's score may start below 0 and end above 1."""
    return alt.Scale(domain=[0, 1]) if measure == "realism" else alt.Scale(zero=True)


def _colour(channel: type = alt.Color) -> alt.Color | alt.Stroke:
    return _by_painter(channel, "colour")


def _shape() -> alt.Shape:
    return _by_painter(alt.Shape, "shape")


def _dash() -> alt.StrokeDash:
    return _by_painter(alt.StrokeDash, "dash")


def _by_painter(channel: type, style: str) -> Any:
    values = [getattr(painter_style, style) for painter_style in PAINTER_STYLES.values()]
    return channel("painter:N", legend=None, scale=alt.Scale(domain=list(PAINTER_STYLES), range=values))

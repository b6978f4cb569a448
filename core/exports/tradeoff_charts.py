"""The two charts of a sweep over one setting, for the page and for the figures, as in core.exports.charts.

Data sets:
    curve   place, value, painter, judge ("judge" or "heldout"), score, realism: in the values' order, and
            only where that order is one of amounts
    points  the same of every sweep
    names   the same columns, align, dx, dy: points whose values are written; see core.exports.value_labels
    here    the same columns: the value that is looked at
    level   place, value, realism: every value's realism
    levels  the same where the values are amounts
    places  value: every value in its order
    box     score_low, score_high, realism_low, realism_high: 90 % of real pictures
    limits  y: what the axes must hold
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from core.exports.charts import REALISM_TITLE, real_pictures_box
from core.exports.judge_scale import box_of, shown_reference
from core.exports.painter_styles import BAND_COLOUR, PAINTER_STYLES
from core.exports.value_labels import labelled

SCORE_TITLE = "score →"
VALUES_TITLE = "Scores and realism over"
JUDGES = ("judge", "heldout")


def tradeoff_chart() -> alt.LayerChart:
    """Score × realism: a curve through the values for each judge, and where real pictures lie."""
    x = alt.X("score:Q", title=SCORE_TITLE, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6))
    y = alt.Y("realism:Q", title=REALISM_TITLE, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
    limits = _data("limits").mark_point(opacity=0)
    beside = {name: alt.expr(f"datum.{name}") for name in ("align", "dx", "dy")}
    names = _data("names").mark_text(**beside)
    return alt.layer(
        real_pictures_box(SCORE_TITLE),
        limits.encode(x=alt.X("y:Q", title=SCORE_TITLE)),
        *_curves(x, y),
        names.encode(x=x, y=y, text="value:N"),
    )


def values_title(name: str = "the values") -> str:
    """What `values_chart` shows. name: of the setting, as in the middle of a sentence."""
    return f"{VALUES_TITLE} {name}"


def values_chart() -> alt.LayerChart:
    """Both judges' scores and realism over the values: the curve of over-optimisation."""
    axis = alt.Axis(labelAngle=0, labelOverlap=True, labelLimit=90, grid=False)
    x = alt.X("value:N", sort=None, title=None, axis=axis, scale=alt.Scale(padding=0.5))
    y = alt.Y("score:Q", title=None, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True))
    height = alt.Y("realism:Q", title=None)
    level = {"color": BAND_COLOUR, "opacity": 1}
    return alt.layer(
        _data("places").mark_point(opacity=0).encode(x=x),
        _judge("here", "judge").mark_rule(color=BAND_COLOUR, strokeWidth=1.5).encode(x=x),
        _data("limits").mark_point(opacity=0).encode(y=alt.Y("y:Q", title=None)),
        _data("levels").mark_line(strokeWidth=1.8, strokeDash=[2, 3], **level).encode(x=x, y=height),
        _data("level").mark_point(shape="cross", filled=True, size=40, **level).encode(x=x, y=height),
        *_curves(x, y),
    )


def _curves(x: alt.X, y: alt.Y) -> tuple[alt.Chart, ...]:
    """Both judges' lines and marks: the judge's are full, the held-out judge's dashed and hollow."""
    look = {"x": x, "y": y}
    held, judge = (
        _judge("curve", name).mark_line(strokeWidth=width, strokeDash=dash).encode(
            **look, color=_colour(alt.Color), order="place:Q"
        )
        for name, width, dash in (("heldout", 1.8, [5, 4]), ("judge", 2.4, [1, 0]))
    )  # fmt: skip
    hollow = _judge("points", "heldout").mark_point(size=44, filled=False, strokeWidth=1.8, opacity=1)
    full = _judge("points", "judge").mark_point(size=50, filled=True, opacity=1)
    ring = {"stroke": "white", "strokeWidth": 1.5}
    here = _judge("here", "judge").mark_point(size=260, filled=True, opacity=1, **ring)
    there = _judge("here", "heldout").mark_point(size=220, filled=False, strokeWidth=3, opacity=1)
    return (
        held,
        judge,
        hollow.encode(**look, stroke=_colour(alt.Stroke)),
        full.encode(**look, color=_colour(alt.Color)),
        there.encode(**look, stroke=_colour(alt.Stroke)),
        here.encode(**look, color=_colour(alt.Color)),
    )


def tradeoff_data(
    points: Sequence[Mapping[str, Any]],
    ordered: bool,
    reference: Mapping[str, Any] | None,
    here: int | None = None,
) -> dict[str, list[dict]]:
    """The charts' data sets.

    Args:
        points: one for each value, in order; see `core.exports.sweep_source.SweptValue.point`.
        ordered: whether the values are amounts. reference: of real pictures, as they were measured.
        here: place of the value that is looked at, or None.
    """
    marks = [mark for place, point in enumerate(points) for mark in _marks(place, point)]
    level = [{"value": point["value"], "realism": point["realism"]} for point in points]
    return {
        "places": [{"value": point["value"]} for point in points],
        "points": marks,
        "curve": marks if ordered else [],
        "names": labelled(marks, here, limits_of(points)),
        "here": [mark for mark in marks if mark["place"] == here],
        "level": level,
        "levels": level if ordered else [],
        "box": box_of(shown_reference(reference)),
        "limits": limits_of(points),
    }


def limits_of(points: Sequence[Mapping[str, Any]]) -> list[dict]:
    """What the axes must hold, so that these points lie on them."""
    scores = [point[name] for point in points for name in ("score", "heldout") if point[name] is not None]
    return [{"y": min(0, *scores)}, {"y": max(1, *scores)}]


def _marks(place: int, point: Mapping[str, Any]) -> list[dict]:
    """A mark for each judge that said something."""
    common = {name: point[name] for name in ("value", "painter", "realism")} | {"place": place}
    scores = {"judge": point["score"], "heldout": point["heldout"]}
    known = [judge for judge in JUDGES if scores[judge] is not None]
    return [{**common, "judge": judge, "score": scores[judge]} for judge in known]


def _data(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _judge(name: str, judge: str) -> alt.Chart:
    return _data(name).transform_filter(f"datum.judge == '{judge}'")


def _colour(channel: type) -> Any:
    colours = [style.colour for style in PAINTER_STYLES.values()]
    scale = alt.Scale(domain=list(PAINTER_STYLES), range=colours)
    return channel("painter:N", legend=None, scale=scale)

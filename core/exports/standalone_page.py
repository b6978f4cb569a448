"""The run as one HTML file that works offline: pictures, charts and Vega are inside."""

from __future__ import annotations

import html
import json
from dataclasses import asdict

from core.base.measure_names import MEASURES
from core.base.png_records import RECORD_KEY
from core.base.settings import PAINTER_LABELS
from core.exports.caption import caption_lines
from core.exports.charts import SHARE_TITLE, curve_chart, plane_chart
from core.exports.figure import FigureData, figure_data
from core.exports.judge_scale import painter_labels
from core.exports.offline_page import (
    MOST_PICTURE_BYTES,
    WEBP_QUALITY,
    file_text,
    filled,
    offline_chart,
    page_script,
    paragraphs,
    script_data,
    webp,
    webp_address,
)
from core.exports.painter_styles import PAINTER_STYLES
from core.exports.progress import Progress, tell_nobody
from core.exports.source import ExportedRun
from core.exports.svg import svg_painter_symbol

CURVE = '<figure><figcaption></figcaption><div id="{}"></div></figure>'
FIRST_COLUMNS = ("step", "seconds", "evaluations")
Pictures = dict[str, dict[int, bytes]]  # painter → step → WebP


def page_html(source: ExportedRun, tell: Progress = tell_nobody) -> str:
    """The page of a run as one HTML document. `tell` is told how far it is, 0 … 1."""
    data = figure_data(source)
    encoded = _encoded_pictures(source, tell)
    size = sum(len(picture) for steps in encoded.values() for picture in steps.values())
    every = max(1, -(-size // MOST_PICTURE_BYTES))
    parts = {
        "TITLE": html.escape(f"{data.prompt} · Can the judge paint?"),
        "PROMPT": html.escape(f"“{data.prompt}”"),
        "READING": html.escape(data.reading_note),
        "FACTS": html.escape(data.terms),
        "CURVES": "".join(CURVE.format(place) for place in _places(source).values()),
        "COUNT": str(len(source.all_measures)),
        "WORDS": paragraphs(data.words()),
        "CAPTION": paragraphs([*caption_lines(data), _note(source, every)]),
        "STYLE": file_text("standalone_page.css"),
        "RUN": script_data(_run(source, data, encoded, every)),
        "SCRIPT": page_script("standalone_page.js"),
    }
    return filled("standalone_page.html", parts)


def _run(source: ExportedRun, data: FigureData, encoded: Pictures, every: int) -> dict:
    """All that the page's script shows, JSON-ready."""
    sets = data.chart_data(every_judge=True)
    charts = {name: offline_chart(curve_chart(name, SHARE_TITLE), sets, 170) for name in source.all_measures}
    return {
        "places": _places(source),
        "columns": _columns(source),
        "scale": source.scale,
        "measures": {name: asdict(measure) for name, measure in source.all_measures.items()},
        "painters": [_painter(source, painter, encoded[painter], every) for painter in source.painters],
        "charts": {**charts, "plane": offline_chart(plane_chart(), sets, 250)},
        "record": json.loads(data.record[RECORD_KEY]),
    }


def _columns(source: ExportedRun) -> list[str]:
    """What a row holds: its step, what the page shows of a picture, and where it lies on the plane."""
    return [*FIRST_COLUMNS, *source.all_measures, "steered"]


def _places(source: ExportedRun) -> dict[str, str]:
    """Measure → id of its curve's place. A judge may have the place of another; a third one has its own."""
    first = dict(zip(source.measures, MEASURES, strict=True))
    return {name: first.get(name, "third") for name in source.all_measures}


def _painter(source: ExportedRun, painter: str, pictures: dict[int, bytes], every: int) -> dict:
    rows = source.rows[painter]
    settings = source.request.settings
    shown = [source.shown(row) for row in rows]
    symbol = svg_painter_symbol(painter, 0, 0)
    kept = [step for i, step in enumerate(pictures) if i % every == 0 or i == len(pictures) - 1]
    return {
        "name": painter,
        "label": PAINTER_LABELS[painter],
        "labels": list(painter_labels(source.all_measures, settings, settings[painter]).values()),
        "colour": PAINTER_STYLES[painter].colour,
        "mark": f'<svg width="46" height="14" viewBox="-2 -1 48 14" aria-hidden="true">{symbol}</svg>',
        "total": rows[-1].total,
        "terms": source.painter_terms(painter).line(),
        "rows": [[_rounded(row[name]) for name in _columns(source)] for row in shown],
        "pictures": {step: webp_address(pictures[step]) for step in kept},
    }


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else round(value, 4)


def _encoded_pictures(source: ExportedRun, tell: Progress) -> Pictures:
    wanted = [(painter, row) for painter, rows in source.rows.items() for row in rows if row.has_frame]
    encoded: Pictures = {}
    for i, (painter, row) in enumerate(wanted):
        encoded.setdefault(painter, {})[row.step] = webp(source.image(row))
        tell((i + 1) / len(wanted))
    return encoded


def _note(source: ExportedRun, every: int) -> str:
    unfinished = "" if source.status == "done" else f"The run was {source.status} when this page was made. "
    kept = f"To stay small, this page holds one picture in {every}; numbers and curves are complete. "
    return (
        f"{unfinished}{kept if every > 1 else ''}Pictures are WebP at quality {WEBP_QUALITY}; "
        "everything was measured on the painted ones."
    )

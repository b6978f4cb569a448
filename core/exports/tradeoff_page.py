"""A sweep over one setting as one HTML file that works offline: sliders for its values and its steps."""

from __future__ import annotations

import html
from typing import Any

from core.base.measure_names import MEASURES
from core.exports.caption import REALISM_NOTE, prompt_notes
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
from core.exports.progress import Progress, tell_nobody
from core.exports.sweep_source import ExportedSweep, SweptValue
from core.exports.tradeoff_charts import limits_of, tradeoff_chart, tradeoff_data, values_chart, values_title

COLUMNS = ("step", "score", "heldout", "realism")
PLANE_LEGEND = "● judge, ○ held-out judge; grey: 90 % of real pictures"
CURVES_LEGEND = "● judge, ○ held-out judge, ✚ realism"
UNFINISHED = "Not every value had been painted when this page was made. "
Pictures = list[dict[int, bytes]]  # of each value: step → WebP


def page_html(sweep: ExportedSweep, tell: Progress = tell_nobody) -> str:
    """The page as one HTML document. `tell` is told how far it is, 0 … 1."""
    encoded = _encoded_pictures(sweep, tell)
    size = sum(len(picture) for steps in encoded for picture in steps.values())
    every = max(1, -(-size // MOST_PICTURE_BYTES))
    words = sweep.words()
    parts = {
        "TITLE": html.escape(f"{sweep.plan.prompt} · Can the judge paint?"),
        "PROMPT": html.escape(f"“{sweep.plan.prompt}”"),
        "READING": html.escape(sweep.reading_note),
        "FACTS": html.escape(sweep.facts),
        "MEASURES": "".join(f"<div><dt>{measure.label}</dt><dd></dd></div>" for measure in MEASURES.values()),
        "PLANE": PLANE_LEGEND if sweep.first.prompt_reference else PLANE_LEGEND.partition(";")[0],
        "OVER": html.escape(values_title(sweep.name)),
        "CURVES": CURVES_LEGEND,
        "WORDS": paragraphs([" ".join(words)] if words else []),
        "CAPTION": paragraphs(_caption(sweep, every)),
        "STYLE": file_text("standalone_page.css") + file_text("tradeoff_page.css"),
        "RUN": script_data(_data(sweep, encoded, every)),
        "SCRIPT": page_script("value_labels.js", "tradeoff_page.js"),
    }
    return filled("tradeoff_page.html", parts)


def _data(sweep: ExportedSweep, encoded: Pictures, every: int) -> dict[str, Any]:
    """All that the page's script shows, JSON-ready."""
    rows = [[value.point(row) for row in value.run.rows[value.painter]] for value in sweep.values]
    sets = tradeoff_data(sweep.points(), sweep.ordered, sweep.first.prompt_reference, 0)
    sets["limits"] = limits_of([point for series in rows for point in series])  # the axes stay where they are
    charts = {"plane": tradeoff_chart(), "curves": values_chart()}
    return {
        "name": sweep.label,
        "ordered": sweep.ordered,
        "columns": COLUMNS,
        "measures": [(name, measure.label) for name, measure in MEASURES.items()],
        "values": [
            _value(value, series, pictures, every)
            for value, series, pictures in zip(sweep.values, rows, encoded, strict=True)
        ],
        "limits": sets["limits"],
        "charts": {name: offline_chart(chart, sets, 340) for name, chart in charts.items()},
        "plan": sweep.record["Settings"],
    }


def _value(value: SweptValue, rows: list[dict], pictures: dict[int, bytes], every: int) -> dict[str, Any]:
    kept = [step for i, step in enumerate(pictures) if i % every == 0 or i == len(pictures) - 1]
    return {
        "label": value.label,
        "painter": value.painter,
        "total": rows[-1]["total"],
        "rows": [[_rounded(row[name]) for name in COLUMNS] for row in rows],
        "pictures": {step: webp_address(pictures[step]) for step in kept},
    }


def _rounded(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else round(value, 4)


def _encoded_pictures(sweep: ExportedSweep, tell: Progress) -> Pictures:
    encoded: Pictures = []
    for number, value in enumerate(sweep.values):
        kept = [row for row in value.run.rows[value.painter] if row.has_frame]
        encoded.append({row.step: webp(value.run.image(row)) for row in kept})
        tell((number + 1) / len(sweep.values))
    return encoded


def _caption(sweep: ExportedSweep, every: int) -> list[str]:
    kept = f"To stay small, this page holds one picture in {every}; numbers and curves are complete. "
    unfinished = "" if sweep.complete else UNFINISHED
    return [
        f"Judges' scores: {sweep.first.scale}. {REALISM_NOTE}",
        *prompt_notes(sweep.plan.prompt),
        f"{unfinished}{kept if every > 1 else ''}Pictures are WebP at quality {WEBP_QUALITY}; "
        "everything was measured on the painted ones.",
    ]

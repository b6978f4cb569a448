"""figure.png of a run: its pictures, curves with the band of real pictures, and the plane score × realism.

The figure is one SVG with charts by Altair; see core.exports.svg. `figure_svg` is its vector version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.base.images import encode_png
from core.base.measure_names import MeasureName, two_decimals
from core.base.png_records import RECORD_KEY
from core.base.prompt_reading import reading_note, scores_note
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.exports.caption import caption_lines, svg_caption, svg_prompt
from core.exports.charts import SHARE_TITLE, chart_data, curve_chart, filled_chart, plane_chart
from core.exports.fonts import text_width, wrap_text
from core.exports.judge_scale import (
    all_measures,
    other_scores,
    painter_labels,
    scale_name,
    shown_measures,
    shown_reference,
    shown_row,
    with_steered,
)
from core.exports.painter_styles import MUTED
from core.exports.source import ExportedRun, run_in_folder
from core.exports.svg import (
    DPI,
    rasterise,
    svg_chart,
    svg_document,
    svg_painter_symbol,
    svg_picture,
    svg_text,
)
from core.measures.judge_gap import judges_reference, role_gap
from core.measures.verdict import described_turning_points, verdict

WIDTH = 900  # user units; the PNG has two pixels to each
MARGIN = 30
SCALE = 2
PANEL_SIDE = 256  # a 128 px picture at exactly four device pixels to a pixel
COLUMN = (WIDTH - 2 * MARGIN - PANEL_SIDE) / 2  # from one panel to the next
CURVE_HEIGHT = 150
PLANE_WIDTH = 400
PLANE_HEIGHT = 270
PLANE_TITLE = "Judge score against realism"
WORDS_LEFT = MARGIN + 484
TERMS_SIZE = 10.5


@dataclass(frozen=True)
class FigureData:
    """What a figure shows.

    Args:
        settings: painter → setting → value.
        versions: package → version that computed the run.
        rows: painter → mappings in step order with step, total, seconds, score, heldout, realism.
        images: painter → the picture shown, uint8 H×W×3.
        reference: the manifest's "reference" (percentiles of real pictures), as far as it holds for the
            prompt; None where nobody measured them.
        now: painter → its row that the picture and the marks show; the last one by default.
        record: text records for the files; see core.base.png_records.
        words_known: every word that the models know; None: all.
        terms: of the comparison, in words. painter_terms: painter → its own, in short lines.
    """

    prompt: str
    seed: int
    pack: str
    pack_hash: str
    settings: dict[str, dict]
    versions: dict[str, str]
    rows: dict[str, list[dict]]
    images: dict[str, np.ndarray]
    reference: dict | None
    now: dict[str, dict] = field(default_factory=dict)
    record: dict[str, str] = field(default_factory=dict)
    words_known: Collection[str] | None = None
    terms: str = ""
    painter_terms: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def painters(self) -> list[str]:
        """The painters that are drawn, in display order."""
        return [painter for painter in PAINTERS if self.rows.get(painter) and painter in self.images]

    def shown_row(self, painter: str) -> dict:
        """The row that the painter's picture and marks show."""
        return self.now.get(painter, self.rows[painter][-1])

    def words(self) -> list[str]:
        """The verdict: a few sentences on the whole run, and first what was read of its prompt."""
        sentences = verdict(self.rows, self.reference, self.settings)
        return [self.scores_note, *sentences] if self.scores_note else sentences

    @property
    def scores_note(self) -> str:
        """What the scores are for; "" where the models know every word of the prompt."""
        return scores_note(self.prompt, self.words_known)

    @property
    def reading_note(self) -> str:
        """How the models read the prompt; "" where they know every word of it."""
        return reading_note(self.prompt, self.words_known)

    @property
    def measures(self) -> Mapping[str, MeasureName]:
        """What it shows of every picture, by the names that the judges have in this run."""
        return shown_measures(self.settings, self.rows)

    @property
    def all_measures(self) -> Mapping[str, MeasureName]:
        """The same with every judge that measured the run."""
        return all_measures(self.settings, self.rows)

    def shown(self, painter: str, row: dict) -> dict[str, Any]:
        """A painter's row as it is shown, with the score by who steers it."""
        return with_steered(shown_row(row, self.reference), self.settings.get(painter))

    def chart_data(self, every_judge: bool = False) -> dict[str, list[dict]]:
        """The data sets of its charts; see core.exports.charts. every_judge: all have curves, on one axis."""
        rows = {name: [self.shown(name, row) for row in own] for name, own in self.rows.items()}
        now = {name: self.shown(name, row) for name, row in self.now.items()}
        turns = described_turning_points(self.rows, self.reference, self.settings)
        return chart_data(
            rows, shown_reference(self.reference), now, turns, self.all_measures if every_judge else ()
        )


def read_figure_data(path: str | Path, share: float = 1.0) -> FigureData:
    """What the figure of a run's folder shows, with the reference of the run's pack; see `figure_data`.

    Raises:
        StoreError: not a run's folder. PackError: its pack is not there. OutputError: nothing to draw yet.
    """
    return figure_data(run_in_folder(path), share)


def figure_data(source: ExportedRun, share: float = 1.0) -> FigureData:
    """What the figure of a run shows at a share of the run, 0 … 1."""
    now = source.at(share)
    return FigureData(
        prompt=source.request.prompt,
        seed=source.request.seed,
        pack=source.manifest["name"],
        pack_hash=source.pack_hash,
        settings=source.request.to_dict()["settings"],
        versions={**source.versions, "painters' code": source.code_revision},
        rows={painter: [asdict(row) for row in rows] for painter, rows in source.rows.items()},
        images={painter: source.image(row) for painter, row in now.items()},
        reference=source.prompt_reference,
        now={painter: asdict(row) for painter, row in now.items()},
        record=source.record("figure"),
        words_known=source.manifest["words"],
        terms=source.terms.text(),
        painter_terms={painter: source.painter_terms(painter).lines() for painter in now},
    )


def figure_png(data: FigureData) -> bytes:
    """The figure as PNG bytes, 1800 px wide, with settings and caption in its text records."""
    records = {
        "Title": f"Can the Judge Paint? {data.prompt}",
        "Description": " ".join(data.words()),
        "Software": ", ".join(f"{package} {version}" for package, version in data.versions.items()),
        **data.record,
    }
    return encode_png(rasterise(figure_svg(data), SCALE), records, dpi=DPI)


def figure_svg(data: FigureData) -> str:
    """The figure as one SVG document: pictures, curves, plane, verdict, caption from top to bottom."""
    body, y = svg_prompt(data.prompt, MARGIN, WIDTH, MARGIN, data.reading_note)
    y += 5
    for line in wrap_text(data.terms, WIDTH - 2 * MARGIN, 13):
        y += 17
        body.append(svg_text(MARGIN, y, line, 13, MUTED))
    y = round(y + 20)  # whole units: pictures lie on the pixel grid
    for draw in (pictures_svg, curves_svg, _plane_and_words):
        parts, y = draw(data, y)
        body += parts
    parts, y = svg_caption(caption_lines(data), MARGIN, WIDTH, y)
    body += parts
    return svg_document(WIDTH, round(y + MARGIN - 10), "".join(body), data.record.get(RECORD_KEY, ""))


def pictures_svg(data: FigureData, y: float) -> tuple[list[str], float]:
    """The painters' pictures with their figures, from y on; returns SVG parts and where they end."""
    parts: list[str] = []
    for i, painter in enumerate(data.painters):
        x = MARGIN + i * COLUMN
        parts.append(svg_painter_symbol(painter, x, y))
        parts.append(svg_text(x + 52, y + 11, PAINTER_LABELS[painter], 15, weight="bold"))
        parts.append(svg_picture(data.images[painter], x, y + 22, PANEL_SIDE))
        bottom = y + 22 + PANEL_SIDE
        parts += _numbers(data, painter, x, bottom)
        for number, line in enumerate(data.painter_terms.get(painter, ())):
            parts.append(svg_text(x, bottom + 67 + 14 * number, line, TERMS_SIZE, MUTED))
    return parts, y + 22 + PANEL_SIDE + 104


def _numbers(data: FigureData, painter: str, x: float, y: float) -> list[str]:
    """What was measured of a painter's picture, below it."""
    row = data.shown_row(painter)
    shown = shown_row(row, data.reference)
    own = data.settings.get(painter)
    parts = []
    for i, (name, label) in enumerate(painter_labels(data.measures, data.settings, own).items()):
        left = x + i * PANEL_SIDE / 3
        parts.append(svg_text(left, y + 19, two_decimals(shown[name]), 17, weight="bold"))
        parts.append(svg_text(left, y + 34, label, 10.5, MUTED))
    gap = role_gap(row, own, judges_reference(data.reference))
    words = [] if gap is None else [f"judge gap {two_decimals(gap)}"]
    words += other_scores(data.settings, data.measures, shown)
    words.append(f"step {row['step']} of {row['total']}")
    line = "; ".join(words)
    timed = f"{line}, {row['seconds']:.1f} s"
    fitting = timed if text_width(timed, 10.5) < COLUMN - 12 else line
    return [*parts, svg_text(x, y + 52, fitting, 10.5, MUTED)]


def curves_svg(data: FigureData, y: float) -> tuple[list[str], float]:
    """The three curves side by side, from y on; returns SVG parts and where they end."""
    parts = []
    for i, (name, measure) in enumerate(data.measures.items()):
        x = MARGIN + i * COLUMN
        chart = filled_chart(curve_chart(name, SHARE_TITLE), data.chart_data(), PANEL_SIDE - 34, CURVE_HEIGHT)
        parts.append(svg_text(x, y + 11, measure.label, 13, weight="bold"))
        scale = measure.help if name == "realism" else scale_name(data.reference)
        parts.append(svg_text(x, y + 24, scale, 10.5, MUTED))
        parts.append(svg_chart(chart, x, y + 32))
    return parts, y + 32 + CURVE_HEIGHT + 54


def _plane_and_words(data: FigureData, y: float) -> tuple[list[str], float]:
    chart = filled_chart(plane_chart(dots=True), data.chart_data(), PLANE_WIDTH, PLANE_HEIGHT)
    parts = [
        svg_text(MARGIN, y + 11, PLANE_TITLE, 13, weight="bold"),
        svg_chart(chart, MARGIN, y + 20),
        *_plane_note(data, y + 11),
        svg_text(WORDS_LEFT, y + 11, "In words", 13, weight="bold"),
    ]
    words, bottom = _paragraphs(data.words(), y + 19)
    return parts + words, max(y + PLANE_HEIGHT + 70, bottom + 14)


def _plane_note(data: FigureData, y: float) -> list[str]:
    """What the grey box is, beside the plane's title."""
    if judges_reference(data.reference) is None:
        return []
    left = MARGIN + text_width(PLANE_TITLE, 13, "bold") + 10
    return [svg_text(left, y, "grey: 90 % of real pictures", 11, MUTED)]


def _paragraphs(sentences: Sequence[str], y: float) -> tuple[list[str], float]:
    parts = []
    for sentence in sentences:
        y += 4
        for line in wrap_text(sentence, WIDTH - MARGIN - WORDS_LEFT, 12):
            y += 16.5
            parts.append(svg_text(WORDS_LEFT, y, line, 12))
        y += 5
    return parts, y

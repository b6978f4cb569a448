"""The hand-out of a run: one PDF with pictures, curves, questions with room for answers, and the answers.

Typst sets the pages (`handout.typ`), segno draws the QR code; the charts are those of the figure. No torch.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from core.base.errors import OutputError, SettingError
from core.base.settings import PAINTER_LABELS
from core.exports.caption import caption_lines
from core.exports.charts import SHARE_TITLE, curve_chart, filled_chart
from core.exports.figure import FigureData, figure_data
from core.exports.fonts import FOLDER as FONTS
from core.exports.painter_styles import PAINTER_STYLES
from core.exports.progress import Progress, tell_nobody
from core.exports.source import ExportedRun
from core.exports.svg import chart_svg
from core.measures.verdict import described_turning_points, verdict_summary

TEMPLATE = Path(__file__).with_suffix(".typ")
# Its name in Typst; the side of a printed picture, mm, that leaves room for curves and caption; lines for an
# answer that fit on the page.
PAPERS = {
    "a4": {"paper": "a4", "side": 40, "lines": 6},
    "letter": {"paper": "us-letter", "side": 36, "lines": 5},
}
CHART_WIDTHS = (230, 160)  # of three charts side by side, and of four: their texts are equally large
SHARES = (0.0, 0.1, 0.4, 1.0)  # of the run: the places whose pictures are printed
PICTURE_SIDE = 384  # pixels at least; small pictures are enlarged by whole pixels, so nothing is smoothed
PRIORS = {
    "pixels": "nothing: it may become any picture at all",
    "vqgan": "a codebook: it is always made of plausible patches",
    "diffusion": "a denoiser: at every noise level it takes a step towards plausible pictures",
}

VERDICT_QUESTION = (
    "Which painter does the judge like best, and which picture would you say shows the prompt? "
    "If the two differ, what does that say about the judge's score?"
)
TURN_QUESTION = (
    "Look at the curves. From which step on does a painter's score keep rising while something "
    "else falls? What happens to its picture there?"
)
PRIOR_QUESTION = "For each painter: what stands between the judge's gradient and the picture?"


def handout_pdf(
    source: ExportedRun,
    paper: str = "a4",
    link: str = "",
    tell: Progress = tell_nobody,
) -> bytes:
    """The hand-out as PDF bytes: the run, the questions, and the answers on a page of their own.

    Args:
        source: the run.
        paper: "a4" or "letter".
        link: address that opens the run; printed with a QR code if it is given.
        tell: is told how far it is, 0 … 1.

    Raises:
        SettingError: another paper. OutputError: the pages cannot be set.
    """
    if paper not in PAPERS:
        raise SettingError(f"The paper is {paper!r}; it can be {' or '.join(PAPERS)}.")
    import typst

    with tempfile.TemporaryDirectory(prefix="handout-") as name:
        folder = Path(name)
        contents = _contents(source, figure_data(source), folder, link) | PAPERS[paper]
        tell(0.5)
        (folder / "contents.json").write_text(json.dumps(contents, ensure_ascii=False), "utf-8")
        template = folder / TEMPLATE.name
        template.write_bytes(TEMPLATE.read_bytes())
        try:
            return typst.compile(str(template), root=name, font_paths=[str(FONTS)])
        except typst.TypstError as error:
            raise OutputError(
                f"The hand-out could not be laid out: {error}. Report this with the prompt."
            ) from error


def _contents(source: ExportedRun, data: FigureData, folder: Path, link: str) -> dict[str, Any]:
    """What the template prints; pictures, charts and the QR code lie as files in `folder`."""
    return {
        "prompt": data.prompt,
        "reading": data.reading_note,
        "terms": data.terms,
        "link": link,
        "code": _qr_code(link, folder),
        "places": [f"{share:.0%}" for share in SHARES],
        "painters": [_painter(source, painter, folder) for painter in data.painters],
        "charts": [_chart(data, measure, folder) for measure in data.all_measures],
        "caption": caption_lines(data),
        "questions": [{"question": ask, "answer": answer} for ask, answer in questions(data)],
    }


def _painter(source: ExportedRun, painter: str, folder: Path) -> dict[str, Any]:
    """Label, colour and the files of a painter's pictures at SHARES."""
    files = []
    for number, share in enumerate(SHARES):
        image = source.image(source.at(share)[painter])
        factor = -(-PICTURE_SIDE // image.shape[0])
        file = f"{painter}-{number}.png"
        Image.fromarray(image.repeat(factor, 0).repeat(factor, 1)).save(folder / file)
        files.append(file)
    return {
        "label": PAINTER_LABELS[painter],
        "colour": PAINTER_STYLES[painter].colour,
        "pictures": files,
        "terms": source.painter_terms(painter).line(),
    }


def _chart(data: FigureData, measure: str, folder: Path) -> dict[str, str]:
    """Label and file of one curve chart, as the figure has it."""
    file = f"{measure}.svg"
    measures = data.all_measures
    width = CHART_WIDTHS[len(measures) > len(data.measures)]
    spec = filled_chart(curve_chart(measure, SHARE_TITLE), data.chart_data(every_judge=True), width, 170)
    (folder / file).write_text(chart_svg(spec), "utf-8")
    return {"label": measures[measure].label, "file": file}


def _qr_code(link: str, folder: Path) -> str:
    """File of the QR code, or "" without a link."""
    if not link:
        return ""
    import segno

    segno.make(link, error="m").save(str(folder / "code.svg"), border=2, scale=4)
    return "code.svg"


def questions(data: FigureData) -> list[tuple[str, str]]:
    """Questions about this run and their answers, computed from its measurements: at most three."""
    sentences = verdict_summary(data.rows, data.reference, data.settings)
    verdict = " ".join([data.scores_note, *sentences] if sentences else []).strip()
    turning_points = described_turning_points(data.rows, data.reference, data.settings).values()
    turns = " ".join(point.text for point in turning_points if point.text)
    priors = "; ".join(f"{PAINTER_LABELS[painter]}: {PRIORS[painter]}" for painter in data.painters)
    asked = [(VERDICT_QUESTION, verdict), (TURN_QUESTION, turns), (PRIOR_QUESTION, f"{priors}.")]
    return [(question, answer) for question, answer in asked if answer]

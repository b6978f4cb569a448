"""What a run can be exported as: names, file names and media types. What draws is imported late."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.base.errors import OutputError
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.sweep_plan import SweepPlan
from core.exports.progress import Progress, tell_nobody

if TYPE_CHECKING:
    from core.exports.source import ExportedRun
    from core.exports.sweep_source import ExportedSweep


@dataclass(frozen=True)
class ExportKind:
    """One form of export.

    Args:
        name: of the form, as typed after --as and used in addresses.
        suffix: of the file.
        media: its media type.
        stem: what the file's name says beside prompt and seed.
        depends_on_step: whether it shows one place of the run.
    """

    name: str
    suffix: str
    media: str
    stem: str = ""
    depends_on_step: bool = False


EXPORT_KINDS = {
    kind.name: kind
    for kind in (
        ExportKind("html", ".html", "text/html; charset=utf-8"),
        ExportKind("webp", ".webp", "image/webp"),
        ExportKind("gif", ".gif", "image/gif"),
        ExportKind("mp4", ".mp4", "video/mp4"),
        ExportKind("sheet", ".png", "image/png", "-sheet"),
        ExportKind("handout", ".pdf", "application/pdf", "-handout"),
        ExportKind("handout-letter", ".pdf", "application/pdf", "-handout-letter"),
        ExportKind("slide", ".png", "image/png", "-slide", depends_on_step=True),
        ExportKind("slide-dark", ".png", "image/png", "-slide-dark", depends_on_step=True),
        ExportKind("csv", ".csv", "text/csv; charset=utf-8", "-metrics"),
        ExportKind("png", ".png", "image/png", "-figure", depends_on_step=True),
        ExportKind("svg", ".svg", "image/svg+xml", "-figure", depends_on_step=True),
        *(
            ExportKind(painter, ".png", "image/png", f"-{painter}", depends_on_step=True)
            for painter in PAINTERS
        ),
    )
}
# Of a sweep over one setting; its GIF goes through the values and not through the steps.
SWEEP_EXPORT_KINDS = {
    kind.name: kind
    for kind in (
        ExportKind("html", ".html", "text/html; charset=utf-8", "-tradeoff"),
        ExportKind("gif", ".gif", "image/gif", "-tradeoff", depends_on_step=True),
        ExportKind("png", ".png", "image/png", "-tradeoff", depends_on_step=True),
        ExportKind("svg", ".svg", "image/svg+xml", "-tradeoff", depends_on_step=True),
    )
}
HANDOUTS = ("handout", "handout-letter")  # the kinds that print a link
QUICK_KINDS = ("csv", *PAINTERS)  # a read and a copy, no drawing


def export_bytes(
    source: ExportedRun, kind: str, share: float = 1.0, tell: Progress = tell_nobody, link: str = ""
) -> bytes:
    """Bytes of an export.

    Args:
        kind: a name in EXPORT_KINDS.
        share: place in the run, 0 … 1, for the kinds that show one.
        tell: is told how far it is, 0 … 1.
        link: address that opens the run, for a hand-out.

    Raises:
        OutputError: the run has no picture by that painter.
    """
    from core.exports import contact_sheet, figure, handout, movie, slide, standalone_page, table

    if kind in PAINTERS:
        if kind not in source.rows:
            has = ", ".join(PAINTER_LABELS[painter] for painter in source.painters)
            raise OutputError(f"This run has no picture by {PAINTER_LABELS[kind]}; it has {has}.")
        return source.frame(source.at(share)[kind])
    if kind == "csv":
        return table.table_csv(source)
    if kind == "png":
        return figure.figure_png(figure.figure_data(source, share))
    if kind == "svg":
        return figure.figure_svg(figure.figure_data(source, share)).encode()
    if kind in ("slide", "slide-dark"):
        return slide.slide_png(figure.figure_data(source, share), dark=kind == "slide-dark")
    if kind == "sheet":
        return contact_sheet.contact_png(source)
    if kind in HANDOUTS:
        return handout.handout_pdf(source, "letter" if kind == "handout-letter" else "a4", link, tell)
    if kind == "html":
        return standalone_page.page_html(source, tell).encode()
    return {"webp": movie.webp, "gif": movie.gif, "mp4": movie.mp4}[kind](source, tell)


def sweep_export_bytes(
    source: ExportedSweep, kind: str, share: float = 1.0, tell: Progress = tell_nobody
) -> bytes:
    """Bytes of an export of a sweep over one setting; `kind`: a name in SWEEP_EXPORT_KINDS.

    Raises:
        OutputError: a sweep cannot be exported as this.
    """
    from core.exports import tradeoff_figure, tradeoff_movie, tradeoff_page

    if kind not in SWEEP_EXPORT_KINDS:
        raise OutputError(f"A sweep is exported as {', '.join(SWEEP_EXPORT_KINDS)}, not as {kind}.")
    if kind == "html":
        return tradeoff_page.page_html(source, tell).encode()
    if kind == "gif":
        return tradeoff_movie.gif(source, share, tell)
    if kind == "png":
        return tradeoff_figure.figure_png(source, share)
    return tradeoff_figure.figure_svg(source, share).encode()


def file_name(request: RunRequest | SweepPlan, kind: str, percent: float = 100) -> str:
    """A name for the file that says what it is: letters, digits and dashes of ASCII only."""
    plain = unicodedata.normalize("NFKD", request.prompt).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "run"
    form = (SWEEP_EXPORT_KINDS if isinstance(request, SweepPlan) else EXPORT_KINDS)[kind]
    place = f"-at-{percent:.0f}" if form.depends_on_step and percent < 100 else ""
    return f"{words}-seed{request.seed}{form.stem}{place}{form.suffix}"

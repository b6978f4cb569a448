"""What a run can be exported as. Names, file names and media types; the drawing waits until it is asked for. No torch."""

import re
import unicodedata
from dataclasses import dataclass

from core.errors import OutputError
from core.settings import PAINTERS


@dataclass(frozen=True)
class Kind:
    """One form of export.

    Args:
        name: of the form, as typed after --as and used in addresses.
        suffix: of the file.
        media: its media type.
        moves: whether it shows one place of the run, so that it depends on the step.
    """

    name: str
    suffix: str
    media: str
    moves: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("html", ".html", "text/html; charset=utf-8"),
        Kind("webp", ".webp", "image/webp"),
        Kind("gif", ".gif", "image/gif"),
        Kind("mp4", ".mp4", "video/mp4"),
        Kind("sheet", ".png", "image/png"),
        Kind("csv", ".csv", "text/csv; charset=utf-8"),
        Kind("png", ".png", "image/png", moves=True),
        Kind("svg", ".svg", "image/svg+xml", moves=True),
        *(Kind(painter, ".png", "image/png", moves=True) for painter in PAINTERS),
    )
}
QUICK = ("csv", *PAINTERS)  # a read and a copy, no drawing


def export(source, kind, share=1.0, tell=lambda share: None):
    """Bytes of an export.

    Args:
        source: core.exports.source.Source.
        kind: a name in KINDS.
        share: place in the run, 0 … 1, for the kinds that show one.
        tell: hears how far it is, 0 … 1.

    Raises:
        OutputError: the run has no picture by that painter.
    """
    from core import figures, folder
    from core.exports import contact, movie, page

    if kind in PAINTERS:
        if kind not in source.rows:
            raise OutputError(f"This run has no picture by {kind}; it has {', '.join(source.painters)}.")
        return source.frame(source.at(share)[kind])
    return {
        "html": lambda: page.page_html(source, tell).encode(),
        "webp": lambda: movie.webp(source, tell),
        "gif": lambda: movie.gif(source, tell),
        "mp4": lambda: movie.mp4(source, tell),
        "sheet": lambda: contact.contact_png(source),
        "csv": lambda: folder.metrics_csv([row for rows in source.rows.values() for row in rows]),
        "png": lambda: figures.figure_png(figures.sheet_of(source, share)),
        "svg": lambda: figures.figure_svg(figures.sheet_of(source, share)).encode(),
    }[kind]()


def file_name(request, kind, percent=100):
    """A name for the file that says what it is: letters, digits and dashes of ASCII only."""
    plain = unicodedata.normalize("NFKD", request.prompt).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "run"
    what = {"png": "-figure", "svg": "-figure", "sheet": "-sheet", "csv": "-metrics"}.get(kind, f"-{kind}" if kind in PAINTERS else "")
    place = f"-at-{percent:.0f}" if KINDS[kind].moves and percent < 100 else ""
    return f"{words}-seed{request.seed}{what}{place}{KINDS[kind].suffix}"

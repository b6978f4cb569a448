"""The contact sheet: per painter one row of pictures from the start to the end of the run, as one PNG."""

from core.charts import QUIET
from core.drawing import DPI, columns, document, number, picture, rasterise, symbol, text, wrap
from core.figures import FIGURES, caption, sheet_of, small_print
from core.images import encode_png
from core.settings import LABELS, optimised_proxy

COLUMNS = 8
SIDE, GAP, MARGIN = 128, 8, 30  # user units; the PNG has two pixels to each
WIDTH = 2 * MARGIN + COLUMNS * SIDE + (COLUMNS - 1) * GAP
SCALE = 2
REALISM = "Realism, 0 to 1, compares with reference photographs and claims no agreement with human opinion."


def contact_png(source):
    """Contact sheet of a core.exports.source.Source as PNG bytes, 2280 px wide, with its record."""
    return encode_png(rasterise(contact_svg(source), SCALE), source.record("sheet"), dpi=DPI)


def contact_svg(source):
    """The same as an SVG document."""
    size, y, body = 24 if columns(source.request.prompt) <= 70 else 16, MARGIN, []
    for line in wrap(f"“{source.request.prompt}”", (WIDTH - 2 * MARGIN) / (size * 0.56)):
        y += size * 1.2
        body.append(text(MARGIN, y, line, size, weight="bold"))
    y += 22
    told = "From the first picture to the last. Below each: " + ", ".join(label.lower() for label in FIGURES.values())
    body.append(text(MARGIN, y, told, 13, QUIET))
    y = round(y + 24)
    for painter in source.painters:
        body += _row(source, painter, y)
        y += 22 + SIDE + 50
    settings, pack, _ = caption(sheet_of(source))
    parts, y = small_print([settings, pack, REALISM], MARGIN, WIDTH, y)
    return document(WIDTH, round(y + MARGIN - 10), "".join([*body, *parts]))


def _row(source, painter, y):
    climbed = ", which climbed realism too" if optimised_proxy(source.request.settings.get(painter)) else ""
    parts = [symbol(painter, MARGIN, y), text(MARGIN + 52, y + 11, LABELS[painter] + climbed, 15, weight="bold")]
    for column, row in enumerate(chosen(source.rows[painter])):
        x, under = MARGIN + column * (SIDE + GAP), y + 22 + SIDE
        parts.append(picture(source.image(row), x, y + 22, SIDE))
        parts.append(text(x, under + 16, f"step {row.step}", 11, weight="bold"))
        for i, key in enumerate(FIGURES):
            parts.append(text(x + i * 44, under + 31, number(getattr(row, key)), 11.5, QUIET))
    return parts


def chosen(rows):
    """Up to eight rows with a picture, the first and the last among them, as evenly spaced as the steps allow."""
    rows = [row for row in rows if row.has_frame]
    count = min(COLUMNS, len(rows))
    return [rows[round(i * (len(rows) - 1) / max(1, count - 1))] for i in range(count)]

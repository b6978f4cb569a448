"""Hue, shape, dash and symbol of every painter, and the colours that all drawings share."""

from dataclasses import dataclass

INK = "#1b1f24"
MUTED = "#5b6470"
RULE = "#d9dde2"
BAND_COLOUR = "#8a8a8a"
TURN_COLOUR = "#f0c400"  # inside a mark that is outlined in its painter's hue


@dataclass(frozen=True)
class PainterStyle:
    """How one painter is drawn.

    Args:
        colour: an Okabe–Ito hue that clears 3:1 on white and on a dark page.
        shape: of its marks, as Vega names it.
        dash: of its lines: lengths of stroke and gap.
        symbol: the shape as a character.
    """

    colour: str
    shape: str
    dash: tuple[int, int]
    symbol: str


# Shape and dash say the same without colour.
PAINTER_STYLES = {
    "pixels": PainterStyle("#D55E00", "square", (1, 0), "■"),
    "vqgan": PainterStyle("#0072B2", "triangle-up", (7, 3), "▲"),
    "diffusion": PainterStyle("#009E73", "circle", (2, 2), "●"),
}

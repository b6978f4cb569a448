"""How painters and measures are told apart on every page: labels, hues, shapes, dashes and symbols."""

from dataclasses import asdict

from core.base.glossary import meaning
from core.base.measure_names import MEASURES
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.exports.painter_styles import PAINTER_STYLES

SYMBOLS = {painter: style.symbol for painter, style in PAINTER_STYLES.items()}

# Key in the browser's parts → term of the glossary, in the order in which the player lists them.
EXPLAINED = {
    "score": "judge",
    "heldout": "held-out judge",
    "robust": "robust judge",
    "realism": "realism (R)",
    "band": "grey band",
    "wavy": "wavy line",
    "turn": "turning point ◆",
    "guidance": "guidance strength",
    "cutouts": "cutouts",
}

QUIET_COLOUR = "#767676"  # of second lines: 4.5:1 on white, 4:1 on a dark page


def painter_marks() -> dict[str, dict]:
    """Painter → label, colour, shape, dash and symbol, in display order."""
    return {
        painter: {"label": PAINTER_LABELS[painter], **asdict(PAINTER_STYLES[painter])} for painter in PAINTERS
    }


def explained_terms() -> dict[str, dict[str, str]]:
    """Key → name and sentence of the terms that explain themselves where they stand."""
    return {key: {"name": name, "text": meaning(name)} for key, name in EXPLAINED.items()}


def measure_marks() -> dict[str, dict]:
    """Measure → label, short label and help, in display order."""
    return {name: asdict(measure) for name, measure in MEASURES.items()}

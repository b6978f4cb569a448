"""What stands below every drawing of a run: how it was made and how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.base.measure_names import SHARED_SCALE, two_decimals
from core.base.settings import PAINTER_LABELS
from core.base.start import shown_value
from core.exports.fonts import wrap_text
from core.exports.painter_styles import MUTED, RULE
from core.exports.svg import svg_text
from core.exports.undrawable import undrawable
from core.measures.judge_gap import judges_reference, weighted_note

if TYPE_CHECKING:
    from core.exports.figure import FigureData

REALISM_NOTE = "Realism compares with reference pictures; it says nothing about human taste."
SIZE = 9.5
NOTE_SIZE = 14


def caption_lines(data: FigureData) -> list[str]:
    """The paragraphs below a drawing: seed and settings; pack and versions; how to read it."""
    ended = all(
        data.shown_row(painter)["step"] == data.rows[painter][-1]["step"] for painter in data.painters
    )
    steps = (
        ""
        if ended
        else "Pictures, numbers and marks show the steps named; curves and words cover the whole run. "
    )
    versions = ", ".join(f"{package} {version}" for package, version in data.versions.items())
    return [
        f"{steps}Seed {data.seed}. {_settings_text(data)}.",
        f"Pack {data.pack} {data.pack_hash[:16]}; {versions}.",
        _reference_note(data.reference) + REALISM_NOTE,
        *prompt_notes(data.prompt),
    ]


def _settings_text(data: FigureData) -> str:
    parts = []
    for painter in data.painters:
        if painter in data.settings:
            own = data.settings[painter].items()
            values = ", ".join(f"{name} {shown_value(name, value)}" for name, value in own)
            parts.append(f"{PAINTER_LABELS[painter]}: {values}")
    return "; ".join(parts)


def _reference_note(reference: Mapping | None) -> str:
    """What the grey bands and the judge gap are; "" where nobody measured real pictures."""
    if reference is None:
        return ""
    if judges_reference(reference) is None:
        return "Grey: where 90 % of the pack's real pictures lie, 5th to 95th percentile; dashed: median. "
    limit = reference.get("gap", {}).get("p99")
    real = f"; the gap of 99 of 100 real pictures stays below {two_decimals(limit)}" if limit else ""
    return (
        f"Judges' scores and the gap between them: {SHARED_SCALE} (the average score with another picture's "
        f"caption, and with its own){real}. Grey: where 90 % of the pack's real pictures lie (5th to 95th "
        "percentile, both judges with their own captions); dashed: their median. "
    )


def prompt_notes(prompt: str) -> list[str]:
    """How a weighted prompt was read, and what of a prompt could not be drawn: a sentence each, if so."""
    note = weighted_note(prompt)
    return [*([note] if note else []), *font_note(prompt)]


def missing_characters(prompt: str) -> list[str]:
    """One sentence if a prompt has characters that no font here can draw, else none."""
    missing = undrawable(prompt)
    return [f"No font on the machine that drew this has {' '.join(missing)}."] if missing else []


def font_note(prompt: str) -> list[str]:
    """The same for a file whose record holds the prompt, which it says."""
    told = missing_characters(prompt)
    return [f"{text[:-1]}; the file's own record holds the whole prompt." for text in told]


def svg_caption(lines: list[str], margin: float, width: float, y: float) -> tuple[list[str], float]:
    """Caption lines below a rule, as SVG parts, and where they end."""
    parts = [f'<line x1="{margin}" x2="{width - margin}" y1="{y}" y2="{y}" stroke="{RULE}"/>']
    y += 5
    for paragraph in lines:
        for line in wrap_text(paragraph, width - 2 * margin, SIZE):
            y += 13.5
            parts.append(svg_text(margin, y, line, SIZE, MUTED))
    return parts, y


def svg_prompt(prompt: str, margin: float, width: float, y: float, note: str = "") -> tuple[list[str], float]:
    """The prompt as a heading: large on one line, smaller on several; `note` below it.

    Returns SVG parts, and the last baseline.
    """
    words = f"“{prompt}”"
    room = width - 2 * margin
    size = 24 if len(wrap_text(words, room, 24, "bold")) == 1 else 16
    parts = []
    for line in wrap_text(words, room, size, "bold"):
        y += size * 1.2
        parts.append(svg_text(margin, y, line, size, weight="bold"))
    for line in wrap_text(note, room, NOTE_SIZE) if note else ():
        y += NOTE_SIZE * 1.45
        parts.append(svg_text(margin, y, line, NOTE_SIZE))
    return parts, y
